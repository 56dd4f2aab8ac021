"""The Python API: a run to work on, step by step, from any thread.

    with Run.open("run.opb", actor="build-agent", key="build-agent.key") as run:
        with run.step("mix") as step:
            step.record("speed", 120)
            step.attach("mixer.log", slot="log")

Each call is on disk when it returns. The journal is locked for the length of a call only, so people and other agents
work on the same run meanwhile. Whatever is refused raises a subclass of :class:`opsproof_record.Refused` that says what
to do, and nothing of it is recorded. People sign each call, agents and devices in batches: at the end of a step and
when the run is let go. From asyncio, use :class:`opsproof_record.AsyncRun`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any, Literal, Self

from opsproof_verify.fields import Ref

from opsproof_record.errors import OutOfOrder
from opsproof_record.library.holding import Attest, Held, Passphrase, load_key
from opsproof_record.library.step_work import StepWork
from opsproof_record.log.journal import PATIENCE
from opsproof_record.run import attaching, deviate, oversight, starting, work
from opsproof_record.run.arguments import (
    Content,
    Entry,
    Item,
    Moment,
    as_file,
    digest_of,
    digests_of,
    encoded,
    entry_number,
    entry_numbers,
    time_of,
    time_until,
)
from opsproof_record.run.attaching import Attached, Copy, Target
from opsproof_record.run.deviate import Deviation, Ruled
from opsproof_record.run.recorder import CLOCK
from opsproof_record.sealed import closing
from opsproof_record.signing.signer import Signer


class Run(Held):
    """A run that one actor works on; made by :meth:`open` or :meth:`start`, and let go by :meth:`close`.

    Any number of threads may use it. Another actor, or the same one in another process, opens the same journal itself.
    """

    @classmethod
    def open(  # noqa: PLR0913 - all but the file are given by name
        cls,
        path: str | Path,
        *,
        actor: str,
        key: str | Path | Signer,
        passphrase: Passphrase | None = None,
        agent: str | Path | None = None,
        attest: Attest = None,
        gap_reason: str | None = None,
        patience: float = PATIENCE,
    ) -> Self:
        """Go on with a run that is under way, or has ended and is to be sealed; a sealed one can be looked at.

        ``key`` is a key file as the commands take it: a private one, ``passphrase`` opens it if it is encrypted; or a
        public one, whose private half the ssh-agent at the socket ``agent`` (or the one of ``SSH_AUTH_SOCK``) holds.
        ``attest`` is "each" to sign each call, "batch" to sign at the end of steps and of the run; by default people do
        the first, agents and devices the second. ``gap_reason`` says why the last write was interrupted, if it was.
        ``patience`` is how many seconds to wait for another writer.

        Raises :class:`Unknown` (no such file), :class:`Closed` (a package), :class:`NotEntitled` (not enrolled under
        that key), :class:`Damaged`, :class:`Busy`, and :class:`Refused` for a key that cannot be used.
        """
        signer = load_key(key, passphrase, agent)
        return cls(Path(path), actor, signer, attest=attest, gap_reason=gap_reason, patience=patience)

    @classmethod
    def start(  # noqa: PLR0913 - as `open`
        cls,
        package: str | Path,
        path: str | Path,
        *,
        actor: str,
        key: str | Path | Signer,
        params: Mapping[str, str] | None = None,
        clock: str = CLOCK,
        passphrase: Passphrase | None = None,
        agent: str | Path | None = None,
        attest: Attest = None,
        patience: float = PATIENCE,
    ) -> Self:
        """Start a run of the contract in a package, in a new journal, and go on with it; the rest as :meth:`open`.

        ``clock`` says by which clock times are.

        Raises :class:`Unfit` or :class:`Unknown` (run parameters), :class:`Closed` (a contract that is not in force),
        :class:`NotEntitled`, and :class:`Refused` if the journal exists.
        """
        signer = load_key(key, passphrase, agent)
        starting.start(Path(package), Path(path), actor, signer, dict(params or {}), clock=clock)
        run = cls(Path(path), actor, signer, attest=attest, patience=patience)
        if run.signs_each:
            run.attest()
        return run

    # The work.

    def step(self, step_id: str, *, anyway: bool = False) -> StepWork:
        """Work on a step in a ``with`` statement: begun unless it is open, completed at the end of the block.

        If the block fails, the step stays open, a note says so, and the error goes on. ``anyway`` completes it even
        if something that it asks for is missing. Raises as :meth:`begin` and :meth:`StepWork.complete`.
        """
        return StepWork(self, step_id, anyway=anyway)

    def begin(self, step_id: str) -> StepWork:
        """Begin the next pass of a step.

        Raises :class:`Unknown` (no such step), :class:`NotEntitled` (role), :class:`OutOfOrder` (it is open, done
        often enough, or steps before it have not ended), :class:`Blocked` (by a deviation).
        """
        step = StepWork(self, step_id)
        step.start(go_on=False)
        return step

    def attach(
        self,
        source: Content,
        *,
        media: str | None = None,
        name: str | None = None,
        origin: str | None = None,
        captured: Moment | None = None,
        copy: Copy | None = None,
        late: str | None = None,
    ) -> Attached:
        """Add evidence for the run; as :meth:`StepWork.attach`."""
        target = Target(None, None, media, name, origin, time_of(captured) if captured else None, copy, late)
        with as_file(source, target, self.path) as path, self.writing() as recorder:
            return attaching.attach(recorder, path, target)

    def transfer(self, item: Item, to: str, reason: str) -> Ref:
        """Hand an evidence item over to another actor."""
        with self.writing() as recorder:
            return attaching.transfer(recorder, digest_of(recorder.state, item), to, reason)

    def receive(self, transfer: Entry) -> Ref:
        """Confirm that an evidence item which another actor handed over is here.

        Raises :class:`Unknown` (no handover), :class:`NotEntitled` (it is another's), :class:`OutOfOrder` (confirmed).
        """
        with self.writing() as recorder:
            return attaching.receive(recorder, entry_number(transfer))

    def void(self, entry: Entry, why: str) -> Ref:
        """Record that a value or an evidence item does not count any more; it stays to be read.

        Raises :class:`NotEntitled` without a role of the contract's ``authority.void``, :class:`Unknown`,
        :class:`OutOfOrder` (void or corrected already).
        """
        with self.writing() as recorder:
            return work.void(recorder, entry_number(entry), why)

    def change_clock(self, clock: str, by: timedelta | None = None, text: str | None = None) -> Ref:
        """Record that the clock was set, by so much, or that times are by another clock from here on."""
        with self.writing() as recorder:
            return work.change_clock(recorder, clock, None if by is None else by // timedelta(milliseconds=1), text)

    def note(self, text: str) -> Ref:
        """Write a note about the run."""
        with self.writing() as recorder:
            return work.note(recorder, text)

    def deviate(  # noqa: PLR0913 - what a deviation says, by name
        self,
        reason: str,
        description: str,
        *,
        severity: str | None = None,
        steps: tuple[str, ...] = (),
        values: tuple[Entry, ...] = (),
        evidence: tuple[Item, ...] = (),
        action: str | None = None,
        occurred: Moment | None = None,
    ) -> Ruled:
        """Raise a deviation, about the whole run if it names nothing; as :meth:`StepWork.deviate`."""
        with self.writing() as recorder:
            said = Deviation(
                reason=reason,
                description=description,
                severity=severity,
                steps=tuple(dict.fromkeys(steps)),
                values=entry_numbers(values),
                evidence=digests_of(recorder.state, evidence),
                action=action,
                occurred=time_of(occurred) if occurred else None,
            )
            return deviate.deviate(recorder, said)

    def remediate(self, deviation: Entry | Ruled, text: str, evidence: tuple[Item, ...] = ()) -> Ref:
        """Record what was done about a deviation, and the evidence that shows it."""
        with self.writing() as recorder:
            return deviate.remediate(recorder, _seq(deviation), text, digests_of(recorder.state, evidence))

    # What only people may do; NotEntitled for an agent or a device, and for who is not independent.

    def check(self, step_id: str, *, passed: bool, text: str | None = None, number: int | None = None) -> Ref:
        """Record the check of a pass that somebody else performed, the latest unless one is named."""
        with self.writing() as recorder:
            return oversight.check_step(recorder, step_id, passed=passed, text=text, number=number)

    def release(self, what: str | Entry | Ruled, text: str | None = None, number: int | None = None) -> Ref:
        """Release a pass of a step at its hold point, or the work that a deviation blocks."""
        with self.writing() as recorder:
            if isinstance(what, str):
                return oversight.release_step(recorder, what, text, number)
            return oversight.release_deviation(recorder, _seq(what), text)

    def authorise(
        self, step_id: str, actor: str, action: str, arguments: Item | dict[str, Any], until: Moment | timedelta
    ) -> Ref:
        """Give an actor leave for one action with exactly these arguments, once, until it expires.

        ``arguments`` are those that the actor attached (the entry, or their SHA-256), or the same map again.
        """
        with self.writing() as recorder:
            if isinstance(arguments, dict):
                digest = hashlib.sha256(encoded(arguments)).digest()
            else:
                digest = digest_of(recorder.state, arguments)
            return oversight.authorise(recorder, step_id, actor, action, digest, time_until(until))

    def close_deviation(self, deviation: Entry | Ruled, text: str) -> Ref:
        """Record that an entitled person verified what was done, and closes a deviation."""
        with self.writing() as recorder:
            return deviate.close(recorder, _seq(deviation), text)

    # The end.

    def end(
        self,
        outcome: Literal["completed", "aborted"] = "completed",
        reason: str | None = None,
        *,
        anyway: bool = False,
    ) -> Ref:
        """End the run; who ends it seals it, since only the seal can sign this last entry.

        Raises :class:`Incomplete` while something is open, :class:`NotEntitled` without a sealing role,
        :class:`OutOfOrder` in a batch.
        """
        with self._lock:
            self._check_open()
            self._check_free("end a run")
            with self._recording() as recorder:
                ref = work.end_run(recorder, outcome, reason, anyway=anyway)
                recorder.journal.commit()
                return ref

    def seal(self, *, with_open_items: bool = False) -> closing.Sealed:
        """Seal the run after its end, and let it go.

        Raises :class:`Closed` before the end, :class:`Incomplete` while something is open that nothing after the seal
        mends, :class:`NotEntitled`; then the run is not let go.
        """
        with self._lock:
            self._check_open()
            self._check_free("seal a run")
            done = closing.seal(self.path, self.actor, self._signer, with_open_items=with_open_items)
            self.let_go()
            return done

    def _check_free(self, what: str) -> None:
        if self._recorder is not None or self._looked is not None:
            raise OutOfOrder(f"nobody can {what} in a batch or while looking at it", "Do it after the block.")


def _seq(deviation: Entry | Ruled) -> int:
    return deviation.ref.seq if isinstance(deviation, Ruled) else entry_number(deviation)
