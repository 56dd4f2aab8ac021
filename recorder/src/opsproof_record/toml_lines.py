"""Where in a TOML text a key stands, for messages: ``steps[1].title`` → line 17.

`tomllib` forgets positions. This finds headers and keys line by line, well enough to send a person to the
right place; nothing is decided by it. A path that is not found gives the line of the nearest table above it.
"""

from __future__ import annotations

import re

_HEADER = re.compile(r"\s*(\[\[?)\s*([^\[\]]+?)\s*\]\]?\s*(?:#.*)?$")
_KEY = re.compile(r"""\s*((?:[A-Za-z0-9_-]+|"[^"]*"|'[^']*')(?:\s*\.\s*(?:[A-Za-z0-9_-]+|"[^"]*"|'[^']*'))*)\s*=""")
_PART = re.compile(r"""[A-Za-z0-9_-]+|"[^"]*"|'[^']*'""")
_FENCE = re.compile(r'"""|' + "'''")


def locate(text: str) -> dict[str, int]:
    """Give the line number of each key path and table header."""
    lines: dict[str, int] = {}
    counts: dict[str, int] = {}
    table, fence = "", ""
    for number, line in enumerate(text.splitlines(), 1):
        if fence:
            fence = "" if fence in line else fence
            continue
        if header := _HEADER.match(line):
            table = _open_table(_parts(header[2]), counts, array=header[1] == "[[")
            lines.setdefault(table, number)
        elif key := _KEY.match(line):
            lines.setdefault(_join(table, _parts(key[1])), number)
            opened = _FENCE.findall(line)
            fence = opened[0] if len(opened) % 2 else ""
    return lines


def line_of(lines: dict[str, int], path: str) -> int:
    """Give the line of a path or of the nearest path above it; 0 if there is none."""
    while path:
        for known in (path, f"{path}[0]"):
            if known in lines:
                return lines[known]
        path = path[: max(path.rfind("."), path.rfind("["), 0)]
    return 0


def _parts(dotted: str) -> list[str]:
    return [part.strip("\"'") for part in _PART.findall(dotted)]


def _join(table: str, parts: list[str]) -> str:
    return ".".join(([table] if table else []) + parts)


def _open_table(parts: list[str], counts: dict[str, int], *, array: bool) -> str:
    """Give the path of a header, with the index of each array of tables that it goes through."""
    path = ""
    for at, part in enumerate(parts):
        path = _join(path, [part])
        if array and at == len(parts) - 1:
            counts[path] = counts.get(path, -1) + 1
        if path in counts:
            path = f"{path}[{counts[path]}]"
    return path
