"""The journal: the prefix of a bundle, appended under a lock and flushed before success is reported.

Rules. One writer at a time; another waits a little and is then refused. One write for each small frame. What
fails half-way is cut back at once. On opening, a torn tail is kept beside the journal as ``FILE.torn-N``,
flushed, and only then cut; whoever writes next records a `gap` for it, also if the machine stops again before
that. Nothing that was reported as written is ever changed or removed. What the journal says is kept in an index
beside it (see `index`), so that opening a long one costs no more than opening a short one.
"""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from opsproof_verify.container import LIMITS, FrameType

from opsproof_record import frames, index, snapshot
from opsproof_record.errors import Busy, Refused, Unfit, Unknown
from opsproof_record.evidence import SLICE, describe
from opsproof_record.state import RunState

#: Seconds that a writer waits for another one.
PATIENCE = 5.0
_POLL = 0.02


@dataclass(frozen=True, slots=True)
class Cut:
    """A torn tail that was cut: its digest and size, and the file that keeps it."""

    digest: bytes
    size: int
    kept: Path


class Journal:
    """An open journal, locked; use it in a ``with`` statement."""

    def __init__(
        self, path: Path, patience: float = PATIENCE, state: RunState | None = None, *, keep: bool = False
    ) -> None:
        """Open, lock, read and, if the last write was interrupted, mend; see :meth:`unrecorded`.

        ``state`` is what an earlier session of the same process gave back; it is used again if nothing else
        was written since. With ``keep`` an index is kept beside the journal, otherwise only used if there is one.
        """
        self.path = path
        self.tail: Path | None = None  # where the torn tail is that was cut on opening
        self._shared = state is not None
        try:
            self._file = os.open(path, os.O_RDWR | os.O_APPEND)
        except OSError as error:
            raise Unknown(f"{path}: {error.strerror}", "Name a journal; `opsproof start` makes one.") from error
        try:
            self._lock(patience)
            if state is None:
                beside = index.path_of(path).exists() or (keep and frames.holds_run(path))
                state = RunState(index.beside(path) if beside else index.temporary())
            self.state = state
            self._end = self._load()
        except BaseException:
            os.close(self._file)
            if state is not None and not self._shared:
                state.close()
            raise

    def __enter__(self) -> Self:
        """Go on with an open journal."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Take back what was not committed if something failed, and release the lock."""
        try:
            if kind is not None:
                self._take_back()
        finally:
            os.close(self._file)
            if not self._shared:
                self.state.close()

    @property
    def end(self) -> int:
        """Offset after the last committed frame."""
        return self._end

    def append(self, frame_type: FrameType, body: bytes) -> None:
        """Write one small frame, in one write, and take it into the state."""
        if len(body) > LIMITS[frame_type]:
            raise Unfit(
                f"this record has {len(body)} bytes; at most {LIMITS[frame_type]} are allowed",
                "Attach long text as evidence instead.",
            )
        self.write(frames.frame(frame_type, body))
        frames.take(self.state, frame_type, body, os.lseek(self._file, 0, os.SEEK_END) - len(body))

    def append_evidence(self, source: int, name: str) -> tuple[int, bytes]:
        """Stream an open file into an evidence frame; give its size and SHA-256."""
        return frames.copy_evidence(self.write, source, name)

    def commit(self) -> None:
        """See everything that was written onto the disk; from here on it stays."""
        try:
            os.fsync(self._file)
        except OSError as error:
            raise _disk(self.path, error) from error
        self._end = os.lseek(self._file, 0, os.SEEK_END)
        self._save()

    def reread(self) -> frames.Scan:
        """Read the whole journal again from its first byte, whatever the index says; the caller closes the state."""
        with os.fdopen(os.dup(self._file), "rb") as stream:
            return frames.scan(stream, str(self.path))

    def read(self, seq: int) -> bytes | None:
        """Read the body of an entry."""
        place = self.state.place(seq)
        return None if place is None else os.pread(self._file, place[1], place[0])

    def unrecorded(self) -> list[Cut]:
        """Give the torn tails beside the journal that no `gap` entry names yet."""
        cuts, number = [], self.state.cuts + 1
        while (kept := _torn(self.path, number)).exists():
            size, digest = describe(kept)
            cuts.append(Cut(digest, size, kept))
            number += 1
        return cuts

    def write(self, data: bytes) -> None:
        """Write bytes of a frame; what is not committed in the end is cut back."""
        view = memoryview(data)
        try:
            while view:
                view = view[os.write(self._file, view) :]
        except OSError as error:
            raise _disk(self.path, error) from error

    def _stamp(self) -> str:
        return index.stamp(os.fstat(self._file))

    def _save(self) -> None:
        snapshot.save(self.state, self._stamp(), self._end)

    def _load(self) -> int:
        """Take the state from the index or, if that is of another state of the file, from the file; give its end."""
        with os.fdopen(os.dup(self._file), "rb") as stream:
            end = snapshot.load(self.state, stream, self._stamp())
            if end is not None:
                return end
            index.empty(self.state.db)
            self.state = RunState(self.state.db)
            found = frames.scan(stream, str(self.path), self.state)
        self._end = found.end
        if found.torn:
            self._keep_tail(found)
        self._save()
        return found.end

    def _take_back(self) -> None:
        """Cut what was written since the last commit, from the file and from the index."""
        self.state.db.rollback()
        if snapshot.known_stamp(self.state.db) is None:
            return
        os.ftruncate(self._file, self._end)
        self.state.db.execute("UPDATE meta SET value = ? WHERE name = 'stamp'", (self._stamp(),))
        self.state.db.commit()
        with os.fdopen(os.dup(self._file), "rb") as stream:
            snapshot.load(self.state, stream, self._stamp())

    def _lock(self, patience: float) -> None:
        """Take the lock, waiting a little for another writer."""
        deadline = time.monotonic() + patience
        while True:
            try:
                fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                if time.monotonic() >= deadline:
                    raise Busy(
                        f"somebody else is writing to {self.path}",
                        f"Nothing was written in {patience:g} s of waiting. Try again when they have finished.",
                    ) from None
                time.sleep(_POLL)
            else:
                return

    def _keep_tail(self, found: frames.Scan) -> None:
        """Copy the torn tail beside the journal, see it onto the disk, then cut it."""
        self.tail, target = _new_file_beside(self.path)
        at = found.end
        with os.fdopen(target, "wb") as copy:
            while piece := os.pread(self._file, SLICE, at):
                copy.write(piece)
                at += len(piece)
            copy.flush()
            os.fsync(copy.fileno())
        flush_directory(self.path.parent)
        os.ftruncate(self._file, found.end)
        os.fsync(self._file)


def mend(path: Path) -> Path | None:
    """Cut a torn tail, if there is one, and give the file that keeps it; nothing else is touched."""
    try:
        with path.open("rb") as stream:
            found = frames.scan(stream, str(path))
            found.state.close()
    except OSError as error:
        raise Refused(f"{path}: {error.strerror}", "Name a package (.lep) or a bundle (.opb).") from error
    if not found.torn:
        return None
    with Journal(path) as journal:
        return journal.tail


def create(path: Path, content: bytes) -> None:
    """Make a new file with this content, whole or not at all, and never over another one."""
    with drafting(path) as write:
        write(content)


@contextmanager
def drafting(path: Path) -> Iterator[frames.Write]:
    """Write a new file that appears when it is whole and on the disk, never over another one."""
    draft = path.with_name(f".{path.name}.{os.getpid()}.new")
    try:
        with draft.open("xb") as file:
            yield file.write
            file.flush()
            os.fsync(file.fileno())
        os.link(draft, path)
    except FileExistsError:
        raise Refused(f"{path} exists", "Nothing is overwritten: choose another name.") from None
    except OSError as error:
        raise Refused(f"{path}: {error.strerror}", "Choose a directory that exists and is writable.") from error
    finally:
        draft.unlink(missing_ok=True)
    flush_directory(path.parent)


def flush_directory(path: Path) -> None:
    """See the names in a directory onto the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _torn(path: Path, number: int) -> Path:
    return path.with_name(f"{path.name}.torn-{number}")


def _new_file_beside(path: Path) -> tuple[Path, int]:
    number = 1
    while True:
        try:
            return _torn(path, number), os.open(_torn(path, number), os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o644)
        except FileExistsError:
            number += 1


def _disk(path: Path, error: OSError) -> Refused:
    return Refused(f"{path}: {error.strerror}", "Nothing was recorded. Make room or mend the disk, then try again.")
