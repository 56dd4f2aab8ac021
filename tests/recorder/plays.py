"""A run played at random: many actors, any move at any time, most of them allowed, the others refused."""

from __future__ import annotations

from contextlib import suppress

from opsproof_record.errors import Incomplete, Refused
from opsproof_record.run import work
from opsproof_record.sealed import closing
from recorder.moves import DAY
from recorder.player import MOVES, Nothing, Play

__all__ = ["DAY", "MOVES", "Nothing", "Play", "end", "settle"]


def settle(play: Play) -> None:
    """Do what is missing, step by step, as far as it can be done."""
    play.sober, steps = True, play.steps
    for step, said in steps.items():
        play.steps = {step: said}
        for _ in range(said.get("repeat", {"min": 1})["min"]):
            play.play("unblock")
            play.play("begin")
            todo = ["record"] * len(said.get("values", ()))
            todo += ["attach"] * sum(slot["min"] for slot in said.get("evidence", ()))
            todo += ["authorise", "act", "act"] if "authorise" in said else []
            for move in (*todo, "end step", "end step", "check", "check", "release", "release"):
                play.play(move)
    play.steps = steps
    for _ in range(4):
        play.play("deviate")
    for who in play.actors:
        with suppress(Refused), play.by(who, attest=True):
            pass
    play.sober = False


def end(play: Play, outcome: str) -> None:
    """End the run, if need be with open items, and seal it."""
    with play.by("op-1", attest=False) as recorder:
        try:
            work.end_run(recorder, outcome, None)
        except Incomplete:
            work.end_run(recorder, outcome, None, anyway=True)
            play.insisted = True
    play.close()
    play.told.append({"kind": "run-ended", "actor": "op-1", "outcome": outcome})
    try:
        closing.seal(play.crew.run, "op-1", play.crew.signer("op-1"))
    except Incomplete:
        play.crew.seal()
        play.insisted = True
