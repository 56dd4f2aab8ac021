"""One of two copies of a run, read frame by frame for a comparison (SPEC 9.13), without judging it.

Of what was passed nothing is kept but the contract, the seal, and where each record after the seal stands. Content is
read again only where the copies may differ in it, and in slices. What keeps a copy from being read further ends the
walk and is remembered.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from hashlib import sha256
from typing import BinaryIO, NamedTuple

from opsproof_verify.container import SLICE, Frame, FrameType, read_frames
from opsproof_verify.findings import Finding, Rejected, finding
from opsproof_verify.intake import MAX_APPROVALS, MAX_SIGNOFFS
from opsproof_verify.merkle import leaf_hash
from opsproof_verify.parse_entry import parse_withheld

_LONGEST_HEADS = 11  # bytes of a frame before its body: one, one for the type, nine for the length


class Body(NamedTuple):
    """An evidence frame: where its body stands and, if that is a digest in the place of content, the digest."""

    offset: int
    size: int
    digest: bytes | None


class Step(NamedTuple):
    """One entry of the log; of a withheld one ``body`` is None and ``actor`` whom its frame names."""

    leaf: bytes
    body: bytes | None
    actor: str | None
    evidence: Body | None  # the frame before it


#: A record after the seal: the type of its frame, and its hash.
Key = tuple[FrameType, bytes]


class Place(NamedTuple):
    """Where a record after the seal stands; ``start`` is the first byte of its evidence frames (SPEC 6.9-8)."""

    start: int
    offset: int
    size: int

    @property
    def end(self) -> int:
        """Offset of the first byte after the record."""
        return self.offset + self.size


class Copy:
    """A copy, as far as it was read."""

    def __init__(self, stream: BinaryIO) -> None:
        """Take a stream in which one can seek, and which nobody else moves."""
        self.stream = stream
        self.size = stream.seek(0, os.SEEK_END)
        self.read = 0  # bytes in frames that were read whole
        self.stopped: Finding | None = None  # why it was not read further
        self.contract: bytes | None = None
        self.approvals: list[bytes] = []
        self.entries = 0
        self.seal: bytes | None = None
        self.order: list[Key] = []  # what stands after the seal
        self.appended: dict[Key, Place] = {}
        self._counts = {FrameType.APPROVAL: 0, FrameType.SIGNOFF: 0, FrameType.WITNESS: 0}
        self._evidence: Body | None = None
        self._start: int | None = None  # of the evidence frames before the next sign-off

    def steps(self) -> Iterator[Step]:
        """Give the entries in order, once; in the end the seal and what follows it have been read too."""
        self.stream.seek(0)
        try:
            for frame in read_frames(self.stream):
                if frame.end > self.size:  # known before anything is passed over: a claim may go beyond all seeking
                    missing = frame.end - self.size
                    raise Rejected("frame.truncated", frame=frame.number, offset=frame.offset, missing=missing)
                step = self._take(frame)
                self.read = frame.end
                if step is not None:
                    self.entries += 1
                    yield step
                    self.stream.seek(frame.end)  # whoever had the entry may have looked elsewhere
        except Rejected as refusal:
            facts = dict(refusal.facts)
            where = facts.pop("frame", None)
            self.stopped = finding(refusal.code, {} if where is None else {"frame": where}, facts)

    def _take(self, frame: Frame) -> Step | None:
        """Take a frame; an entry is given back."""
        match frame.type:
            case FrameType.CONTRACT:
                self.contract = frame.read()
            case FrameType.APPROVAL:
                self._count(frame, MAX_APPROVALS)
                self.approvals.append(leaf_hash(frame.read()))
            case FrameType.ENTRY:
                body = frame.read()
                return Step(leaf_hash(body), body, None, self._named())
            case FrameType.WITHHELD:
                return self._withheld(frame)
            case FrameType.EVIDENCE | FrameType.ABSENT:
                digest = frame.read() if frame.type is FrameType.ABSENT else None
                self._evidence = Body(frame.body_offset, frame.size, digest)
                self._start = frame.offset if self._start is None else self._start
            case FrameType.SEAL:
                self.seal = frame.read()
            case _:
                self._append(frame)
        return None

    def _named(self) -> Body | None:
        """Give the evidence frame before an entry, which no other entry gets."""
        evidence, self._evidence, self._start = self._evidence, None, None
        return evidence

    def _withheld(self, frame: Frame) -> Step:
        """Take a withheld entry; one that cannot be decoded has no leaf, and ends the walk (SPEC 9.13-3)."""
        try:
            withheld = parse_withheld(frame.read())
        except Rejected as refusal:
            refusal.facts["frame"] = frame.number
            raise
        return Step(withheld.leaf, None, withheld.actor, None)

    def _append(self, frame: Frame) -> None:
        """Take a sign-off or a witness after the seal."""
        self._count(frame, MAX_SIGNOFFS)
        start = frame.offset if self._start is None else self._start
        key = (frame.type, leaf_hash(frame.read()))
        self.order.append(key)
        self.appended.setdefault(key, Place(start, frame.body_offset, frame.size))
        self._named()

    def _count(self, frame: Frame, limit: int) -> None:
        """Hold a type to the number that there may be of it (SPEC 9.4-8)."""
        if self._counts[frame.type] == limit:
            raise Rejected("limit.exceeded", frame=frame.number, limit=limit)
        self._counts[frame.type] += 1

    def at(self, offset: int, size: int) -> bytes:
        """Give bytes from anywhere in the file."""
        self.stream.seek(offset)
        return read_up_to(self.stream, size)

    def digest(self, body: Body) -> bytes:
        """Give the plain SHA-256 of evidence, or the digest that stands in its place."""
        if body.digest is not None:
            return body.digest
        state = sha256()
        for offset, size in _cuts(body.offset, body.size):
            state.update(self.at(offset, size))
        return state.digest()

    def bodies(self, place: Place) -> Iterator[Body]:
        """Give the evidence frames before a sign-off; their heads were read before and hold no surprise."""
        at = place.start
        while at < place.offset:
            heads = self.at(at, _LONGEST_HEADS)
            info = heads[2] & 31
            more = 0 if info < 24 else 1 << (info - 24)
            offset, size = at + 3 + more, int.from_bytes(heads[3 : 3 + more]) if more else info
            at = offset + size
            if at < place.end:
                yield Body(offset, size, self.at(offset, size) if heads[1] == FrameType.ABSENT else None)


def read_up_to(stream: BinaryIO, size: int) -> bytes:
    """Read ``size`` bytes, fewer only at the end of the stream; a raw stream may give less at a time."""
    data = stream.read(size)
    while len(data) < size and (piece := stream.read(size - len(data))):
        data += piece
    return data


def first_difference(a: BinaryIO, b: BinaryIO) -> int | None:
    """Give the offset of the first byte in which two files differ, or at which one of them ends; None if none does."""
    at = 0
    a.seek(0)
    b.seek(0)
    while True:
        x, y = read_up_to(a, SLICE), read_up_to(b, SLICE)
        if x != y:
            pairs = enumerate(zip(x, y, strict=False))
            return at + next((i for i, (p, q) in pairs if p != q), min(len(x), len(y)))
        if not x:
            return None
        at += len(x)


def same_content(a: Copy, x: Body, b: Copy, y: Body) -> bool:
    """Tell whether two evidence bodies are the same, byte for byte."""
    cuts = zip(_cuts(x.offset, x.size), _cuts(y.offset, y.size), strict=False)
    return x.size == y.size and all(a.at(*cut) == b.at(*other) for cut, other in cuts)


def _cuts(offset: int, size: int) -> Iterator[tuple[int, int]]:
    """Cut a range of bytes into slices: offset and size of each."""
    for at in range(offset, offset + size, SLICE):
        yield at, min(SLICE, offset + size - at)
