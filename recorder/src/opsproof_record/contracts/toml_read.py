"""Reading the author's TOML: each member once, with the verifier's own readers, and all problems at once.

A :class:`Table` never raises for what is in the file. It notes a problem with its key path and gives None, so
that one look at the messages mends the whole file; the caller stops before it signs anything.
"""

from __future__ import annotations

import difflib
import re
import tomllib
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

from opsproof_verify import fields
from opsproof_verify.findings import Rejected
from opsproof_verify.problems import InputError, Problem

from opsproof_record.clock import Time, to_time
from opsproof_record.contracts.toml_lines import line_of, locate

T = TypeVar("T")
Map = dict[str, Any]

MAX_TEXT = 16_777_216
_DURATION = re.compile(r"([1-9][0-9]{0,15}) ?(ms|s|min|h|d)")

#: Milliseconds of each unit of a duration, the longest first.
UNITS_MS = {"d": 86_400_000, "h": 3_600_000, "min": 60_000, "s": 1000, "ms": 1}
_PLACE = re.compile(r" \(at line (\d+), column (\d+)\)$")

_REFUSED = (
    ("\r", "a carriage return by itself", "end lines with LF or CR LF"),
    ("\0", "a NUL", "save the file as text"),
)

#: What each refusal of the verifier's readers means to an author, and what to do.
_SAYINGS = {
    "id": ("is not an identifier", "use a-z, 0-9, '.', '_' and '-', at most 64, first a letter or digit"),
    "line": ("is not one line of text", "write 1 to 256 bytes of text in quotes, without control characters"),
    "prose": ("is not text", "write 1 to 16384 bytes of text; tabs and line feeds are the only control characters"),
    "unit": ("is not a unit", 'write 1 to 32 bytes of text, such as "kg"'),
    "media": ("is not a media type", 'write a type such as "image/jpeg", without parameters'),
    "integer": (
        "is not an integer in range",
        "write a whole number up to 9007199254740991 that is not negative (versions and counts from 1)",
    ),
    "decimal": ("is not an exact decimal", 'write it in quotes, such as "42.50", so that no digit is lost'),
    "boolean": ("is neither true nor false", "write true or false"),
    "array": ("is not a list", 'write a list, such as ["operator"]'),
    "length": ("has too few or too many items", "name at least one"),
    "duplicate": ("names something twice", "name each once"),
    "map": ("is not a table", "write it as a table"),
    "time": (
        "is not a time with a zone",
        "write 2026-11-01T08:00:00Z or with an offset, without quotes, to the millisecond",
    ),
    "duration": ("is not a duration", 'write a number and ms, s, min, h or d, such as "30 min"'),
    "digest": ("is not a SHA-256", "write 64 hexadecimal digits, as sha256sum prints them"),
}


class Source:
    """A text that an author wrote, as one table, with the lines of its keys and all that is wrong with it.

    ``data`` are the bytes of the file; ``itself`` describes a file that is the source document too. ``broken`` are the
    paths of tables whose TOML cannot be read; that problem is noted.
    """

    def __init__(self, path: Path, data: bytes) -> None:
        """Begin empty; whoever reads the text fills ``map`` and :meth:`add_lines`."""
        self.path = path
        self.data = data
        self.map: Map = {}
        self.itself: Map | None = None
        self.broken: set[str] = set()
        self.hints: list[Problem] = []
        self._problems: list[Problem] = []
        self._lines: dict[str, int] = {}

    def add_lines(self, lines: dict[str, int], path: str = "", before: int = 0) -> None:
        """Take over the lines of a part of the text: of the table at ``path``, after so many lines."""
        prefix = f"{path}." if path else ""
        self._lines.update({prefix + key: line + before for key, line in lines.items()})

    def line(self, path: str) -> int:
        """Give the line of a key path, or of the nearest above it; 0 if there is none."""
        return line_of(self._lines, path)

    def add(self, path: str, what: str, remedy: str, line: int | None = None) -> None:
        """Note a problem at a key path; its line is looked up unless it is given."""
        self._problems.append(Problem(path, what, remedy, self.line(path) if line is None else line))

    def hint(self, path: str, what: str, remedy: str, line: int | None = None) -> None:
        """Note what is allowed but worth a second look."""
        self.hints.append(Problem(path, what, remedy, self.line(path) if line is None else line))

    def root(self) -> Table:
        """Give the outermost table."""
        return Table(self, "", self.map)

    def stop_if_wrong(self) -> None:
        """Raise :class:`InputError` with everything that was noted, in the order of the file."""
        if self._problems:
            ordered = sorted(self._problems, key=lambda problem: (problem.line, problem.path))
            raise InputError(str(self.path), tuple(dict.fromkeys(ordered)))


def read_bytes(path: Path) -> bytes:
    """Read a file that an author names, one byte more than is allowed at most; raises :class:`InputError`."""
    try:
        with path.open("rb") as file:
            return file.read(MAX_TEXT + 1)
    except OSError as error:
        raise _unusable(path, error.strerror or "cannot be read", "name a readable file") from error


def read_text(path: Path, data: bytes) -> str:
    """Read UTF-8 with line ends as LF; a byte order mark is not text. A lone CR is refused: it ends no line."""
    if len(data) > MAX_TEXT:
        raise _unusable(path, f"more than {MAX_TEXT} bytes", "split it")
    try:
        text = data.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        raise _unusable(path, "not UTF-8", "save the file as UTF-8", data.count(b"\n", 0, error.start) + 1) from None
    for character, what, remedy in _REFUSED:
        if character in text:
            raise _unusable(path, what, remedy, text.count("\n", 0, text.index(character)) + 1)
    return text


def _unusable(path: Path, what: str, remedy: str, line: int = 0) -> InputError:
    return InputError(str(path), (Problem("", what, remedy, line),))


def read_source(path: Path, data: bytes) -> Source:
    """Read TOML, the bytes of a file; raise :class:`InputError` when that is not possible."""
    source = Source(path, data)
    text = read_text(path, source.data)
    source.map = take_toml(source, text) or {}
    if source.broken:
        source.stop_if_wrong()
    return source


def take_toml(source: Source, text: str, path: str = "", before: int = 0) -> Map | None:
    """Decode a part of a text, the table at ``path``; note why that is not possible, and give None then."""
    try:
        members = tomllib.loads(text)
    except (ValueError, RecursionError) as error:  # ValueError also for an integer of thousands of digits
        found = _PLACE.search(str(error))
        line = int(found[1]) if found else text.count("\n") + 1
        where = f", column {found[2]}" if found else ""
        source.broken.add(path)
        what = f"not TOML: {_PLACE.sub('', str(error))}{where}"
        source.add(path, what, "correct the syntax", line + before)
        return None
    source.add_lines(locate(text), path, before)
    return members


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

    def has(self, *keys: str) -> bool:
        """Tell whether one of some members is there, be it right or wrong."""
        return any(key in self._members for key in keys)

    def take(self, key: str) -> Any:
        """Give a member as it is, None if absent, and mark it as known."""
        self._known.append(key)
        return self._members.get(key)

    def get(self, key: str, read: fields.Reader[T], remedy: str = "add it") -> T | None:
        """Read a required member; None if it is missing or wrong. ``remedy`` says what to do if it is missing."""
        if key not in self._members:
            self._known.append(key)
            self.add(key, "is missing", remedy)
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
            allowed = refusal.facts.get("allowed")
            where = key + str(refusal.facts.get("path", ""))
            if allowed:
                self.add(where, "is not one of the words known here", f"use one of: {allowed}")
            else:
                self._say(where, str(refusal.facts["why"]))
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
        if not isinstance(value, dict):
            self.add(key, "is not a table of tables", f"write [{self.at(key)}.NAME] before each")
            return {}
        for name, item in value.items():
            if not isinstance(item, dict):
                self.add(f"{key}.{name}", "is not a table", f"write [{self.at(key)}.NAME] before each")
            elif not fields.ID.fullmatch(name):
                self._say(f"{key}.{name}", "id")
        rows = {name: item for name, item in value.items() if isinstance(item, dict)}
        return {name: Table(self.source, f"{self.at(key)}.{name}", item) for name, item in rows.items()}

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
    """Read a TOML date-time with a zone, to the millisecond."""
    if not isinstance(value, datetime) or value.tzinfo is None or value.microsecond % 1000:
        raise fields.malformed("time")
    found = fields.time(to_time(value))
    return [found.ms, found.offset]


def duration(value: object) -> int:
    """Read a duration such as ``"30 min"`` into milliseconds."""
    match = _DURATION.fullmatch(value) if isinstance(value, str) else None
    ms = int(match[1]) * UNITS_MS[match[2]] if match else 0
    if not 0 < ms <= fields.MAX_INTEGER:
        raise fields.malformed("duration")
    return ms


def digest(value: object) -> bytes:
    """Read a SHA-256 in hexadecimal, as ``sha256sum`` prints it."""
    try:
        return fields.digest(bytes.fromhex(fields.line(value).removeprefix("sha256:")))
    except (ValueError, Rejected):
        raise fields.malformed("digest") from None


def number(value: object) -> str:
    """Read a limit: a decimal in quotes, or an integer."""
    return fields.decimal(str(value) if type(value) is int else value)


def as_list(read: fields.Reader[tuple[T, ...]]) -> fields.Reader[list[T]]:
    """Make a reader of arrays give lists, as the encoder wants them."""
    return lambda value: list(read(value))


def check_window(table: Table, members: Map) -> None:
    """Note a validity that ends before it begins."""
    first, last = members.get("not-before"), members.get("not-after")
    if first and last and first[0] > last[0]:
        table.add("not-after", "is earlier than not-before", "exchange them")
