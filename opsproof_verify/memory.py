"""What a run knows of its entries by their numbers (ADR 25): the latest are at hand, others are read again.

An entry is found if it was taken into the run: it could be read, it stands before, and its actor was enrolled then.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Generic, TypeVar

from opsproof_verify.compact import Names, Rows
from opsproof_verify.compiled import EntryReader
from opsproof_verify.findings import Rejected
from opsproof_verify.kinds import Authorised, Correction, EvidenceAdded, Transferred, ValueRecorded
from opsproof_verify.recall import Recall
from opsproof_verify.slotted import replace
from opsproof_verify.state import Actor, Fact, Placed

T = TypeVar("T")

NAMED = 2_048  # values at hand that were referred to: more than one entry can name
RECENT = 128  # entries at hand, of up to `MAX_RECORD` bytes each

#: What other entries refer to; deviations are kept.
_NAMED = (ValueRecorded, Correction, EvidenceAdded, Authorised, Transferred)


class Memory:
    """The entries of a run that others may refer to, by number."""

    def __init__(self, recall: Recall, actors: Mapping[str, Actor]) -> None:
        """Begin with no entry taken."""
        self.taken = 0  # one more than the number of the last entry that was taken
        self._recall = recall
        self._actors = actors
        self._recent: dict[int, Placed] = {}
        self._entries = EntryReader()

    def take(self, placed: Placed) -> None:
        """Note that an entry is taken."""
        self.taken = placed.entry.seq + 1
        self._hold(placed)

    def _hold(self, placed: Placed) -> None:
        if isinstance(placed.entry.what, _NAMED):
            self._recent[placed.entry.seq] = placed
            if len(self._recent) > RECENT:
                del self._recent[next(iter(self._recent))]

    def get(self, seq: int) -> Placed | None:
        """Give an entry; None if none was taken under this number."""
        placed = self._recent.get(seq)
        return placed if placed is not None or seq >= self.taken else self._read(seq)

    def _read(self, seq: int) -> Placed | None:
        read = self._recall.get(seq)
        try:
            entry = self._entries.read(read.body) if read is not None else None
        except Rejected:  # it was opaque then, too (SPEC 9.3-2)
            return None
        actor = self._actors.get(entry.actor) if entry is not None else None
        if entry is None or read is None or actor is None or actor.since >= seq:
            return None
        if entry.seq != seq:
            entry = replace(entry, seq=seq)  # see `Chain.renumbered`
        placed = Placed(entry, read.leaf, read.frame, actor)
        self._hold(placed)
        return placed


class Known(Generic[T]):
    """The entries of some kinds by number, each as what ``see`` makes of it; None if it is of another kind."""

    __slots__ = ("_memory", "_most", "_see", "_seen")

    def __init__(self, memory: Memory, see: Callable[[Placed], T | None], most: int = 1) -> None:
        """Take where entries are found, and how many are kept at hand: all rules ask for the same."""
        self._memory = memory
        self._see = see
        self._most = most
        self._seen: dict[int, T] = {}

    def get(self, seq: int) -> T | None:
        """Give what stands under a number; None if there is nothing."""
        seen = self._seen.get(seq)
        if seen is None:
            placed = self._memory.get(seq)
            seen = None if placed is None else self._see(placed)
            if seen is not None:
                self._seen[seq] = seen
                if len(self._seen) > self._most:
                    del self._seen[next(iter(self._seen))]
        return seen

    def __getitem__(self, seq: int) -> T:
        """Give what stands under a number."""
        found = self.get(seq)
        if found is None:
            raise KeyError(seq)
        return found


class Facts:
    """Out-of-contract facts in their order: 22 bytes each."""

    def __init__(self, memory: Memory, steps: Mapping[str, object], actors: Mapping[str, Actor]) -> None:
        """Begin with none; ``steps`` are those of the contract."""
        self._memory, self._steps, self._actors = memory, steps, actors
        self._rows = Rows("QQHHH")
        self._names = Names[Any]()  # what a fact is, its step, its actor

    def append(self, fact: Fact) -> None:
        """Add a fact."""
        step = fact.step if fact.step in self._steps else None  # another one's name is found in the entry
        names = (fact.what, fact.value), step, fact.actor.member.id
        self._rows.append(fact.seq, fact.frame, *(self._names.number(name) for name in names))

    def __iter__(self) -> Iterator[Fact]:
        """Give the facts."""
        for seq, frame, *names in self._rows:
            (what, value), step, actor = (self._names[name] for name in names)
            if step is None:
                placed = self._memory.get(seq)
                step = getattr(placed.entry.what, "step", None) if placed is not None else None
            yield Fact(what, seq, frame, step, self._actors[actor], value)
