"""Where in a TOML text a key stands, for messages: ``steps[1].title`` → line 17.

`tomllib` forgets positions. This walks over a text that `tomllib` has accepted, so it needs no errors of its own: it
knows strings, comments, arrays and inline tables, and notes the line of each header, key and item. Nothing is decided
by it. A path that is not found gives the line of the nearest path above it.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Callable
from contextlib import suppress

_BLANK = re.compile(r"(?:[ \t\r\n]|#[^\n]*)*")
_SPACE = re.compile(r"[ \t]*")
_PART = re.compile(r"""[A-Za-z0-9_-]+|"(?:\\.|[^"\\])*"|'[^']*'""")
_DOT = re.compile(r"[ \t]*\.[ \t]*")
_STRING = re.compile(
    r'''"""(?:\\.|[^\\])*?"""(?:"{0,2})|'''
    r"""'''.*?'''(?:'{0,2})|"""
    r""""(?:\\.|[^"\\])*"|'[^']*\'""",
    re.DOTALL,
)
_BARE = re.compile(r"[^,\]}\n#]+")

_Take = Callable[[str, int], None]


def locate(text: str) -> dict[str, int]:
    """Give the line number of each key path, table header and item of an array."""
    walk = _Walk(text)
    with suppress(RecursionError):  # nested so deep that nobody looks for a line there
        walk.document()
    return walk.lines


def line_of(lines: dict[str, int], path: str) -> int:
    """Give the line of a path or of the nearest path above it; 0 if there is none."""
    while path:
        for known in (path, f"{path}[0]"):
            if known in lines:
                return lines[known]
        path = path[: max(path.rfind("."), path.rfind("["), 0)]
    return 0


class _Walk:
    """One pass over a text; ``lines`` is what it found."""

    def __init__(self, text: str) -> None:
        self.lines: dict[str, int] = {}
        self._text = text
        self._at = 0
        self._ends = [found.start() for found in re.finditer("\n", text)]
        self._counts: dict[str, int] = {}

    def document(self) -> None:
        table = ""
        while self._skip(_BLANK) < len(self._text):
            if self._text[self._at] == "[":
                table = self._header()
            else:
                self._member(table)

    def _header(self) -> str:
        """Pass a header; give the path of its table, with the index of each array of tables on the way."""
        array = self._text.startswith("[[", self._at)
        start = self._at
        self._at += 2 if array else 1
        parts, path = self._key(), ""
        for at, part in enumerate(parts):
            path = _join(path, part)
            if array and at == len(parts) - 1:
                self._counts[path] = self._counts.get(path, -1) + 1
            if path in self._counts:
                path = f"{path}[{self._counts[path]}]"
            self._note(path, start)
        self._skip(_SPACE)
        self._at += 2 if array else 1
        return path

    def _member(self, table: str) -> None:
        """Pass ``key = value``."""
        start, path = self._at, table
        for part in self._key():
            path = _join(path, part)
            self._note(path, start)
        self._skip(_SPACE)
        self._at += 1  # the equals sign
        self._skip(_SPACE)
        self._value(path)

    def _key(self) -> list[str]:
        """Pass a dotted key."""
        parts = []
        self._skip(_SPACE)
        while found := _PART.match(self._text, self._at):
            parts.append(found[0].strip("\"'"))
            self._at = found.end()
            dot = _DOT.match(self._text, self._at)
            if dot is None:
                break
            self._at = dot.end()
        return parts

    def _value(self, path: str) -> None:
        opening = self._text[self._at]
        if opening == "[":
            self._items(path, "]", self._item)
        elif opening == "{":
            self._items(path, "}", lambda of, _: self._member(of))
        elif not self._pass(_STRING):
            self._pass(_BARE)

    def _item(self, path: str, index: int) -> None:
        self._note(f"{path}[{index}]", self._at)
        self._value(f"{path}[{index}]")

    def _items(self, path: str, closing: str, take: _Take) -> None:
        """Pass an array or an inline table."""
        self._at += 1
        index = 0
        while self._text[self._skip(_BLANK)] != closing:
            take(path, index)
            index += 1
            if self._text[self._skip(_BLANK)] == ",":
                self._at += 1
        self._at += 1

    def _note(self, path: str, at: int) -> None:
        self.lines.setdefault(path, bisect_left(self._ends, at) + 1)

    def _pass(self, pattern: re.Pattern[str]) -> bool:
        found = pattern.match(self._text, self._at)
        if found:
            self._at = found.end()
        return found is not None

    def _skip(self, pattern: re.Pattern[str]) -> int:
        self._pass(pattern)
        return self._at


def _join(table: str, part: str) -> str:
    return f"{table}.{part}" if table else part
