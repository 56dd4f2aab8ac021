"""Somebody at the terminal of a guided run who answers by what is asked, and may vanish at any question."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

from opsproof_record.guided import opening
from opsproof_record.guided.dialog import Dialog, Paused
from opsproof_record.guided.flow import guide
from opsproof_record.guided.screen import Screen
from opsproof_record.guided.session import Session
from opsproof_record.signing import keys
from opsproof_record.signing.signer import Signer
from recorder.bench import SESAME
from recorder.plant import Plant

Answer = str | Callable[["Typist"], str]
Answers = Sequence[tuple[str, Answer | Sequence[Answer]]]


class Vanished(BaseException):
    """The power went while a question stood there."""


class Typist:
    """Answers questions: the first pattern that is found in a prompt decides; a list is used up, its last one stays.

    ``leave_at`` is the number of the question at which they vanish.
    """

    def __init__(self, answers: Answers, leave_at: int | None = None) -> None:
        self.out = io.StringIO()
        self.asked: list[str] = []
        self._answers = [
            (pattern, [given] if isinstance(given, str) or callable(given) else list(given))
            for pattern, given in answers
        ]
        self._leave_at = leave_at

    @property
    def said(self) -> str:
        """What was put on the screen so far."""
        return self.out.getvalue()

    def line(self, prompt: str) -> str:
        """Answer a question on the screen."""
        text = self.answer(prompt)
        self.out.write(f"{prompt}{text}\n")
        return text

    path = line

    def answer(self, prompt: str) -> str:
        """Give the answer to a question."""
        if self._leave_at == len(self.asked):
            raise Vanished
        self.asked.append(prompt)
        assert len(self.asked) < 300, f"the same question again and again: {prompt}"
        for pattern, given in self._answers:
            if re.search(pattern, prompt):
                answer = given.pop(0) if len(given) > 1 else given[0]
                return answer if isinstance(answer, str) else answer(self)
        raise EOFError  # they go away: nobody said what to answer

    def pick(self, *wanted: str) -> str:
        """Give the number of the first wanted option that is on offer."""
        offered: list[tuple[str, str]] = []
        for line in reversed(self.said.rstrip("\n").split("\n")):
            found = re.match(r" +(\d+)  (.*)", line)
            if found:
                offered.insert(0, (found[1], found[2]))
            elif offered and not line.startswith("      "):
                break
        for pattern in wanted:
            for number, text in offered:
                if re.search(pattern, text):
                    return number
        raise AssertionError(f"none of {wanted} in {offered}")


def picking(*wanted: str) -> Answer:
    """Make an answer that picks an option by its text."""
    return lambda typist: typist.pick(*wanted)


def answers(stand: Plant, *first: tuple[str, Answer | Sequence[Answer]]) -> Answers:
    """Give what somebody answers who does everything as written; ``first`` are looked at before."""
    return [
        *first,
        (r"^batch", "B-7"),
        (r"^shift", ""),
        (r"^File of this run", str(stand.run)),
        (r"^Enter ", ""),
        (r"^mass", "42.5"),
        (r"^colour", "white"),
        (r"^remark", ""),
        (r"^photo", str(stand.path / "drum.jpg")),
        (r"^Attach ", ""),
        (r"^speed", "120"),
        (r"^attached", "yes"),
        (r"^Who steps in", "sup"),
        (r"path of your key", str(stand.path / "sup")),
        (r"did the check of", "yes"),
        (r"what was checked", ""),
        (r"on what grounds", "looks good"),
        (r"^Which \[", picking("begin weigh", "begin blend: Blend, pass 1", "begin label", "^end the run$")),
        (r"^Type end", "end"),
        (r"seal it now", "yes"),
        (r"^The run has ended", "yes"),
    ]


def load_key(path: Path) -> Signer:
    """Load a key as somebody who knows the supervisor's passphrase."""
    return keys.load(path, lambda _path: SESAME.encode())


def perform(
    file: Path, answers: Answers, actor: str = "op-a", leave_at: int | None = None
) -> tuple[Typist, Path | None]:
    """Let a typist go through a guided run of a package or run in the folder of its keys; give them and the journal.

    Who vanishes leaves everything as a crash would: nothing is signed or closed on the way out.
    """
    typist = Typist(answers, leave_at)
    screen = Screen(typist.out, 80)
    dialog, signer = Dialog(screen, typist), load_key(file.parent / actor)
    path = file if opening.holds_run(file) else None
    hand = None
    try:
        path = path or opening.start(dialog, file, None, actor, signer, {})
        hand = opening.take_up(dialog, path, actor, signer, None)
        guide(Session(hand, screen, dialog, file.parent / actor, load_key))
    except Vanished:
        if hand is not None:
            hand._let_go()
        return typist, path
    except Paused:
        return typist, path
    with suppress(Exception):
        hand.close()
    return typist, path
