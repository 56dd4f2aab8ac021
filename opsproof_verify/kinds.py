"""What each kind of entry adds to the common head (SPEC 6.3, 6.4), as frozen values."""

from __future__ import annotations

from opsproof_verify.contract import Scalar, ids, severity
from opsproof_verify.fields import (
    MAX_INTEGER,
    Ref,
    array,
    at,
    blob,
    boolean,
    digest,
    ident,
    integer,
    line,
    malformed,
    mapping,
    positive,
    prose,
    ref,
    scalar,
    time,
    token,
    uint,
    unit,
    word,
)
from opsproof_verify.findings import Time
from opsproof_verify.records import RULINGS, Item
from opsproof_verify.schema import may, need, part, reader, record, some


@record
class Related:
    """Another run that this one reworks or continues."""

    relation: str = need(word("rework", "continuation"))
    run: bytes = need(digest)
    seal: bytes = need(digest)


@record
class RunStarted:
    """The run begins (entry 0)."""

    subject: dict[str, str] = need(mapping(ident, token))
    approvals: tuple[bytes, ...] = need(array(digest))
    recorder: str = need(line)
    clock: str | None = may(line)
    related: tuple[Related, ...] = some(array(reader(Related), 1))


@record
class Assigned:
    """A further actor joins; the signed assignment."""

    assignment: bytes = need(blob)


@record
class InPass:
    """What stands in a pass of a step (``at`` in SPEC 6.3)."""

    step: str = need(ident)
    number: int = need(positive, "pass")


@record
class AtStep(InPass):
    """A pass of a step begins or ends."""


@record
class ValueRecorded(InPass):
    """A value, with its unit."""

    name: str = need(ident)
    value: Scalar = need(scalar)
    unit: str | None = may(unit)
    observed: Time | None = may(time)
    late: str | None = may(prose)


@record
class InstrumentUsed(InPass):
    """An instrument and until when its calibration holds."""

    instrument: str = need(token)
    serves_as: str | None = may(ident, "as")
    due: Time | None = may(time)


@record
class EvidenceAdded:
    """Evidence; its frame stands immediately before."""

    item: Item = part(Item)
    captured: Time | None = may(time)
    source: str | None = may(line)
    copy: str | None = may(word("original", "true-copy"))
    late: str | None = may(prose)

    @property
    def step(self) -> str | None:
        """The step that the evidence is for, None for the run."""
        return self.item.step

    @property
    def number(self) -> int | None:
        """The pass that the evidence is for."""
        return self.item.number


@record
class Transferred:
    """Custody of an evidence item goes to another actor."""

    digest: bytes = need(digest)
    to: str = need(ident)
    reason: str = need(prose)


@record
class Received:
    """Who takes custody of an evidence item confirms it."""

    transfer: Ref = need(ref)


@record
class Voided:
    """A recorded value or an evidence item no longer counts; it stays to be read."""

    voids: Ref = need(ref)
    why: str = need(prose)


@record
class Checked(InPass):
    """A second person checked a pass."""

    passed: bool = need(boolean)
    text: str | None = may(prose)


@record
class Authorised(InPass):
    """Leave for one action with exactly these arguments."""

    actor: str = need(ident, "for")
    action: str = need(line)
    arguments: bytes = need(digest)
    expires: Time = need(time)


@record
class Acted(InPass):
    """An action with exactly these arguments, and under which leave."""

    action: str = need(line)
    arguments: bytes = need(digest)
    authorised: Ref | None = may(ref)


@record
class Released:
    """A hold point is passed (``step``), or a blocking deviation is released (``deviation``)."""

    step: str | None = may(ident)
    number: int | None = may(positive, "pass")
    deviation: Ref | None = may(ref)
    text: str | None = may(prose)

    def check_members(self) -> None:
        """Either a step and its pass, or a deviation."""
        if (self.step is None) != (self.number is None) or (self.step is None) == (self.deviation is None):
            raise at("step", malformed("step-or-deviation"))


@record
class StepSkipped(InPass):
    """A pass is not done."""

    reason: str | None = may(prose)


@record
class Correction:
    """A recorded value is replaced; both stay."""

    corrects: Ref = need(ref)
    old: Scalar = need(scalar)
    new: Scalar = need(scalar)
    why: str = need(prose)


@record
class DeviationRaised:
    """The run left its contract, or will."""

    reason: str = need(ident)
    severity: str = need(severity)
    steps: tuple[str, ...] = need(ids)
    values: tuple[Ref, ...] = need(array(ref, distinct=True))
    evidence: tuple[bytes, ...] = need(array(digest, distinct=True))
    description: str = need(prose)
    action: str | None = may(prose)
    occurred: Time | None = may(time)


@record
class DeviationRuled:
    """What the policy said at once."""

    deviation: Ref = need(ref)
    ruling: str = need(word(*RULINGS))
    policy: bytes = need(digest)


@record
class DeviationRemediated:
    """What was done about it."""

    deviation: Ref = need(ref)
    text: str = need(prose)
    evidence: tuple[bytes, ...] = need(array(digest, distinct=True))


@record
class DeviationClosed:
    """An entitled person verified that and closes it."""

    deviation: Ref = need(ref)
    text: str = need(prose)


@record
class Note:
    """Free text."""

    step: str | None = may(ident)
    number: int | None = may(positive, "pass")
    text: str = need(prose)

    def check_members(self) -> None:
        """Step and pass stand together (SPEC 6.3-4)."""
        if (self.step is None) != (self.number is None):
            raise at("step", malformed("step-and-pass"))


@record
class Cut:
    """A torn tail that was cut off."""

    digest: bytes = need(digest)
    size: int = need(uint)


@record
class Gap:
    """The recorder stopped and started again."""

    reason: str | None = may(prose)
    since: Time | None = may(time)
    cut: Cut | None = may(reader(Cut))


@record
class ClockChanged:
    """The recorder's clock was set, or another one is used from here on."""

    clock: str = need(line)
    by: int | None = may(integer(-MAX_INTEGER))
    text: str | None = may(prose)


@record
class Attested:
    """An actor's signed attestation."""

    attestation: bytes = need(blob)


@record
class Witnessed:
    """A witness's signature over the head."""

    witness: bytes = need(blob)


@record
class RunEnded:
    """The run is over."""

    outcome: str = need(word("completed", "aborted"))
    reason: str | None = may(prose)
