"""Lines for a person at a terminal or behind a pipe: wrapped, no cursor tricks, each meaning in words first.

What comes from a contract or a record is text and never markup; what cannot be seen in it is shown as its number.
Colour only repeats what a word and a mark in brackets say; on a pipe, and with ``NO_COLOR``, there is none.
"""

from __future__ import annotations

import os
import sys
from typing import TextIO

from opsproof_verify.render.escape import printable
from rich.console import Console
from rich.text import Text

from opsproof_record.errors import Refused

_NARROW, _WIDE = 40, 100
_STYLES = {"ok": "green", "bad": "bold red", "stop": "bold red", "no": "yellow", "heading": "bold", "plain": ""}
_MARKS = {"ok": "[ok] ", "bad": "[!] ", "stop": "[STOP] ", "no": "[x] "}


class Screen:
    """Where lines go; ``width`` in columns, that of the terminal unless given."""

    def __init__(self, file: TextIO | None = None, width: int | None = None) -> None:
        """Write to a stream, standard output unless one is given."""
        stream = file or sys.stdout
        if stream is sys.stdout and hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")  # what its encoding cannot say is shown as a number
        self._console = Console(
            file=stream,
            width=width,
            color_system=None if os.environ.get("NO_COLOR") else "auto",
            markup=False,
            emoji=False,
            highlight=False,
            legacy_windows=False,
        )
        self._console.width = max(_NARROW, min(self._console.width, _WIDE))

    @property
    def width(self) -> int:
        """Columns."""
        return self._console.width

    @property
    def coloured(self) -> bool:
        """Whether colours are shown."""
        return self._console.color_system is not None

    def raw(self, text: str) -> None:
        """Put lines that are laid out already and safe."""
        self._console.file.write(text)
        self._console.file.flush()

    def blank(self) -> None:
        """Put an empty line."""
        self._console.print()

    def say(self, text: str, indent: int = 0, *, first: str | None = None, style: str = "plain") -> None:
        """Put a text, wrapped; its own line breaks are kept, and ``first`` replaces the indent of its first line."""
        lead = " " * indent if first is None else first
        room = self.width - max(indent, len(lead))
        for part in text.split("\n"):
            for line in Text(printable(part), _STYLES[style]).wrap(self._console, room) or [Text()]:
                line.rstrip()
                put = Text(lead) + line if line else Text(lead.rstrip())
                self._console.print(put, no_wrap=True, crop=False, overflow="ignore")
                lead = " " * indent

    def heading(self, text: str) -> None:
        """Put a heading, with a line of space before it."""
        self.blank()
        self.say(text, style="heading")

    def item(self, name: str, text: str, column: int = 14) -> None:
        """Put a name and what belongs to it beside it, or below it if the name is long."""
        shown = f"  {printable(name)}"
        if len(shown) >= column + 1:
            self.say(name, 2)
            self.say(text, column + 2)
        else:
            self.say(text, column + 2, first=f"{shown:<{column + 2}}")

    def ok(self, text: str) -> None:
        """Say that something was done."""
        self._marked("ok", text)

    def bad(self, text: str) -> None:
        """Say that something is not as it should be, and stays on record."""
        self._marked("bad", text)

    def stop(self, text: str) -> None:
        """Say that work stops."""
        self._marked("stop", text)

    def refused(self, refusal: Refused) -> None:
        """Say what was not done, and what to do."""
        self._marked("no", refusal.what)
        self.say(refusal.remedy, 4)

    def _marked(self, kind: str, text: str) -> None:
        mark = _MARKS[kind]
        self.say(text, min(len(mark), 5), first=mark, style=kind)
