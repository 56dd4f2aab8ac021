"""Rules on instruments (SPEC 9.10-42, 9.10-43)."""

from __future__ import annotations

from opsproof_verify.kinds import AtStep, InstrumentUsed
from opsproof_verify.run import Run
from opsproof_verify.state import Placed
from opsproof_verify.violation import OnEntry, Violations, on


def check_used(run: Run, placed: Placed, what: AtStep) -> Violations:
    """A completed pass names an instrument for each that its step asks for (9.10-42)."""
    step = run.contract.steps.get(what.step)
    if placed.entry.kind != "step-completed" or step is None:
        return
    one = run.passes.get((what.step, what.number))
    for name in step.instruments:
        if one is None or name not in one.instruments:
            yield on(placed, "instrument.missing", instrument=name)


def check_calibrated(_: Run, placed: Placed, what: InstrumentUsed) -> Violations:
    """An instrument is used while its calibration holds, and that is stated (9.10-43)."""
    if what.due is None:
        yield on(placed, "instrument.out-of-calibration", instrument=what.instrument, why="not-stated")
    elif placed.entry.time.ms > what.due.ms:
        yield on(placed, "instrument.out-of-calibration", instrument=what.instrument, why="overdue")


ON_ENTRY: OnEntry = {AtStep: (check_used,), InstrumentUsed: (check_calibrated,)}
