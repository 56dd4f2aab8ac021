"""What comes next, found anew from the record after each answer: what is left over, the step at hand, or a choice."""

from __future__ import annotations

from functools import partial

from opsproof_verify.contract import Step
from opsproof_verify.parse_entry import parse_entry

from opsproof_record.errors import Blocked, Refused
from opsproof_record.guided import choices, commands, deviating, ending, others, steps
from opsproof_record.guided.choices import Survey
from opsproof_record.guided.dialog import Back, Moved, Paused
from opsproof_record.guided.session import Session
from opsproof_record.log.model import Fact
from opsproof_record.log.state import RunState
from opsproof_record.run import deviate, work
from opsproof_record.standing.moves import Move
from opsproof_record.standing.rehearsal import Rehearsal
from opsproof_record.standing.status_text import say_move


def guide(session: Session) -> bool:
    """Lead the person until the run is sealed or they pause; tell whether it is sealed."""
    session.dialog.command = lambda word: commands.answer(session, word)
    welcome(session)
    try:
        while not session.sealed and _go(session):
            pass
    except (Paused, KeyboardInterrupt):
        pass
    if not session.sealed:
        _say_paused(session)
    return session.sealed


def _go(session: Session) -> bool:
    """Do one thing; False when nothing more is to be done, or is refused before anything is asked."""
    asked = session.dialog.asked
    try:
        return _next(session)
    except (Moved, Back):
        return True
    except Refused as refusal:
        session.screen.refused(refusal)
        session.menu = True
        return session.dialog.asked > asked


def _say_paused(session: Session) -> None:
    session.screen.heading("Paused. Every answer is on disk; nothing is lost. To go on:")
    session.screen.raw(f"  {session.resume_command()}\n")


def welcome(session: Session) -> None:
    """Say what this is, who is here, and how to stop."""
    screen, contract = session.screen, session.contract
    with session.hand.looking() as state:
        member, subject, done = state.members[session.hand.actor], dict(state.subject), steps.ended_steps(state)
        fresh = state.count <= 2
    screen.heading(f"{contract.title}, version {contract.version}")
    for name, value in subject.items():
        param = contract.params.get(name)
        screen.item((param.title if param else None) or name, value)
    screen.item("You are", f"{member.name} ({member.id}): {', '.join(member.roles)}")
    screen.item(session.terms("steps").capitalize(), f"{len(contract.steps)}, {done} done")
    if fresh and contract.introduction:
        screen.blank()
        screen.say(contract.introduction, 2)
    screen.blank()
    signed = " and signed" if member.kind == "human" else ""
    screen.say(f"Each answer is recorded{signed} at once. :help shows what else can be typed, :pause stops here.")


def _next(session: Session) -> bool:
    """Do one thing; False when nothing more is to be done here."""
    with session.hand.looking() as state:
        ended, facts, unruled = state.ended is not None, _facts(session, state), _unruled(state)
        sealed = session.sealed = state.seal is not None
    if sealed:
        session.screen.say(f"This {session.terms('run')} is sealed. `opsproof status` says what is owed.")
        return False
    if ended:
        return ending.seal(session)
    if unruled is not None:  # a crash came between a deviation and its ruling
        ruling = session.hand.do(lambda recorder: deviate.rule(recorder, unruled))
        session.screen.ok(f"e{unruled} ruled {ruling}")
        return True
    if facts:
        deviating.explain(session, facts[0])
        return True
    if session.menu or not _go_on(session):
        session.menu = False
        choices.choose(session)
    return True


def _unruled(state: RunState) -> int | None:
    return next((one.ref.seq for one in state.deviations() if one.ruling is None), None)


def _facts(session: Session, state: RunState) -> list[Fact]:
    """Give what is outside the contract, by people, and not explained; agents explain their own."""
    if not deviating.has_pack(session):
        return []
    found = []
    with session.path.open("rb") as stream:
        for fact in state.uncovered():
            place = state.place(fact.seq)
            if place is None:
                continue
            stream.seek(place[0])
            member = state.members.get(parse_entry(stream.read(place[1])).actor)
            if fact.seq not in session.unexplained and (member is None or member.kind == "human"):
                found.append(fact)
    return found


def _go_on(session: Session) -> bool:
    """Go on with the step at hand, or with the one thing there is to do; False if the person has to choose."""
    with session.hand.looking() as state:
        step, number = _at_hand(session, state)
        asking = Rehearsal(state, session.member(state))
        refusal = asking.refusal(partial(work.working, step_id=step.id)) if step else None
    if step is not None and refusal is None:
        steps.work_on(session, step, number)
        return True
    found = choices.survey(session)
    waiting = _waiting(session, found)
    if waiting is not None:
        _ask_other(session, found, waiting)
        return True
    if step is not None and not isinstance(refusal, Blocked):
        return False
    if len(found.needed) == 1 and all(move.kind == "begin" and move in found.needed for move in found.own):
        step = session.contract.steps[found.needed[0].step or ""]
        steps.begin(session, step, found.needed[0].number or 1)
        return True
    if found.finished and not found.own and not found.unexplained:
        session.menu = True  # if the person goes back
        ending.end(session)
        return True
    return False


def _at_hand(session: Session, state: RunState) -> tuple[Step | None, int]:
    """Give the open pass that this person works on: the one of this session, or one that they took part in."""
    if session.step is not None:
        step = state.contract.steps[session.step[0]]
        if any(one.number == session.step[1] for one in state.open_passes(step.id)):
            return step, session.step[1]
    person = session.member(state).person
    for step in state.contract.steps.values():
        for one in state.open_passes(step.id):
            if person in state.persons(step.id, one.number):
                return step, one.number
    return None, 0


def _waiting(session: Session, found: Survey) -> Move | None:
    """Give a check or release without which the work does not go on, and that another person was not asked for yet."""
    for move in sorted(found.of_others, key=lambda one: one.deviation is None):  # a block first
        unchecked = Move("check", move.step, move.number) in found.of_others and move.kind == "release"
        if move.kind in {"check", "release"} and move not in session.set_aside and not unchecked:
            return move
    return None


def _ask_other(session: Session, found: Survey, move: Move) -> None:
    """Offer that another person checks or releases, here and now; if not, it is left for later."""
    session.screen.heading(f"Another person is needed to {say_move(move, session.terms)}.")
    session.screen.say(f"{' or '.join(found.of_others[move])} may, at this terminal and under their own name.")
    session.set_aside.add(move)  # if it is not made now, or fails, it is chosen when its time has come
    others.offer(session, move, list(found.of_others[move]))
