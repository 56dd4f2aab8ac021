"""The SHA-256 of files and their parts, read in slices (SPEC 3.2-5), in whatever process."""

from __future__ import annotations

import errno
import os
from hashlib import sha256

#: Slices in which bodies are read: the fastest of those measured, small enough for any machine.
SLICE = 1_048_576


def hash_part(descriptor: int, place: int, size: int) -> tuple[bytes, int]:
    """Give digest and size of a part of an open file, and leave the file where it stands."""
    state, end, buffer = sha256(), place + size, memoryview(bytearray(min(SLICE, size)))
    while place < end:
        count = os.preadv(descriptor, [buffer[: end - place]], place)
        if not count:
            raise OSError(errno.EIO, "the file became shorter while it was read")
        state.update(buffer[:count])
        place += count
    return state.digest(), size


def hash_file(path: str) -> tuple[bytes, int]:
    """Give digest and size of a file."""
    state, size, buffer = sha256(), 0, memoryview(bytearray(SLICE))
    with open(path, "rb", 0) as stream:
        while count := stream.readinto(buffer):
            state.update(buffer[:count])
            size += count
    return state.digest(), size
