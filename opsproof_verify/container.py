"""The container: label and frames (SPEC 3), as a stream that never holds a file.

One rule: read the two heads, then hand out the body in slices or, up to the limit of its type, whole. What is allowed
where is the table of SPEC 3.3-1. Nothing here looks inside a body.
"""

from __future__ import annotations

import enum
import os
from collections.abc import Iterator
from hashlib import sha256
from struct import Struct
from typing import BinaryIO

from opsproof_verify import hashing
from opsproof_verify.findings import Rejected

LABEL = bytes.fromhex("d9d9f8da4f50423143424f52")
_LABEL_HEAD, _LABEL_TAIL = LABEL[:4], LABEL[8:]

MAX_CONTRACT = 4_194_304
MAX_RECORD = 65_536
MAX_WITHHELD = 256
MAX_INTEGER = 2**53 - 1
DIGEST_SIZE = 32

#: Slices in which bodies are read.
SLICE = hashing.SLICE

_EIGHT_BYTES = 27  # additional information of a head with an eight-byte argument (RFC 8949, section 3)
_ONE_BYTE = 24

# The heads of entry frames whose bodies have so many bytes, which nearly all have: 82 02, then 58 or 59 and the size.
_HEAD = Struct(">HBH")
_ENTRY_FRAME, _ONE_BYTE_SIZE, _TWO_BYTE_SIZE, _LEAST_TWO_BYTES = 0x8202, 0x58, 0x59, 256

_LEAST_WINDOW = 4_096  # in which to look for entries between frames of other types


class FrameType(enum.IntEnum):
    """The types of frame (SPEC 3.2-2)."""

    CONTRACT = 1
    ENTRY = 2
    WITHHELD = 3
    EVIDENCE = 4
    ABSENT = 5
    SEAL = 6
    SIGNOFF = 7
    WITNESS = 8
    APPROVAL = 9


#: Frames that have the number of an entry, whether they can be read or not (SPEC 3.4).
NUMBERED = (FrameType.ENTRY, FrameType.WITHHELD)

LIMITS = {
    FrameType.CONTRACT: MAX_CONTRACT,
    FrameType.ENTRY: MAX_RECORD,
    FrameType.WITHHELD: MAX_WITHHELD,
    FrameType.EVIDENCE: MAX_INTEGER,
    FrameType.ABSENT: DIGEST_SIZE,
    FrameType.SEAL: MAX_RECORD,
    FrameType.SIGNOFF: MAX_RECORD,
    FrameType.WITNESS: MAX_RECORD,
    FrameType.APPROVAL: MAX_RECORD,
}

_T = FrameType
_LOG = frozenset({_T.ENTRY, _T.WITHHELD, _T.EVIDENCE, _T.ABSENT})
_APPENDED = frozenset({_T.EVIDENCE, _T.ABSENT, _T.SIGNOFF, _T.WITNESS})

#: Which types may follow which (SPEC 3.3-1); the key is the type before and whether the seal was seen by then.
ORDER: dict[tuple[FrameType | None, bool], frozenset[FrameType]] = {
    (None, False): frozenset({_T.CONTRACT}),
    (_T.CONTRACT, False): frozenset({_T.APPROVAL, _T.ENTRY}),
    (_T.APPROVAL, False): frozenset({_T.APPROVAL, _T.ENTRY}),
    (_T.ENTRY, False): _LOG | {_T.SEAL},
    (_T.WITHHELD, False): _LOG,
    (_T.EVIDENCE, False): frozenset({_T.ENTRY}),
    (_T.ABSENT, False): frozenset({_T.ENTRY}),
    (_T.SEAL, True): _APPENDED,
    (_T.SIGNOFF, True): _APPENDED,
    (_T.WITNESS, True): _APPENDED,
    (_T.EVIDENCE, True): frozenset({_T.EVIDENCE, _T.ABSENT, _T.SIGNOFF}),
    (_T.ABSENT, True): frozenset({_T.EVIDENCE, _T.ABSENT, _T.SIGNOFF}),
}


class Frame:
    """One frame: its number in the file from 1, the offset of its first byte, type and body size in bytes."""

    __slots__ = ("_left", "_stream", "body_offset", "number", "offset", "size", "type")

    def __init__(self, stream: BinaryIO, number: int, offset: int, kind: FrameType, size: int, head: int) -> None:
        """Stand at the first byte of the body; ``head`` is the number of bytes before it."""
        self._stream = stream
        self._left = size
        self.number = number
        self.offset = offset
        self.type = kind
        self.size = size
        self.body_offset = offset + head

    @property
    def end(self) -> int:
        """Offset of the first byte after the frame."""
        return self.body_offset + self.size

    def slices(self) -> Iterator[bytes]:
        """Give what is left of the body in slices; raise ``frame.truncated`` where the file ends inside it."""
        while self._left:
            piece = self._stream.read(min(SLICE, self._left))
            if not piece:
                raise Rejected("frame.truncated", frame=self.number, offset=self.offset, missing=self._left)
            self._left -= len(piece)
            yield piece

    def read(self) -> bytes:
        """Give the whole body of a frame whose type has a small limit."""
        return b"".join(self.slices())

    def digest(self) -> bytes:
        """Give the SHA-256 of what is left of the body, read into one buffer where the stream can."""
        state = sha256()
        readinto = getattr(self._stream, "readinto", None)
        if readinto is not None and self._left > SLICE:
            buffer = memoryview(bytearray(SLICE))
            while self._left >= SLICE and (count := readinto(buffer)):
                state.update(buffer[:count])
                self._left -= count
        for piece in self.slices():
            state.update(piece)
        return state.digest()

    def skip(self) -> None:
        """Pass over what is left, by seeking where the stream can, never beyond its end."""
        if self._left > SLICE and self._stream.seekable():
            here = self._stream.tell()
            passed = min(self._left - 1, self._stream.seek(0, os.SEEK_END) - here)
            self._stream.seek(here + passed)
            self._left -= passed
        for _ in self.slices():
            pass


class Batch:
    """Entry frames that follow one another: the number and offset of the first, and where bodies begin and end."""

    __slots__ = ("begins", "data", "ends", "number", "offset")

    def __init__(self, data: bytes, begins: list[int], ends: list[int]) -> None:
        """Take the places of the bodies in ``data``, which holds the frames and nothing more."""
        self.data = data
        self.begins = begins
        self.ends = ends
        self.number = 0
        self.offset = 0

    def bodies(self) -> list[bytes]:
        """Give the bodies."""
        return [self.data[begin:end] for begin, end in zip(self.begins, self.ends, strict=True)]

    def starts(self) -> list[int]:
        """Give the offsets of the frames."""
        return [self.offset, *(self.offset + end for end in self.ends[:-1])]


def split_entries(window: bytes) -> Batch:
    """Find the entry frames at the beginning of a window, up to the first that is another one, odd, or not whole."""
    begins: list[int] = []
    ends: list[int] = []
    end, limit = 0, len(window)
    while end + _HEAD.size <= limit:
        start, size_head, size = _HEAD.unpack_from(window, end)
        if start == _ENTRY_FRAME and size_head == _TWO_BYTE_SIZE and size >= _LEAST_TWO_BYTES:
            begin = end + 5
        elif start == _ENTRY_FRAME and size_head == _ONE_BYTE_SIZE and size >> 8 >= _ONE_BYTE:
            begin, size = end + 4, size >> 8
        else:
            break
        if begin + size > limit:
            break
        end = begin + size
        begins.append(begin)
        ends.append(end)
    return Batch(window[:end], begins, ends)


def read_frames(stream: BinaryIO) -> Iterator[Frame]:
    """Give the frames of a bundle in order (SPEC 9.4-1 to 9.4-7); raise :class:`Rejected` at the first that fails.

    A body that was not read when the next frame is asked for is passed over.
    """
    return (part for part in read_parts(stream, 0) if isinstance(part, Frame))


def read_parts(stream: BinaryIO, window: int) -> Iterator[Frame | Batch]:
    """Give the frames as `read_frames` does, but entries that follow others in batches of up to ``window`` bytes.

    The stream must be able to seek, if ``window`` is not 0.
    """
    _read_label(stream)
    offset, number, sealed = len(LABEL), 0, False
    before: FrameType | None = None
    ahead = least = min(window, _LEAST_WINDOW)
    while True:
        if before is FrameType.ENTRY and ahead:
            batch = _read_batch(stream, ahead, number + 1, offset)
            ahead = min(4 * ahead, window) if 2 * len(batch.data) > ahead else least
            if batch.ends:
                yield batch
                number, offset = number + len(batch.ends), offset + len(batch.data)
                continue
        first = stream.read(1)
        if not first:
            return
        number += 1
        frame = _read_head(stream, first, number, offset)
        if frame.type not in ORDER[before, sealed]:
            raise Rejected("frame.out-of-order", frame=number, offset=offset, type=int(frame.type))
        yield frame
        frame.skip()
        offset, before = frame.end, frame.type
        sealed = sealed or before is FrameType.SEAL


def _read_batch(stream: BinaryIO, size: int, number: int, offset: int) -> Batch:
    """Read the entries that stand at the beginning of the next bytes, and leave the stream behind them."""
    window = _read_up_to(stream, size)
    batch = split_entries(window)
    batch.number, batch.offset = number, offset
    if len(batch.data) < len(window):
        stream.seek(len(batch.data) - len(window), os.SEEK_CUR)
    return batch


def _read_label(stream: BinaryIO) -> None:
    """Read the label (SPEC 9.4-1, 9.4-2)."""
    label = _read_up_to(stream, len(LABEL))
    if len(label) < len(LABEL) or not (label.startswith(_LABEL_HEAD) and label.endswith(_LABEL_TAIL)):
        raise Rejected("label.missing", found=label.hex())
    if label != LABEL:
        raise Rejected("label.unsupported", found=label.hex())


def _read_up_to(stream: BinaryIO, size: int) -> bytes:
    """Read ``size`` bytes, fewer only at the end of the stream; a raw stream may give less at a time."""
    data = b""
    while len(data) < size and (piece := stream.read(size - len(data))):
        data += piece
    return data


def _read_head(stream: BinaryIO, first: bytes, number: int, offset: int) -> Frame:
    """Read ``82``, the type and the head of the body (SPEC 3.2-1)."""
    where = {"frame": number, "offset": offset}
    if first != b"\x82":
        raise Rejected("frame.malformed", why="array-of-two", **where)
    kind, used = _read_argument(stream, 0, where)
    size, used_by_size = _read_argument(stream, 2, where)
    if kind not in LIMITS:
        raise Rejected("frame.unknown-type", type=str(kind), **where)
    frame = Frame(stream, number, offset, FrameType(kind), size, 1 + used + used_by_size)
    if frame.type is FrameType.ABSENT and size != DIGEST_SIZE:
        raise Rejected("frame.malformed", why="digest-size", **where)
    if size > LIMITS[frame.type]:
        raise Rejected("frame.too-large", size=str(size), limit=LIMITS[frame.type], **where)
    return frame


def _read_argument(stream: BinaryIO, major: int, where: dict[str, int]) -> tuple[int, int]:
    """Read a head of one major type in its shortest form; give its argument and its length in bytes."""
    initial = stream.read(1)
    if not initial:
        raise Rejected("frame.truncated", **where)
    if initial[0] >> 5 != major:
        raise Rejected("frame.malformed", why="major-type", **where)
    info = initial[0] & 31
    if info < _ONE_BYTE:
        return info, 1
    if info > _EIGHT_BYTES:
        raise Rejected("frame.malformed", why="additional-information", **where)
    length = 1 << (info - _ONE_BYTE)
    data = _read_up_to(stream, length)
    if len(data) < length:
        raise Rejected("frame.truncated", **where)
    argument = int.from_bytes(data)
    if argument < _ONE_BYTE or (length > 1 and argument < 1 << (4 * length)):
        raise Rejected("frame.malformed", why="not-shortest", **where)
    return argument, 1 + length
