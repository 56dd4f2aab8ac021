"""Where bundles come from: paths, folders, or `-` for standard input; and progress for who waits at a terminal."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Iterator, Sequence
from typing import BinaryIO, NoReturn

from opsproof_verify.cli.errors import UsageError
from opsproof_verify.render.results import STDIN, name

__all__ = ["LONG", "STDIN", "Progress", "expand", "name", "open_bundle", "size", "tell"]

#: From this size on a person may wonder whether anything happens.
LONG = 256 * 1024 * 1024
_SLICE = 1024 * 1024
_COLUMNS = 32


def expand(given: Sequence[str]) -> list[str]:
    """Give the bundles that arguments name; a folder stands for all in it, sorted by name."""
    bundles: list[str] = []
    for one in given:
        found = list(_inside(one)) if one != STDIN and os.path.isdir(one) else [one]
        if not found:
            raise UsageError(f"{one} is a folder without bundles; their names end in .opb")
        bundles += found
    return bundles


def _inside(folder: str) -> Iterator[str]:
    """Give the bundles in a folder and the folders in it; one that cannot be looked into is an error, not empty."""
    for place, folders, files in os.walk(folder, onerror=_raise):
        folders.sort()
        yield from (os.path.join(place, file) for file in sorted(files) if file.endswith(".opb"))


def _raise(error: OSError) -> NoReturn:
    raise error


def size(bundle: str) -> int:
    """Give the size of a bundle, 0 if it cannot be known."""
    try:
        return 0 if bundle == STDIN else os.stat(bundle).st_size
    except OSError:
        return 0


def open_bundle(bundle: str, *, watched: bool = True) -> BinaryIO:
    """Open a bundle so that it can be read again; standard input is copied to a temporary file first."""
    if bundle == STDIN:
        return _copy_input()
    if os.path.isdir(bundle):
        raise UsageError(f"{bundle} is a folder; give the bundle in it")
    if watched and sys.stderr.isatty() and size(bundle) >= LONG:
        return io.BufferedReader(Progress(bundle), _SLICE)
    return open(bundle, "rb")


def _copy_input() -> BinaryIO:
    """Copy standard input to a file that nobody else sees, and that several processes can read."""
    from tempfile import TemporaryFile  # noqa: PLC0415 - only if it is needed

    with TemporaryFile(buffering=0) as copy:
        while piece := sys.stdin.buffer.read(_SLICE):
            copy.write(piece)
        copy.seek(0)
        return open(os.dup(copy.fileno()), "rb")


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
            tell(f"{percent:3d} % read")
        return count

    def close(self) -> None:
        """Clear the line."""
        if not self.closed and self._shown >= 0:
            tell("")
        super().close()


def tell(text: str) -> None:
    """Put a text on the line of standard error that is there for the moment; clear it if there is none."""
    sys.stderr.write(f"\r{text:<{_COLUMNS}}" + ("" if text else "\r"))
    sys.stderr.flush()
