"""The signer's own memory: which entries this key has written and not attested yet (SPEC 6.6, 12 "Adoption").

An attestation signs the leaves of an actor's entries. Whoever can write the journal can write entries in somebody's
name; so the signer does not believe the journal but keeps its own list beside its key, in ``KEY.pending``, one line an
entry: the leaf, written *before* the entry. The list may hold entries that never reached the journal (a crash came
between), never the other way round. What the journal shows under the actor's name and this list lacks was written by
somebody else, and is not signed. What the latest signature covers is kept until the next one, so that a journal that
lost its last bytes, or was restored from a copy, can be signed again.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from opsproof_record.errors import Refused

_HASH_SIZE = 32


class Pending:
    """The unattested leaves of one key; each line is ``RUN LEAF`` in hexadecimal."""

    def __init__(self, key_file: Path) -> None:
        """Stand beside a key file."""
        self.path = key_file.with_name(key_file.name + ".pending")

    def add(self, run: bytes, leaf: bytes) -> None:
        """Remember a leaf, on disk, before its entry is written."""
        with self._locked() as handle:
            os.lseek(handle, 0, os.SEEK_END)
            os.write(handle, b"\n" + _line(run, leaf))  # a line that a crash has torn stays alone
            os.fsync(handle)

    def leaves(self, run: bytes) -> set[bytes]:
        """Give the leaves remembered for a run."""
        with self._locked() as handle:
            return {leaf for of, leaf in _read(handle) if of == run}

    def keep_only(self, run: bytes, leaves: set[bytes]) -> None:
        """Drop the leaves of a run but these: the last attested ones stay, in case the signature is lost."""
        with self._locked() as handle:
            rows = [(of, leaf) for of, leaf in _read(handle) if of != run or leaf in leaves]
            kept = b"".join(_line(of, leaf) for of, leaf in rows)
            os.lseek(handle, 0, os.SEEK_SET)
            os.write(handle, kept)
            os.ftruncate(handle, len(kept))
            os.fsync(handle)

    @contextmanager
    def _locked(self) -> Iterator[int]:
        """Hold the file alone: one key may serve two runs at once."""
        try:
            handle = os.open(self.path, os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            raise Refused(
                f"{self.path}: {error.strerror}",
                "The list of unsigned entries is kept beside the key: keep it in a writable directory.",
            ) from error
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield handle
        finally:
            os.close(handle)


def _line(run: bytes, leaf: bytes) -> bytes:
    return f"{run.hex()} {leaf.hex()}\n".encode()


def _read(handle: int) -> list[tuple[bytes, bytes]]:
    """Read whole lines; a torn last one belongs to an entry that was never written."""
    os.lseek(handle, 0, os.SEEK_SET)
    data = b""
    while piece := os.read(handle, 1 << 16):
        data += piece
    rows = []
    for line in data.split(b"\n"):
        of, _, leaf = line.decode("ascii", "replace").partition(" ")
        if len(of) == len(leaf) == 2 * _HASH_SIZE:
            rows.append((bytes.fromhex(of), bytes.fromhex(leaf)))
    return rows
