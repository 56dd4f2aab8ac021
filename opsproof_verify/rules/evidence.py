"""Rules on evidence and its custody (SPEC 9.10-22, -23, -37, -44 to -48).

That no evidence is absent (9.10-21) is seen where frames are read.
"""

from __future__ import annotations

from opsproof_verify.contract import Step
from opsproof_verify.findings import Fact
from opsproof_verify.kinds import EvidenceAdded, Transferred, ValueRecorded
from opsproof_verify.run import Run
from opsproof_verify.state import Pass, Placed
from opsproof_verify.violation import AtEnd, EachPass, OnEntry, Violations, about, on


def check_fit(run: Run, placed: Placed, what: EvidenceAdded) -> Violations:
    """An item for a slot is one that the slot takes (9.10-23)."""
    flaw = run.unfit(what.item)
    if flaw is not None:
        yield on(placed, "evidence.unfit", slot=what.item.slot or "", why=flaw)


def check_enough(_: Run, step: Step, one: Pass) -> Violations:
    """A completed pass has the least number of items for each slot (9.10-22)."""
    for slot in step.evidence.values():
        owed = slot.min - one.slots.get(slot.id, 0)
        if owed > 0:
            subject: dict[str, Fact] = {"step": one.step, "pass": one.number, "slot": slot.id}
            yield about("evidence.missing", subject, missing=owed)


def check_described(run: Run, placed: Placed, what: EvidenceAdded) -> Violations:
    """An item says when and with what it was captured, and whether it is the original (9.10-44)."""
    for member in run.policy.rules["evidence.undescribed"].words("members"):
        if getattr(what, member) is None:
            yield on(placed, "evidence.undescribed", missing=member)


def check_new(run: Run, placed: Placed, what: EvidenceAdded) -> Violations:
    """The same content is added once (9.10-45)."""
    if run.custody.holder(what.item.digest) is not None:
        yield on(placed, "evidence.reused", digest=what.item.digest.hex())


def check_lateness_explained(run: Run, placed: Placed, what: EvidenceAdded | ValueRecorded) -> Violations:
    """What is seen or captured is recorded soon, or the entry says why not (9.10-37)."""
    seen = what.captured if isinstance(what, EvidenceAdded) else what.observed
    lag = placed.entry.time.ms - (seen or placed.entry.time).ms
    if lag > run.policy.rules["entry.late-unexplained"].number("max-lag") and what.late is None:
        yield on(placed, "entry.late-unexplained", lag=lag)


def check_prompt(run: Run, placed: Placed, what: EvidenceAdded) -> Violations:
    """Evidence enters the record soon after it was captured (9.10-46)."""
    lag = placed.entry.time.ms - (what.captured or placed.entry.time).ms
    if lag > run.policy.rules["evidence.late"].number("max-lag"):
        yield on(placed, "evidence.late", lag=lag)


def check_holder(run: Run, placed: Placed, what: Transferred) -> Violations:
    """Who hands an item over holds it, and hands it to an enrolled actor (9.10-47)."""
    holder = run.custody.holder(what.digest)
    if holder != placed.entry.actor:
        yield on(placed, "custody.broken", why="not-the-holder", holder=holder or "")
    elif what.to not in run.actors:
        yield on(placed, "custody.broken", why="to-nobody", to=what.to)


def check_received(run: Run) -> Violations:
    """Who takes custody confirms it (9.10-48)."""
    for seq in run.unreceived:
        transfer = run.transfers[seq]
        subject: dict[str, Fact] = {"frame": transfer.frame, "seq": seq}
        yield about("custody.not-received", subject, to=transfer.what.to).by(transfer.giver)


ON_ENTRY: OnEntry = {
    EvidenceAdded: (check_fit, check_described, check_new, check_lateness_explained, check_prompt),
    ValueRecorded: (check_lateness_explained,),
    Transferred: (check_holder,),
}
EACH_PASS: tuple[EachPass, ...] = (check_enough,)
AT_END: tuple[AtEnd, ...] = (check_received,)
