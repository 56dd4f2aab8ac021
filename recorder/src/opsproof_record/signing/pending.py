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
from contextlib import contextmanager, suppress
from pathlib import Path

from opsproof_record.errors import Refused

_HASH_SIZE = 32


class Pending:
    """The unattested leaves of one key; each line is ``RUN LEAF`` in hexadecimal."""

    def __init__(self, key_file: Path) -> None:
        """Stand beside a key file."""
        self.path = key_file.with_name(key_file.name + ".pending")

    def add(self, run: bytes, *leaves: bytes) -> None:
        """Remember leaves, on disk, before their entries are written."""
        with self._locked() as handle:
            os.lseek(handle, 0, os.SEEK_END)
            lines = b"\n" + b"".join(_line(run, leaf) for leaf in leaves)  # a line that a crash has torn stays alone
            view = memoryview(lines)
            try:
                while view:
                    view = view[os.write(handle, view) :]
                os.fsync(handle)
            except OSError as error:
                remedy = "Nothing was recorded. Make room or mend the disk, then try again."
                raise Refused(f"{self.path}: {error.strerror}", remedy) from error

    def leaves(self, run: bytes) -> set[bytes]:
        """Give the leaves remembered for a run."""
        with self._locked() as handle:
            return {leaf for of, leaf in _read(handle) if of == run}

    def keep_only(self, run: bytes, leaves: set[bytes]) -> None:
        """Drop the leaves of a run but these: the last attested ones stay, in case the signature is lost."""
        with self._locked() as handle:
            rows = [(of, leaf) for of, leaf in _read(handle) if of != run or leaf in leaves]
            draft = self.path.with_name(f".{self.path.name}.new")  # whole before it takes the place of the other
            with suppress(OSError):  # on a full disk the longer list stays, and is right too
                with os.fdopen(_private(str(draft), os.O_WRONLY | os.O_CREAT | os.O_TRUNC), "wb") as file:
                    file.writelines(_line(of, leaf) for of, leaf in rows)
                    file.flush()
                    os.fsync(file.fileno())
                draft.rename(self.path)

    @contextmanager
    def _locked(self) -> Iterator[int]:
        """Hold the file alone: one key may serve two runs at once."""
        handle = self._open()
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            while not self._is_current(handle):  # another took its place meanwhile
                os.close(handle)
                handle = self._open()
                fcntl.flock(handle, fcntl.LOCK_EX)
            yield handle
        finally:
            os.close(handle)

    def _open(self) -> int:
        try:
            return _private(str(self.path), os.O_RDWR | os.O_CREAT)
        except OSError as error:
            raise Refused(
                f"{self.path}: {error.strerror}",
                "The list of unsigned entries is kept beside the key: keep it in a writable directory.",
            ) from error

    def _is_current(self, handle: int) -> bool:
        """Tell whether an open list is the one that has its name now."""
        try:
            return os.path.samestat(os.fstat(handle), self.path.stat())
        except FileNotFoundError:
            return False


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


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
