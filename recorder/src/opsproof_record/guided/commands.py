"""The words that begin with a colon: what a person can do at any question, whatever is asked."""

from __future__ import annotations

import difflib
from collections.abc import Callable

from opsproof_record.clock import Time
from opsproof_record.errors import Refused, Unfit
from opsproof_record.guided import deviating, ending, files, others, values
from opsproof_record.guided.dialog import Back, Moved, Paused
from opsproof_record.guided.session import Session
from opsproof_record.log.model import Recorded
from opsproof_record.run import work
from opsproof_record.standing import status_text


def help_(session: Session) -> None:
    """Say what can be typed."""
    for word, (_, text, _) in COMMANDS.items():
        if session.dialog.inside is None or word in _ANYWHERE:
            session.screen.item(word, text.format(**_words(session)))
    session.screen.say("An answer that begins with a colon is typed with two.", 2)


def _words(session: Session) -> dict[str, str]:
    return {word.replace("-", "_"): session.terms(word) for word in ("step", "run", "deviation", "value", "instrument")}


def status(session: Session) -> None:
    """Show how the run stands."""
    found = session.status()
    screen = session.screen
    screen.raw(
        "\n" + status_text.render(found, width=screen.width, colour=screen.coloured, actor=session.hand.actor) + "\n"
    )


def pause(_session: Session) -> None:
    """Leave the run as it is."""
    raise Paused


def menu(session: Session) -> None:
    """Show what else can be done."""
    session.menu = True
    raise Moved


def note(session: Session) -> None:
    """Write a note about the step at hand."""
    text = session.dialog.text("Note")
    step = session.step[0] if session.step else None
    ref = session.hand.do(lambda recorder: work.note(recorder, text, step))
    session.screen.ok(f"e{ref.seq} note")


def deviate(session: Session) -> None:
    """Raise a deviation."""
    step = session.step[0] if session.step else None
    deviating.anytime(session, step, [one for one in _recorded(session) if step in {None, one.step[0]}])
    raise Moved


def correct(session: Session) -> None:
    """Replace a recorded value; both stay."""
    known = _recorded(session)
    if not known:
        session.screen.say("Nothing is recorded that could be corrected.")
        return
    options = [(f"e{one.ref.seq}", f"{one.name} = {one.value} ({one.step[0]})") for one in known]
    chosen = known[session.dialog.choose("Which", options, default=0)]
    spec = session.contract.steps[chosen.step[0]].values[chosen.name]
    value = values.ask_value(session, spec, optional=False)
    if value is None:
        raise Back
    why = session.dialog.text("Why is the recorded one wrong")
    outcome = session.hand.do(lambda recorder: work.correct(recorder, chosen.ref.seq, value, why))
    values.put_outcome(session, spec, outcome)
    raise Moved


def _recorded(session: Session) -> list[Recorded]:
    """Give the values of the pass at hand as they stand, or else the latest of the run."""
    with session.hand.looking() as state:
        at_hand = list(state.values_of(*session.step).values()) if session.step else []
        return at_hand or [one for one in state.recent_values() if one.current]


def attach(session: Session) -> None:
    """Attach a further file, to the step at hand or to the run."""
    with session.hand.looking() as state:
        step = session.step[0] if session.step and state.open_passes(session.step[0]) else None
    files.attach_anything(session, step)


def instrument(session: Session) -> None:
    """Record an instrument of the step at hand."""
    if session.step is None:
        session.screen.say(f"No {session.terms('step')} is at hand: begin or choose one first.")
        return
    step = session.step[0]
    name = session.dialog.text(f"{session.terms('instrument').capitalize()}, its number or name")
    asked = session.contract.steps[step].instruments
    serves = None
    if len(asked) > 1:
        serves = asked[session.dialog.choose("What is it used as", [(one, "") for one in asked])]
    due = session.dialog.ask("Calibrated until [such as 2027-01-31, Enter: not known]: ", _due)
    ref = session.hand.do(lambda recorder: work.use_instrument(recorder, step, name, due, serves))
    session.screen.ok(f"e{ref.seq} {name}")


def _due(text: str) -> Time | None:
    return deviating.read_time(text) if text else None


def skip(session: Session) -> None:
    """Leave out the step at hand, and say why."""
    if session.step is None:
        session.screen.say(f"No {session.terms('step')} is at hand: choose one first.")
        return
    step = session.contract.steps[session.step[0]]
    if not step.optional:
        session.screen.bad(f"{step.id} is not optional: leaving it out needs its {session.terms('deviation')}.")
    reason = session.dialog.text(f"Why is {step.id} not done")
    ref, _ = session.hand.do(lambda recorder: work.skip(recorder, step.id, reason))
    session.screen.ok(f"e{ref.seq} {step.id} {session.terms('skip')}")
    session.step = None
    raise Moved


def without(session: Session) -> None:
    """Go on without what is asked for now."""
    if session.asking is None:
        session.screen.say("Nothing is asked for now that could be left out.")
        return
    session.passed_over.add(session.asking)
    session.screen.say(f"Left out for now: {session.asking}. The end of the {session.terms('step')} asks again.")
    raise Moved


def second(session: Session) -> None:
    """Let another person do one thing."""
    others.step_in(session)
    raise Moved


def abort(session: Session) -> None:
    """Stop the run before its end."""
    ending.abort(session)
    raise Moved


def back(_session: Session) -> None:
    """Leave a conversation."""
    raise Back


#: Each word with what it does, what that is in words, and whether it can be typed in the middle of a conversation.
COMMANDS: dict[str, tuple[Callable[[Session], None], str, str]] = {
    ":help": (help_, "what can be typed", "anywhere"),
    ":status": (status, "what is done, open and blocked, and what the policy would say", "anywhere"),
    ":pause": (pause, "stop here; so do Ctrl-C and Ctrl-D, and nothing is lost", "anywhere"),
    ":back": (back, "leave this conversation; nothing of it is recorded", "inside"),
    ":menu": (menu, "what else can be done now", ""),
    ":correct": (correct, "replace a recorded {value}; both stay on record", ""),
    ":note": (note, "write a note", ""),
    ":attach": (attach, "attach a further file", ""),
    ":instrument": (instrument, "record the {instrument} used", ""),
    ":deviate": (deviate, "something went otherwise: {deviation}", ""),
    ":without": (without, "go on without what is asked for", ""),
    ":skip": (skip, "leave the {step} out", ""),
    ":second": (second, "let another person check, release, authorise or close, under their own name", ""),
    ":abort": (abort, "stop the {run} for good before its end", ""),
}
_ANYWHERE = {word for word, (_, _, where) in COMMANDS.items() if where}


def answer(session: Session, word: str) -> None:
    """Do what a word says, if it can be done here."""
    name = word.split(maxsplit=1)[0].lower()
    if name not in COMMANDS:
        near = difflib.get_close_matches(name, COMMANDS, 1)
        remedy = f"Did you mean {near[0]}?" if near else ":help lists them."
        session.screen.refused(Unfit(f"{name} is no command", remedy))
        return
    act, _, where = COMMANDS[name]
    inside = session.dialog.inside
    if inside is not None and not where:
        session.screen.say(f"{name} has to wait: finish this first ({inside}), or leave it with :back.")
        return
    if inside is None and where == "inside":
        session.screen.say("There is nothing to leave here. :menu shows what else can be done.")
        return
    if where:
        act(session)
        return
    try:
        with session.dialog.talking(name):
            act(session)
    except Back:
        session.screen.say("Nothing of it is recorded.")
    except Refused as refusal:
        session.screen.refused(refusal)
