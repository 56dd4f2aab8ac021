"""Who plays a run at random: the dice, who may do what, and what ought to have been recorded so far."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any
from unittest.mock import patch

from opsproof_record.clock import now
from opsproof_record.errors import Refused
from opsproof_record.log import index
from opsproof_record.log.state import RunState
from opsproof_record.run import recorder as recorder_
from opsproof_record.run.recorder import Recorder
from recorder.crew import ACTORS, Crew, Map

Move = Callable[["Play"], list[Map]]

MOVES: dict[str, Move] = {}
#: How often each is tried.
WEIGHTS: dict[str, int] = {}


def move(name: str, weight: int = 3) -> Callable[[Move], Move]:
    """Put a function on the list of moves."""

    def listed(make: Move) -> Move:
        MOVES[name], WEIGHTS[name] = make, weight
        return make

    return listed


class Nothing(Exception):  # noqa: N818 - says what there is to do
    """There is nothing to do that with."""


class Play:
    """A run under way, the dice, and what was recorded so far."""

    def __init__(self, crew: Crew, terms: Map, chance: random.Random) -> None:
        self.crew = crew
        self.terms = terms
        self.chance = chance
        self.actors = {name: said[:2] for name, said in ACTORS.items()}
        self.told: list[Map] = []  # what each entry but attestations ought to be
        self.steps: dict[str, Map] = {step["id"]: step for step in terms["steps"]}
        self.file = crew.path / "item.jpg"
        self.torn = False
        self.behind = 0  # milliseconds by which the clock of the run was set back
        self._state: RunState | None = None
        self.sober = False  # choose what is likely and allowed, to bring a run to its end
        self.insisted = False  # something was ended although it lacks what it asks for
        self.unexplained = False  # a gap or a skipped step without a reason

    def start(self) -> None:
        self.crew.start("op-1")
        self.told.append({"kind": "run-started", "actor": "op-1"})

    def play(self, name: str) -> bool:
        """Make a move; tell whether it was made."""
        try:
            told = MOVES[name](self)
        except (Refused, Nothing):
            return False
        self.told += told
        return True

    @contextmanager
    def by(self, who: str, **how: Any) -> Iterator[Recorder]:
        """Write as somebody, with the state of the last time or a new one; what was torn before is told as a gap."""
        reason = self.chance.choice((None, "Power cut"))
        how = {"attest": self.chance.random() < 0.7, "state": self._state} | how
        if self._state is None or self.chance.random() < 0.1:
            self.close()
            self._state = how["state"] = RunState(index.beside(self.crew.run))
        with self.clock(), self.crew.writing(who, gap=reason, **how) as recorder:
            self._state = recorder.state
            if self.torn:
                self.torn = False
                self.unexplained |= reason is None
                self.told.append({"kind": "gap", "actor": who} | ({"reason": reason} if reason else {}))
            yield recorder

    def clock(self) -> AbstractContextManager[object]:
        """Let the recorder read the clock of the run, which may be behind."""
        return patch.object(recorder_, "now", lambda: [now()[0] - self.behind, now()[1]])

    def close(self) -> None:
        """Let the state go."""
        if self._state is not None:
            self._state.close()
            self._state = None

    def who(self, *roles: str) -> str:
        """Choose an actor, mostly one who holds one of some roles; often one who has judged the work of others."""
        fit = [name for name, (_, held) in self.actors.items() if set(held) & set(roles)]
        judges = [one["actor"] for one in self.told if one["kind"] in {"checked", "released", "deviation-closed"}]
        if not self.sober and self.chance.random() < 0.3:
            fit = [name for name in fit if name in judges] or fit
        return self.chance.choice(fit if fit and self.likely(0.93) else list(self.actors))

    @property
    def opened(self) -> list[tuple[str, int]]:
        """The passes that are open, by what was told."""
        open_: dict[tuple[str, int], None] = {}
        for one in self.told:
            if one["kind"] == "step-started":
                open_[one["step"], one["pass"]] = None
            elif one["kind"] in {"step-completed", "step-skipped"}:
                open_.pop((one["step"], one["pass"]), None)
        return [one for one in open_ if one[0] in self.steps]

    def next(self) -> str:
        """Choose a move that has a chance."""
        weights = WEIGHTS | ({} if self.opened else {"begin": 40})
        return self.chance.choices(list(weights), list(weights.values()))[0]

    def work(self) -> tuple[str, int, str]:
        """Choose an open pass, and who may work on it."""
        step, number = self.pick(self.opened)
        return step, number, self.who(*self.steps[step]["roles"])

    def pick(self, things: Any) -> Any:
        things = list(things)
        if not things:
            raise Nothing
        return self.chance.choice(things)

    def likely(self, chance: float) -> bool:
        return chance > 0.5 if self.sober else self.chance.random() < chance
