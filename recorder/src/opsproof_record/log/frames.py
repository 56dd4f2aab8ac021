"""Writing frames (SPEC 3.2) and finding where a journal ends: the last whole frame that continues it.

Reading is the verifier's `container`; here is what only a writer needs. An interrupted write can leave the
start of a frame, an evidence frame whose entry did not follow, or zeros where the file system had made room.
That is a torn tail, and it is cut. Whole frames that do not continue the journal are something else: they are
refused and left alone.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from itertools import islice, pairwise
from pathlib import Path
from typing import BinaryIO

from opsproof_verify.container import LABEL, MAX_RECORD, Frame, FrameType, read_frames
from opsproof_verify.findings import Rejected
from opsproof_verify.intake import MAX_APPROVALS
from opsproof_verify.kinds import EvidenceAdded
from opsproof_verify.merkle import Frontier
from opsproof_verify.parse_entry import parse_entry

from opsproof_record.errors import Damaged, Refused, Unknown
from opsproof_record.log import index, taking
from opsproof_record.log.evidence import SLICE
from opsproof_record.log.model import Broken
from opsproof_record.log.state import RunState

_SMALL = 24
_SECTOR = 512  # what a disk writes whole or not at all
_ZEROS = 16  # zeros that tell an unwritten sector from the end of a record
_T = FrameType

Write = Callable[[bytes], object]


@dataclass(frozen=True, slots=True)
class Scan:
    """The state of a journal and the offset after its last whole frame; what follows there is torn."""

    state: RunState
    end: int
    size: int

    @property
    def torn(self) -> bool:
        """Whether something stands after the last whole frame."""
        return self.end < self.size


def head(frame_type: FrameType, size: int) -> bytes:
    """Give the bytes before a body: array of two, type, head of a byte string in its shortest form."""
    start = bytes([0x82, frame_type])
    if size < _SMALL:
        return start + bytes([0x40 | size])
    for info, length in ((24, 1), (25, 2), (26, 4), (27, 8)):
        if size < 1 << (8 * length):
            return start + bytes([0x40 | info]) + size.to_bytes(length)
    raise ValueError("a body of 2^64 bytes or more")


def copy_evidence(write: Write, source: int, name: str) -> tuple[int, bytes]:
    """Stream an open file into an evidence frame; give size and SHA-256. A file that changes is refused."""
    size, done, digest = os.fstat(source).st_size, 0, hashlib.sha256()
    write(head(FrameType.EVIDENCE, size))
    while piece := os.read(source, min(SLICE, size - done + 1)):
        done += len(piece)
        if done > size:
            break
        digest.update(piece)
        write(piece)
    if done != size or os.fstat(source).st_size != size:
        raise Refused(
            f"{name} changed while it was read",
            "Nothing was recorded. Attach it again when nothing writes to it any more.",
        )
    return size, digest.digest()


def frame(frame_type: FrameType, body: bytes) -> bytes:
    """Give a whole frame."""
    return head(frame_type, len(body)) + body


def scan(stream: BinaryIO, name: str, state: RunState | None = None, flushed: int = 0) -> Scan:
    """Read a journal from its start, into a new state or one that is empty; evidence is passed over by seeking.

    ``flushed`` tells how much of it is known to have been on the disk: nothing of that is torn, and evidence behind it
    is hashed, since a power cut may have kept the entry and lost the body.
    """
    size = stream.seek(0, 2)
    stream.seek(0)
    state = RunState(index.temporary()) if state is None else state
    state.tree = Frontier()
    end = at = len(LABEL)
    digest: bytes | None = None
    try:
        for found in read_frames(stream):
            at = found.offset
            if found.type in {_T.EVIDENCE, _T.ABSENT}:
                digest = _digest(found) if flushed and at >= flushed else None
                continue
            body = found.read()
            _check_evidence(body, digest)
            take(state, found.type, body, found.body_offset)
            end, digest = found.end, None
    except (Rejected, Broken, LookupError) as error:
        if end < flushed or not _is_torn(stream, error, at, size, 1 if flushed else _ZEROS):
            raise _damaged(name, end, error) from error
    if not state.contract_hash:
        raise Unknown(f"{name} holds no whole contract", "Name a package (.lep) or a journal (.opb).")
    return Scan(state, end, size)


def take(state: RunState, frame_type: FrameType, body: bytes, offset: int) -> None:
    """Take a frame, but for evidence, into a state; its body stands at an offset of the file."""
    _TAKERS[frame_type](state, body, offset)


_TAKERS: dict[FrameType, Callable[[RunState, bytes, int], object]] = {
    _T.CONTRACT: taking.take_contract,
    _T.APPROVAL: taking.take_approval,
    _T.ENTRY: taking.take_entry,
    _T.WITHHELD: taking.take_withheld,
    _T.SEAL: taking.take_seal,
    _T.SIGNOFF: taking.take_signoff,
    _T.WITNESS: taking.take_witness,
}


def holds_run(path: Path) -> bool:
    """Tell whether entries stand in a file; a package has none."""
    with path.open("rb") as stream:
        try:
            return any(found.type is _T.ENTRY for found in islice(read_frames(stream), MAX_APPROVALS + 2))
        except Rejected:
            return False


class _Lost(Broken):
    """An entry that a power cut has kept without its evidence."""


def _digest(found: Frame) -> bytes:
    """Hash the body of an evidence frame; one for absent evidence holds the digest."""
    if found.type is _T.ABSENT:
        return found.read()
    digest = hashlib.sha256()
    for piece in found.slices():
        digest.update(piece)
    return digest.digest()


def _check_evidence(body: bytes, digest: bytes | None) -> None:
    """Find an entry whose evidence was hashed and is not what it names."""
    what = parse_entry(body).what if digest else None
    if isinstance(what, EvidenceAdded) and what.item.digest != digest:
        raise _Lost("evidence is not what its entry names")


def _is_torn(stream: BinaryIO, error: Exception, at: int, size: int, zeros: int) -> bool:
    """Tell an interrupted write from damage, by what stands from the frame on that could not be taken.

    It ends inside a frame, or sectors of it were never written: they are zeros, whole or at least so many bytes of one.
    """
    if not isinstance(error, Rejected) or error.code == "label.missing":
        return isinstance(error, _Lost)
    if error.code == "frame.truncated":
        return True
    offset = error.facts.get("offset")
    stream.seek(offset if isinstance(offset, int) else at)
    at = stream.tell()
    first = stream.read(MAX_RECORD + _SECTOR)
    if not any(first):
        return all(not any(piece) for piece in iter(partial(stream.read, SLICE), b""))
    cuts = [at, *range(at - at % _SECTOR + _SECTOR, size, _SECTOR), size]
    sectors = [first[start - at : stop - at] for start, stop in pairwise(cuts)] if at + len(first) == size else []
    return any(len(sector) >= zeros and not any(sector) for sector in sectors)


def _damaged(name: str, end: int, error: Exception) -> Damaged:
    what = f"{error.code} {error.facts.get('why', '')}".strip() if isinstance(error, Rejected) else str(error)
    return Damaged(
        f"{name} is damaged after byte {end}: {what}. This is not what an interrupted write leaves.",
        "Nothing was changed. Keep this file, see `opsproof-verify check`, and go on with an intact copy.",
    )
