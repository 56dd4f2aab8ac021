"""The end of an open journal: small frames are held and written together, evidence goes straight through.

So a batch costs one write and one flush, and what must be on disk before an entry is (the signer's own memory of it,
see `pending`) is written once for all entries that are held. Nobody else reads the file meanwhile: it is locked.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from opsproof_record.errors import Refused

#: Bytes of frames that are held at most.
MAX_HELD = 1 << 20


class Tail:
    """What is written after the committed end of a file; ``at`` is the offset after all of it, held or not."""

    def __init__(self, path: Path, file: int, at: int) -> None:
        """Stand at the end of an open file, with nothing held."""
        self._path = path
        self._file = file
        self._held = bytearray()
        self.at = at
        self.before: Callable[[], None] = lambda: None  # called before held frames go to the file

    def hold(self, frame: bytes) -> None:
        """Take a small frame, to be written with others."""
        self._held += frame
        self.at += len(frame)
        if len(self._held) > MAX_HELD:
            self.pour()

    def write(self, data: bytes) -> None:
        """Write bytes of a large frame, after what is held."""
        self.pour()
        self._put(data)
        self.at += len(data)

    def pour(self) -> None:
        """Write what is held; not flushed yet."""
        if self._held:
            self.before()
            self._put(self._held)
            self._held = bytearray()

    def flush(self) -> None:
        """See everything onto the disk."""
        self.pour()
        try:
            os.fsync(self._file)
        except OSError as error:
            raise self._refusal(error) from error

    def cut(self, at: int) -> None:
        """Take back what was written or held from an offset on."""
        written = self.at - len(self._held)
        if os.fstat(self._file).st_size > at:  # also what a write that failed half-way left
            os.ftruncate(self._file, at)
        del self._held[max(at - written, 0) :]
        self.at = at

    def _put(self, data: bytes | bytearray) -> None:
        view = memoryview(data)
        try:
            while view:
                view = view[os.write(self._file, view) :]
        except OSError as error:
            raise self._refusal(error) from error

    def _refusal(self, error: OSError) -> Refused:
        remedy = "Nothing was recorded. Make room or mend the disk, then try again."
        return Refused(f"{self._path}: {error.strerror}", remedy)
