"""The entries of the log (SPEC 6.3, 6.4) as frozen values: a common head, and what each kind adds; no logic."""

from __future__ import annotations

from dataclasses import dataclass

from opsproof_verify.fields import Ref
from opsproof_verify.findings import Time
from opsproof_verify.records import Item, Scalar


@dataclass(frozen=True, slots=True)
class RunStarted:
    """The run begins (entry 0)."""

    subject: dict[str, str]
    approvals: tuple[bytes, ...]
    recorder: str
    related: tuple[Related, ...]


@dataclass(frozen=True, slots=True)
class Related:
    """Another run that this one reworks or continues."""

    relation: str
    run: bytes
    seal: bytes


@dataclass(frozen=True, slots=True)
class Assigned:
    """A further actor joins; the signed assignment."""

    assignment: bytes


@dataclass(frozen=True, slots=True)
class AtStep:
    """A pass of a step begins or ends."""

    step: str
    number: int


@dataclass(frozen=True, slots=True)
class ValueRecorded:
    """A value, with its unit."""

    step: str
    number: int
    name: str
    value: Scalar
    unit: str | None


@dataclass(frozen=True, slots=True)
class InstrumentUsed:
    """An instrument and until when its calibration holds."""

    step: str
    number: int
    instrument: str
    due: Time | None


@dataclass(frozen=True, slots=True)
class EvidenceAdded:
    """Evidence; its frame stands immediately before."""

    item: Item
    captured: Time | None
    source: str | None

    @property
    def step(self) -> str | None:
        """The step that the evidence is for, None for the run."""
        return self.item.step

    @property
    def number(self) -> int | None:
        """The pass that the evidence is for."""
        return self.item.number


@dataclass(frozen=True, slots=True)
class Transferred:
    """Custody of an evidence item goes to another actor."""

    digest: bytes
    to: str
    reason: str


@dataclass(frozen=True, slots=True)
class Checked:
    """A second person checked a pass."""

    step: str
    number: int
    passed: bool
    text: str | None


@dataclass(frozen=True, slots=True)
class Authorised:
    """Leave for one action with exactly these arguments."""

    step: str
    number: int
    actor: str
    action: str
    arguments: bytes
    expires: Time


@dataclass(frozen=True, slots=True)
class Released:
    """A hold point is passed (``step``), or a blocking deviation is released (``deviation``)."""

    step: str | None
    number: int | None
    deviation: Ref | None
    text: str | None


@dataclass(frozen=True, slots=True)
class StepSkipped:
    """A pass is not done."""

    step: str
    number: int
    reason: str | None


@dataclass(frozen=True, slots=True)
class Correction:
    """A recorded value is replaced; both stay."""

    corrects: Ref
    old: Scalar
    new: Scalar
    why: str


@dataclass(frozen=True, slots=True)
class DeviationRaised:
    """The run left its contract, or will."""

    reason: str
    severity: str
    steps: tuple[str, ...]
    values: tuple[Ref, ...]
    evidence: tuple[bytes, ...]
    description: str
    action: str | None
    occurred: Time | None


@dataclass(frozen=True, slots=True)
class DeviationRuled:
    """What the policy said at once."""

    deviation: Ref
    ruling: str
    policy: bytes


@dataclass(frozen=True, slots=True)
class DeviationRemediated:
    """What was done about it."""

    deviation: Ref
    text: str
    evidence: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class DeviationClosed:
    """An entitled person verified that and closes it."""

    deviation: Ref
    text: str


@dataclass(frozen=True, slots=True)
class Note:
    """Free text."""

    step: str | None
    number: int | None
    text: str


@dataclass(frozen=True, slots=True)
class Gap:
    """The recorder stopped and started again; ``cut`` is digest and size of a torn tail."""

    reason: str | None
    since: Time | None
    cut: tuple[bytes, int] | None


@dataclass(frozen=True, slots=True)
class Attested:
    """An actor's signed attestation."""

    attestation: bytes


@dataclass(frozen=True, slots=True)
class Witnessed:
    """A witness's signature over the head."""

    witness: bytes


@dataclass(frozen=True, slots=True)
class RunEnded:
    """The run is over."""

    outcome: str
    reason: str | None


What = (
    RunStarted
    | Assigned
    | AtStep
    | ValueRecorded
    | InstrumentUsed
    | EvidenceAdded
    | Transferred
    | Checked
    | Authorised
    | Released
    | StepSkipped
    | Correction
    | DeviationRaised
    | DeviationRuled
    | DeviationRemediated
    | DeviationClosed
    | Note
    | Gap
    | Attested
    | Witnessed
    | RunEnded
)


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry: the common head and ``what`` its kind adds; ``run`` is None in entry 0 only."""

    run: bytes | None
    seq: int
    prev: bytes
    time: Time
    nonce: bytes
    actor: str
    kind: str
    what: What
