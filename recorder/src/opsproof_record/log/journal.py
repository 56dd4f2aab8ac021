"""The journal: the prefix of a bundle, appended under a lock and flushed before success is reported.

Rules. One writer at a time; another waits a little and is then refused. What fails half-way is cut back at once. On
opening, a torn tail is kept beside the journal (see `torn`), and only then cut; whoever writes next records a `gap`
for it, also if the machine stops again before that. Nothing that was reported as written is ever changed or removed.
An index beside the journal (see `index`) makes opening a long one as cheap as a short one; whatever becomes of it, the
journal is right.
"""

from __future__ import annotations

import fcntl
import os
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from opsproof_verify.container import LIMITS, FrameType

from opsproof_record.errors import Busy, Damaged, Refused, Unfit, Unknown
from opsproof_record.log import frames, index, snapshot, torn
from opsproof_record.log.evidence import describe
from opsproof_record.log.state import RunState
from opsproof_record.log.tail import Tail

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
        self._keep = keep
        self._shared = state is not None
        self._depth = 0  # of `whole` blocks
        self._committed: Callable[[], None] = lambda: None
        try:
            self._file = os.open(path, os.O_RDWR | os.O_APPEND)
        except OSError as error:
            raise Unknown(f"{path}: {error.strerror}", "Name a journal; `opsproof start` makes one.") from error
        try:
            self._lock(patience)
            self._end = self._open(state)
            self._tail = Tail(path, self._file, self._end)
        except BaseException as error:
            os.close(self._file)
            if isinstance(error, sqlite3.Error):
                raise self._no_index(error) from error
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
            else:
                self._tail.pour()
        finally:
            os.close(self._file)
            if not self._shared:
                self.state.close()
        if isinstance(error, sqlite3.Error):
            raise self._no_index(error) from error

    def share(self) -> RunState:
        """Give the state to who hands it to later sessions and closes it in the end."""
        self._shared = True
        return self.state

    @property
    def end(self) -> int:
        """Offset after the last committed frame."""
        return self._end

    def tell(self, before: Callable[[], None], after: Callable[[], None]) -> None:
        """Have something called before held frames go to the file, and after they are there to stay."""
        self._tail.before, self._committed = before, after

    def append(self, frame_type: FrameType, body: bytes) -> None:
        """Write one small frame, perhaps together with those that follow, and take it into the state."""
        if len(body) > LIMITS[frame_type]:
            raise Unfit(
                f"this record has {len(body)} bytes; at most {LIMITS[frame_type]} are allowed",
                "Attach long text as evidence instead.",
            )
        self._tail.hold(frames.frame(frame_type, body))
        frames.take(self.state, frame_type, body, self._tail.at - len(body))

    def append_evidence(self, source: int, name: str) -> tuple[int, bytes]:
        """Stream an open file into an evidence frame; give its size and SHA-256."""
        self._tail.pour()  # now, since that may change the very file that is attached
        return frames.copy_evidence(self.write, source, name)

    def commit(self) -> None:
        """See everything that was written onto the disk; from here on it stays, unless a `whole` block is under way."""
        self._tail.flush()
        if self._depth == 0:
            end = self._tail.at
            snapshot.save(self.state, self._stamp(), end)
            self._end = end
            self._committed()

    @contextmanager
    def whole(self) -> Iterator[None]:
        """Take back what is written in the block if it fails, and nothing else."""
        at, before, name = self._tail.at, snapshot.copy(self.state), f"whole{self._depth}"
        if not self.state.db.in_transaction:
            self.state.db.execute("BEGIN")
        self.state.db.execute(f"SAVEPOINT {name}")
        self._depth += 1
        try:
            yield
        except BaseException:
            self._tail.cut(at)
            self.state.db.execute(f"ROLLBACK TO {name}")
            snapshot.restore(self.state, before)
            raise
        finally:
            self._depth -= 1
            if self.state.db.in_transaction:  # not if a full disk ended it
                self.state.db.execute(f"RELEASE {name}")

    def reread(self) -> frames.Scan:
        """Read the whole journal again from its first byte, whatever the index says; the caller closes the state."""
        self._tail.pour()
        with os.fdopen(os.dup(self._file), "rb") as stream:
            return frames.scan(stream, str(self.path))

    def read(self, seq: int) -> bytes | None:
        """Read the body of an entry."""
        self._tail.pour()
        place = self.state.place(seq)
        return None if place is None else os.pread(self._file, place[1], place[0])

    def unrecorded(self) -> list[Cut]:
        """Give the torn tails beside the journal that no `gap` entry names yet."""
        cuts, number = [], self.state.cuts + 1
        while (kept := torn.named(self.path, number)).exists():
            size, digest = describe(kept)
            cuts.append(Cut(digest, size, kept))
            number += 1
        return cuts

    def write(self, data: bytes) -> None:
        """Write bytes of a frame; what is not committed in the end is cut back."""
        self._tail.write(data)

    def _stamp(self) -> str:
        return index.stamp(os.fstat(self._file))

    def _open(self, given: RunState | None) -> int:
        """Load the state, into a new index if the one that is there cannot be used; give the end of the journal."""
        self.state = given if given is not None and given.usable else self._new_state()
        try:
            for make in (self._new_state, lambda: RunState(index.temporary())):
                try:
                    return self._load()
                except sqlite3.Error:
                    self._drop_index()
                    self.state = make()
            return self._load()
        except BaseException:
            if given is not None and self.state.db is given.db:
                self.state.db.rollback()
            else:
                self.state.close()
            raise

    def _new_state(self) -> RunState:
        beside = index.path_of(self.path).exists() or (self._keep and frames.holds_run(self.path))
        return RunState(index.beside(self.path) if beside else index.temporary())

    def _load(self) -> int:
        """Take the state from the index or, if that is of another state of the file, from the file; give its end."""
        with os.fdopen(os.dup(self._file), "rb") as stream:
            end = snapshot.load(self.state, stream, self._stamp())
            if end is not None:
                return end
            flushed = snapshot.flushed(self.state.db, os.fstat(self._file))
            index.empty(self.state.db)
            self.state = RunState(self.state.db)
            found = frames.scan(stream, str(self.path), self.state, flushed)
        if found.torn:
            self.tail = torn.keep(self.path, self._file, found.end, self.state.cuts + 1)
            os.ftruncate(self._file, found.end)
            os.fsync(self._file)
        snapshot.save(self.state, self._stamp(), found.end)
        return found.end

    def _take_back(self) -> None:
        """Cut what was written since the last commit, from the file and from the index."""
        if not self.state.db.in_transaction and self._tail.at == self._end == os.fstat(self._file).st_size:
            return
        self._tail.cut(self._end)
        try:
            self.state.db.rollback()
            if not snapshot.restamp(self.state, self._stamp(), self._end):
                self._drop_index()  # it holds more than the file
                return
            with os.fdopen(os.dup(self._file), "rb") as stream:
                snapshot.load(self.state, stream, self._stamp())
        except sqlite3.Error:
            self._drop_index()

    def _drop_index(self) -> None:
        """Throw the index away; who opens the journal next makes another."""
        with suppress(sqlite3.Error):
            self.state.close()
        index.discard(self.path)

    def _no_index(self, error: sqlite3.Error) -> Refused:
        return Refused(
            f"{index.path_of(self.path)}: {error}",
            "Nothing was recorded, and the index is made again next time. Make room or mend the disk, then try again.",
        )

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


def mend(path: Path) -> Path | None:
    """Cut a torn tail, if there is one, and give the file that keeps it; nothing else is touched."""
    with suppress(Damaged):  # an index, if there is one, may know better
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
    torn.flush_directory(path.parent)
