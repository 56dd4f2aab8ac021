"""What a person sees before they check, release, close or authorise: values and limits, files, deviations."""

from __future__ import annotations

from typing import BinaryIO

from opsproof_record.guided.session import Session
from opsproof_record.guided.values import limits_of, shown
from opsproof_record.log.model import DeviationState, limit_flaw
from opsproof_record.log.state import RunState
from opsproof_record.run import leave
from opsproof_record.run.leave import Request
from opsproof_record.standing.moves import Move, wants
from opsproof_record.standing.status import DeviationStatus
from opsproof_record.standing.status_text import say_deviation

_FILES = 20  # the latest of a pass that are listed
_ARGUMENTS = 4096  # bytes of arguments that are shown
_ITEMS = "SELECT seq FROM item WHERE step = ? AND number = ? ORDER BY seq DESC LIMIT ?"


def put(session: Session, state: RunState, stream: BinaryIO, move: Move) -> None:
    """Show what a move is about; ``stream`` is the journal."""
    session.screen.blank()
    if move.request is not None:
        _put_request(session, state, stream, move.request)
    elif move.deviation is not None:
        deviation = state.deviation(move.deviation)
        if deviation is not None:
            put_deviation(session, state, deviation)
    elif move.step is not None and move.number is not None:
        _put_pass(session, state, stream, move.step, move.number)


def _put_pass(session: Session, state: RunState, stream: BinaryIO, step_id: str, number: int) -> None:
    screen, terms, step = session.screen, session.terms, state.contract.steps[step_id]
    who = ", ".join(sorted(state.persons(step_id, number)))
    again = f", {terms('pass')} {number}" if step.repeat else ""
    screen.say(f"{step_id}: {step.title}{again}, done by {who}")
    have = state.values_of(step_id, number)
    for spec in step.values.values():
        if spec.id not in have:
            screen.item(spec.id, "not recorded")
            continue
        value = have[spec.id].value
        flaw = limit_flaw(spec, value)
        said = f", {terms('limits')} {limits_of(spec)}" if limits_of(spec) else ""
        said = f"  [!] OUTSIDE ITS {terms('limits').upper()}: {flaw}" if flaw else said
        screen.item(spec.id, shown(spec, value) + said)
    for seq, *_ in reversed(state.db.execute(_ITEMS, (step_id, number, _FILES)).fetchall()):
        what = leave.evidence_at(state, stream, seq)
        if what is not None:
            screen.item(
                f"e{seq}", f"{what.item.name or what.item.digest.hex()}, {what.item.size} bytes, {what.item.media}"
            )
    for deviation in state.deviations():
        if deviation.concerns(step_id):
            put_deviation(session, state, deviation)


def put_deviation(session: Session, state: RunState, deviation: DeviationState) -> None:
    """Show a deviation and how it stands."""
    raised = deviation.raised
    stands = say_deviation(DeviationStatus(deviation, tuple(wants(state, deviation))))
    about = ", ".join(deviation.steps) or f"the {session.terms('run')}"
    what = f"{session.terms('deviation')} {raised.reason}, {raised.severity}, about {about}, by {deviation.actor}"
    session.screen.item(f"e{deviation.ref.seq}", f"{what}: {stands}")
    session.screen.say(raised.description, 16)
    if raised.action:
        session.screen.say(f"at once: {raised.action}", 16)


def _put_request(session: Session, state: RunState, stream: BinaryIO, asked: Request) -> None:
    """Show exactly what an agent asks leave for."""
    screen = session.screen
    screen.say(f"{asked.actor} asks for {session.terms('authorisation')} in {asked.step}: {asked.action}")
    screen.item("arguments", f"e{asked.entry}, {asked.size} bytes, sha256 {asked.digest.hex()}")
    data = leave.arguments(state, stream, asked) if asked.size <= _ARGUMENTS else None
    screen.say(
        data.decode("utf-8", "backslashreplace") if data else f"Read them: opsproof-verify extract e{asked.entry}", 4
    )
