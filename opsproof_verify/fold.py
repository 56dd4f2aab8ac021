"""The fold of a run (SPEC 6.4, 6.7): one entry after another is taken into the state.

No entry is kept. What grows is one small record a pass, a recorded value, a leave, an evidence item and a deviation.
"""

from __future__ import annotations

from collections.abc import Callable

from opsproof_verify.entries import Work
from opsproof_verify.kinds import (
    Acted,
    AtStep,
    Authorised,
    Checked,
    Correction,
    DeviationClosed,
    DeviationRaised,
    DeviationRemediated,
    DeviationRuled,
    EvidenceAdded,
    InstrumentUsed,
    Received,
    Released,
    RunEnded,
    RunStarted,
    StepSkipped,
    Transferred,
    ValueRecorded,
    Voided,
)
from opsproof_verify.run import Run
from opsproof_verify.state import ACCOUNTABLE, Fact, Held, Leave, Placed, Transfer, Value, within


def apply(run: Run, placed: Placed) -> None:
    """Take one entry into the state."""
    entry, what = placed.entry, placed.entry.what
    run.note_time(entry.time.ms, placed.frame)
    placed.actor.last = (entry.seq, placed.frame)
    if entry.kind != "attestation":
        _note_attestable(run, placed)
    if isinstance(what, Work | Checked | Released):
        placed.actor.lacked |= run.lacking(placed.actor, what, entry.time.ms)
    if isinstance(what, Work):
        _note_performers(run, placed, what)
    handler = _HANDLERS.get(type(what))
    if handler is not None:
        handler(run, placed, what)


def _note_attestable(run: Run, placed: Placed) -> None:
    """Put an entry into its actor's window (SPEC 6.6-1)."""
    entry, actor = placed.entry, placed.actor
    actor.write(placed.leaf)
    actor.at_once = entry.kind in run.policy.rules["attestation.late"].words("at-once")
    step = run.contract.steps.get(getattr(entry.what, "step", None) or "")
    if entry.kind in ACCOUNTABLE or (step is not None and step.critical):
        actor.accountable = True
    else:
        actor.others = True


def _note_performers(run: Run, placed: Placed, what: Work) -> None:
    """Note who performs a pass, and that work was done on it (SPEC 6.4-1)."""
    place, actor = run.place_of(what), placed.actor
    if place is None:
        return
    one = run.pass_of(*place)
    one.performers |= actor.persons
    if not isinstance(what, AtStep):
        one.worked = placed.entry.seq, placed.frame, actor
    run.performers |= actor.persons
    run.workers.add((one.step, actor.member.id))
    run.progress_of(one.step).note(one)


def _run_started(run: Run, placed: Placed, what: RunStarted) -> None:
    run.started, run.subject = placed.entry.time, what.subject


def _at_step(run: Run, placed: Placed, what: AtStep) -> None:
    one = run.pass_of(what.step, what.number)
    if placed.entry.kind == "step-started":
        one.started = one.started or placed.entry.time
        run.progress_of(what.step).note(one)
        return
    one.ended, one.completed = True, True
    run.progress_of(what.step).note(one)
    step = run.contract.steps.get(what.step)
    took = placed.entry.time.ms - one.started.ms if one.started else 0
    if step is not None and step.max_ms is not None and took > step.max_ms:
        run.facts.append(Fact("overtime", placed.entry.seq, placed.frame, what.step, placed.actor))


def _step_skipped(run: Run, placed: Placed, what: StepSkipped) -> None:
    one = run.pass_of(what.step, what.number)
    one.ended = True
    run.progress_of(what.step).note(one)
    step = run.contract.steps.get(what.step)
    if step is not None and not step.optional:
        run.facts.append(Fact("skipped", placed.entry.seq, placed.frame, what.step, placed.actor))


def _value_recorded(run: Run, placed: Placed, what: ValueRecorded) -> None:
    _hold_value(run, placed, Value(placed.leaf, placed.entry.time.ms, what.value, what.step, what.number, what.name))


def _correction(run: Run, placed: Placed, what: Correction) -> None:
    old = run.values.get(what.corrects.seq)
    if old is not None:
        _hold_value(run, placed, old._replace(leaf=placed.leaf, ms=placed.entry.time.ms, value=what.new))


def _hold_value(run: Run, placed: Placed, value: Value) -> None:
    """Make an entry the one that holds a value, and note whether it is out of limits."""
    run.values[placed.entry.seq] = value
    run.pass_of(value.step, value.number).values[value.name] = placed.entry.seq
    step = run.contract.steps.get(value.step)
    spec = step.values.get(value.name) if step else None
    if spec is not None and not within(spec, value.value):
        run.facts.append(Fact("out-of-limits", placed.entry.seq, placed.frame, value.step, placed.actor, value=True))


def _evidence_added(run: Run, placed: Placed, what: EvidenceAdded) -> None:
    item = what.item
    run.custody.setdefault(item.digest, placed.actor.member.id)
    run.items[placed.entry.seq] = Held(placed.leaf, item.digest, item.step, item.number, item.slot)
    run.count_item(item)


def _instrument_used(run: Run, _: Placed, what: InstrumentUsed) -> None:
    if what.serves_as is not None:
        run.pass_of(what.step, what.number).instruments.add(what.serves_as)


def _transferred(run: Run, placed: Placed, what: Transferred) -> None:
    run.custody[what.digest] = what.to
    run.transfers[placed.entry.seq] = Transfer(placed.leaf, placed.frame, placed.actor, what)


def _received(run: Run, placed: Placed, what: Received) -> None:
    transfer = run.transfers.get(what.transfer.seq)
    if transfer is not None and transfer.what.to == placed.actor.member.id:
        transfer.received = True


def _voided(run: Run, placed: Placed, what: Voided) -> None:
    """What is void no longer counts; that a value was out of limits stays a fact (SPEC 6.4-4)."""
    value, item = run.values.get(what.voids.seq), run.items.get(what.voids.seq)
    place = None
    if value is not None:
        place = value.step, value.number
        values = run.pass_of(*place).values
        if values.get(value.name) == what.voids.seq:
            del values[value.name]
    elif item is not None and item.step is not None and item.number is not None:
        place = item.step, item.number
        run.pass_of(*place).slots.get(item.slot or "", set()).discard(item.digest)
    if place is not None:
        run.pass_of(*place).worked = placed.entry.seq, placed.frame, placed.actor


def _checked(run: Run, placed: Placed, what: Checked) -> None:
    person = placed.actor.person
    run.checkers.add(person)
    step, one = run.contract.steps.get(what.step), run.passes.get((what.step, what.number))
    if not what.passed:
        run.facts.append(Fact("check-failed", placed.entry.seq, placed.frame, what.step, placed.actor))
    elif step and one and one.started and placed.actor.human and (not step.check or placed.actor.holds(step.check)):
        one.checkers.add(person)
        one.checked = placed.entry.seq
        run.progress_of(what.step).note(one)


def _authorised(run: Run, placed: Placed, what: Authorised) -> None:
    run.authorised[placed.entry.seq] = Leave(placed.leaf, what, placed.actor)


def _acted(run: Run, _: Placed, what: Acted) -> None:
    run.pass_of(what.step, what.number).acted = True
    if what.authorised is not None:
        run.spent.add(what.authorised.seq)


def _released(run: Run, placed: Placed, what: Released) -> None:
    if not placed.actor.human:
        return
    if what.deviation is not None:
        deviation = run.deviations.get(what.deviation.seq)
        entitled = placed.actor.holds(run.contract.authority.release)
        if deviation is not None and entitled and placed.actor.person not in run.performers_of(deviation):
            run.block(deviation, on=False)
            deviation.releasers.add(placed.actor.person)
            run.releases.setdefault(placed.actor.person, []).append(deviation)
        return
    step, one = run.contract.steps.get(what.step or ""), run.passes.get((what.step or "", what.number or 0))
    if step and step.hold and one and one.completed and placed.actor.holds(step.hold):
        one.releasers.add(placed.actor.person)
        run.progress_of(step.id).note(one)


def _deviation_raised(run: Run, placed: Placed, what: DeviationRaised) -> None:
    deviation = run.deviations[placed.entry.seq] = run.weigh(placed, what)
    if deviation.ruling == "block":
        run.block(deviation, on=True)


def _deviation_ruled(run: Run, placed: Placed, what: DeviationRuled) -> None:
    deviation = run.deviations.get(what.deviation.seq)
    if deviation is not None and deviation.recorded is None:
        deviation.recorded, deviation.ruled_frame = what, placed.frame


def _deviation_remediated(run: Run, placed: Placed, what: DeviationRemediated) -> None:
    deviation = run.deviations.get(what.deviation.seq)
    if deviation is not None:
        deviation.remediators.add(placed.actor.person)
        deviation.remediated = deviation.remediated or bool(what.evidence)


def _deviation_closed(run: Run, placed: Placed, what: DeviationClosed) -> None:
    deviation = run.deviations.get(what.deviation.seq)
    if deviation is not None and placed.actor.human and placed.actor.holds(run.contract.authority.rule):
        deviation.closers.append(placed.actor.person)


def _run_ended(run: Run, placed: Placed, what: RunEnded) -> None:
    run.outcome = what.outcome
    if what.outcome == "aborted":
        run.facts.append(Fact("aborted", placed.entry.seq, placed.frame, None, placed.actor))


_HANDLERS: dict[type, Callable[..., None]] = {
    RunStarted: _run_started,
    AtStep: _at_step,
    StepSkipped: _step_skipped,
    ValueRecorded: _value_recorded,
    Correction: _correction,
    EvidenceAdded: _evidence_added,
    InstrumentUsed: _instrument_used,
    Transferred: _transferred,
    Received: _received,
    Voided: _voided,
    Checked: _checked,
    Authorised: _authorised,
    Acted: _acted,
    Released: _released,
    DeviationRaised: _deviation_raised,
    DeviationRuled: _deviation_ruled,
    DeviationRemediated: _deviation_remediated,
    DeviationClosed: _deviation_closed,
    RunEnded: _run_ended,
}
