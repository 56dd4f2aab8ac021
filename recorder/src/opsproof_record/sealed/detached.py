"""Detached files: frames that are to be appended, with no label before them (SPEC 6.9-8).

A sign-off has its evidence frames before it. A witness is a frame by itself; that of a running journal's head too,
although its body goes into a `witnessed` entry.
"""

from __future__ import annotations

import hashlib
import io
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, cast

from opsproof_verify.container import LABEL, SLICE, Frame, FrameType, read_frames
from opsproof_verify.cose import RecordType
from opsproof_verify.findings import Rejected
from opsproof_verify.merkle import leaf_hash
from opsproof_verify.parse_signed import parse_cose
from opsproof_verify.records import SignOff, Witness

from opsproof_record.errors import Unfit, Unknown
from opsproof_record.log import frames, signed

AGAIN = "Ask its signer for the file again."

# For the reader of frames, the frames of a detached file follow the shortest bundle that they may follow.
_BEFORE = LABEL + b"".join(frames.frame(one, b"") for one in (FrameType.CONTRACT, FrameType.ENTRY, FrameType.SEAL))
_FRAMES_BEFORE = 3


@dataclass(frozen=True, slots=True)
class Item:
    """A sign-off or witness of a detached file, its body, and where its evidence frames stand there: start, end."""

    body: bytes
    record: SignOff | Witness
    start: int
    end: int

    @property
    def hash(self) -> bytes:
        """Its record hash."""
        return leaf_hash(self.body)

    @property
    def kid(self) -> bytes:
        """Thumbprint of the key that it says it is signed with (SPEC 5.3-2)."""
        signoff = isinstance(self.record, SignOff)
        return parse_cose(self.body, RecordType.SIGNOFF if signoff else RecordType.WITNESS).kid


def read(path: Path) -> list[Item]:
    """Read a detached file, its evidence passed over; raises ``Refused``."""
    try:
        with path.open("rb") as file:
            items = list(_items(file, str(path)))
    except OSError as error:
        raise Unknown(f"{path}: {error.strerror}", "Name a file that --detached made.") from error
    except Rejected as refusal:
        what = f"{refusal.code} {refusal.facts.get('why', '')}".strip()
        raise Unfit(f"{path} holds no detached sign-off or witness: {what}", AGAIN) from refusal
    if not items:
        raise Unfit(f"{path} is empty", AGAIN)
    return items


def _items(file: BinaryIO, name: str) -> Iterator[Item]:
    start: int | None = None
    for found in _frames(file, 0, file.seek(0, os.SEEK_END)):
        at = found.offset - len(_BEFORE)
        if found.type in (FrameType.EVIDENCE, FrameType.ABSENT):
            start = at if start is None else start
            continue
        body = found.read()
        record = signed.read_signoff(body) if found.type is FrameType.SIGNOFF else signed.read_witness(body)
        yield Item(body, record, at if start is None else start, at)
        start = None
    if start is not None:
        raise Unfit(f"{name} ends with evidence that no sign-off names", AGAIN)


def copy_evidence(item: Item, source: BinaryIO, write: frames.Write, name: str) -> None:
    """Copy the evidence frames of a sign-off out of its file; each must be what the sign-off names."""
    named = item.record.evidence if isinstance(item.record, SignOff) else ()
    held = []
    for found in _frames(source, item.start, item.end - item.start):
        write(frames.head(found.type, found.size))
        hashing = hashlib.sha256()
        for piece in found.slices():
            hashing.update(piece)
            write(piece)
        held.append((found.type, found.size, hashing.digest()))
    wanted = [
        (kind, *((one.size, one.digest) if kind is FrameType.EVIDENCE else (len(one.digest), _hash(one.digest))))
        for one, (kind, _, _) in zip(named, held, strict=False)
    ]
    if len(held) != len(named) or held != wanted:
        raise Unfit(f"{name} lacks evidence that it names, or holds other", AGAIN)


def _hash(digest: bytes) -> bytes:
    return hashlib.sha256(digest).digest()


def _frames(file: BinaryIO, start: int, size: int) -> Iterator[Frame]:
    stream = cast("BinaryIO", io.BufferedReader(_Behind(_BEFORE, file, start, size), SLICE))
    return (found for found in read_frames(stream) if found.number > _FRAMES_BEFORE)


class _Behind(io.RawIOBase):
    """Some bytes and, behind them, a part of a file, as one stream."""

    def __init__(self, before: bytes, file: BinaryIO, start: int, size: int) -> None:
        self._before = before
        self._file = file
        self._start = start
        self._size = len(before) + size
        self._at = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def readinto(self, buffer: object) -> int:
        view = memoryview(cast("bytearray", buffer))
        if self._at < len(self._before):
            data = self._before[self._at : self._at + len(view)]
        else:
            self._file.seek(self._start + self._at - len(self._before))
            data = self._file.read(min(len(view), max(self._size - self._at, 0)))
        view[: len(data)] = data
        self._at += len(data)
        return len(data)

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        self._at = {os.SEEK_SET: 0, os.SEEK_CUR: self._at, os.SEEK_END: self._size}[whence] + offset
        return self._at
