"""What a verification knows so far: inputs, the contract and its people, and the findings.

Phases share one :class:`Case`. It holds no procedure but how a finding is made, how a violated rule gets its level,
and how a signature is verified under an admitted key.
"""

from __future__ import annotations

from opsproof_verify.contract import Contract
from opsproof_verify.cose import Signed
from opsproof_verify.coverable import Coverable, Covers
from opsproof_verify.ed25519 import admission_flaw
from opsproof_verify.ed25519 import verify as verify_signature
from opsproof_verify.entries import Work
from opsproof_verify.findings import Collector, Fact, Finding, Rejected, finding
from opsproof_verify.policy import Policy
from opsproof_verify.pool import Pool
from opsproof_verify.records import Approval
from opsproof_verify.register import CODES, Remedy, Severity
from opsproof_verify.run import Run
from opsproof_verify.selectors import Matter
from opsproof_verify.trust import Issuer, TrustStore, WitnessKey
from opsproof_verify.validity import Keyring, Signer, Validity
from opsproof_verify.violation import Violation, Violations

#: Frames that may be refused by what is in them, before reading ends (SPEC 9.4-8).
MAX_REFUSED = 100
_DECODING = 2  # the phase


class Case:
    """Inputs and state shared by all phases."""

    def __init__(
        self,
        trust: TrustStore,
        policy: Policy | None,
        at: int | None,
        evidence: str | None,
        workers: Pool | None = None,
    ) -> None:
        """Begin with what the caller gives; ``at`` in milliseconds."""
        self.trust = trust
        self.given = policy
        self.at = at
        self.evidence = evidence
        self.workers = workers
        self.found = Collector()
        self.violated = Collector()
        self._refused = 0  # frames whose bodies could not be read
        self.violations = 0  # whatever their level
        self.coverable = Coverable()
        self._settled = False
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
        if not self.found.skip(name, CODES[name].severity, subject.get("frame")):
            self.found.add(finding(name, subject, facts))

    def refuse(self, refusal: Rejected, frame: int | None = None) -> None:
        """Collect what a reader refused; a frame that is not decoded, after ``MAX_REFUSED`` others, ends the reading.

        A contract or its policy that is decoded and is not sound is none of these (SPEC 3.4, 9.4-8).
        """
        facts = dict(refusal.facts)
        where = facts.pop("frame", frame)
        self.found.add(finding(refusal.code, {} if where is None else {"frame": where}, facts))
        if frame is None or CODES[refusal.code].phase != _DECODING:
            return
        self._refused += 1
        if self._refused > MAX_REFUSED:
            raise Rejected("limit.exceeded", frame=frame, limit=MAX_REFUSED)

    def violate(self, violations: Violations | tuple[Violation, ...]) -> None:
        """Collect violated rules at the level that the policy gives each (SPEC 8.3-1)."""
        for one in violations:
            self.weigh(one)

    def weigh(self, one: Violation) -> None:
        """Collect a violated rule at the level that the policy gives it (SPEC 8.3-1)."""
        self.violations += 1
        setting = None if self.policy is None else self.policy.rules[one.rule]
        if setting is None or self.run is None:
            return
        level = setting.level_of(_matter(self.run, one)) if setting.when else setting.level
        if level is Severity.PROVISIONAL or (
            level is not None and not self.violated.skip(one.rule, level, one.subject.get("frame"))
        ):
            self._take(one, finding(one.rule, one.subject, one.facts, level))

    def _take(self, one: Violation, found: Finding) -> None:
        """Collect a finding, or keep it until it is known what approvals cover (SPEC 8.3-5)."""
        seq, persons = one.subject.get("seq"), frozenset(one.actor.persons if one.actor else ())
        coverable = found.severity is Severity.PROVISIONAL and found.code.remedy is Remedy.APPROVE
        if self._settled or not (coverable and isinstance(seq, int) and self.coverable.put(found, seq, persons)):
            self.violated.add(found)

    def settle(self, covers: Covers) -> None:
        """Collect what no approval covers; who is responsible for an entry does not cover it (SPEC 8.3-5)."""
        for found in self.coverable.left(covers, self.violated.skip):
            self.violated.add(found)
        self._settled = True

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


def _matter(run: Run, one: Violation) -> Matter:
    """Give what selectors look at in a violation (SPEC 8.6-1)."""
    if one.deviation is not None:
        return run.matter_of(one.deviation)
    what = one.placed.entry.what if one.placed else None
    place = run.place_of(what) if isinstance(what, Work) else None
    step = place[0] if place else one.subject.get("step")
    return run.matter([step] if isinstance(step, str) else (), one.actor)
