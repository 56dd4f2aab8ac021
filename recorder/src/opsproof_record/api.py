"""The Python API: a run to work on, step by step, from any thread.

    with Run.open("run.opb", actor="build-agent", key="build-agent.key") as run:
        with run.step("mix") as step:
            step.record("speed", 120)
            step.attach("mixer.log", slot="log")

Each call is on disk when it returns. The journal is locked for the length of a call only, so people and other agents
work on the same run meanwhile. Whatever is refused raises a subclass of :class:`opsproof_record.Refused` that says what
to do, and nothing of it is recorded. People sign each call, agents and devices in batches: at the end of a step and
when the run is let go. From asyncio, use :class:`opsproof_record.aio.AsyncRun`.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import Literal, Self

from opsproof_verify.fields import Ref

from opsproof_record import closing, deviate, index, keys, starting, work
from opsproof_record.attaching import Attached, Target, attach
from opsproof_record.deviate import Deviation, Ruled
from opsproof_record.errors import Closed, Refused
from opsproof_record.journal import PATIENCE, Journal
from opsproof_record.recorder import Recorder, recording
from opsproof_record.signer import Signer
from opsproof_record.state import RunState
from opsproof_record.step_work import StepWork

Passphrase = Callable[[Path], bytes]


def no_passphrase(path: Path) -> bytes:
    """Refuse an encrypted key that nobody gave a passphrase for."""
    raise Refused(f"{path} is encrypted", "Give passphrase=, a function that returns it.")


class Run:
    """A run that one actor works on; made by :meth:`open` or :meth:`start`, and let go by :meth:`close`."""

    def __init__(
        self,
        path: Path,
        actor: str,
        signer: Signer,
        *,
        attest: Literal["each", "batch"] | None = None,
        gap_reason: str | None = None,
        patience: float = PATIENCE,
    ) -> None:
        """Stand before a journal; ``patience`` is the time in seconds to wait for another writer."""
        self._path = path
        self.actor = actor
        self._signer = signer
        self._attest = attest
        self._gap_reason = gap_reason
        self._patience = patience
        self._lock = threading.RLock()
        self._batch: Recorder | None = None
        self._open = True
        with Journal(path, patience, keep=True):
            pass  # mended if the last write was interrupted, and indexed
        self._state = RunState(index.beside(path))

    @classmethod
    def open(
        cls,
        path: str | Path,
        *,
        actor: str,
        key: str | Path | Signer,
        passphrase: Passphrase = no_passphrase,
        attest: Literal["each", "batch"] | None = None,
        gap_reason: str | None = None,
        patience: float = PATIENCE,
    ) -> Self:
        """Go on with a run that is under way; ``key`` as the commands take it, or a signer.

        ``gap_reason`` says why the last write was interrupted, if it was. Raises :class:`Refused`.
        """
        signer = key if isinstance(key, Signer) else keys.load(Path(key), passphrase)
        return cls(Path(path), actor, signer, attest=attest, gap_reason=gap_reason, patience=patience)

    @classmethod
    def start(
        cls,
        package: str | Path,
        path: str | Path,
        *,
        actor: str,
        key: str | Path | Signer,
        params: Mapping[str, str] | None = None,
        passphrase: Passphrase = no_passphrase,
        attest: Literal["each", "batch"] | None = None,
    ) -> Self:
        """Start a run of the contract in a package, and go on with it."""
        signer = key if isinstance(key, Signer) else keys.load(Path(key), passphrase)
        starting.start(Path(package), Path(path), actor, signer, dict(params or {}))
        return cls(Path(path), actor, signer, attest=attest)

    @property
    def path(self) -> Path:
        """The journal."""
        return self._path

    def __enter__(self) -> Self:
        """Go on with it in a ``with`` statement."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Let it go; if something failed, an error in signing does not hide that."""
        if kind is None:
            self.close()
        else:
            with suppress(Refused):
                self.attest()
            self._let_go()

    def close(self) -> None:
        """Sign what is unsigned, and let the run go. Closing twice is allowed."""
        with self._lock:
            if self._open:
                self.attest()
                self._let_go()

    def _let_go(self) -> None:
        with self._lock:
            self._open = False
            self._state.close()

    @contextmanager
    def writing(self) -> Iterator[Recorder]:
        """Hold the journal for one call, or for the batch that is under way; on disk when it ends."""
        with self._lock:
            if not self._open:
                raise Closed("this run was let go", "Open it again: Run.open(...).")
            if self._batch is not None:
                yield self._batch
                return
            with recording(
                self._path, self.actor, self._signer, lambda _cut: self._gap_reason, self._patience, self._state
            ) as recorder:
                try:
                    yield recorder
                    recorder.journal.commit()
                    if self._each(recorder) or recorder.due:
                        recorder.attest()
                finally:
                    self._state = recorder.state

    def _each(self, recorder: Recorder) -> bool:
        return self._attest == "each" or (self._attest is None and recorder.member.kind == "human")

    @contextmanager
    def batch(self) -> Iterator[None]:
        """Write several things at once: flushed once, and all of them or none. Other writers wait meanwhile."""
        with self.writing() as recorder:
            outermost = self._batch is None
            self._batch = recorder
            try:
                yield
            finally:
                if outermost:
                    self._batch = None

    # The work.

    @contextmanager
    def step(self, step_id: str, *, anyway: bool = False) -> Iterator[StepWork]:
        """Work on a step: begun unless it is open, completed at the end of the ``with`` block.

        If the block fails, the step stays open, a note says so, and the error goes on. ``anyway`` completes it even
        if something that it asks for is missing.
        """
        with self.writing() as recorder:
            if not recorder.state.open_passes(step_id):
                work.begin(recorder, step_id)
            number = work.working(recorder, step_id)[1]
        step = StepWork(self, step_id, number)
        try:
            yield step
        except BaseException as error:
            with suppress(Refused), self.writing() as recorder:
                work.note(recorder, f"left open: {type(error).__name__}", step_id)
            raise
        if not step.skipped:
            with self.writing() as recorder:
                work.end_step(recorder, step_id, anyway=anyway)
        self.attest()

    def attach(self, path: str | Path, *, media: str | None = None, name: str | None = None) -> Attached:
        """Add a file as evidence for the run."""
        with self.writing() as recorder:
            return attach(recorder, Path(path), Target(media=media, name=name))

    def note(self, text: str) -> Ref:
        """Write a note."""
        with self.writing() as recorder:
            return work.note(recorder, text)

    def deviate(self, said: Deviation) -> Ruled:
        """Raise a deviation; the pinned policy rules on it at once."""
        with self.writing() as recorder:
            return deviate.deviate(recorder, said)

    def attest(self) -> int:
        """Sign what is unsigned; give the number of entries."""
        with self._lock:
            if self._batch is not None:
                return 0
            with self.looking() as state:
                if state.seal is not None or state.ended is not None or not state.waiting(self.actor):
                    return 0
            with self.writing() as recorder:
                return recorder.attest()

    def end(self, outcome: Literal["completed", "aborted"] = "completed", reason: str | None = None) -> Ref:
        """End the run; who ends it seals it."""
        self.attest()
        with (
            self._lock,
            recording(
                self._path, self.actor, self._signer, lambda _cut: self._gap_reason, self._patience, self._state
            ) as recorder,
        ):
            ref = work.end_run(recorder, outcome, reason)
            recorder.journal.commit()
            self._state = recorder.state
            return ref

    def seal(self, *, with_open_items: bool = False) -> closing.Sealed:
        """Seal the run after its end, and let it go."""
        with self._lock:
            self._let_go()
            return closing.seal(self._path, self.actor, self._signer, with_open_items=with_open_items)

    @contextmanager
    def looking(self) -> Iterator[RunState]:
        """Hold the journal and give the state of the run, for questions."""
        with self._lock, Journal(self._path, self._patience, self._state) as journal:
            self._state = journal.state
            yield self._state
