"""A guided run in progress: the run, who is at the terminal, and what was shown or passed over meanwhile.

What is kept here is for convenience alone. It is lost when the person leaves, and nothing goes missing with it.
"""

from __future__ import annotations

import shlex
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from opsproof_verify.contract import Contract, Member

from opsproof_record.guided.dialog import Dialog
from opsproof_record.guided.screen import Screen
from opsproof_record.library.api import Run
from opsproof_record.log.journal import Cut, Journal
from opsproof_record.log.state import RunState
from opsproof_record.run.recorder import Recorder
from opsproof_record.signing.signer import Signer
from opsproof_record.standing import status
from opsproof_record.standing.moves import Move
from opsproof_record.standing.status import Status
from opsproof_record.terms import Terms

T = TypeVar("T")
LoadKey = Callable[[Path], Signer]


class Hand(Run):
    """A person at the terminal: an actor with a key, who writes one thing at a time."""

    hear: Callable[[str], None] = staticmethod(lambda _text: None)  # what the recorder tells and does not refuse

    def do(self, act: Callable[[Recorder], T]) -> T:
        """Write something: on disk, and signed by a person, when it returns."""
        with self.writing() as recorder:
            result = act(recorder)
        for text in self.told:
            self.hear(text)
        return result


class Session:
    """A guided run; ``step`` is the pass that is being worked on, ``passed_over`` what was left out of it so far."""

    def __init__(self, hand: Hand, screen: Screen, dialog: Dialog, key_file: Path, load_key: LoadKey) -> None:
        """Lead the person behind ``hand``; ``load_key`` loads the key of another person."""
        self.hand = hand
        hand.hear = screen.bad
        self.screen = screen
        self.dialog = dialog
        self.key_file = key_file
        self.load_key = load_key
        with hand.looking() as state:
            self.contract: Contract = state.contract
        self.terms = Terms.of(self.contract)
        self.shown: tuple[str, int] | None = None
        self.step: tuple[str, int] | None = None
        self.passed_over: set[str] = set()
        self.asking: str | None = None  # the value or slot of that pass that is asked for now
        self.set_aside: set[Move] = set()  # what others were asked for and did not do now
        self.unexplained: set[int] = set()  # facts that no reason of the domain pack fits
        self.menu = False  # whether the person asked what else there is
        self.sealed = False

    @property
    def path(self) -> Path:
        """The journal."""
        return self.hand.path

    def member(self, state: RunState) -> Member:
        """Give who is at the terminal."""
        return state.members[self.hand.actor]

    def status(self) -> Status:
        """Take the status of the run as it stands, for this person."""
        return status.read(self.path, self.hand.actor)

    def begin_pass(self, step: str, number: int) -> None:
        """Work on another pass: what was passed over belongs to the one before."""
        if self.step != (step, number):
            self.step, self.passed_over = (step, number), set()

    def resume_command(self) -> str:
        """Give the command that goes on with this run."""
        words = ("opsproof", "run", str(self.path), "--as", self.hand.actor, "--key", str(self.key_file))
        return shlex.join(words)


def torn(path: Path) -> list[Cut]:
    """Mend a journal whose last write was interrupted; give the cuts that no `gap` entry names yet."""
    with Journal(path, keep=True) as journal:
        return journal.unrecorded()
