"""The fold of a run (SPEC 6.4, 6.7): one entry after another is taken into the state.

No entry is kept but the latest; others are read again when an entry refers to them. ADR 25 says what grows by how much.
"""

from __future__ import annotations

from collections.abc import Callable

from opsproof_verify.container import DIGEST_SIZE
from opsproof_verify.entries import WORK, Work
from opsproof_verify.kinds import (
    Acted,
    AtStep,
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
from opsproof_verify.state import ACCOUNTABLE, Actor, Fact, Pass, Placed, Stretch, Value, within

_AT_WORK = (*WORK, Checked, Released)


def apply(run: Run, placed: Placed) -> None:
    """Take one entry into the state."""
    entry, what = placed.entry, placed.entry.what
    run.note_time(entry.time.ms, placed.frame)
    placed.actor.last = (entry.seq, placed.frame)
    if entry.kind != "attestation":
        _note_attestable(run, placed)
    if isinstance(what, _AT_WORK):
        for step, number, name in run.lacking(placed.actor, what, entry.time.ms):
            run.pass_of(step, number).lacked.add((placed.actor.member.id, name))
    if isinstance(what, WORK):
        _note_performers(run, placed, what)
    handler = _HANDLERS.get(type(what))
    if handler is not None:
        handler(run, placed, what)
    run.memory.take(placed)


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
    one, progress = run.pass_of(*place), run.progress.get(place[0])
    one.performers |= actor.persons
    if not isinstance(what, AtStep):
        one.worked = placed.entry.seq
    for person in actor.persons:
        run.worked[person] = run.worked.get(person, 0) | run.scopes.bits.get(place[0], 0)
    if progress is None:
        _note_stranger(run, placed, place[0])
        return
    progress.note(one)
    bit = run.scopes.bits[place[0]]
    if not actor.steps & bit:
        actor.steps |= bit
        _note_needs(run, actor, place[0])


def _note_stranger(run: Run, placed: Placed, step: str) -> None:
    """Note who performs a pass of a step that is not the contract's."""
    for person in sorted(placed.actor.persons):
        if not run.is_stranger(step, person):
            run.strangers.put(f"{person}/{step}", placed.entry.seq)
    _note_needs(run, placed.actor, step)


def _note_needs(run: Run, actor: Actor, step: str) -> None:
    """Note which approval needs exist since an actor worked on a step (SPEC 8.5-4)."""
    for need in run.policy.approvals:
        if (
            need.when_work is not None
            and need.id not in run.needed
            and need.when_work.holds(run.matter((step,), actor))
        ):
            run.needed.add(need.id)


def _run_started(run: Run, placed: Placed, what: RunStarted) -> None:
    run.started, run.subject = placed.entry.time, what.subject


def _at_step(run: Run, placed: Placed, what: AtStep) -> None:
    one = run.pass_of(what.step, what.number)
    if placed.entry.kind == "step-started":
        one.started = one.started or placed.entry.time
        run.note(one)
        return
    one.ended, one.completed = True, True
    run.note(one)
    step = run.contract.steps.get(what.step)
    took = placed.entry.time.ms - one.started.ms if one.started else 0
    if step is not None and step.max_ms is not None and took > step.max_ms:
        run.facts.append(Fact("overtime", placed.entry.seq, placed.frame, what.step, placed.actor))


def _step_skipped(run: Run, placed: Placed, what: StepSkipped) -> None:
    one = run.pass_of(what.step, what.number)
    one.ended = True
    run.note(one)
    step = run.contract.steps.get(what.step)
    if step is not None and not step.optional:
        run.facts.append(Fact("skipped", placed.entry.seq, placed.frame, what.step, placed.actor))


def _value_recorded(run: Run, placed: Placed, what: ValueRecorded) -> None:
    _hold_value(run, placed, Value(placed.leaf, placed.entry.time.ms, what.value, what.step, what.number, what.name))


def _correction(run: Run, placed: Placed, what: Correction) -> None:
    old = run.values.get(what.corrects.seq)
    if old is not None:
        before = run.origins.get(what.corrects.seq)
        run.origins.append(placed.entry.seq, what.corrects.seq if before is None else before[0])
        _hold_value(run, placed, old._replace(value=what.new))


def _hold_value(run: Run, placed: Placed, value: Value) -> None:
    """Make an entry the one that holds a value, and note whether it is out of limits."""
    run.passes.hold(run.pass_of(value.step, value.number), [(value.name, placed.entry.seq)])
    step = run.contract.steps.get(value.step)
    spec = step.values.get(value.name) if step else None
    if spec is not None and not within(spec, value.value):
        run.facts.append(Fact("out-of-limits", placed.entry.seq, placed.frame, value.step, placed.actor, value=True))


def _evidence_added(run: Run, placed: Placed, what: EvidenceAdded) -> None:
    run.count_item(what.item, placed.entry.seq)


def _instrument_used(run: Run, _: Placed, what: InstrumentUsed) -> None:
    step = run.contract.steps.get(what.step)
    if step is not None and what.serves_as in step.instruments:
        run.pass_of(what.step, what.number).instruments.add(what.serves_as)


def _transferred(run: Run, placed: Placed, what: Transferred) -> None:
    run.custody.move(what.digest, placed.entry.seq)
    run.unreceived.add(placed.entry.seq)


def _received(run: Run, placed: Placed, what: Received) -> None:
    transfer = run.transfers.get(what.transfer.seq)
    if transfer is not None and transfer.what.to == placed.actor.member.id:
        run.unreceived.discard(what.transfer.seq)


def _voided(run: Run, placed: Placed, what: Voided) -> None:
    """What is void no longer counts; that a value was out of limits stays a fact (SPEC 6.4-4)."""
    value, held = run.values.get(what.voids.seq), run.items.get(what.voids.seq)
    place = None
    if value is not None:
        place = value.step, value.number
        if run.passes.holder(*place, value.name) == what.voids.seq:
            run.passes.drop(run.pass_of(*place), value.name)
    elif held is not None and held.item.step is not None and held.item.number is not None:
        place = held.item.step, held.item.number
        if run.custody.void(held.item):
            run.change_slot(held.item, -1)
    if place is not None:
        run.pass_of(*place).worked = placed.entry.seq


def _checked(run: Run, placed: Placed, what: Checked) -> None:
    person = placed.actor.person
    run.checkers.add(person)
    step, one = run.contract.steps.get(what.step), run.passes.get((what.step, what.number))
    if not what.passed:
        run.facts.append(Fact("check-failed", placed.entry.seq, placed.frame, what.step, placed.actor))
    elif step and one and one.started and placed.actor.human and (not step.check or placed.actor.holds(step.check)):
        one.checkers.add(person)
        one.checked = placed.entry.seq
        run.note(one)


def _acted(run: Run, _: Placed, what: Acted) -> None:
    run.pass_of(what.step, what.number).acted = True
    if what.authorised is not None and what.authorised.seq < run.memory.taken:
        run.spent.add(what.authorised.seq)


def _released(run: Run, placed: Placed, what: Released) -> None:
    if not placed.actor.human:
        return
    if what.deviation is not None:
        deviation = run.deviations.get(what.deviation.seq)
        entitled = placed.actor.holds(run.contract.authority.release)
        person = placed.actor.person
        if deviation is not None and entitled and not run.performed(deviation, person):
            run.scopes.release(deviation, person)
        return
    step, one = run.contract.steps.get(what.step or ""), run.passes.get((what.step or "", what.number or 0))
    if step and step.hold and one and one.completed and placed.actor.holds(step.hold):
        one.releasers.add(placed.actor.person)
        run.note(one)


def _deviation_raised(run: Run, placed: Placed, what: DeviationRaised) -> None:
    deviation = run.deviations[placed.entry.seq] = run.weigh(placed, what)
    run.scopes.take(deviation, what)


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
        deviation.closers.add(placed.actor.person)


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
    Acted: _acted,
    Released: _released,
    DeviationRaised: _deviation_raised,
    DeviationRuled: _deviation_ruled,
    DeviationRemediated: _deviation_remediated,
    DeviationClosed: _deviation_closed,
    RunEnded: _run_ended,
}


def take_stretch(run: Run, actor: Actor, one: Pass, stretch: Stretch, leaves: bytes, first: tuple[int, int]) -> None:
    """Take a stretch into the state, as if entry after entry were; ``first`` is number and frame of the first."""
    (count, last, names, _, waiting, _), (seq, frame) = stretch, first
    end = count - 1
    run.note_time(last, frame + end)
    actor.last = seq + end, frame + end
    if waiting:
        actor.count += waiting
        actor.leaves.update(leaves[-DIGEST_SIZE * waiting :])
        actor.accountable |= run.contract.steps[one.step].critical
        actor.others |= not run.contract.steps[one.step].critical
    run.passes.hold(one, [(name, own) for own, name in enumerate(names, seq) if name is not None])
    worked = next((at for at in range(end, -1, -1) if names[at] is not None), None)
    if worked is not None:
        one.worked = seq + worked
    run.memory.taken = seq + count
