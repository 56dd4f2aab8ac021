"""The hash of a part of a file: the part alone, whatever its size, and no more memory than it needs."""

from __future__ import annotations

import os
import random
import tracemalloc
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import pytest

from opsproof_verify.hashing import SLICE, hash_part

DATA = random.Random(28).randbytes(2 * SLICE + 9)


@pytest.fixture
def descriptor(tmp_path: Path) -> Iterator[int]:
    path = tmp_path / "parts"
    path.write_bytes(DATA)
    with path.open("rb") as file:
        yield file.fileno()


@pytest.mark.parametrize("size", [0, 1, SLICE - 1, SLICE, SLICE + 1, 2 * SLICE + 2])
@pytest.mark.parametrize("place", [0, 7])
def test_a_part_has_the_digest_of_its_bytes(descriptor: int, place: int, size: int) -> None:
    assert hash_part(descriptor, place, size) == (sha256(DATA[place : place + size]).digest(), size)
    assert os.lseek(descriptor, 0, os.SEEK_CUR) == 0


@pytest.mark.parametrize("size, most", [(0, 4096), (1024, 8192), (2 * SLICE, SLICE + 8192)])
def test_a_part_takes_the_memory_of_its_bytes_or_of_a_slice(descriptor: int, size: int, most: int) -> None:
    hash_part(descriptor, 0, size)  # what is made once is there
    tracemalloc.start()
    try:
        hash_part(descriptor, 0, size)
        assert tracemalloc.get_traced_memory()[1] <= most
    finally:
        tracemalloc.stop()
