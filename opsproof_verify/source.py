"""The file that a bundle is, and the processes that read parts of it beside this one.

A bundle may be any stream; only if it is an ordinary file can others read in it, by its descriptor, which they inherit:
so they read the same file whatever becomes of its name. They start when there is enough to do, and for little nothing
is handed to them.
"""

from __future__ import annotations

import io
import os
from collections.abc import Callable
from functools import partial
from typing import BinaryIO

from opsproof_verify.hashing import hash_part
from opsproof_verify.pool import LARGE, TASK, Pool
from opsproof_verify.recall import read_from


class Source:
    """Where a bundle is read, from which byte on, and who helps."""

    def __init__(self, stream: BinaryIO, pool: Pool | None) -> None:
        """Take a stream at the beginning of the bundle."""
        self.stream = stream
        self._pool = pool
        self._started = False
        self._begin = stream.tell() if stream.seekable() else 0
        self._descriptor, self._end = -1, 0
        self.handlers: dict[str, Callable[..., object]] = {}
        # Other streams that have a descriptor may give other bytes than their file does.
        ordinary = isinstance(stream, io.BufferedReader) and isinstance(stream.raw, io.FileIO)
        if ordinary and hasattr(os, "preadv"):
            self._descriptor = stream.fileno()
            self._end = os.fstat(self._descriptor).st_size
            self.handlers["part"] = partial(hash_part, self._descriptor)

    def read_at(self, offset: int, size: int) -> bytes:
        """Read bytes of the bundle once more, and leave the stream where it stands."""
        if self._descriptor >= 0:
            return os.pread(self._descriptor, size, self._begin + offset)
        return read_from(self.stream)(self._begin + offset, size)

    def helpers(self, size: int, weight: int = 1) -> Pool | None:
        """Give the processes for a task of so many bytes, each as much work as ``weight``; None if it is for here."""
        if self._pool is None or size * weight < TASK:
            return None
        if not self._started:
            if max(size, self._end) * weight < LARGE:
                return None
            self._started = self._pool.start(self.handlers)
        return self._pool if self._started else None

    def place(self, offset: int, size: int) -> int | None:
        """Give where in the file so many bytes of the bundle stand; None if it does not hold them all."""
        place = self._begin + offset
        return place if place + size <= self._end else None

    def read(self, place: int, size: int) -> bytes:
        """Read so many bytes of the file or some less, in whatever process."""
        return os.pread(self._descriptor, size, place)
