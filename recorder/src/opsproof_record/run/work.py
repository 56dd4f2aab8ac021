"""The work on steps: begin, record, correct, void, instrument, note, skip, end (SPEC 6.4)."""

from __future__ import annotations

from dataclasses import dataclass

from opsproof_verify import fields
from opsproof_verify.contract import Scalar, Step
from opsproof_verify.fields import Ref
from opsproof_verify.findings import Rejected

from opsproof_record.clock import Time
from opsproof_record.errors import Incomplete, OutOfOrder, Unfit, Unknown
from opsproof_record.log.model import limit_flaw, to_ref
from opsproof_record.log.state import RunState
from opsproof_record.run import demands, guard, open_items
from opsproof_record.run.recorder import Recorder
from opsproof_record.run.values import Given, read_value


def begin(recorder: Recorder, step_id: str) -> tuple[Ref, int]:
    """Begin the next pass of a step."""
    step = guard.find_step(recorder.state, step_id)
    number = guard.next_pass(recorder.state, recorder.member, step)
    demands.checked(recorder, step)
    demands.qualified(recorder, step, number)
    return recorder.write("step-started", step=step_id, pass_=number), number


def working(recorder: Recorder, step_id: str) -> tuple[Step, int]:
    """Give a step and the number of its open pass, for an actor who may work on it now."""
    step = guard.find_step(recorder.state, step_id)
    number = guard.open_pass(recorder.state, recorder.member, step)
    demands.qualified(recorder, step, number)
    return step, number


@dataclass(frozen=True, slots=True)
class Outcome:
    """A value as recorded, and how it lies outside its limits, if it does."""

    ref: Ref
    value: Scalar
    unit: str | None
    flaw: str | None


@dataclass(frozen=True, slots=True)
class Reading:
    """How a value was read: in which unit, when, and why it was not recorded then (SPEC 6.4-5)."""

    unit: str | None = None
    observed: Time | None = None
    late: str | None = None


def record(recorder: Recorder, step_id: str, name: str, given: Given, read: Reading = Reading()) -> Outcome:
    """Record a value that a step asks for; one outside its limits is recorded as it is."""
    step, number = working(recorder, step_id)
    spec = step.values.get(name)
    if spec is None:
        raise Unknown(f'step {step_id} asks for no value "{name}"', "Its values: " + (", ".join(step.values) or "none"))
    before = recorder.state.values_of(step_id, number).get(name)
    if before is not None:
        raise OutOfOrder(
            f"{name} is recorded already: {before.value} in e{before.ref.seq}",
            f"A recorded value stays. If it is wrong: `opsproof correct e{before.ref.seq} VALUE --why TEXT`.",
        )
    if read.unit is not None and read.unit != spec.unit:
        what = f"{name} is recorded in {spec.unit or 'no unit'}, not in {read.unit}"
        raise Unfit(what, "Convert it and record it again.")
    value = read_value(spec, given)
    demands.prompt(recorder, step_id, read.observed, read.late, evidence=False)
    ref = recorder.write(
        "value-recorded",
        step=step_id,
        pass_=number,
        name=name,
        value=value,
        unit=spec.unit,
        observed=list(read.observed) if read.observed else None,
        late=read.late,
    )
    return Outcome(ref, value, spec.unit, limit_flaw(spec, value))


def correct(recorder: Recorder, seq: int, given: Given, why: str) -> Outcome:
    """Replace a recorded value; both stay, and what was outside its limits stays a fact (SPEC 9.10-11, 9.10-24)."""
    state = recorder.state
    old = state.value_at(seq)
    if old is None:
        raise Unknown(f"e{seq} holds no recorded value", f"Values: {named_values(recorder)}")
    if (void := state.voided_by(seq)) is not None:
        raise OutOfOrder(f"e{seq} was made void by e{void}", "Record the value anew, or deviate.")
    if not old.current:
        now = state.values_of(*old.step).get(old.name)
        remedy = f"{old.name} stands in e{now.ref.seq} now: correct that." if now else "It is void by now."
        raise OutOfOrder(f"e{seq} was corrected already", remedy)
    step = guard.find_step(state, old.step[0])
    guard.check_worker(state, recorder.member, step)
    guard.check_impartial(state, recorder.member, step, old.step[1])
    spec = step.values.get(old.name)
    if spec is None:
        raise Unknown(f"step {step.id} asks for no value {old.name}", "It cannot be corrected: deviate.")
    value = read_value(spec, given)
    if value == old.value:
        raise Unfit(f"{old.name} is {value} already", "A correction changes the value.")
    demands.qualified(recorder, step, old.step[1])
    demands.outdates(recorder, old.step)
    ref = recorder.write("correction", corrects=to_ref(old.ref), old=old.value, new=value, why=why)
    return Outcome(ref, value, spec.unit, limit_flaw(spec, value))


def named_values(recorder: Recorder) -> str:
    """Name the latest recorded values, for messages."""
    return ", ".join(f"e{one.ref.seq} {one.name}" for one in recorder.state.recent_values()) or "none"


def void(recorder: Recorder, seq: int, why: str) -> Ref:
    """Record that a value or an evidence item does not count any more; it stays to be read (SPEC 6.4-4, 9.10-38)."""
    state, member = recorder.state, recorder.member
    value, item = state.value_at(seq), state.item_at(seq)
    found = value or item
    if found is None:
        remedy = f"Values: {named_values(recorder)}. `opsproof-verify show` lists the evidence too."
        raise Unknown(f"e{seq} holds neither a value nor evidence", remedy)
    guard.check_human(member, "make an entry void")
    guard.check_role(member, state.contract.authority.void, "make an entry void")
    if (by := state.voided_by(seq)) is not None:
        raise OutOfOrder(f"e{seq} is void already, by e{by}", "There is nothing to do.")
    if value is not None and not value.current:
        raise OutOfOrder(f"e{seq} was corrected", "Make the correction void, which holds the value now.")
    if found.step is not None:
        demands.outdates(recorder, found.step)
    ref = recorder.write("voided", voids=to_ref(found.ref), why=why)
    if found.step is not None and (lacks := _lacks(state, found.step)):
        recorder.tell(f"pass {found.step[1]} of {found.step[0]} now lacks {', '.join(lacks)}")
    return ref


def _lacks(state: RunState, at: tuple[str, int]) -> list[str]:
    """Say what a pass that is not skipped lacks."""
    step, one = state.step(at[0]), state.pass_of(*at)
    return guard.missing(state, step, at[1]) if step is not None and one is not None and not one.skipped else []


def use_instrument(
    recorder: Recorder, step_id: str, instrument: str, due: Time | None = None, serves_as: str | None = None
) -> Ref:
    """Record an instrument, what it is used as, and until when its calibration holds.

    A step that asks for one instrument alone is taken to mean that one.
    """
    try:
        fields.token(instrument)
    except Rejected:
        raise Unfit(f'"{instrument}" is no token', "Write 1 to 128 printable ASCII characters.") from None
    step, number = working(recorder, step_id)
    if serves_as is not None and step.instruments and serves_as not in step.instruments:
        known = ", ".join(step.instruments)
        raise Unknown(f'step {step_id} asks for no instrument as "{serves_as}"', f"It asks for: {known}")
    if serves_as is None and len(step.instruments) == 1:
        serves_as = step.instruments[0]
    demands.calibrated(recorder, step, instrument, due)
    return recorder.write(
        "instrument-used",
        step=step_id,
        pass_=number,
        instrument=instrument,
        as_=serves_as,
        due=list(due) if due else None,
    )


def change_clock(recorder: Recorder, clock: str, by: int | None = None, text: str | None = None) -> Ref:
    """Record that the clock was set, ``by`` so many milliseconds, or that times are by another one from here on."""
    return recorder.write("clock-changed", clock=clock, by=by, text=text)


def note(recorder: Recorder, text: str, step_id: str | None = None) -> Ref:
    """Write a note, about the latest pass of a step if one is named."""
    number = None
    if step_id is not None:
        guard.find_step(recorder.state, step_id)
        last = recorder.state.last_pass(step_id)
        number = last.number if last else None
        step_id = step_id if number else None
    return recorder.write("note", step=step_id, pass_=number, text=text)


def skip(recorder: Recorder, step_id: str, reason: str | None) -> tuple[Ref, int]:
    """Record that the open pass of a step, or else its next one, is not done, and why (SPEC 9.10-7)."""
    state, step = recorder.state, guard.find_step(recorder.state, step_id)
    if state.open_passes(step_id):
        number = guard.open_pass(state, recorder.member, step)
    else:
        number = guard.next_pass(state, recorder.member, step)
    demands.qualified(recorder, step, number)
    return recorder.write("step-skipped", step=step_id, pass_=number, reason=reason), number


def end_step(recorder: Recorder, step_id: str, *, anyway: bool = False) -> tuple[Ref, int]:
    """Complete the open pass of a step; without what it asks for only if the person insists."""
    step, number = working(recorder, step_id)
    lacks = guard.missing(recorder.state, step, number)
    acted = not step.authorise or recorder.state.persons(step_id, number, "acted")
    if recorder.member.kind != "human" and not acted:  # SPEC 9.10-32
        lacks.append("an action that was authorised")
    if lacks and not anyway:
        raise Incomplete(
            f"step {step_id} still lacks " + ", ".join(lacks),
            "Record or attach it. If it cannot be had, `--anyway` ends the step without it, and every "
            "verification will say so.",
        )
    return recorder.write("step-completed", step=step_id, pass_=number), number


def end_run(recorder: Recorder, outcome: str, reason: str | None, *, anyway: bool = False) -> Ref:
    """End the run; only who will seal it may, since only the seal can sign this last entry."""
    state = recorder.state
    guard.check_sealer(state, recorder.member, "end a run (whoever ends it seals it)")
    items = open_items.before_end(state, recorder.member.id, outcome)
    if items and not anyway:
        raise Incomplete(
            "open: " + "; ".join(item.text for item in items),
            f"{guard.NOTHING_FOLLOWS} Settle these first, or end the run with `--anyway` as it is.",
        )
    return recorder.write("run-ended", outcome=outcome, reason=reason)
