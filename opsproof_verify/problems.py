"""What is wrong with a file that the caller gives: a policy or a trust store (SPEC 9.1-2).

Such a file is the caller's own, so its errors are exceptions and never a verdict; all of them at once, each with file,
line, key path and what to do.
"""

from __future__ import annotations

import re

from opsproof_verify.slotted import slotted

# Patterns are compiled when they are used: most files have no problems.
_HEADER = r"\s*(\[\[?)\s*([^\]]+?)\s*\]\]?"
_NAME = r"""(?:"[^"]*"|'[^']*'|[\w-]+)"""
_KEY = rf"\s*({_NAME}(?:\s*\.\s*{_NAME})*)\s*="
_PART = r"""["']([^"']*)["']|\[(\d+)\]|([^.\[\]"'\s]+)"""


@slotted(frozen=True)
class Problem:
    """One error: where it is, what it is, what to do. ``line`` is 0 where it is not known."""

    path: str  # key path such as ``approvals[1].count``; empty for the whole file
    what: str
    remedy: str
    line: int = 0


class InputError(ValueError):
    """A file given by the caller cannot be used; carries every problem found in it."""

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
    """Find the line of a key path in TOML as people write it; 0 where it is not found.

    What stands inside a value, such as a member of an inline table, has the line of the key; what is missing has that
    of its table.
    """
    target, best, line = _parts(path), 0, 0
    inside: tuple[str | int, ...] = ()
    counts: dict[tuple[str | int, ...], int] = {}
    for number, text_line in enumerate(text.splitlines(), 1):
        header, key = re.match(_HEADER, text_line), re.match(_KEY, text_line)
        if header:
            inside = _table(_parts(header[2]), counts, row=header[1] == "[[")
            found = inside[:-1] if inside[-1:] == (0,) and target == inside[:-1] else inside
        else:
            found = inside + _parts(key[1]) if key else inside
        if len(found) > best and target[: len(found)] == found:
            best, line = len(found), number
    return line


def _parts(path: str) -> tuple[str | int, ...]:
    """Split a key path into names and numbers."""
    return tuple(int(index) if index else quoted or bare for quoted, index, bare in re.findall(_PART, path))


def _table(
    names: tuple[str | int, ...], counts: dict[tuple[str | int, ...], int], *, row: bool
) -> tuple[str | int, ...]:
    """Give the path of a table from its header: each array of tables in it at its newest row."""
    path: tuple[str | int, ...] = ()
    for place, name in enumerate(names, 1):
        path += (name,)
        if row and place == len(names):
            counts[path] = counts.get(path, -1) + 1
        if path in counts:
            path += (counts[path],)
    return path
