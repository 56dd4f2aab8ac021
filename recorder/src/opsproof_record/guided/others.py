"""Another person at the same terminal: for one check, release, authorisation or closing, under their own name and key.

Their key is asked for each time and let go afterwards; what they do is signed by them at once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial

from opsproof_verify.contract import Member
from opsproof_verify.fields import Ref

from opsproof_record.clock import now, parse_duration
from opsproof_record.errors import Refused, Unfit, Unknown
from opsproof_record.guided import files, summary
from opsproof_record.guided.dialog import Back
from opsproof_record.guided.session import Hand, Session
from opsproof_record.run import deviate, oversight
from opsproof_record.run.recorder import Recorder
from opsproof_record.signing.signer import Signer
from opsproof_record.standing.moves import Move, moves
from opsproof_record.standing.status_text import say_move

#: Moves that a person makes about the work of others.
ABOUT_OTHERS = frozenset({"check", "release", "close", "remediate", "authorise"})

Act = Callable[[Recorder], Ref]


def offer(session: Session, move: Move, names: list[str]) -> bool:
    """Let one of some actors step in for a move; tell whether it was made."""
    try:
        with stepping_in(session, names) as other:
            return make(session, other, move)
    except Back:
        session.screen.say("Left for later.")
        return False


def step_in(session: Session) -> None:
    """Let another person do one thing: they say who they are, and choose among what they may do now."""
    try:
        with stepping_in(session, None) as other:
            with other.looking() as state, session.path.open("rb") as stream:
                found = moves(state, stream, state.members[other.actor])
            possible = [move for move in found if move.kind in ABOUT_OTHERS]
            options = [(say_move(move, session.terms), "") for move in possible]
            if not possible:
                session.screen.say(f"There is nothing to check, release or close for {other.actor} now.")
                return
            make(session, other, possible[session.dialog.choose("Which", options)])
    except Back:
        return


@contextmanager
def stepping_in(session: Session, names: list[str] | None) -> Iterator[Hand]:
    """Ask who steps in, with key and passphrase, and go on as they until the block ends; :class:`Back` if nobody."""
    with session.dialog.talking("another person"):
        member = _ask_member(session, names)
        signer = _ask_signer(session, member)
        with Hand.open(session.path, actor=member.id, key=signer) as hand:
            yield hand
    session.screen.say(f"{session.hand.actor} goes on.")


def _ask_member(session: Session, names: list[str] | None) -> Member:
    with session.hand.looking() as state:
        members = dict(state.members)

    def read(text: str) -> Member:
        if not text:
            raise Back
        if text not in members:
            raise Unknown(f'"{text}" is not enrolled in this {session.terms("run")}', f"Known: {', '.join(members)}.")
        if text == session.hand.actor:
            raise Unknown(f"{text} is at the terminal already", "Somebody else has to do this, or Enter for not now.")
        if names is not None and text not in names:
            raise Unknown(f"{text} may not do this", f"{', '.join(names)} may; Enter for not now.")
        return members[text]

    return session.dialog.ask("Who steps in [actor id, Enter: not now]: ", read)


def _ask_signer(session: Session, member: Member) -> Signer:
    """Ask for the key of a member until it is theirs."""

    def read(text: str) -> Signer:
        if not text:
            raise Back
        signer = session.load_key(files.plain_path(text))
        if signer.public != member.key:
            raise Unknown(f"{text} is not the key of {member.id}", "Type the path of their own key; nobody lends one.")
        return signer

    return session.dialog.ask(f"{member.id}, path of your key [Enter: not now]: ", read, path=True)


def make(session: Session, hand: Hand, move: Move) -> bool:
    """Make a move about the work of others as ``hand``, who sees first what it is about; tell whether it was made."""
    with hand.looking() as state, session.path.open("rb") as stream:
        summary.put(session, state, stream, move)
    with session.dialog.talking(move.kind):
        act, said = _MAKERS[move.kind](session, hand, move)
    try:
        ref = hand.do(act)
    except Refused as refusal:
        session.screen.refused(refusal)
        return False
    session.screen.ok(f"e{ref.seq} {said} by {hand.actor}")
    return True


def _check(session: Session, hand: Hand, move: Move) -> tuple[Act, str]:
    passed = session.dialog.yes(f"{hand.actor}, did the {session.terms('check')} of {move.step} pass?")
    text = session.dialog.prose(
        f"{hand.actor}, what was checked" if passed else f"{hand.actor}, why not", optional=passed
    )
    act = partial(oversight.check_step, step_id=move.step or "", passed=passed, text=text, number=move.number)
    return act, f"{session.terms('check')} of {move.step}: {'passed' if passed else 'NOT passed'},"


def _release(session: Session, hand: Hand, move: Move) -> tuple[Act, str]:
    text = session.dialog.prose(f"{hand.actor}, on what grounds", optional=True)
    if move.deviation is not None:
        return partial(oversight.release_deviation, seq=move.deviation, text=text), f"e{move.deviation} released"
    act = partial(oversight.release_step, step_id=move.step or "", text=text, number=move.number)
    return act, f"{move.step} released"


def _close(session: Session, hand: Hand, move: Move) -> tuple[Act, str]:
    text = session.dialog.text(f"{hand.actor}, what was verified")
    return partial(deviate.close, seq=move.deviation or 0, text=text), f"e{move.deviation} closed"


def _remediate(session: Session, hand: Hand, move: Move) -> tuple[Act, str]:
    text = session.dialog.text(f"{hand.actor}, what was done")
    session.screen.say("Evidence that shows it:")
    item = files.attach_anything(session, None, hand)
    shown = () if item is None else (item.digest,)
    return partial(
        deviate.remediate, seq=move.deviation or 0, text=text, evidence=shown
    ), f"e{move.deviation} remediated"


def _authorise(session: Session, hand: Hand, move: Move) -> tuple[Act, str]:
    if move.request is None:
        raise KeyError(move.kind)  # moves of this kind have one
    asked = move.request

    def read(text: str) -> int:
        ms = parse_duration(text or _LEAVE)
        if ms is None:
            raise Unfit(f'"{text}" is no duration', 'Type a number and s, min, h or d, such as "15 min".')
        return ms

    holds = session.dialog.ask(f"{hand.actor}, for how long does the leave hold [such as 2 h, Enter: {_LEAVE}]: ", read)

    def act(recorder: Recorder) -> Ref:
        ms, offset = now()
        until = [ms + holds, offset]
        return oversight.authorise(recorder, asked.step, asked.actor, asked.action, asked.digest, until)

    return act, f'{asked.actor} may do "{asked.action}" once, leave'


_LEAVE = "15 min"
_MAKERS: dict[str, Callable[[Session, Hand, Move], tuple[Act, str]]] = {
    "check": _check,
    "release": _release,
    "close": _close,
    "remediate": _remediate,
    "authorise": _authorise,
}
