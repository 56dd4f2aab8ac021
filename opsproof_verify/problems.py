"""What is wrong with a file that the caller gives: a policy or a trust store (SPEC 9.1-2).

Such a file is the caller's own, so its errors are exceptions and never a verdict; all of them at once, each with file,
line, key path and what to do.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_HEADER = re.compile(r"\s*(\[\[?)\s*([^\]]+?)\s*\]\]?")


@dataclass(frozen=True, slots=True)
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
    """Find the line of a key path in TOML as people write it; 0 where it is not found."""
    if not text or not path:
        return 0
    parts = re.findall(r'"([^"]*)"|([^.\[\]"]+)|\[(\d+)\]', path)
    names = [quoted or bare for quoted, bare, index in parts if not index]
    row = next((int(index) for _, _, index in parts if index), None)
    inside, count, best = "", -1, 0
    for number, text_line in enumerate(text.splitlines(), 1):
        header = _HEADER.match(text_line)
        if header:
            inside = header[2].replace('"', "")
            count += header[1] == "[[" and inside == names[0]
        in_row = row is None or count == row or inside != names[0]
        key = text_line.split("=")[0].strip().strip('"')
        if in_row and ((header and inside == ".".join(names)) or f"{inside}.{key}".strip(".") == ".".join(names)):
            return number
        if header and in_row and inside == names[0]:
            best = best or number
    return best
