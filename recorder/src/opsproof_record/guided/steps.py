"""One step: what it says and asks for, then question by question until it is complete."""

from __future__ import annotations

from opsproof_verify.contract import Slot, Step, ValueSpec

from opsproof_record.errors import Unfit
from opsproof_record.guided import files, values
from opsproof_record.guided.dialog import Moved
from opsproof_record.guided.session import Session
from opsproof_record.log.state import RunState
from opsproof_record.run import guard, work

_UNITS = ((86_400_000, "d"), (3_600_000, "h"), (60_000, "min"), (1000, "s"))


def duration(ms: int) -> str:
    """Say a time limit in the largest unit that divides it."""
    return next((f"{ms // size} {unit}" for size, unit in _UNITS if ms % size == 0), f"{ms} ms")


def show(session: Session, step: Step, number: int, done: int) -> None:
    """Show a step: its place, its instruction as it is written, and what it asks for."""
    screen, terms = session.screen, session.terms
    steps = list(session.contract.steps)
    place = f"{terms('step').capitalize()} {steps.index(step.id) + 1} of {len(steps)}, {done} done"
    again = f", {terms('pass')} {number} of at most {step.passes[1]}" if step.repeat else ""
    screen.heading(f"{place}{again}. {step.id}: {step.title}")
    screen.say(f"For {' or '.join(step.roles)}.{' Optional.' if step.optional else ''}")
    if step.instruction:
        screen.blank()
        screen.say(step.instruction, 2)
    asked = _asked(session, step)
    if asked:
        screen.blank()
        screen.say("It asks for:")
    for name, text in asked:
        screen.item(name, text)
    screen.blank()


def _asked(session: Session, step: Step) -> list[tuple[str, str]]:
    """Give what a step asks for, each with a name."""
    terms = session.terms
    asked = [(spec.id, _titled(spec, values.demand_of(spec))) for spec in step.values.values()]
    asked += [(slot.id, _titled(slot, files.slot_demand(slot))) for slot in step.evidence.values()]
    if step.critical:
        who = f" with the role {guard.or_nobody(step.check)}" if step.check else ""
        asked.append((terms("check"), f"by a second person{who} who took no part"))
    if step.hold:
        asked.append((terms("hold-point"), f"{terms('release')} by {guard.or_nobody(step.hold)} before work goes on"))
    if step.authorise:
        asked.append((terms("authorisation"), f"of each action of an agent, by {guard.or_nobody(step.authorise)}"))
    if step.max_ms is not None:
        asked.append(("time", f"at most {duration(step.max_ms)} from begin to end"))
    return asked


def _titled(one: ValueSpec | Slot, text: str) -> str:
    return f"{one.title}: {text}" if one.title else text


def begin(session: Session, step: Step, number: int) -> None:
    """Show a step, and begin it when the person is ready; the clock of a time limit runs from then."""
    with session.hand.looking() as state:
        done = ended_steps(state)
    show(session, step, number, done)
    session.shown = (step.id, number)
    session.begin_pass(step.id, number)
    session.asking = None
    session.dialog.ask("Enter begins it (:skip leaves it out, :menu shows what else there is): ", _nothing)
    ref, started = session.hand.do(lambda recorder: work.begin(recorder, step.id))
    session.screen.ok(f"e{ref.seq} {step.id} begun{_of_pass(session, step, started)}")


def work_on(session: Session, step: Step, number: int) -> None:
    """Ask for the next thing that an open pass lacks; complete it when there is nothing more."""
    if session.shown != (step.id, number):
        with session.hand.looking() as state:
            done = ended_steps(state)
        show(session, step, number, done)
        session.screen.say("It was begun already; what is recorded stays.")
        session.shown = (step.id, number)
    session.begin_pass(step.id, number)
    with session.hand.looking() as state:
        have, counts = state.values_of(step.id, number), state.items_of(step.id, number)
    for spec in step.values.values():
        session.asking = f"value {spec.id}"
        if spec.id not in have and session.asking not in session.passed_over:
            values.record_value(session, step.id, spec)
            return
    found = files.next_slot(session, counts, step.evidence)
    if found is not None:
        session.asking = f"slot {found[0].id}"
        files.attach_to_slot(session, step.id, *found)
        return
    session.asking = None
    _complete(session, step, number)


def _complete(session: Session, step: Step, number: int) -> None:
    """Complete a pass; if it lacks something, only when the person insists."""
    screen, dialog = session.screen, session.dialog
    with session.hand.looking() as state:
        lacks = guard.missing(state, step, number)
    if lacks:
        screen.bad(f"{step.id} lacks {', '.join(lacks)}.")
        if not dialog.yes("Complete it without? Every verification will say so", default=False):
            session.passed_over -= {one for one in session.passed_over if any(lack.endswith(one) for lack in lacks)}
            raise Moved
    else:
        dialog.ask(f"Enter completes {step.id} (:correct, :note, :attach before that): ", _nothing)
    ref, ended = session.hand.do(lambda recorder: work.end_step(recorder, step.id, anyway=bool(lacks)))
    screen.ok(f"e{ref.seq} {step.id} completed{_of_pass(session, step, ended)}")
    session.step = None


def _of_pass(session: Session, step: Step, number: int) -> str:
    return f", {session.terms('pass')} {number}" if step.repeat else ""


def _nothing(text: str) -> None:
    """Take Enter, or yes."""
    if text.lower() not in {"", "y", "yes"}:
        raise Unfit(f'"{text}" is no answer here', "Press Enter, or type a word that begins with : (:help lists them).")


def ended_steps(state: RunState) -> int:
    """Count the steps that have ended as often as they must."""
    done = 0
    for step in state.contract.steps.values():
        last = state.last_pass(step.id)
        done += last is not None and last.ended and last.number >= step.passes[0]
    return done
