"""What is wrong with a file that the caller gives: a policy or a trust store (SPEC 9.1-2).

Such a file is the caller's own, so its errors are exceptions and never a verdict; all of them at once, up to a hundred,
each with file, line, key path and what to do.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import islice
from typing import TypeAlias

from opsproof_verify.slotted import slotted

# Patterns are compiled when they are used: most files have no problems.
_HEADER = r"\s*(\[\[?)([^\]]+)\]"
_NAME = r"""(?:"[^"]*"|'[^']*'|[\w-]+)"""
_KEY = rf"\s*({_NAME}(?:\s*\.\s*{_NAME})*)\s*="
_PART = r"""["']([^"']*)["']|\[(\d+)\]|([^.\[\]"'\s]+)"""


_Path: TypeAlias = tuple[str | int, ...]


@slotted(frozen=True)
class Problem:
    """One error: where it is, what it is, what to do. ``line`` is 0 where it is not known."""

    path: str  # key path such as ``approvals[1].count``; empty for the whole file
    what: str
    remedy: str
    line: int = 0


class InputError(ValueError):
    """A file given by the caller cannot be used.

    Carries the problems found in it: all, or the first 100 and how many more there are.
    """

    def __init__(self, file: str, problems: tuple[Problem, ...]) -> None:
        """Keep the file's name and its problems, which are never empty."""
        super().__init__("\n".join(describe(file, problem) for problem in problems))
        self.file = file
        self.problems = problems


def describe(file: str, problem: Problem) -> str:
    """Give a problem in one line, ``file:line: path: what; remedy``."""
    place = f"{file}:{problem.line}" if problem.line else file
    return ": ".join(part for part in (place, problem.path, f"{problem.what}; {problem.remedy}") if part)


def locate(text: str, path: str) -> int:
    """Find the line of one key path as :func:`locate_all` does."""
    return locate_all(text, [path])[0]


def locate_all(text: str, paths: Sequence[str]) -> list[int]:
    """Find the lines of key paths in TOML as people write it, in one reading; 0 for each that is not found.

    What stands inside a value, such as a member of an inline table, has the line of the key; what is missing has that
    of its table.
    """
    # At the end stands what is found for an array of tables as such: its first row.
    targets = [(*_parts(path), "[]") for path in paths]
    lines: dict[_Path, int] = {target[:size]: 0 for target in targets for size in range(1, len(target) + 1)}
    inside: _Path = ()
    counts: dict[_Path, int] = {}
    for number, text_line in enumerate(text.splitlines(), 1):
        header, key = re.match(_HEADER, text_line), re.match(_KEY, text_line)
        if header:
            inside = _table(_parts(header[2]), counts, row=header[1] == "[[")
            if inside[-1:] == (0,) and lines.get((*inside[:-1], "[]")) == 0:
                lines[*inside[:-1], "[]"] = number
        found = inside + _parts(key[1]) if key and not header else inside
        if lines.get(found) == 0:
            lines[found] = number
    return [next((lines[one[:size]] for size in range(len(one), 0, -1) if lines[one[:size]]), 0) for one in targets]


def _parts(path: str) -> _Path:
    """Split a key path into names and numbers; what is deeper than any key of ours is cut."""
    found = (match.groups() for match in islice(re.finditer(_PART, path), 16))
    return tuple(int(index) if index else quoted or bare or "" for quoted, index, bare in found)


def _table(names: _Path, counts: dict[_Path, int], *, row: bool) -> _Path:
    """Give the path of a table from its header: each array of tables in it at its newest row."""
    path: _Path = ()
    for place, name in enumerate(names, 1):
        path += (name,)
        if row and place == len(names):
            counts[path] = counts.get(path, -1) + 1
        if path in counts:
            path += (counts[path],)
    return path
