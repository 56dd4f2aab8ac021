"""A pass of a step, as the Python API hands it out: in a ``with`` block, or begun and completed by calls."""

from __future__ import annotations

import hashlib
import time
from contextlib import suppress
from types import TracebackType
from typing import Any, Self

from opsproof_verify.fields import Ref

from opsproof_record.errors import OutOfOrder, Refused, Unauthorised, Unfit
from opsproof_record.library.holding import Held
from opsproof_record.run import attaching, deviate, oversight, work
from opsproof_record.run.arguments import (
    Content,
    Entry,
    Item,
    Moment,
    as_file,
    digests_of,
    encoded,
    entry_number,
    entry_numbers,
    time_of,
)
from opsproof_record.run.attaching import Attached, Copy, Target
from opsproof_record.run.deviate import Deviation, Ruled
from opsproof_record.run.recorder import Recorder
from opsproof_record.run.values import Given

_JSON = "application/json"
POLL = 0.5  # seconds between two looks for leave


class StepWork:
    """A pass of a step; each method records one thing, on disk when it returns.

    Every method may raise :class:`NotEntitled` (the actor's role, or it checked this pass), :class:`Blocked` (a
    deviation stops the work), :class:`OutOfOrder` (the pass is not open), and what :meth:`Run.writing` raises.
    """

    def __init__(self, run: Held, step: str, *, anyway: bool = False) -> None:
        """Stand before a step of a run; nothing is recorded yet."""
        self._run = run
        self._anyway = anyway
        self._number: int | None = None
        self._ended = False
        self.id = step

    @property
    def number(self) -> int:
        """The pass; :class:`OutOfOrder` if it was not begun."""
        if self._number is None:
            raise OutOfOrder(f"step {self.id} was not begun here", "Use it in a `with` statement, or run.begin(STEP).")
        return self._number

    @property
    def ended(self) -> bool:
        """Whether it was completed or skipped here."""
        return self._ended

    def __enter__(self) -> Self:
        """Begin the next pass, or go on with the open one; raises as :meth:`Run.begin`."""
        if self._number is None:
            self.start(go_on=True)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Complete the pass unless that was done; if the block failed it stays open, and a note says so."""
        if kind is None:
            if not self._ended:
                self.complete(anyway=self._anyway)
        elif not self._ended:
            with suppress(Refused, OSError):
                self.note(f"left open: {kind.__name__}")

    def start(self, *, go_on: bool) -> None:
        """Begin the next pass, or with ``go_on`` take up the one that is open."""
        with self._run.writing() as recorder:
            if go_on and recorder.state.open_passes(self.id):
                self._number = work.working(recorder, self.id)[1]
            else:
                self._number = work.begin(recorder, self.id)[1]

    def _check(self, recorder: Recorder) -> None:
        """Refuse when this pass is over and somebody has begun another."""
        if work.working(recorder, self.id)[1] != self.number:
            raise OutOfOrder(f"pass {self.number} of {self.id} has ended", "Take up the open one: run.step(STEP).")

    def record(
        self,
        name: str,
        value: Given,
        *,
        unit: str | None = None,
        observed: Moment | None = None,
        late: str | None = None,
    ) -> work.Outcome:
        """Record a value; one outside its limits is recorded, and ``flaw`` of the outcome says so: deviate then.

        ``observed`` says when it was read, ``late`` why it was not recorded then. Raises :class:`Unknown` (no such
        value), :class:`Unfit` (type, unit), :class:`OutOfOrder` (it is recorded).
        """
        if isinstance(value, float):
            raise Unfit(f"{value!r} is a float, which is not exact", 'Give a Decimal, or the text as read: "42.50".')
        with self._run.writing() as recorder:
            self._check(recorder)
            read = work.Reading(unit, time_of(observed) if observed else None, late)
            return work.record(recorder, self.id, name, value, read)

    def correct(self, entry: Entry, value: Given, why: str) -> work.Outcome:
        """Replace the value that an entry holds; both stay. Raises as :meth:`record`."""
        with self._run.writing() as recorder:
            return work.correct(recorder, entry_number(entry), value, why)

    def attach(  # noqa: PLR0913 - all but the content are given by name
        self,
        source: Content,
        *,
        slot: str | None = None,
        media: str | None = None,
        name: str | None = None,
        origin: str | None = None,
        captured: Moment | None = None,
        copy: Copy | None = None,
        late: str | None = None,
    ) -> Attached:
        """Add evidence: a file by its path, bytes, or an open binary stream (these two with ``name`` and ``media``).

        ``origin`` is the device or place that it comes from, ``captured`` when, ``copy`` whether it is the original or
        a true copy, ``late`` why it is added so late. A stream is read before the journal is held. Raises
        :class:`Unknown` (slot), :class:`Unfit` (media type), and :class:`Refused` for a file that cannot be read or
        changes meanwhile.
        """
        target = Target(self.id, slot, media, name, origin, time_of(captured) if captured else None, copy, late)
        with as_file(source, target, self._run.path) as path, self._run.writing() as recorder:
            self._check(recorder)
            return attaching.attach(recorder, path, target)

    def use_instrument(self, instrument: str, due: Moment | None = None, *, serves_as: str | None = None) -> Ref:
        """Record an instrument, what it is used as, and until when its calibration holds.

        Raises :class:`Unknown` if the step asks for none as that, :class:`Unfit` if the policy refuses its calibration.
        """
        with self._run.writing() as recorder:
            self._check(recorder)
            return work.use_instrument(recorder, self.id, instrument, time_of(due) if due else None, serves_as)

    def void(self, entry: Entry, why: str) -> Ref:
        """Record that a value or an evidence item does not count any more; as :meth:`Run.void`."""
        with self._run.writing() as recorder:
            return work.void(recorder, entry_number(entry), why)

    def note(self, text: str) -> Ref:
        """Write a note about the latest pass of this step."""
        with self._run.writing() as recorder:
            return work.note(recorder, text, self.id)

    def deviate(
        self,
        reason: str,
        description: str,
        *,
        severity: str | None = None,
        values: tuple[Entry, ...] = (),
        evidence: tuple[Item, ...] = (),
        action: str | None = None,
        occurred: Moment | None = None,
    ) -> Ruled:
        """Raise a deviation about some values or evidence, or else about this step; the policy rules on it at once.

        Raises :class:`Unknown` (reason, value, evidence), :class:`Incomplete` (the reason asks for more),
        :class:`Unfit` (a severity below the reason's). A ruling ``block`` stops the work in its scope.
        """
        with self._run.writing() as recorder:
            said = Deviation(
                reason=reason,
                description=description,
                severity=severity,
                steps=() if values or evidence else (self.id,),
                values=entry_numbers(values),
                evidence=digests_of(recorder.state, evidence),
                action=action,
                occurred=time_of(occurred) if occurred else None,
            )
            return deviate.deviate(recorder, said)

    def skip(self, reason: str) -> Ref:
        """Record that this pass is not done, and why; a step that is not optional needs a deviation too."""
        with self._run.writing() as recorder:
            self._check(recorder)
            ref, _ = work.skip(recorder, self.id, reason)
        return self._end(ref)

    def complete(self, *, anyway: bool = False) -> Ref:
        """Complete the pass and sign what is unsigned; :class:`Incomplete` if something it asks for is missing.

        ``anyway`` completes it all the same; every verification will say what is missing.
        """
        with self._run.writing() as recorder:
            self._check(recorder)
            ref, _ = work.end_step(recorder, self.id, anyway=anyway)
        return self._end(ref)

    def _end(self, ref: Ref) -> Ref:
        self._ended = True
        self._run.attest()
        return ref

    def request(self, action: str, arguments: dict[str, Any]) -> Attached:
        """Add the arguments of an action as evidence, so that a person can read and authorise exactly them."""
        return self.attach(encoded(arguments), media=_JSON, name="arguments.json", origin=action)

    def act(self, action: str, arguments: dict[str, Any], *, wait: float = 0) -> Ref:
        """Record that an action is taken now; call it before acting, and act only if it returns.

        Raises :class:`Unauthorised` if the step demands leave and there is none for exactly this. With ``wait`` the
        leave may come within so many seconds; the journal is not held meanwhile.
        """
        digest = hashlib.sha256(encoded(arguments)).digest()
        deadline = time.monotonic() + wait
        while True:
            try:
                with self._run.writing() as recorder:
                    self._check(recorder)
                    return oversight.act(recorder, self.id, action, digest)
            except Unauthorised:
                rest = deadline - time.monotonic()
                if rest <= 0 or self._run.held_here:  # nobody could authorise meanwhile
                    raise
                time.sleep(min(POLL, rest))
