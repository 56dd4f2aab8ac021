"""Rules on evidence (SPEC 9.10-22, 9.10-23); that none is absent (9.10-21) is seen where frames are read."""

from __future__ import annotations

from opsproof_verify.entries import EvidenceAdded
from opsproof_verify.findings import Fact
from opsproof_verify.run import Run
from opsproof_verify.state import Placed
from opsproof_verify.violation import AtEnd, OnEntry, Violations, about, on


def check_fit(run: Run, placed: Placed, what: EvidenceAdded) -> Violations:
    """An item for a slot is one that the slot takes (9.10-23)."""
    flaw = run.unfit(what.item)
    if flaw is not None:
        yield on(placed, "evidence.unfit", slot=what.item.slot or "", why=flaw)


def check_enough(run: Run) -> Violations:
    """A completed pass has the least number of items for each slot (9.10-22)."""
    for one in run.passes.values():
        step = run.step_of(one.step, one.number)
        if step is None or not one.completed:
            continue
        for slot in step.evidence.values():
            owed = slot.min - one.slots.get(slot.id, 0)
            if owed > 0:
                subject: dict[str, Fact] = {"step": one.step, "pass": one.number, "slot": slot.id}
                yield about("evidence.missing", subject, missing=owed)


ON_ENTRY: OnEntry = {EvidenceAdded: (check_fit,)}
AT_END: tuple[AtEnd, ...] = (check_enough,)
