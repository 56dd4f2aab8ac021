"""What a person can choose between: their own moves, those that another person may make here, and the end."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

from opsproof_verify.contract import Member

from opsproof_record.errors import Blocked
from opsproof_record.guided import deviating, ending, others, steps
from opsproof_record.guided.session import Session
from opsproof_record.log.model import Fact
from opsproof_record.log.state import RunState
from opsproof_record.run import work
from opsproof_record.standing import moves
from opsproof_record.standing.moves import Move
from opsproof_record.standing.rehearsal import Rehearsal
from opsproof_record.standing.status_text import say_move

_SHOWN = 10  # steps that cannot begin yet, of which it is said why


@dataclass(frozen=True, slots=True)
class Choice:
    """Something that can be chosen: in words, and how it is done; ``usual`` if Enter may choose it."""

    text: str
    act: Callable[[], object]
    usual: bool = False


@dataclass(frozen=True, slots=True)
class Survey:
    """What can be done now: the person's own moves, those of others here, and what keeps steps from beginning."""

    own: tuple[Move, ...]
    of_others: dict[Move, tuple[str, ...]]
    needed: tuple[Move, ...]  # of the own: passes that the contract asks for
    against: tuple[tuple[str, str], ...]
    unexplained: tuple[Fact, ...]

    @property
    def finished(self) -> bool:
        """Whether nothing that the contract asks for is left to do."""
        return not (self.needed or self.against or any(move.kind != "begin" for move in self.own))


def survey(session: Session) -> Survey:
    """Look at what can be done now, and by whom."""
    with session.hand.looking() as state, session.path.open("rb") as stream:
        me = session.member(state)
        own = tuple(move for move in moves.moves(state, stream, me) if move.kind not in {"attest", "end", "rule"})
        found: dict[Move, tuple[str, ...]] = {}
        for member in _others(state, me):
            for move in moves.moves(state, stream, member):
                if move.kind in others.ABOUT_OTHERS and move not in own:
                    found[move] = (*found.get(move, ()), member.id)
        needed = tuple(move for move in own if move.kind == "begin" and _is_needed(state, move))
        return Survey(own, found, needed, tuple(_against(state, me)), tuple(state.uncovered()))


def _others(state: RunState, me: Member) -> Iterator[Member]:
    return (member for member in state.members.values() if member.id != me.id and member.kind == "human")


def _is_needed(state: RunState, move: Move) -> bool:
    step = state.contract.steps[move.step or ""]
    return not step.optional and (move.number or 0) <= step.passes[0]


def _against(state: RunState, me: Member) -> Iterator[tuple[str, str]]:
    """Say what keeps steps that are still to be done from beginning."""
    asking = Rehearsal(state, me)
    for step in state.contract.steps.values():
        if state.open_passes(step.id):
            refusal = asking.refusal(partial(work.working, step_id=step.id))
            if isinstance(refusal, Blocked):
                yield step.id, refusal.what
        last = state.last_pass(step.id)
        if step.optional or (last is not None and (not last.ended or last.number >= step.passes[0])):
            continue
        refusal = asking.refusal(partial(work.begin, step_id=step.id))
        if refusal is not None:
            yield step.id, refusal.what


def choices(session: Session, found: Survey) -> list[Choice]:
    """Put what can be done into words, what the contract asks for first."""
    terms, listed = session.terms, [_begin(session, move, usual=True) for move in found.needed]
    for move in found.own:
        if move.kind == "work":
            listed.append(Choice(say_move(move, terms), partial(_take_up, session, move)))
        elif move.kind in others.ABOUT_OTHERS:
            listed.append(Choice(say_move(move, terms), partial(others.make, session, session.hand, move)))
    for move, names in found.of_others.items():
        said = f"{say_move(move, terms)}, by {' or '.join(names)}"
        listed.append(Choice(said, partial(others.offer, session, move, list(names))))
    listed += [_begin(session, move) for move in found.own if move.kind == "begin" and move not in found.needed]
    for fact in found.unexplained if deviating.has_pack(session) else ():
        listed.append(Choice(f"explain e{fact.seq}: {fact.what}", partial(deviating.explain, session, fact)))
    if found.against:
        listed.append(Choice("look again: others may have gone on", lambda: None))
    as_it_is = "" if found.finished else " as it is"
    listed.append(Choice(f"end the {terms('run')}{as_it_is}", partial(ending.end, session), usual=found.finished))
    return listed


def _begin(session: Session, move: Move, *, usual: bool = False) -> Choice:
    step = session.contract.steps[move.step or ""]
    words = [step.title]
    if step.optional:
        words.append("optional")
    if move.number is not None and step.repeat:
        words.append(f"{session.terms('pass')} {move.number} of at most {step.passes[1]}")
    act = partial(steps.begin, session, step, move.number or 1)
    return Choice(f"begin {step.id}: {', '.join(words)}", act, usual)


def _take_up(session: Session, move: Move) -> None:
    """Go on with a pass that somebody else began."""
    session.begin_pass(move.step or "", move.number or 1)


def choose(session: Session) -> None:
    """Show what can be done, and do what the person chooses."""
    found = survey(session)
    listed = choices(session, found)
    session.screen.heading("What next?")
    for step, why in found.against[:_SHOWN]:
        session.screen.say(f"Not now: {step}, since {why}.", 2)
    default = 0 if listed[0].usual else None
    chosen = session.dialog.choose("Which", [(one.text, "") for one in listed], default=default)
    listed[chosen].act()
