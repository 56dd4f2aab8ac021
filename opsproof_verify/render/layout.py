"""Lines for a terminal that can do nothing: ASCII ornaments, hanging indents, colour only if asked for."""

from __future__ import annotations

from textwrap import wrap

#: Column at which the second column of a list of terms begins.
TERM = 12

_STYLES = {
    "FAIL": "1;31",
    "PROVISIONAL": "1;33",
    "FINAL": "1;32",
    "fail": "31",
    "provisional": "33",
    "note": "36",
    "heading": "1",
    "dim": "2",
}


class Page:
    """Lines in the making: text is wrapped to the width, colour is left out unless it was asked for."""

    def __init__(self, width: int, *, colour: bool) -> None:
        """Begin an empty page."""
        self._lines: list[str] = []
        self.width = max(width, 40)
        self._colour = colour

    def style(self, text: str, style: str) -> str:
        """Give a text in a style; put it with :meth:`line`, since escape sequences have no width."""
        return f"\x1b[{_STYLES[style]}m{text}\x1b[0m" if self._colour else text

    def line(self, text: str = "") -> None:
        """Put one line as it is."""
        self._lines.append(text)

    def lead(self, word: str, text: str) -> None:
        """Put a paragraph that begins with a word in its own style."""
        first, *others = wrap(f"{word} {text}", self.width, break_on_hyphens=False)
        self._lines += [self.style(word, word) + first.removeprefix(word), *others]

    def heading(self, text: str) -> None:
        """Put a heading with a line of space before it."""
        self._lines += ["", self.style(text.upper(), "heading")]

    def text(self, text: str, indent: int = 2, first: str | None = None) -> None:
        """Put a paragraph; ``first`` replaces the indent of its first line."""
        lead = " " * indent
        start = lead if first is None else first
        if text.isprintable() and text.strip() and len(start) + len(text) <= self.width:
            self._lines.append((start + text).rstrip())  # as `wrap` would, and far sooner
            return
        self._lines += wrap(text, self.width, initial_indent=start, subsequent_indent=lead, break_on_hyphens=False)

    def term(self, name: str, text: str, indent: int = 2, column: int = TERM) -> None:
        """Put a term and what it stands for, beside it."""
        at = indent + column
        self.text(text, at, f"{' ' * indent}{name:<{column - 1}} ")

    def __str__(self) -> str:
        """Give the page, ended by a line feed."""
        return "\n".join([*self._lines, ""])
