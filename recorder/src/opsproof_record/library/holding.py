"""A journal that one actor goes back to: held for a call or a batch, let go in between, from any thread.

One lock orders the threads of this process, the journal's own lock the processes. Whoever holds the journal in a thread
may call again in that thread: what is written then belongs to the outer call, and is whole or not there by itself.
"""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import Literal, Self

from opsproof_record.errors import Closed, OutOfOrder, Refused
from opsproof_record.log import index
from opsproof_record.log.journal import PATIENCE, Cut, Journal
from opsproof_record.log.state import RunState
from opsproof_record.run.recorder import Recorder, enrolled, recording
from opsproof_record.signing import keys
from opsproof_record.signing.signer import Signer

#: When entries are signed: after each call, or in batches; None leaves it to the kind of actor.
Attest = Literal["each", "batch"] | None
#: What opens an encrypted key: its passphrase, or a function that is asked only if one is needed.
Passphrase = str | bytes | Callable[[Path], bytes]

_LOG = logging.getLogger("opsproof_record")


class Held:
    """A run under one actor; see :class:`opsproof_record.Run`, which adds what can be recorded."""

    def __init__(
        self,
        path: Path,
        actor: str,
        signer: Signer,
        *,
        attest: Attest = None,
        gap_reason: str | None = None,
        patience: float = PATIENCE,
    ) -> None:
        """Stand before a journal that knows this actor and key; it is mended if its last write was interrupted."""
        self._path = path
        self._actor = actor
        self._signer = signer
        self._attest = attest
        self._gap_reason = gap_reason
        self._patience = patience
        self._lock = threading.RLock()
        self._process = os.getpid()
        self._recorder: Recorder | None = None  # who writes now
        self._thread = 0  # and in which thread
        self._looked: RunState | None = None  # what is looked at now
        self._sign_soon = False  # when the call or batch under way ends
        self._told: tuple[str, ...] = ()
        with Journal(path, patience, keep=True) as journal:
            if journal.state.run is None:
                raise Closed(f"{path} is a package, no run", "Start a run from it: Run.start(PACKAGE, FILE, ...).")
            self._kind = enrolled(journal.state, actor, signer).kind
            self._state = journal.share()
        self._open = True

    @property
    def path(self) -> Path:
        """The journal."""
        return self._path

    @property
    def actor(self) -> str:
        """Who acts, by the id under which the contract or an assignment enrols it."""
        return self._actor

    @property
    def kind(self) -> str:
        """What acts: ``human``, ``agent`` or ``device``."""
        return self._kind

    def __enter__(self) -> Self:
        """Go on with it in a ``with`` statement."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Sign what is unsigned, and let the run go; if the block failed, an error in signing does not hide that."""
        if kind is None:
            self.close()
        else:
            with suppress(Refused, OSError):
                self.close()

    def close(self) -> None:
        """Sign what is unsigned, and let the run go. Closing twice is allowed.

        If signing fails (:class:`Busy`, an agent that does not answer) the run is let go all the same: what was
        recorded stays, unsigned; open the run again and call :meth:`attest`.
        """
        with self._lock:
            if not self._open:
                return
            if self._recorder is not None or self._looked is not None:
                raise OutOfOrder("this run is in use in this thread", "Close it after the batch or the block.")
            try:
                self.attest()
            finally:
                self.let_go()

    def let_go(self) -> None:
        """Let the run go as it is, and sign nothing."""
        with self._lock:
            self._let_go()

    def _let_go(self) -> None:
        self._open = False
        self._state.close()
        if self._state.seal is not None:
            index.discard(self._path)  # a sealed run needs none

    def _check_open(self) -> None:
        if not self._open:
            raise Closed("this run was let go", "Open it again: Run.open(...).")
        if os.getpid() != self._process:
            raise Closed("this run was opened in another process", "Open it in this one: Run.open(...).")

    @contextmanager
    def writing(self) -> Iterator[Recorder]:
        """Hold the journal and hand out who writes; at the end of the block all of it is on disk.

        If the block fails, nothing of it was recorded. Raises :class:`Busy` if another process holds the journal for
        longer than ``patience`` seconds, :class:`Closed` after the end of the run, :class:`Damaged` for a journal that
        somebody has changed.
        """
        with self._lock:
            self._check_open()
            if self._recorder is not None:
                with self._recorder.journal.whole():
                    yield self._recorder
            elif self._looked is not None:
                raise OutOfOrder("this thread is looking at the run", "Record after the `with run.looking()` block.")
            else:
                with self._recording() as recorder:
                    yield recorder
                    recorder.journal.commit()
                    if self._sign_soon or self.signs_each or recorder.due:
                        recorder.attest()

    @contextmanager
    def _recording(self) -> Iterator[Recorder]:
        """Open the journal as this actor, and remember what it says for the next time."""
        with recording(self._path, self._actor, self._signer, self._explain, self._patience, self._state) as recorder:
            self._recorder, self._thread = recorder, threading.get_ident()
            self._sign_soon, self._told = False, ()
            try:
                yield recorder
                self._told = tuple(recorder.told)
            finally:
                self._recorder = None
                self._state = recorder.state

    def _explain(self, cut: Cut) -> str | None:
        _LOG.warning("The last write to %s was interrupted; %d bytes are kept in %s.", self._path, cut.size, cut.kept)
        return self._gap_reason

    @property
    def told(self) -> tuple[str, ...]:
        """What the last call or batch should have you hear and did not refuse, such as that an approval is needed."""
        return self._told

    @property
    def held_here(self) -> bool:
        """Whether this thread holds the journal: it is in a batch."""
        return self._recorder is not None and self._thread == threading.get_ident()

    @property
    def signs_each(self) -> bool:
        """Whether each call is signed, and not only steps and the end."""
        return self._attest == "each" or (self._attest is None and self._kind == "human")

    @contextmanager
    def batch(self) -> Iterator[None]:
        """Write several things at once: one flush and, where each call would be signed, one signature.

        If the block fails, nothing of it was recorded; a call that fails in it and is caught takes only itself back.
        Other writers wait meanwhile. A batch inside a batch belongs to the outer one. Only a crash of the machine or
        process in its midst can leave a part: an unbroken beginning of it.
        """
        with self.writing():
            yield

    @contextmanager
    def looking(self) -> Iterator[RunState]:
        """Hold the journal and give the state of the run, for questions; keep nothing of it after the block.

        Raises :class:`Busy`, :class:`Closed` if the run was let go, :class:`Damaged`.
        """
        with self._lock:
            self._check_open()
            if self._recorder is not None:
                yield self._recorder.state
            elif self._looked is not None:
                yield self._looked
            else:
                with Journal(self._path, self._patience, self._state, keep=True) as journal:
                    self._looked = self._state = journal.state
                    try:
                        yield journal.state
                    finally:
                        self._looked = None

    def attest(self) -> int:
        """Sign what is unsigned; give the number of entries. In a batch: 0, and it is signed when the batch ends.

        Raises :class:`NotEntitled` if an entry stands under this actor's name that this key did not write.
        """
        with self._lock:
            with self.looking() as state:
                if state.seal is not None or state.ended is not None or not state.waiting(self._actor):
                    return 0
            if self._recorder is not None:
                self._sign_soon = True
                return 0
            told = self._told
            with self._recording() as recorder:
                count = recorder.attest()
            self._told = told  # of the call before
            return count


def load_key(key: str | Path | Signer, passphrase: Passphrase | None, agent: str | Path | None) -> Signer:
    """Give the signer of a key file: a private one, or a public one whose other half an ssh-agent holds."""
    if isinstance(key, Signer):
        return key

    def ask(path: Path) -> bytes:
        if passphrase is None:
            raise Refused(f"{path} is encrypted", "Give passphrase=, the passphrase or a function that returns it.")
        given = passphrase(path) if callable(passphrase) else passphrase
        return given.encode() if isinstance(given, str) else given

    return keys.load(Path(key), ask, agent=Path(agent) if agent is not None else None, warn=_LOG.warning)
