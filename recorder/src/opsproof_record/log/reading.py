"""A bundle as it stands now, read without keeping its writers waiting and without changing a byte.

The lock is held only to see where the last finished write ended. What follows later is not looked at: state, report
and copies are all of the same bytes. A torn tail, which an interrupted write left, is not part of them.
"""

from __future__ import annotations

import fcntl
import io
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, cast

from opsproof_verify.container import SLICE

from opsproof_record.errors import Busy, Closed, Damaged, Unknown
from opsproof_record.log import frames, index, snapshot
from opsproof_record.log.journal import PATIENCE
from opsproof_record.log.state import RunState

_POLL = 0.02


@dataclass(frozen=True, slots=True)
class Bundle:
    """A bundle or running journal as it stood when it was opened; ``torn`` bytes behind ``end`` are left out."""

    path: Path
    state: RunState
    end: int
    torn: int
    _handle: int

    def stream(self) -> BinaryIO:
        """Give its bytes from the first to the end of the last whole frame."""
        return _stream(self._handle, self.end)

    def entry(self, seq: int) -> bytes | None:
        """Read the body of an entry's frame; of a withheld one, what stands for it."""
        place = self.state.place(seq)
        return None if place is None else os.pread(self._handle, place[1], place[0])

    def piece(self, offset: int, size: int) -> Iterator[bytes]:
        """Read a part in slices."""
        while size:
            data = os.pread(self._handle, min(SLICE, size), offset)
            if not data:
                raise Damaged(f"{self.path} became shorter while it was read", "Try again.")
            yield data
            offset, size = offset + len(data), size - len(data)


@contextmanager
def reading(path: Path, patience: float = PATIENCE) -> Iterator[Bundle]:
    """Open a package, journal or bundle to read; raises ``Unknown``, ``Busy`` or ``Damaged``."""
    try:
        handle = os.open(path, os.O_RDONLY)
    except OSError as error:
        raise Unknown(f"{path}: {error.strerror}", "Name a journal or a sealed bundle (.opb).") from error
    try:
        size, stamp = _settled(handle, path, patience)
        state = RunState(index.temporary())
        try:
            found = frames.scan(_stream(handle, size), str(path), state)
            if not found.torn:
                snapshot.save(state, stamp, found.end)  # so that who appends need not read it all again
            yield Bundle(path, state, found.end, found.size - found.end, handle)
        finally:
            state.close()
    finally:
        os.close(handle)


@contextmanager
def reading_sealed(path: Path, mend: Callable[[Path], object] = lambda _path: None) -> Iterator[Bundle]:
    """Open a sealed bundle to read; raises ``Closed`` too. A torn tail is handed to ``mend`` first."""
    with reading(path) as bundle:
        if bundle.state.seal is None:
            raise Closed(f"{path} is not sealed", "Sign-offs come after the seal: `opsproof seal`.")
        if not bundle.torn:
            yield bundle
            return
    mend(path)
    with reading(path) as bundle:
        yield bundle


def _settled(handle: int, path: Path, patience: float) -> tuple[int, str]:
    """Give size and state of a file while nobody is in the middle of a write."""
    deadline = time.monotonic() + patience
    while True:
        try:
            fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= deadline:
                raise Busy(f"somebody is writing to {path}", "Try again when they have finished.") from None
            time.sleep(_POLL)
        else:
            found = os.fstat(handle)
            fcntl.flock(handle, fcntl.LOCK_UN)
            return found.st_size, index.stamp(found)


def _stream(handle: int, size: int) -> BinaryIO:
    return cast("BinaryIO", io.BufferedReader(_Beginning(handle, size), SLICE))


class _Beginning(io.RawIOBase):
    """The first bytes of an open file as a stream with an end of its own."""

    def __init__(self, handle: int, size: int) -> None:
        self._handle = handle
        self._size = size
        self._at = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def readinto(self, buffer: object) -> int:
        view = memoryview(cast("bytearray", buffer))
        data = os.pread(self._handle, min(len(view), max(self._size - self._at, 0)), self._at)
        view[: len(data)] = data
        self._at += len(data)
        return len(data)

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        base = {os.SEEK_SET: 0, os.SEEK_CUR: self._at, os.SEEK_END: self._size}[whence]
        self._at = base + offset
        return self._at
