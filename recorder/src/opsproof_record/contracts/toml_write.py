"""TOML out: values, keys and tables as a person would write them, such that `tomllib` reads the same back."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta, timezone

from opsproof_record.contracts.toml_read import UNITS_MS, Map

_BARE = re.compile(r"[A-Za-z0-9_-]+")
FRONT = "+++"  # the line before and after the TOML of a Markdown file
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def key(name: str) -> str:
    """Write one part of a key."""
    return name if _BARE.fullmatch(name) else text(name)


def text(value: str) -> str:
    """Write a string on one line."""
    return json.dumps(value, ensure_ascii=False).replace("\x7f", r"\u007f")


def long_text(value: str) -> str:
    """Write a string over several lines, with one line feed more at its end than it has.

    No line of it looks like the end of the front matter of a Markdown file.
    """
    if "'''" not in value and FRONT not in value:
        return f"'''\n{value}\n'''"
    escaped = value.replace("\\", r"\\").replace('"""', r"\"\"\"").replace(FRONT, r"\u002b++")
    return f'"""\n{escaped}\n"""'


def moment(time: list[int]) -> str:
    """Write a time (SPEC 4.2-6); ``OverflowError`` if TOML has no such year."""
    ms, offset = time
    local = (_EPOCH + timedelta(milliseconds=ms)).astimezone(timezone(timedelta(minutes=offset)))
    return local.isoformat(timespec="milliseconds" if ms % 1000 else "seconds").replace("+00:00", "Z")


def duration(ms: int) -> str:
    """Write a duration in the largest unit that has a whole number of it."""
    unit = next(unit for unit, size in UNITS_MS.items() if ms % size == 0)
    return text(f"{ms // UNITS_MS[unit]} {unit}")


def value(item: object) -> str:
    """Write a string, an integer, a truth value or a list of these."""
    if isinstance(item, bool):
        return "true" if item else "false"
    if isinstance(item, int):
        return str(item)
    if isinstance(item, str):
        return text(item)
    if isinstance(item, list):
        return f"[{', '.join(map(value, item))}]"
    raise TypeError(type(item).__name__)


def members(table: Mapping[str, object], names: Iterable[str]) -> list[str]:
    """Write those of some members that a table has, one on each line."""
    return [f"{key(name)} = {value(table[name])}" for name in names if name in table]


def tables(table: Map, path: str = "") -> list[str]:
    """Write a whole table: its plain members first, then the tables in it."""
    plain = [name for name, item in table.items() if not isinstance(item, dict) and not _is_rows(item)]
    lines = members(table, plain)
    for name, item in table.items():
        at = f"{path}{key(name)}"
        if isinstance(item, dict):
            inner = tables(item, f"{at}.")
            bare = bool(item) and all(isinstance(one, dict) for one in item.values())
            lines += inner if bare else ["", f"[{at}]", *inner]
        elif _is_rows(item):
            for row in item:
                lines += ["", f"[[{at}]]", *tables(row, f"{at}.")]
    return lines


def _is_rows(item: object) -> bool:
    return isinstance(item, list) and bool(item) and all(isinstance(row, dict) for row in item)
