"""The bundle as the page carries it: all records, and evidence up to a size; larger evidence as its digest alone.

What is left out stands as an absent item (SPEC 3.2-2, type 5), so that chain, tree, seal and signatures of the carried
copy verify as those of the bundle do.
"""

from __future__ import annotations

import base64
import contextlib
import os
from collections.abc import Iterator
from typing import BinaryIO

from opsproof_verify.container import DIGEST_SIZE, LABEL, Frame, FrameType, read_frames
from opsproof_verify.findings import Rejected

#: Bytes in a line of base64, before it is encoded.
_LINE = 768

#: A copy larger than this is not carried: no browser should be asked to.
MAX_CARRIED = 256 * 1024 * 1024

#: Of a file that cannot be read to its end, so much is carried from where that begins: its first bytes show why.
_TORN = 1024 * 1024

_ABSENT_HEAD = bytes((0x82, FrameType.ABSENT, 0x58, DIGEST_SIZE))


class Carried:
    """Makes the copy; how large it became, and what it left out, is known once :meth:`lines` is exhausted."""

    def __init__(self, stream: BinaryIO, largest: int | None, end: int | None = None) -> None:
        """Take a bundle; evidence larger than ``largest`` bytes is left out, None leaves out nothing.

        ``end`` is the last frame to carry (SPEC 9.4-8).
        """
        self._stream = stream
        self._largest = largest
        self._end = end
        self.size = 0
        self.left_out: list[str] = []  # digests
        self.too_large = False

    def lines(self) -> Iterator[bytes]:
        """Give the copy in lines of base64; nothing at all if it would be too large."""
        rest = bytearray()
        if self._measure() > MAX_CARRIED:
            self.too_large = True
            return
        for piece in self._pieces():
            self.size += len(piece)
            rest += piece
            full = len(rest) - len(rest) % _LINE
            for at in range(0, full, _LINE):
                yield base64.b64encode(rest[at : at + _LINE]) + b"\n"
            del rest[:full]
        if rest:
            yield base64.b64encode(rest) + b"\n"

    def _measure(self) -> int:
        """Give how large the copy would be, from the heads of the frames."""
        size, end = len(LABEL), self._stream.seek(0, os.SEEK_END)
        self._stream.seek(0)
        with contextlib.suppress(Rejected):
            for frame in read_frames(self._stream):
                if frame.end > end:
                    return size + min(end - frame.offset, _TORN)
                size += len(_ABSENT_HEAD) + DIGEST_SIZE if self._leaves_out(frame) else frame.end - frame.offset
                if frame.number == self._end:
                    break
        return size

    def _leaves_out(self, frame: Frame) -> bool:
        return frame.type is FrameType.EVIDENCE and self._largest is not None and frame.size > self._largest

    def _pieces(self) -> Iterator[bytes]:
        """Give the bytes of the copy, a frame at a time or less."""
        stream, at = self._stream, 0
        size = stream.seek(0, os.SEEK_END)
        stream.seek(0)
        with contextlib.suppress(Rejected):
            for frame in read_frames(stream):
                if frame.end > size:
                    break
                if at == 0:
                    yield LABEL
                if self._leaves_out(frame):
                    digest = frame.digest()
                    self.left_out.append(digest.hex())
                    yield _ABSENT_HEAD + digest
                else:
                    stream.seek(frame.offset)
                    yield stream.read(frame.body_offset - frame.offset)
                    yield from frame.slices()
                at = frame.end
                if frame.number == self._end:
                    return
        stream.seek(at)
        yield stream.read(_TORN)  # nothing, if the file was read to its end
