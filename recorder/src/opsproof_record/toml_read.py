"""Reading the author's TOML: each member once, with the verifier's own readers, and all problems at once.

A :class:`Table` never raises for what is in the file. It notes a problem with its key path and gives None, so
that one look at the messages mends the whole file; the caller stops before it signs anything.
"""

from __future__ import annotations

import difflib
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

from opsproof_verify import fields
from opsproof_verify.findings import Rejected
from opsproof_verify.problems import InputError, Problem
from opsproof_verify.toml_input import read_toml

from opsproof_record.clock import Time, parse_duration, to_time
from opsproof_record.toml_lines import line_of, locate

T = TypeVar("T")
Map = dict[str, Any]

MAX_TOML = 16_777_216

#: What each refusal of the verifier's readers means to an author, and what to do.
_SAYINGS = {
    "id": ("is not an identifier", "use a-z, 0-9, '.', '_' and '-', at most 64, first a letter or digit"),
    "line": ("is not one line of text", "write 1 to 256 bytes of text without control characters"),
    "prose": ("is not text", "write 1 to 16384 bytes of text; line feeds are the only control characters"),
    "unit": ("is not a unit", 'write 1 to 32 bytes of text, such as "kg"'),
    "media": ("is not a media type", 'write a type such as "image/jpeg", without parameters'),
    "integer": (
        "is not an integer in range",
        "write a whole number that is not negative (versions count from 1)",
    ),
    "decimal": ("is not an exact decimal", 'write it in quotes, such as "42.50", so that no digit is lost'),
    "boolean": ("is neither true nor false", "write true or false"),
    "array": ("is not a list", 'write a list, such as ["operator"]'),
    "length": ("has too few or too many items", "name at least one"),
    "duplicate": ("names something twice", "name each once"),
    "word": ("is not one of the words known here", "see the procedure guide for the words allowed"),
    "time": ("is not a time with a zone", "write 2026-11-01T08:00:00Z or with an offset; unquoted"),
    "duration": ("is not a duration", 'write a number and ms, s, min, h or d, such as "30 min"'),
    "missing": ("is missing", "add it"),
}


class Source:
    """One TOML file and all that is wrong with it."""

    def __init__(self, path: Path) -> None:
        """Read and parse the file; raise :class:`InputError` when that is not possible."""
        self.path = path
        self.problems: list[Problem] = []
        try:
            data = path.read_bytes()
        except OSError as error:
            problem = Problem("", error.strerror or "cannot be read", "name a readable TOML file")
            raise InputError(str(path), (problem,)) from error
        _, members = read_toml(str(path), data, MAX_TOML)
        self.map: Map = members
        self._lines = locate(data.decode())

    def add(self, path: str, what: str, remedy: str) -> None:
        """Note a problem at a key path."""
        self.problems.append(Problem(path, what, remedy, line_of(self._lines, path)))

    def root(self) -> Table:
        """Give the outermost table."""
        return Table(self, "", self.map)

    def stop_if_wrong(self) -> None:
        """Raise :class:`InputError` with everything that was noted, in the order of the file."""
        if self.problems:
            ordered = sorted(self.problems, key=lambda problem: (problem.line, problem.path))
            raise InputError(str(self.path), tuple(ordered))


class Table:
    """One table of a :class:`Source`; :meth:`done` notes the keys that nobody asked for."""

    def __init__(self, source: Source, path: str, members: Map) -> None:
        """Stand at a key path."""
        self.source = source
        self.path = path
        self._members = members
        self._known: list[str] = []

    def at(self, key: str) -> str:
        """Give the key path of a member."""
        return f"{self.path}.{key}" if self.path else key

    def add(self, key: str, what: str, remedy: str) -> None:
        """Note a problem of a member."""
        self.source.add(self.at(key), what, remedy)

    def take(self, key: str) -> Any:
        """Give a member as it is, None if absent, and mark it as known."""
        self._known.append(key)
        return self._members.get(key)

    def get(self, key: str, read: fields.Reader[T]) -> T | None:
        """Read a required member; None if it is missing or wrong."""
        if key not in self._members:
            self._known.append(key)
            self._say(key, "missing")
            return None
        return self.opt(key, read)

    def opt(self, key: str, read: fields.Reader[T]) -> T | None:
        """Read a member that may be absent; None if it is, or if it is wrong."""
        self._known.append(key)
        if key not in self._members:
            return None
        try:
            return read(self._members[key])
        except Rejected as refusal:
            self._say(key + str(refusal.facts.get("path", "")), str(refusal.facts["why"]))
            return None

    def tables(self, key: str) -> list[Table]:
        """Give an array of tables; empty if it is absent or something else."""
        value = self.take(key)
        if value is None:
            return []
        if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
            self.add(key, "is not an array of tables", f"write [[{self.at(key)}]] before each")
            return []
        return [Table(self.source, f"{self.at(key)}[{index}]", item) for index, item in enumerate(value)]

    def named_tables(self, key: str) -> dict[str, Table]:
        """Give tables by their identifiers, as ``[steps.values.mass]`` writes them."""
        value = self.take(key)
        if value is None:
            return {}
        if not isinstance(value, dict) or not all(isinstance(item, dict) for item in value.values()):
            self.add(key, "is not a table of tables", f"write [{self.at(key)}.NAME] before each")
            return {}
        for name in value:
            if not fields.ID.fullmatch(name):
                self._say(f"{key}.{name}", "id")
        return {name: Table(self.source, f"{self.at(key)}.{name}", item) for name, item in value.items()}

    def table(self, key: str) -> Table | None:
        """Give one table, None if it is absent."""
        value = self.take(key)
        if value is None or isinstance(value, dict):
            return None if value is None else Table(self.source, self.at(key), value)
        self.add(key, "is not a table", f"write [{self.at(key)}]")
        return None

    def done(self) -> None:
        """Note members that nobody asked for, with the nearest known name."""
        for key in self._members:
            if key not in self._known:
                near = difflib.get_close_matches(key, self._known, 1)
                hint = f'write "{near[0]}"?' if near else "remove it; known here: " + ", ".join(sorted(self._known))
                self.add(key, "is not known here", hint)

    def _say(self, key: str, why: str) -> None:
        what, remedy = _SAYINGS.get(why, (f"is not valid ({why})", "see the procedure guide"))
        self.add(key, what, remedy)


def moment(value: object) -> Time:
    """Read a TOML date-time with a zone."""
    if not isinstance(value, datetime) or value.tzinfo is None:
        raise fields.malformed("time")
    return to_time(value)


def duration(value: object) -> int:
    """Read a duration such as ``"30 min"`` into milliseconds."""
    ms = parse_duration(value) if isinstance(value, str) else None
    if ms is None:
        raise fields.malformed("duration")
    return ms


def number(value: object) -> str:
    """Read a limit: a decimal in quotes, or an integer."""
    return fields.decimal(str(value) if type(value) is int else value)


def as_list(read: fields.Reader[tuple[T, ...]]) -> fields.Reader[list[T]]:
    """Make a reader of arrays give lists, as the encoder wants them."""
    return lambda value: list(read(value))
