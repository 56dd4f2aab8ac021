"""Questions on single lines: asked again until the answer fits, with words that begin with ``:`` for all else."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Protocol, TypeVar

from opsproof_verify import fields
from opsproof_verify.findings import Rejected
from opsproof_verify.render.escape import printable

from opsproof_record.errors import Refused, Unfit
from opsproof_record.guided.screen import Screen

T = TypeVar("T")


class Paused(Exception):  # noqa: N818 - what a person chose
    """The person stops here; everything answered is on disk."""


class Back(Exception):  # noqa: N818 - as above
    """The person leaves a conversation; nothing of it is recorded."""


class Moved(Exception):  # noqa: N818 - as above
    """Something was done beside the question that was asked: look anew at what comes next."""


class Source(Protocol):
    """Where answers come from; each raises ``EOFError`` or ``KeyboardInterrupt`` when the person has gone."""

    def line(self, prompt: str) -> str:
        """Ask for a line."""

    def path(self, prompt: str) -> str:
        """Ask for the path of a file."""


class Dialog:
    """Asks, and hands words that begin with ``:`` to whoever answers them (``command``, given the word)."""

    def __init__(self, screen: Screen, source: Source) -> None:
        """Stand between a screen and a source; nobody answers commands yet."""
        self.screen = screen
        self._source = source
        self.command: Callable[[str], None] = lambda word: self.screen.say(f"{word} is not known here.")
        self.inside: str | None = None  # the conversation that is under way
        self.asked = 0  # questions so far

    def ask(
        self, prompt: str, read: Callable[[str], T], *, path: bool = False, again: Callable[[], None] = lambda: None
    ) -> T:
        """Ask until ``read`` takes the answer; it raises :class:`Refused` for one that does not fit.

        ``again`` shows anew what the question is about, after a word that begins with ``:`` came between.
        """
        get = self._source.path if path else self._source.line
        while True:
            text = self._get(get, prompt)
            if text.startswith(":") and not text.startswith("::"):
                self.command(text)
                again()
                continue
            try:
                return read(_readable(text.removeprefix(":") if text.startswith("::") else text))
            except Refused as refusal:
                self.screen.refused(refusal)

    def yes(self, prompt: str, *, default: bool | None = None) -> bool:
        """Ask a question that is answered by yes or no."""
        hint = {None: "yes or no", True: "yes or no, Enter: yes", False: "yes or no, Enter: no"}[default]

        def read(text: str) -> bool:
            if not text and default is not None:
                return default
            if text.lower() not in _ANSWERS:
                raise Unfit(f'"{text}" is neither', "Type yes or no.")
            return _ANSWERS[text.lower()]

        return self.ask(f"{prompt} [{hint}]: ", read)

    def choose(self, prompt: str, options: Sequence[tuple[str, str]], *, default: int | None = None) -> int:
        """Show numbered options, each with a name and what it is; give the index of the one chosen by either."""

        def show() -> None:
            for number, (name, text) in enumerate(options, 1):
                self.screen.say(f"{name}: {text}" if text else name, 6, first=f"  {number:>2}  ")

        def read(text: str) -> int:
            if not text and default is not None:
                return default
            names = [name for name, _ in options]
            if text in names:
                return names.index(text)
            if text.isascii() and text.isdigit() and 1 <= int(text[:6]) <= len(options):
                return int(text) - 1
            raise Unfit(f'"{text}" is none of them' if text else "nothing was chosen", f"Type 1 to {len(options)}.")

        hint = f"1 to {len(options)}" if len(options) > 1 else "1"
        hint += f", Enter: {default + 1}" if default is not None else ""
        show()
        return self.ask(f"{prompt} [{hint}]: ", read, again=show)

    def prose(self, prompt: str, *, optional: bool = False) -> str | None:
        """Ask for text that goes on record; None if it may be left out and is."""

        def read(text: str) -> str | None:
            if not text and optional:
                return None
            try:
                return fields.prose(text)
            except Rejected:
                raise Unfit("this cannot be recorded", "Type one line of text.") from None

        return self.ask(f"{prompt}{', Enter leaves it out' if optional else ''}: ", read)

    def text(self, prompt: str) -> str:
        """Ask for text that has to be given."""
        return self.prose(prompt) or ""

    @contextmanager
    def talking(self, about: str) -> Iterator[None]:
        """Hold a conversation that the person may leave with ``:back``."""
        before, self.inside = self.inside, about
        try:
            yield
        finally:
            self.inside = before

    def _get(self, get: Callable[[str], str], prompt: str) -> str:
        self.asked += 1
        try:
            return get(printable(prompt)).strip()
        except (EOFError, KeyboardInterrupt):
            self.screen.blank()
            raise Paused from None


_ANSWERS = {"yes": True, "y": True, "no": False, "n": False}


def _readable(text: str) -> str:
    try:
        text.encode()
    except UnicodeEncodeError:
        raise Unfit("this is not readable as UTF-8", "Type it again; the terminal's encoding may differ.") from None
    return text
