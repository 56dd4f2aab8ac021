"""Containers whose size in bytes is known, for what grows with the entries (ADR 25, ADR 29).

| | bytes |
|---|---|
| :class:`Rows` | those of the format, each |
| :class:`Keyed` | 8 more each |
| :class:`Numbers` | 1/8 for each number up to the greatest |
| :class:`Marks` | 2 for each number up to the greatest |
| :class:`Table` | 11 to 22 each, and as much again for a moment while it grows |
| :class:`Group` | 1/8 for each name that has a number |

Of all but the last, :class:`Store` holds ``HELD`` pages at hand; what is more lies in a temporary file.
"""

from __future__ import annotations

import errno
import os
from bisect import bisect_right
from collections.abc import Hashable, Iterator
from io import RawIOBase
from struct import Struct
from typing import Any, Generic, TypeVar, cast

T = TypeVar("T", bound=Hashable)

PAGE = 4_096
HELD = 512  # pages of a store that are at hand: 2 MiB
_MARK, _NUMBER = 28, 36  # bits of a slot of a table: of the key's hash, of the number
_FULL = 3, 4  # the share of slots in use at which a table grows
_SLOTS, _SLOT = Struct("<8Q"), Struct("<Q")  # slots that are looked at together, and one
_OF_A_PAGE = PAGE // _SLOT.size


class Store:
    """Bytes that are zero until they are written; pages beyond ``HELD`` lie in a temporary file without a name."""

    __slots__ = ("_file", "_pages", "size")

    def __init__(self) -> None:
        """Begin with none."""
        self.size = 0  # the end of what was written
        self._pages: dict[int, bytearray] = {}
        self._file: RawIOBase | None = None

    def __del__(self) -> None:
        """Let the temporary file go."""
        if self._file is not None:
            self._file.close()

    def read(self, at: int, size: int) -> bytes:
        """Give so many bytes. Raises ``OSError`` if the temporary file cannot be used."""
        begin = at % PAGE
        piece = bytes(self.page(at // PAGE)[begin : begin + size])
        left = size - len(piece)
        return piece + self.read(at + len(piece), left) if left else piece

    def write(self, at: int, data: bytes) -> None:
        """Put bytes in the place of others. Raises ``OSError`` if the temporary file cannot be used."""
        begin = at % PAGE
        fits = min(len(data), PAGE - begin)
        self.page(at // PAGE)[begin : begin + fits] = data[:fits]
        self.size = max(self.size, at + fits)
        if fits < len(data):
            self.write(at + fits, data[fits:])

    def page(self, number: int) -> bytearray:
        """Give a page, which is at hand until another is asked for: then the one goes that has been for longest."""
        page = self._pages.get(number)
        if page is None:
            page = bytearray(PAGE)
            if len(self._pages) >= HELD:
                self._swap(next(iter(self._pages)), number, page)
            self._pages[number] = page
        return page

    def _swap(self, old: int, new: int, page: bytearray) -> None:
        """Put a page away, and fill another one with what was put away of it."""
        from tempfile import TemporaryFile, gettempdir  # noqa: PLC0415 - for runs of many entries alone

        try:
            self._file = self._file or cast("RawIOBase", TemporaryFile(buffering=0))  # noqa: SIM115 - closed with it
            self._file.seek(old * PAGE)
            if self._file.write(self._pages[old]) != PAGE:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            self._file.seek(new * PAGE)
            self._file.readinto(page)
        except OSError as error:
            raise OSError(error.errno, f"temporary file: {error.strerror}", gettempdir()) from error
        del self._pages[old]


class Rows:
    """Rows of numbers and bytes of a fixed length, one after another, packed by a format of :mod:`struct`."""

    __slots__ = ("_data", "_row")

    def __init__(self, form: str) -> None:
        """Begin with no row."""
        self._row = Struct(f"<{form}")
        self._data = Store()

    def append(self, *row: int | bytes) -> None:
        """Add a row."""
        self._data.write(self._data.size, self._row.pack(*row))

    def __len__(self) -> int:
        """Give the number of rows."""
        return self._data.size // self._row.size

    def __getitem__(self, index: int) -> tuple[Any, ...]:
        """Give a row."""
        if index >= len(self):
            raise IndexError(index)
        return self._row.unpack(self._data.read(index * self._row.size, self._row.size))

    def __iter__(self) -> Iterator[tuple[Any, ...]]:
        """Give the rows in order."""
        return (self[index] for index in range(len(self)))


class Keyed(Rows):
    """Rows by numbers that ascend: each begins with its number."""

    __slots__ = ()

    def __init__(self, form: str) -> None:
        """Begin with none; ``form`` is that of a row without its number."""
        super().__init__(f"Q{form}")

    def upto(self, number: int, least: int = 0) -> int:
        """Give the place of the last row whose number is not greater, which is not before ``least``; -1 if none is."""
        end, ahead = len(self), 1
        while least + ahead < end and self._number(least + ahead) <= number:
            least, ahead = least + ahead, 2 * ahead
        return bisect_right(range(end), number, least, min(least + ahead, end), key=self._number) - 1

    def _number(self, at: int) -> int:
        return int.from_bytes(self._data.read(at * self._row.size, 8), "little")

    def get(self, number: int) -> tuple[Any, ...] | None:
        """Give the row under a number, without it; None if there is none."""
        at = self.upto(number)
        row = self[at] if at >= 0 else (None,)
        return row[1:] if row[0] == number else None


class Numbers:
    """A set of numbers that are not much greater than how many there are of their kind, such as numbers of entries."""

    __slots__ = ("_bits",)

    def __init__(self) -> None:
        """Begin with none."""
        self._bits = Store()

    def _byte(self, number: int) -> int:
        return self._bits.read(number >> 3, 1)[0] if number >> 3 < self._bits.size else 0

    def add(self, number: int) -> None:
        """Add a number."""
        self._bits.write(number >> 3, bytes([self._byte(number) | 1 << (number & 7)]))

    def discard(self, number: int) -> None:
        """Take a number out, if it is there."""
        if number in self:
            self._bits.write(number >> 3, bytes([self._byte(number) & ~(1 << (number & 7))]))

    def __contains__(self, number: int) -> bool:
        """Tell whether a number is there."""
        return bool(self._byte(number) >> (number & 7) & 1)

    def __iter__(self) -> Iterator[int]:
        """Give the numbers, ascending."""
        for at in range(0, self._bits.size, PAGE):
            if any(page := self._bits.read(at, PAGE)):
                yield from (
                    (at + place << 3) + bit
                    for place, byte in enumerate(page)
                    if byte
                    for bit in range(8)
                    if byte >> bit & 1
                )


class Table:
    """Numbers below 2^36 by key; of a key only 28 bits of its hash are kept.

    So a number that is found need not be that of the key: who asks looks at what the number stands for. Python hashes
    text and bytes under a secret of the process, so that nobody can choose keys that collide; no answer depends on it.
    """

    __slots__ = ("_bits", "_slots", "_used")

    def __init__(self) -> None:
        """Begin with none."""
        self._bits, self._used = 6, 0
        self._slots = Store()  # of each: mark and number + 1; 0 is free

    def find(self, key: str | bytes) -> list[int]:
        """Give the numbers that may be those of a key."""
        mark, found = hash(key) & (1 << _MARK) - 1, list[int]()
        at = mark << self._bits >> _MARK
        while self._used:
            for slot in self._eight(at):
                if not slot:
                    return found
                if slot >> _NUMBER == mark:
                    found.append((slot & (1 << _NUMBER) - 1) - 1)
            at = self._next(at)
        return found

    def put(self, key: str | bytes, number: int, instead_of: int | None = None) -> None:
        """Add a number for a key, or let it take the place of another one of that key."""
        mark = (hash(key) & (1 << _MARK) - 1) << _NUMBER
        self._place(mark | number + 1, 0 if instead_of is None else mark | instead_of + 1)
        if instead_of is not None:
            return
        self._used += 1
        if self._used * _FULL[1] > (_FULL[0] << self._bits):
            old, size, self._slots, self._bits = self._slots, _SLOT.size << self._bits, Store(), self._bits + 1
            for (slot,) in (row for at in range(0, size, PAGE) for row in _SLOT.iter_unpack(old.page(at // PAGE))):
                if slot:
                    self._place(slot, 0)

    def _place(self, slot: int, old: int) -> None:
        """Put a slot where an old one is, beginning where its mark says."""
        at = slot >> _NUMBER << self._bits >> _MARK
        while old not in (eight := self._eight(at)):
            at = self._next(at)
        page, within = self._slots.page(at // _OF_A_PAGE), (at + eight.index(old)) % _OF_A_PAGE
        _SLOT.pack_into(page, within * _SLOT.size, slot)

    def _eight(self, at: int) -> tuple[int, ...]:
        """Give the slots of a group of eight, from one of them on."""
        return _SLOTS.unpack_from(self._slots.page(at // _OF_A_PAGE), (at & -8) % _OF_A_PAGE * _SLOT.size)[at & 7 :]

    def _next(self, at: int) -> int:
        """Give the first slot of the next group."""
        return (at | 7) + 1 & (1 << self._bits) - 1


class Marks:
    """A number below 2^16 for each of some numbers such as those of entries, and 0 for others."""

    __slots__ = ("_marks",)

    def __init__(self) -> None:
        """Begin with none."""
        self._marks = Store()

    def put(self, number: int, mark: int) -> None:
        """Give a number its mark."""
        self._marks.write(2 * number, mark.to_bytes(2))

    def get(self, number: int) -> int:
        """Give the mark of a number."""
        return int.from_bytes(self._marks.read(2 * number, 2)) if 2 * number < self._marks.size else 0


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


class Group(Generic[T]):
    """A set of names that have numbers, in the order of these: a bit each."""

    __slots__ = ("_bits", "_names")

    def __init__(self, names: Names[T]) -> None:
        """Begin with none; many groups may share the numbers."""
        self._names = names
        self._bits = 0

    def add(self, name: T) -> None:
        """Add a name."""
        self._bits |= 1 << self._names.number(name)

    def discard(self, name: T) -> None:
        """Take a name out, if it is there."""
        self._bits &= ~(1 << self._names.number(name))

    def __iter__(self) -> Iterator[T]:
        """Give the names."""
        bits = self._bits
        while bits:
            yield self._names[(bits & -bits).bit_length() - 1]
            bits &= bits - 1
