"""TOML that the caller gives, read with all its problems at once (SPEC 7-1, 8.1-1).

A :class:`Document` collects problems; a :class:`Table` reads the members of a table with the readers of ``fields`` and
goes on after a refusal, so that a person mends a file in one round. Nothing is built from a document with problems.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from typing import TypeVar, overload

from opsproof_verify.fields import Reader
from opsproof_verify.findings import Rejected
from opsproof_verify.problems import InputError, Problem, locate_all

T = TypeVar("T")
D = TypeVar("D")

#: What to do about a value that a reader refuses, by the reader's word.
REMEDIES = {
    "id": "write 1 to 64 characters of a-z, 0-9, '.', '_' and '-', beginning with a letter or digit",
    "line": "write one line of text, 1 to 256 bytes, without control characters",
    "integer": "write a whole number in the allowed range",
    "boolean": "write true or false",
    "array": "write a list in brackets",
    "length": "give at least one item and not more than allowed",
    "duplicate": "leave each item once",
    "map": "write a table",
    "key": "write an ssh-ed25519 line, a PEM PUBLIC KEY or 64 lower-case hexadecimal digits of an admissible key",
    "time": "write an offset date-time such as 2026-11-01T00:00:00Z, to the millisecond",
    "hash": "write 64 lower-case hexadecimal digits",
    "digest": "write sha256: and 64 lower-case hexadecimal digits",
    "duration": "write a duration such as 30 min: a whole number and ms, s, min, h or d",
    "name-pattern": "write an identifier, or the beginning of one and a final '*'",
    "pattern": "write a contract id, a prefix that ends in '.*', or '*'",
}

#: So many problems of one file are told.
MOST_PROBLEMS = 100

#: A key of a hundred parts or more, or a text that looks like one.
_DOTTED = r"""(?<![\w-])(?:(?:[\w-]+|"[^"\n]*"|'[^'\n]*')[ \t]*\.[ \t]*){99}"""


class Document:
    """One file: its name, its text where there is one, and the problems found so far."""

    def __init__(self, file: str, text: str = "") -> None:
        """Begin without problems; ``text`` serves to find lines."""
        self.file = file
        self.problems: list[Problem] = []
        self._text = text

    def problem(self, path: str, what: str, remedy: str) -> None:
        """Note a problem at a key path."""
        self.problems.append(Problem(path, what, remedy))

    def settle(self) -> None:
        """Raise :class:`InputError` with the problems in the order of their lines, if there are any.

        Of more than ``MOST_PROBLEMS`` the first are told, and how many more there are.
        """
        if self.problems:
            lines = locate_all(self._text, [one.path for one in self.problems])
            placed = (Problem(one.path, one.what, one.remedy, at) for one, at in zip(self.problems, lines, strict=True))
            told, more = sorted(placed, key=lambda one: one.line)[:MOST_PROBLEMS], len(lines) - MOST_PROBLEMS
            if more > 0:
                told.append(Problem("", f"{more} problems more than those above", "correct those above first"))
            raise InputError(self.file, tuple(told))


class Table:
    """The members of one table of a document; :meth:`done` reports the others as unknown."""

    def __init__(self, document: Document, value: object, path: str = "") -> None:
        """Take a decoded value; anything but a table is a problem and reads as empty."""
        self.document = document
        self.path = path
        if not isinstance(value, dict):
            document.problem(path, "not a table", REMEDIES["map"])
            value = {}
        self._map = value
        self._known: set[str] = set()

    def at(self, name: str) -> str:
        """Give the key path of a member."""
        quoted = name if re.fullmatch(r"[A-Za-z0-9_-]+", name) else f'"{name}"'
        return f"{self.path}.{quoted}" if self.path else quoted

    @overload
    def get(self, name: str, read: Reader[T]) -> T | None: ...
    @overload
    def get(self, name: str, read: Reader[T], default: D) -> T | D: ...
    def get(self, name: str, read: Reader[T], default: object = ...) -> object:
        """Read a member; a missing one without default, and a refused one, is a problem and reads as None."""
        self._known.add(name)
        if name not in self._map:
            if default is not ...:
                return default
            self.document.problem(self.at(name), "missing", "add it; it is required")
            return None
        try:
            return read(self._map[name])
        except Rejected as refusal:
            why = str(refusal.facts["why"])
            remedy = REMEDIES.get(why) or f"use one of: {refusal.facts['allowed']}"
            self.document.problem(self.at(name) + str(refusal.facts["path"]), f"not allowed here ({why})", remedy)
            return None if default is ... else default

    def table(self, name: str) -> Table:
        """Give a sub-table, empty if it is absent."""
        self._known.add(name)
        return Table(self.document, self._map.get(name, {}), self.at(name))

    def part(self, name: str) -> Table | None:
        """Give a sub-table, or None if it is absent."""
        return self.table(name) if name in self._map else None

    def tables(self, name: str) -> list[Table]:
        """Give the tables of an array of tables, none if it is absent."""
        self._known.add(name)
        rows = self._map.get(name, [])
        if not isinstance(rows, list):
            self.document.problem(self.at(name), "not an array of tables", f"write [[{name}]]")
            return []
        return [Table(self.document, row, f"{self.at(name)}[{index}]") for index, row in enumerate(rows)]

    def names(self) -> Iterator[str]:
        """Give the names of all members; whoever asks reads them all."""
        self._known.update(self._map)
        return iter(self._map)

    def done(self) -> None:
        """Report members that nobody asked for."""
        for name in sorted(self._map.keys() - self._known):
            self.document.problem(self.at(name), "unknown key", "remove it or correct its spelling")


def read_toml(file: str, data: bytes, limit: int) -> tuple[Document, dict[str, object]]:
    """Decode TOML of at most ``limit`` bytes; raise :class:`InputError` if it is not TOML."""
    document = Document(file)
    if len(data) > limit:
        document.problem("", f"{len(data)} bytes are more than the limit of {limit}", "split it or remove entries")
        document.settle()
    try:
        text = data.decode()
        if text.startswith("\ufeff"):
            raise ValueError("it begins with a byte order mark (at line 1)")
        if dotted := re.search(_DOTTED, text):  # `tomllib` takes time as the square of the number of parts
            raise ValueError(f"a key of too many parts (at line {text[: dotted.start()].count(chr(10)) + 1})")
        return Document(file, text), tomllib.loads(text)
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise InputError(file, (Problem("", "not UTF-8", "save the file as UTF-8", line),)) from None
    except (ValueError, RecursionError) as error:  # ValueError also for an integer of thousands of digits
        found = re.search(r"at line (\d+)", str(error))
        problem = Problem("", f"not TOML: {error}", "correct the syntax", int(found[1]) if found else 0)
        raise InputError(file, (problem,)) from None
