"""The file remembers its entries (ADR 25): what was read once is read again when a later entry refers to it.

Of each block of up to 16 entries are kept where it lies and the SHA-256 of its leaves. A block that is read again must
have these leaves, so nothing is used that was not read, hashed and chained before. Nothing here looks inside a body.

It costs 60 bytes for each 16 entries, or for each 16 KiB of the file where that holds fewer.
"""

from __future__ import annotations

import errno
from bisect import bisect_right
from collections.abc import Callable, Sequence
from hashlib import sha256
from typing import BinaryIO, NamedTuple

from opsproof_verify.compact import Keyed
from opsproof_verify.container import DIGEST_SIZE, FrameType

ENTRIES, SPAN = 16, 16_384  # of a block: its most entries, and its most bytes unless it is one entry
CACHED = 8  # blocks

_BETWEEN = frozenset({FrameType.EVIDENCE, FrameType.ABSENT})  # types of frames that may stand between entries
_LONGEST_HEAD, _TWO_BYTES = 11, 25
_LEAF = b"\0"  # before what is hashed to a leaf (RFC 6962): to call `leaf_hash` for each of a block costs a third

ReadAt = Callable[[int, int], bytes]


class Recalled(NamedTuple):
    """The frame of an entry as it was read before: its number, the leaf of its body, the body."""

    frame: int
    leaf: bytes
    body: bytes


class Recall:
    """Reads frames of entries, withheld ones among them, again by the number of entries before."""

    def __init__(self, read_at: ReadAt) -> None:
        """Begin with none noted; ``read_at`` gives so many bytes of the file from an offset, fewer at its end."""
        self._read_at = read_at
        self.count = 0
        self._blocks = Keyed("QQI32s")  # by first entry: number of the first frame, offset, size, digest of the leaves
        self._leaves = bytearray()  # of the block that is not whole yet
        self._frame = self._offset = self._end = 0  # of that block: number and offset of its first frame, where it ends
        self._cached: dict[int, list[tuple[int, int, bytes, bytes]]] = {}

    def note(self, frame: int, offset: int, end: int, leaf: bytes) -> None:
        """Note the next entry: number, first byte and end of its frame, and the leaf hash of the body of that frame."""
        if 0 < len(self._leaves) < ENTRIES * DIGEST_SIZE and end - self._offset <= SPAN:
            self._leaves += leaf
            self._end = end
            self.count += 1
        else:
            self.note_all(frame, [offset], end, leaf)

    def note_all(self, frame: int, offsets: Sequence[int], end: int, leaves: bytes) -> None:
        """Note entries whose frames follow one another: number of the first, first bytes, end of the last, leaves."""
        at = 0
        while at < len(offsets):
            room = ENTRIES - len(self._leaves) // DIGEST_SIZE
            begin = self._offset if self._leaves else offsets[at]
            fits = len(offsets) if end - begin <= SPAN else bisect_right(offsets, begin + SPAN) - 1
            upto = min(fits, at + room) if self._leaves else min(max(fits, at + 1), at + room)
            if upto > at:
                if not self._leaves:
                    self._frame, self._offset = frame + at, begin
                self._leaves += leaves[at * DIGEST_SIZE : upto * DIGEST_SIZE]
                self._end = end if upto == len(offsets) else offsets[upto]
                self.count += upto - at
                at = upto
            if at < len(offsets):
                self._close()

    def _close(self) -> None:
        """Keep of a whole block where it lies and what it must be."""
        first, size = self.count - len(self._leaves) // DIGEST_SIZE, self._end - self._offset
        self._blocks.append(first, self._frame, self._offset, size, sha256(self._leaves).digest())
        self._leaves = bytearray()

    def get(self, seq: int) -> Recalled | None:
        """Read an entry again; None if none stands under this number. Raises ``OSError`` if the file has changed."""
        if not 0 <= seq < self.count:
            return None
        begin = self.count - len(self._leaves) // DIGEST_SIZE
        if seq >= begin:
            digest = sha256(self._leaves).digest()
            read = self._read(self._frame, self._offset, self._end - self._offset, digest)
        else:
            block = self._blocks.upto(seq, seq // ENTRIES)
            begin, *row = self._blocks[block]
            read = self._cached.pop(block) if block in self._cached else self._read(*row)
            self._cached[block] = read
            if len(self._cached) > CACHED:
                del self._cached[next(iter(self._cached))]
        kind, frame, leaf, body = read[seq - begin]
        return Recalled(frame, leaf, body) if kind == FrameType.ENTRY else None

    def _read(self, first: int, offset: int, size: int, digest: bytes) -> list[tuple[int, int, bytes, bytes]]:
        """Read a block again, and hold it to the digest of its leaves; give type, number, leaf and body of frames."""
        frames = enumerate(_frames(self._read_at(offset, size)), first)
        read = [
            (kind, frame, sha256(_LEAF + body).digest(), body) for frame, (kind, body) in frames if kind not in _BETWEEN
        ]
        if sha256(b"".join([leaf for _, _, leaf, _ in read])).digest() != digest:
            raise OSError(errno.EIO, "the file has changed while it was read")
        return read


def read_from(stream: BinaryIO) -> ReadAt:
    """Make what reads a stream at an offset, and leaves it where it stands."""

    def read_at(offset: int, size: int) -> bytes:
        here, data = stream.tell(), b""
        stream.seek(offset)
        while len(data) < size and (piece := stream.read(size - len(data))):
            data += piece
        stream.seek(here)
        return data

    return read_at


def _frames(data: bytes) -> list[tuple[int, bytes]]:
    """Give type and body of each frame; they were well-formed (SPEC 9.4-3), and where not any more, leaves differ."""
    at, end, padded, found = 0, len(data), data + bytes(_LONGEST_HEAD), list[tuple[int, bytes]]()
    while at < end:
        kind, info = padded[at + 1], padded[at + 2] & 31
        if info == _TWO_BYTES:  # of most entries
            start, size = at + 5, padded[at + 3] << 8 | padded[at + 4]
        else:
            start = at + 3 + (1 << (info & 3) if info & 24 == 24 else 0)
            size = int.from_bytes(padded[at + 3 : start]) if start > at + 3 else info
        at = start + size
        found.append((kind, padded[start : min(at, end)]))
    return found
