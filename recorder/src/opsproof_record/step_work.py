"""An open pass of a step, as the Python API hands it out."""

from __future__ import annotations

import hashlib
import io
import json
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, BinaryIO, Protocol

from opsproof_verify.fields import Ref

from opsproof_record import attaching, deviate, oversight, work
from opsproof_record.attaching import Attached, Target
from opsproof_record.clock import Time
from opsproof_record.deviate import Deviation, Ruled
from opsproof_record.recorder import Recorder
from opsproof_record.values import Given

_JSON = "application/json"


class Writing(Protocol):
    """What hands out the journal for a call: a run of `api`."""

    @property
    def path(self) -> Path:
        """The journal."""

    def writing(self) -> AbstractContextManager[Recorder]:
        """Hold the journal for one call."""


class StepWork:
    """The open pass of a step; each method records one thing, on disk when it returns."""

    def __init__(self, run: Writing, step: str, number: int) -> None:
        """Stand at a pass of a step of a run."""
        self._run = run
        self.id = step
        self.number = number
        self.skipped = False

    def record(self, name: str, value: Given, *, unit: str | None = None) -> work.Outcome:
        """Record a value; one outside its limits is recorded, and ``flaw`` of the outcome says so: deviate then."""
        with self._run.writing() as recorder:
            return work.record(recorder, self.id, name, value, unit)

    def correct(self, entry: int, value: Given, why: str) -> work.Outcome:
        """Replace the value that an entry holds; both stay."""
        with self._run.writing() as recorder:
            return work.correct(recorder, entry, value, why)

    def attach(
        self,
        source: str | Path | bytes | BinaryIO,
        *,
        slot: str | None = None,
        media: str | None = None,
        name: str | None = None,
        origin: str | None = None,
    ) -> Attached:
        """Add evidence: a file by its path, bytes, or an open binary stream (these two with ``name`` and ``media``)."""
        target = Target(self.id, slot, media, name, origin)
        if isinstance(source, str | Path):
            with self._run.writing() as recorder:
                return attaching.attach(recorder, Path(source), target)
        stream = io.BytesIO(source) if isinstance(source, bytes) else source
        with attaching.spooled(stream, self._run.path) as spool, self._run.writing() as recorder:
            return attaching.attach(recorder, spool, target)

    def use_instrument(self, instrument: str, due: Time | None = None) -> Ref:
        """Record an instrument, and until when its calibration holds."""
        with self._run.writing() as recorder:
            return work.use_instrument(recorder, self.id, instrument, due)

    def note(self, text: str) -> Ref:
        """Write a note about this pass."""
        with self._run.writing() as recorder:
            return work.note(recorder, text, self.id)

    def deviate(self, reason: str, description: str, **more: Any) -> Ruled:
        """Raise a deviation about this step; more as :class:`opsproof_record.deviate.Deviation` takes it."""
        said = Deviation(reason=reason, description=description, **({"steps": (self.id,)} | more))
        with self._run.writing() as recorder:
            return deviate.deviate(recorder, said)

    def skip(self, reason: str) -> Ref:
        """Record that this pass is not done."""
        with self._run.writing() as recorder:
            ref, _ = work.skip(recorder, self.id, reason)
        self.skipped = True
        return ref

    def request(self, action: str, arguments: dict[str, Any]) -> Attached:
        """Add the arguments of an action as evidence, so that a person can read and authorise exactly them."""
        return self.attach(encoded(arguments), media=_JSON, name="arguments.json", origin=action)

    def act(self, action: str, arguments: dict[str, Any]) -> Ref:
        """Record that an action is taken now; :class:`NotEntitled` if the step demands leave and there is none."""
        digest = hashlib.sha256(encoded(arguments)).digest()
        with self._run.writing() as recorder:
            return oversight.act(recorder, self.id, action, digest)


def encoded(arguments: dict[str, Any]) -> bytes:
    """Give the bytes of an action's arguments whose SHA-256 is authorised: JSON, sorted, without spaces."""
    text = json.dumps(arguments, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    return text.encode()
