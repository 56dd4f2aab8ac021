"""Containers whose size in bytes is known, for what grows with the entries (ADR 25).

| | bytes |
|---|---|
| :class:`Rows` | those of the format, each |
| :class:`Keyed` | 8 more each |
| :class:`Numbers` | at most a quarter for each number from the least to the greatest |
| :class:`Table` | 11 to 22 each, and as much again for a moment while it grows |

A container may take an eighth more than it holds, since it grows by steps.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Hashable, Iterator
from struct import Struct
from typing import Any, Generic, TypeVar

T = TypeVar("T", bound=Hashable)

_BLOCK = 10  # bits of the place of a number in its block
_MARK, _NUMBER = 28, 36  # bits of a slot of a table: of the key's hash, of the number
_FULL = 3, 4  # the share of slots in use at which a table grows


class Rows:
    """Rows of numbers and bytes of a fixed length, one after another, packed by a format of :mod:`struct`."""

    __slots__ = ("_data", "_row")

    def __init__(self, form: str) -> None:
        """Begin with no row."""
        self._row = Struct(f"<{form}")
        self._data = bytearray()

    def append(self, *row: int | bytes) -> None:
        """Add a row."""
        self._data += self._row.pack(*row)

    def __len__(self) -> int:
        """Give the number of rows."""
        return len(self._data) // self._row.size

    def __getitem__(self, index: int) -> tuple[Any, ...]:
        """Give a row."""
        if index >= len(self):
            raise IndexError(index)
        return self._row.unpack_from(self._data, index * self._row.size)

    def __iter__(self) -> Iterator[tuple[Any, ...]]:
        """Give the rows in order."""
        return (self[index] for index in range(len(self)))


class Keyed:
    """Rows by numbers that ascend."""

    __slots__ = ("numbers", "rows")

    def __init__(self, form: str) -> None:
        """Begin with none."""
        self.numbers = array("Q")
        self.rows = Rows(form)

    def add(self, number: int, *row: int | bytes) -> None:
        """Add a row under a number that is greater than those before."""
        self.numbers.append(number)
        self.rows.append(*row)

    def __len__(self) -> int:
        """Give the number of rows."""
        return len(self.numbers)

    def __iter__(self) -> Iterator[tuple[Any, ...]]:
        """Give the rows in order, each after its number."""
        return ((number, *row) for number, row in zip(self.numbers, self.rows, strict=True))

    def get(self, number: int) -> tuple[Any, ...] | None:
        """Give the row under a number; None if there is none."""
        at = bisect_left(self.numbers, number)
        return self.rows[at] if at < len(self) and self.numbers[at] == number else None


class Numbers:
    """A set of numbers that lie near one another: a bit each, in blocks."""

    __slots__ = ("_blocks",)

    def __init__(self) -> None:
        """Begin with none."""
        self._blocks: dict[int, int] = {}

    def add(self, number: int) -> None:
        """Add a number."""
        block = number >> _BLOCK
        self._blocks[block] = self._blocks.get(block, 0) | 1 << (number & (1 << _BLOCK) - 1)

    def discard(self, number: int) -> None:
        """Take a number out, if it is there."""
        block = number >> _BLOCK
        left = self._blocks.get(block, 0) & ~(1 << (number & (1 << _BLOCK) - 1))
        if left:
            self._blocks[block] = left
        else:
            self._blocks.pop(block, None)

    def __contains__(self, number: int) -> bool:
        """Tell whether a number is there."""
        return bool(self._blocks.get(number >> _BLOCK, 0) >> (number & (1 << _BLOCK) - 1) & 1)

    def __iter__(self) -> Iterator[int]:
        """Give the numbers, ascending."""
        for block in sorted(self._blocks):
            bits = self._blocks[block]
            while bits:
                yield (block << _BLOCK) + (bits & -bits).bit_length() - 1
                bits &= bits - 1


class Table:
    """Numbers below 2^36 by key; of a key only 28 bits of its hash are kept.

    So a number that is found need not be that of the key: who asks looks at what the number stands for. Python hashes
    text and bytes under a secret of the process, so that nobody can choose keys that collide; no answer depends on it.
    """

    __slots__ = ("_bits", "_slots", "_used")

    def __init__(self) -> None:
        """Begin with none."""
        self._bits, self._used = 6, 0
        self._slots = array("Q", bytes(8 << self._bits))  # mark and number + 1; 0 is free

    def find(self, key: str | bytes) -> list[int]:
        """Give the numbers that may be those of a key."""
        mark, slots = hash(key) & (1 << _MARK) - 1, self._slots
        found, last = [], len(slots) - 1
        at = mark << self._bits >> _MARK
        while slot := slots[at]:
            if slot >> _NUMBER == mark:
                found.append((slot & (1 << _NUMBER) - 1) - 1)
            at = at + 1 & last
        return found

    def put(self, key: str | bytes, number: int, instead_of: int | None = None) -> None:
        """Add a number for a key, or let it take the place of another one of that key."""
        mark = (hash(key) & (1 << _MARK) - 1) << _NUMBER
        self._place(mark | number + 1, 0 if instead_of is None else mark | instead_of + 1)
        if instead_of is not None:
            return
        self._used += 1
        if self._used * _FULL[1] > len(self._slots) * _FULL[0]:
            old, self._bits = self._slots, self._bits + 1
            self._slots = array("Q", bytes(8 << self._bits))
            for slot in old:
                if slot:
                    self._place(slot, 0)

    def _place(self, slot: int, old: int) -> None:
        """Put a slot where an old one is, beginning where its mark says."""
        slots, last = self._slots, len(self._slots) - 1
        at = slot >> _NUMBER << self._bits >> _MARK
        while slots[at] != old:
            at = at + 1 & last
        slots[at] = slot


class Names(Generic[T]):
    """Numbers from 0 for a limited number of names, such as those of a contract."""

    __slots__ = ("_names", "_numbers")

    def __init__(self) -> None:
        """Begin with none."""
        self._numbers: dict[T, int] = {}
        self._names: list[T] = []

    def number(self, name: T) -> int:
        """Give the number of a name, a new one if it has none."""
        number = self._numbers.setdefault(name, len(self._names))
        if number == len(self._names):
            self._names.append(name)
        return number

    def __getitem__(self, number: int) -> T:
        """Give the name that has a number."""
        return self._names[number]
