"""The entries of the log (SPEC 6.3, 6.4) as frozen values: a common head, and what each kind adds."""

from __future__ import annotations

from typing import get_args

from opsproof_verify.fields import (
    Fields,
    at,
    digest,
    ident,
    malformed,
    nonce,
    time,
    uint,
    word,
)
from opsproof_verify.findings import Time
from opsproof_verify.kinds import (
    Acted,
    Assigned,
    AtStep,
    Attested,
    Authorised,
    Checked,
    ClockChanged,
    Correction,
    DeviationClosed,
    DeviationRaised,
    DeviationRemediated,
    DeviationRuled,
    EvidenceAdded,
    Gap,
    InstrumentUsed,
    Note,
    Received,
    Released,
    RunEnded,
    RunStarted,
    StepSkipped,
    Transferred,
    ValueRecorded,
    Voided,
    Witnessed,
)
from opsproof_verify.schema import fill, flat, may, need, record

What = (
    RunStarted
    | Assigned
    | AtStep
    | ValueRecorded
    | InstrumentUsed
    | EvidenceAdded
    | Transferred
    | Received
    | Voided
    | Checked
    | Authorised
    | Acted
    | Released
    | StepSkipped
    | Correction
    | DeviationRaised
    | DeviationRuled
    | DeviationRemediated
    | DeviationClosed
    | Note
    | Gap
    | ClockChanged
    | Attested
    | Witnessed
    | RunEnded
)

#: What work entries add (SPEC 6.4-1); evidence is work when it has a step, a correction on the step of its value.
Work = AtStep | StepSkipped | ValueRecorded | InstrumentUsed | EvidenceAdded | Acted | Correction
WORK: tuple[type[Work], ...] = get_args(Work)

#: What each kind adds to the head (SPEC 6.3).
KINDS: dict[str, type[What]] = {
    "run-started": RunStarted,
    "assigned": Assigned,
    "step-started": AtStep,
    "value-recorded": ValueRecorded,
    "instrument-used": InstrumentUsed,
    "evidence-added": EvidenceAdded,
    "transferred": Transferred,
    "received": Received,
    "voided": Voided,
    "checked": Checked,
    "authorised": Authorised,
    "acted": Acted,
    "released": Released,
    "step-completed": AtStep,
    "step-skipped": StepSkipped,
    "correction": Correction,
    "deviation-raised": DeviationRaised,
    "deviation-ruled": DeviationRuled,
    "deviation-remediated": DeviationRemediated,
    "deviation-closed": DeviationClosed,
    "note": Note,
    "gap": Gap,
    "clock-changed": ClockChanged,
    "attestation": Attested,
    "witnessed": Witnessed,
    "run-ended": RunEnded,
}


def _what(members: Fields) -> What:
    return fill(KINDS[str(members.look("kind"))], members)


@record
class Entry:
    """One entry: the common head and ``what`` its kind adds; ``run`` is None in entry 0 only."""

    kind: str = need(word(*KINDS))
    run: bytes | None = may(digest)
    seq: int = need(uint)
    prev: bytes = need(digest)
    time: Time = need(time)
    nonce: bytes = need(nonce)
    actor: str = need(ident)
    what: What = flat(_what)

    def check_members(self) -> None:
        """Entry 0 is run-started, without a run; all others have one (SPEC 6.3-1)."""
        first = self.kind == "run-started"
        if first != (self.seq == 0):
            raise at("seq", malformed("integer"))
        if first != (self.run is None):
            raise at("run", malformed("missing" if self.run is None else "unknown-member"))
