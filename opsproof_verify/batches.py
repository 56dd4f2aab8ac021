"""Entries that follow one another: first what their bytes tell, here or in another process, then what they mean.

What the bytes of a batch tell depends on nothing before it but the number of its first entry; so batches are read
beside each other. What they mean is taken in order, and in this process alone.
"""

from __future__ import annotations

import errno
from collections import deque
from collections.abc import Callable
from typing import Final, NamedTuple

from opsproof_verify.container import DIGEST_SIZE, Batch, split_entries
from opsproof_verify.log import Log
from opsproof_verify.merkle import block_roots, leaf_hash, leaf_hashes
from opsproof_verify.pool import WEIGHT, Answer
from opsproof_verify.source import Source
from opsproof_verify.stretches import Part, Stretches

#: Bytes of entries that are read at once.
WINDOW = 524_288

#: Entries that must follow one another before stretches are looked for: to prepare for them takes as long as these.
LEAST_BATCH = 64

#: Keys of assigned actors that a task carries: what somebody else signed is verified when it is taken.
MAX_KEYS = 64

#: Batches that may wait to be taken.
MAX_WAITING = 12

#: What the bytes of a batch tell: the leaves, one after another, likewise the roots of whole blocks, and the parts.
Told = tuple[bytes, bytes, list[Part]]

_STRETCH: Final = 6  # members of a stretch, and of no other part


class _Waiting(NamedTuple):
    """A batch, and what it will have told."""

    batch: Batch
    told: Answer


class Batches:
    """Takes entries in batches."""

    def __init__(self, log: Log, source: Source, take_one: Callable[[bytes, bytes, int], None]) -> None:
        """``take_one`` takes an entry by itself: its body, its leaf and the number of its frame."""
        self._log = log
        self._source = source
        self._take_one = take_one
        self._stretches: Stretches | None = None
        self._waiting: deque[_Waiting] = deque()
        self._ahead = 0  # entries that wait
        source.handlers["entries"] = self._read_part

    def take(self, batch: Batch) -> None:
        """Take a batch, or have it read and take it later."""
        size, first = len(batch.data), self._log.chain.count + self._ahead
        place = self._source.place(batch.offset, size)
        helpers = None if place is None else self._source.helpers(size, WEIGHT)
        if helpers is None:
            self.settle()
            self._take(batch, self._read(batch, first, self._log.assigned_keys))
            return
        keys = self._log.assigned_keys[-MAX_KEYS:]
        self._waiting.append(_Waiting(batch, helpers.submit("entries", place, size, first, keys, cost=size)))
        self._ahead += len(batch.ends)
        if len(self._waiting) > MAX_WAITING:
            self._take_next()

    def settle(self) -> None:
        """Take what waits."""
        while self._waiting:
            self._take_next()

    def _take_next(self) -> None:
        batch, answer = self._waiting.popleft()
        self._ahead -= len(batch.ends)
        self._take(batch, answer.result())

    def _read_part(self, place: int, size: int, first: int, keys: list[bytes]) -> Told:
        """Read a batch of the file again, in whatever process; it is the same as long as the file does not change."""
        batch = split_entries(self._source.read(place, size))
        if len(batch.data) != size:
            raise OSError(errno.EIO, "the file changed while it was read")
        return self._read(batch, first, keys)

    def _read(self, batch: Batch, first: int, keys: list[bytes]) -> Told:
        """Tell what a batch tells, whose first entry has the number ``first``; ``keys`` are of assigned actors."""
        bodies, contract = batch.bodies(), self._log.case.contract
        leaves = leaf_hashes(bodies)
        parts: list[Part] = [*bodies]
        if contract is not None and len(bodies) >= LEAST_BATCH:
            self._stretches = self._stretches or Stretches(contract, self._log.chain.run_id)
            self._stretches.enrol(keys)
            parts = self._stretches.read(bodies, leaves, first)
        return b"".join(leaves), b"".join(block_roots(leaves, first)), parts

    def _take(self, batch: Batch, told: Told) -> None:
        """Take a batch that was read: chain and tree by its leaves, then part after part."""
        leaves, roots, parts = told
        if len(leaves) != DIGEST_SIZE * len(batch.ends):
            raise OSError(errno.EIO, "the file changed while it was read")
        self._log.chain.grow(leaves, roots)
        self._log.recall.note_all(batch.number, batch.starts(), batch.offset + len(batch.data), leaves)
        own = 0
        for part in parts:
            begin, end = own, own + 1
            if isinstance(part, tuple) and len(part) == _STRETCH:
                end = own + part[0]
            mine, frame = leaves[DIGEST_SIZE * begin : DIGEST_SIZE * end], batch.number + begin
            own = end
            if isinstance(part, bytes):
                self._take_one(part, mine, frame)
            elif len(part) == _STRETCH:
                if not self._log.take_stretch(part, mine, frame):
                    self._take_apart(batch, begin, mine)
            elif not self._log.take_attested(part, mine, frame):
                self._take_one(part[0], mine, frame)

    def _take_apart(self, batch: Batch, begin: int, leaves: bytes) -> None:
        """Take the entries of a stretch one by one."""
        for own in range(begin, begin + len(leaves) // DIGEST_SIZE):
            body, at = batch.data[batch.begins[own] : batch.ends[own]], DIGEST_SIZE * (own - begin)
            if leaf_hash(body) != leaves[at : at + DIGEST_SIZE]:
                raise OSError(errno.EIO, "the file changed while it was read")
            self._take_one(body, leaves[at : at + DIGEST_SIZE], batch.number + own)
