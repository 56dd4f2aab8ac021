"""OpsProof: the standalone offline verifier of Proof Bundles.

from opsproof_verify import Policy, TrustStore, Verdict, verify

report = verify("run.opb", Policy.load("baseline"), TrustStore.load("trust.toml"))
report.require(Verdict.FINAL)
"""

from opsproof_verify.findings import Finding, Verdict
from opsproof_verify.policy import Policy
from opsproof_verify.problems import InputError
from opsproof_verify.register import Severity
from opsproof_verify.report import Report, VerdictError
from opsproof_verify.trust import TrustStore
from opsproof_verify.verify import verify

__all__ = [
    "Finding",
    "InputError",
    "Policy",
    "Report",
    "Severity",
    "TrustStore",
    "Verdict",
    "VerdictError",
    "verify",
]

__version__ = "0.1.0"
