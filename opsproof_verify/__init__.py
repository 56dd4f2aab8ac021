"""OpsProof: the standalone offline verifier of Proof Bundles.

from opsproof_verify import Policy, TrustStore, Verdict, verify

report = verify("run.opb", Policy.load("baseline"), TrustStore.load("trust.toml"))
report.require(Verdict.FINAL)

These names are imported when they are first asked for (PEP 562): a command pays for what it uses.
"""

from __future__ import annotations

import sys
from types import ModuleType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
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

_HOMES = {
    "Finding": "findings",
    "InputError": "problems",
    "Policy": "policy",
    "Report": "report",
    "Severity": "register",
    "TrustStore": "trust",
    "Verdict": "findings",
    "VerdictError": "report",
    "verify": "verify",
}


def __getattr__(name: str) -> object:
    """Import a name when it is first asked for."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module  # noqa: PLC0415 - for who asks

    value: object = getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
    setattr(sys.modules[__name__], name, value)
    return value


class _Package(ModuleType):
    """This package, whose `verify` is the function, also once Python has imported the module of that name."""

    def __setattr__(self, name: str, value: object) -> None:
        """Keep what Python tells a package of its modules, but for that one."""
        super().__setattr__(name, value.verify if name == "verify" and isinstance(value, ModuleType) else value)


sys.modules[__name__].__class__ = _Package
