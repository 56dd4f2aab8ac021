"""The end of a run: what is open, the end itself, and the seal, by somebody who may do both."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from opsproof_record.errors import Incomplete, Unfit
from opsproof_record.guided import deviating, others
from opsproof_record.guided.dialog import Back, Paused
from opsproof_record.guided.session import Hand, Session
from opsproof_record.run import guard
from opsproof_record.standing.outlook import AFTER_SEAL, IN_RUN, Open
from opsproof_record.standing.rehearsal import Rehearsal


def end(session: Session) -> None:
    """End the run as completed and seal it, if the person or somebody who steps in may; else nothing is done."""
    found, run = session.status(), session.terms("run")
    only = [one for one in found.open if IN_RUN in one.mend and AFTER_SEAL not in one.mend]
    both = [one for one in found.open if IN_RUN in one.mend and AFTER_SEAL in one.mend]
    _put_open(session, f"Open, and nothing mends it after the end of the {run}:", only)
    _put_open(session, "Open, and to be mended now or by sign-offs after the seal:", both)
    if not only and not both:
        session.screen.say("Nothing is open that has to be done before the end.")
    if found.fails:
        session.screen.bad("Sealed as it is, every verification under the pinned policy says FAIL.")
    if _meant(session, "end", f"Nothing can be recorded after the end of the {run}."):
        _with_sealer(session, lambda hand: _end(session, hand, "completed", None))


def _put_open(session: Session, title: str, items: list[Open]) -> None:
    if items:
        session.screen.heading(title)
    for one in items:
        session.screen.say(f"{one.text} ({one.level}): {one.mend[IN_RUN]}", 4, first="  - ")


def abort(session: Session) -> None:
    """End the run as aborted, with the deviation that this needs."""
    if not _meant(session, "abort", f"The {session.terms('run')} stops here, and cannot go on later."):
        return
    with session.dialog.talking("the end"):
        reason = session.dialog.text("Why does it stop")
        with session.hand.looking() as state:
            known = [one.raised for one in state.deviations()]
        if deviating.has_pack(session) and all(one.steps or one.values or one.evidence for one in known):
            deviating.about_run(session)
    _with_sealer(session, lambda hand: _end(session, hand, "aborted", reason))


def seal(session: Session) -> bool:
    """Seal a run that has ended; tell whether the person wants that now."""
    if not session.dialog.yes(f"The {session.terms('run')} has ended. Seal it now?", default=True):
        return False
    _with_sealer(session, lambda hand: _seal(session, hand))
    return True


def _with_sealer(session: Session, act: Callable[[Hand], None]) -> None:
    """Act as the person at the terminal if they may seal, else as somebody who steps in."""
    with session.hand.looking() as state:
        may = [
            member.id
            for member in state.members.values()
            if Rehearsal(state, member).may(lambda one: guard.check_sealer(state, one.member, "seal"))
        ]
    if session.hand.actor in may:
        act(session.hand)
        return
    session.screen.say(f"Who ends a {session.terms('run')} seals it: {', '.join(may) or 'nobody enrolled'} may.")
    try:
        with others.stepping_in(session, may) as other:
            act(other)
    except Back:
        return


def _end(session: Session, hand: Hand, outcome: Literal["completed", "aborted"], reason: str | None) -> None:
    ref = hand.end(outcome, reason, anyway=True)  # what is open was shown, and it was meant
    session.screen.ok(f"e{ref.seq} {session.terms('run')} {outcome} by {hand.actor}")
    if not session.dialog.yes(f"{hand.actor}, seal it now?", default=True):
        raise Paused
    _seal(session, hand)


def _seal(session: Session, hand: Hand) -> None:
    screen, run = session.screen, session.terms("run")
    try:
        done = hand.seal()
    except Incomplete as refusal:
        screen.heading("Open for good, and shown by every report:")
        screen.say(refusal.what, 2)
        if not _meant(session, "seal", f"The {run} can be sealed as it is, or left as it is."):
            return
        done = hand.seal(with_open_items=True)
    session.sealed = True
    screen.ok(f"sealed by {hand.actor}: {done.count} entries")
    screen.say(f"seal {done.seal.hex()}", 5)
    screen.say(str(session.path), 5)
    if done.owed:
        screen.say("Owed now, by sign-offs:")
    for item in done.owed:
        screen.say(item.text, 4, first="  - ")


def _meant(session: Session, word: str, text: str) -> bool:
    """Have a word typed before something that cannot be undone."""

    def read(answer: str) -> bool:
        if answer not in {"", word}:
            raise Unfit(f'"{answer}" is neither', f"Type {word}, or press Enter to go back.")
        return answer == word

    session.screen.say(text)
    try:
        with session.dialog.talking("the end"):
            return session.dialog.ask(f"Type {word} to do it, Enter to go back: ", read)
    except Back:
        return False
