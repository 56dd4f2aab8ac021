"""Where a bundle comes from: a path, or `-` for standard input, with progress for who waits at a terminal."""

from __future__ import annotations

import io
import os
import sys
import tempfile
from pathlib import Path
from typing import BinaryIO

from opsproof_verify.cli.errors import UsageError
from opsproof_verify.render.results import STDIN, name

__all__ = ["LONG", "STDIN", "Progress", "name", "open_bundle"]

#: From this size on a person may wonder whether anything happens.
LONG = 256 * 1024 * 1024
_SLICE = 1024 * 1024


def open_bundle(bundle: str) -> BinaryIO:
    """Open a bundle so that it can be read again; standard input is copied to a temporary file first."""
    if bundle != STDIN:
        return _open_file(bundle)
    copy = tempfile.TemporaryFile()  # noqa: SIM115 - the caller closes it
    while piece := sys.stdin.buffer.read(_SLICE):
        copy.write(piece)
    copy.seek(0)
    return copy


def _open_file(path: str) -> BinaryIO:
    """Open a file; with progress if it is large and somebody watches."""
    if Path(path).is_dir():
        raise UsageError(f"{path} is a folder; give the bundle in it")
    if sys.stderr.isatty() and Path(path).stat().st_size >= LONG:
        return io.BufferedReader(Progress(path), _SLICE)
    return Path(path).open("rb")


class Progress(io.FileIO):
    """A file that tells on standard error how much of it was read."""

    def __init__(self, path: str) -> None:
        """Open a file for reading."""
        super().__init__(path, "rb")
        self._size = os.fstat(self.fileno()).st_size
        self._shown = -1

    def readinto(self, buffer: bytearray | memoryview, /) -> int | None:  # type: ignore[override]  # Buffer is 3.12
        """Read, and show each whole percent once."""
        count = super().readinto(buffer)
        percent = min(100, 100 * self.tell() // self._size)
        if percent != self._shown:
            self._shown = percent
            self._put(f"\r{percent:3d} % read")
        return count

    def close(self) -> None:
        """Clear the line."""
        if not self.closed and self._shown >= 0:
            self._put("\r           \r")
        super().close()

    def _put(self, text: str) -> None:
        sys.stderr.write(text)
        sys.stderr.flush()
