"""The evidence items of a run: who holds each (SPEC 9.10-45, 9.10-47), and which count in which slot (SPEC 9.10-22).

An item takes 11 to 22 bytes; so does a content that is added again for another slot, and one that is handed over (ADR
25). The digest stands in the entry.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain

from opsproof_verify.compact import Numbers, Table
from opsproof_verify.kinds import EvidenceAdded, Transferred
from opsproof_verify.memory import Memory
from opsproof_verify.records import Item
from opsproof_verify.state import Placed


class Items:
    """Items by digest; what is taken here stands in entries that ``memory`` finds, or in sign-offs."""

    def __init__(self, memory: Memory) -> None:
        """Begin with none."""
        self._memory = memory
        self._first = Table()  # by digest: the entry that added it first
        self._again = Table()  # by slot and digest: a later entry that added it for that slot
        self._moved = Table()  # by digest: the entry that handed it over last
        self._out = Numbers()  # entries whose item does not count in a slot
        self._supplied: set[tuple[object, ...]] = set()  # items of sign-offs that count in a slot

    def holder(self, digest: bytes) -> str | None:
        """Give the actor who holds an item; None if no entry has named it."""
        placed = next(chain(self._named(self._moved, digest), self._named(self._first, digest)), None)
        if placed is None:
            return None
        what = placed.entry.what
        return what.to if isinstance(what, Transferred) else placed.entry.actor

    def move(self, digest: bytes, seq: int) -> None:
        """Note that an entry hands an item over."""
        self._moved.put(digest, seq, *(placed.entry.seq for placed in self._named(self._moved, digest)))

    def add(self, item: Item, seq: int, *, fits: bool) -> bool:
        """Take an entry's item; tell whether it is one more in the slot that it fits."""
        if next(self._named(self._first, item.digest), None) is None:
            self._first.put(item.digest, seq)
            if not fits:
                self._out.add(seq)
            return fits
        if not fits or self.counts(item):
            return False
        before = self._added(item)
        if before is None:
            self._again.put(_key(item), seq)
        else:
            self._out.discard(before)
        return True

    def supply(self, item: Item) -> bool:
        """Take an item of a sign-off that fits its slot; tell whether it is one more there."""
        more = not self.counts(item)
        self._supplied.add(_place(item))
        return more

    def void(self, item: Item) -> bool:
        """Let the content of an item not count any more in its slot; tell whether it did."""
        before, counted = self._added(item), self.counts(item)
        if before is not None:
            self._out.add(before)
        return counted

    def counts(self, item: Item) -> bool:
        """Tell whether the content of an item counts in its slot."""
        before = self._added(item)
        return (before is not None and before not in self._out) or _place(item) in self._supplied

    def _added(self, item: Item) -> int | None:
        """Find the entry that stands for the content of an item in its slot, whether it counts or not."""
        for placed in chain(self._named(self._first, item.digest), self._named(self._again, item.digest, _key(item))):
            if isinstance(placed.entry.what, EvidenceAdded) and _place(placed.entry.what.item) == _place(item):
                return placed.entry.seq
        return None

    def _named(self, table: Table, digest: bytes, key: bytes | None = None) -> Iterator[Placed]:
        """Find the entries in a table that name a digest."""
        for placed in map(self._memory.get, table.find(digest if key is None else key)):
            what = placed.entry.what if placed is not None else None
            named = what.item if isinstance(what, EvidenceAdded) else what
            if placed is not None and isinstance(named, Item | Transferred) and named.digest == digest:
                yield placed


def _place(item: Item) -> tuple[object, ...]:
    return item.step, item.number, item.slot, item.digest


def _key(item: Item) -> bytes:
    return repr(_place(item)).encode()
