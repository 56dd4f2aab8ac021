"""What a verification knows so far: inputs, the contract and its people, and the findings.

Phases share one :class:`Case`. It holds no procedure but how a finding is made, how a violated rule gets its level,
and how a signature is verified under an admitted key.
"""

from __future__ import annotations

from pathlib import Path

from opsproof_verify.contract import Contract
from opsproof_verify.cose import Signed
from opsproof_verify.ed25519 import admission_flaw
from opsproof_verify.ed25519 import verify as verify_signature
from opsproof_verify.findings import Collector, Fact, Rejected, finding
from opsproof_verify.policy import Policy
from opsproof_verify.records import Approval
from opsproof_verify.run import Run
from opsproof_verify.trust import Issuer, TrustStore, WitnessKey
from opsproof_verify.validity import Keyring, Signer, Validity
from opsproof_verify.violation import Violation, Violations


class Case:
    """Inputs and state shared by all phases."""

    def __init__(self, trust: TrustStore, policy: Policy | None, at: int | None, evidence: Path | None) -> None:
        """Begin with what the caller gives; ``at`` in milliseconds."""
        self.trust = trust
        self.given = policy
        self.at = at
        self.evidence = evidence
        self.found = Collector()
        self.violated = Collector()
        self.keys = Keyring(trust)
        self.claimed = Validity(trust, retired_witnessed=False)  # by claimed time alone
        self.contract: Contract | None = None
        self.contract_hash = b""
        self.issuer: Issuer | None = None
        self.pinned: Policy | None = None
        self.run: Run | None = None
        self.approvals: list[tuple[Approval, Signer, int]] = []  # with the number of the frame
        self.clocks: list[tuple[WitnessKey, int]] = []  # witnesses whose records are used, with the number of the frame

    @property
    def policy(self) -> Policy | None:
        """The verifying policy: the given one, else the pinned one (SPEC 9.1-3)."""
        return self.given or self.pinned

    def add(self, name: str, /, facts: dict[str, Fact] | None = None, **subject: Fact) -> None:
        """Collect a finding of a fixed code."""
        self.found.add(finding(name, subject, facts))

    def refuse(self, refusal: Rejected, frame: int | None = None) -> None:
        """Collect what a reader refused."""
        facts = dict(refusal.facts)
        where = facts.pop("frame", frame)
        self.found.add(finding(refusal.code, {} if where is None else {"frame": where}, facts))

    def violate(self, violations: Violations | tuple[Violation, ...]) -> None:
        """Collect violated rules at the level that the policy gives each (SPEC 8.3-1)."""
        for one in violations:
            level = None if self.policy is None else self.policy.rules[one.rule].level
            if level is not None:
                self.violated.add(finding(one.rule, one.subject, one.facts, level))

    def verify(self, signed: Signed, key: bytes, frame: int, failure: str = "signature.invalid") -> bool:
        """Admit a key and verify a signature under it (SPEC 5.3-1, 9.6-11, 9.8-3)."""
        flaw = admission_flaw(key)
        if flaw is not None:
            self.add("key.inadmissible", {"why": flaw, "kid": signed.kid.hex()}, frame=frame)
            return False
        if not verify_signature(key, signed.signature, signed.signing_input()):
            self.add(failure, frame=frame)
            return False
        return True
