"""The Report (SPEC 11): all that a verification says, as values; the verdict is computed, never stored."""

from __future__ import annotations

import enum
from typing import NoReturn

from opsproof_verify.findings import Counts, Fact, Finding, Time, Verdict, decide
from opsproof_verify.register import Severity
from opsproof_verify.slotted import slotted

#: What no verdict proves (SPEC 12).
NOT_PROVEN = ("truth-of-capture", "no-fork", "last-signoff", "claimed-times", "keys-held-by-persons")


class Outcome(enum.StrEnum):
    """What became of a rule (SPEC 11)."""

    PASSED = "passed"
    VIOLATED = "violated"
    NOT_EVALUATED = "not-evaluated"
    OFF = "off"
    NOT_RUN = "not-run"


@slotted(frozen=True)
class RuleOutcome:
    """One rule of the vocabulary: its level in the policy and what became of it."""

    rule: str
    level: str
    outcome: Outcome
    reason: str | None = None  # why it is off
    serves: tuple[str, ...] = ()  # what the policy says that it serves (SPEC 8.7)


@slotted(frozen=True)
class CheckOutcome:
    """A code of fixed severity that the policy says serves something (SPEC 8.7), and what became of it."""

    code: str
    outcome: Outcome  # passed, violated or not-run
    serves: tuple[str, ...]


@slotted(frozen=True)
class BundleFacts:
    """What identifies the bundle (SPEC 11-3) and its size."""

    run: str | None = None
    seal: str | None = None
    appended: str | None = None
    entries: int = 0
    evidence_count: int = 0
    evidence_bytes: int = 0
    withheld: tuple[tuple[int, int], ...] = ()  # ranges of seq, first and last
    absent: tuple[str, ...] = ()
    subject: tuple[tuple[str, str], ...] = ()


@slotted(frozen=True)
class ContractFacts:
    """The contract as the report names it."""

    id: str
    version: int
    title: str
    hash: str
    issuer: str
    organisation: str | None


@slotted(frozen=True)
class PolicyFacts:
    """The policy that decided, and who chose it: ``caller`` or ``issuer``."""

    id: str
    version: int
    title: str
    digest: str
    chosen_by: str


@slotted(frozen=True)
class TrustFacts:
    """The trust store that was given."""

    id: str
    serial: int
    digest: str


@slotted(frozen=True)
class DeviationFacts:
    """A deviation as it stands: rulings are ``block``, ``review``, ``allow`` or, if none was recorded, ``None``."""

    seq: int
    leaf: str
    reason: str
    severity: str
    recorded: str | None
    ruling: str
    remediated: bool | None  # None: not demanded
    closed: bool | None  # None: not demanded


@slotted(frozen=True)
class SignOffFacts:
    """The complete signature block of a sign-off (21 CFR 11.50(b)) and what it counts for.

    ``authentication`` is claimed: kinds of factors, and when (SPEC 6.9-9). ``delegated_by`` is the person who gave
    leave to sign, as the delegation in the sign-off states it (SPEC 6.11), whether it holds or not.
    """

    hash: str
    frame: int
    person: str
    name: str
    role: str
    decision: str
    meaning: str
    meaning_text: str
    time: Time
    standing: bool
    counts_for: tuple[str, ...]
    covers: tuple[int, ...]
    authentication: tuple[tuple[str, ...], Time] | None = None
    delegated_by: str | None = None


@slotted(frozen=True)
class WitnessFacts:
    """A time that an independent witness signed."""

    witness: str
    target: str
    hash: str
    time: Time


@slotted(frozen=True)
class Owed:
    """One item of the closing set (SPEC 9.12): ``need`` is one of its words, ``facts`` say who or what."""

    need: str
    facts: tuple[tuple[str, Fact], ...]


@slotted(frozen=True)
class Report:
    """All that a verification says; the same inputs give an equal report."""

    bundle: BundleFacts
    trust: TrustFacts
    contract: ContractFacts | None
    policy: PolicyFacts | None
    at: int | None
    expect: tuple[tuple[str, str], ...]
    findings: tuple[Finding, ...]  # in the order of SPEC 9.2-3, at most 100 of a code at a severity
    counts: Counts
    rules: tuple[RuleOutcome, ...]
    checks: tuple[CheckOutcome, ...]
    not_run: tuple[tuple[int, tuple[str, ...]], ...]
    owed: tuple[Owed, ...]
    deviations: tuple[DeviationFacts, ...]
    signoffs: tuple[SignOffFacts, ...]
    witnessed: tuple[WitnessFacts, ...]

    @property
    def verdict(self) -> Verdict:
        """The verdict that the findings leave; computed, never stored."""
        return decide(self.findings)

    def __bool__(self) -> NoReturn:
        """Refuse: a report is neither true nor false."""
        message = "a Report has three outcomes: compare report.verdict, or call report.require(Verdict.FINAL)"
        raise TypeError(message)

    def require(self, least: Verdict) -> None:
        """Raise :class:`VerdictError` unless the verdict is ``least`` or better."""
        order = list(Verdict)
        if order.index(self.verdict) < order.index(least):
            raise VerdictError(self, least)

    @property
    def primary(self) -> Finding | None:
        """The first finding of the highest severity (SPEC 9.2-3)."""
        order = list(Severity)
        return max(self.findings, key=lambda found: order.index(found.severity), default=None)


class VerdictError(Exception):
    """The verdict is not what the caller requires; carries the report."""

    def __init__(self, report: Report, least: Verdict) -> None:
        """Keep the report and the verdict that was required."""
        super().__init__(f"the verdict is {report.verdict}, not {least}")
        self.report = report
        self.least = least
