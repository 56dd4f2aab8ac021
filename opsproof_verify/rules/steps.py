"""Rules on steps: the order of the contract, hold points, ends, gaps (SPEC 9.10-3 to -7, -15)."""

from __future__ import annotations

from typing import get_args

from opsproof_verify.contract import Step
from opsproof_verify.kinds import (
    Acted,
    AtStep,
    Authorised,
    Checked,
    DeviationRaised,
    EvidenceAdded,
    Gap,
    InPass,
    InstrumentUsed,
    Note,
    Released,
    RunEnded,
    StepSkipped,
    ValueRecorded,
)
from opsproof_verify.run import Run
from opsproof_verify.state import Placed
from opsproof_verify.violation import AtEnd, OnEntry, Violations, about, on

_Named = InPass | EvidenceAdded | Note | Released
_Inside = ValueRecorded | InstrumentUsed | EvidenceAdded | Acted


def check_known(run: Run, placed: Placed, what: _Named) -> Violations:
    """Each step and pass that an entry names is one of the contract's (9.10-3)."""
    if what.step is not None and what.number is not None and run.step_of(what.step, what.number) is None:
        yield on(placed, "step.unknown")


def check_scope_known(run: Run, placed: Placed, what: DeviationRaised) -> Violations:
    """Each step that a deviation names is one of the contract's (9.10-3)."""
    for step in what.steps:
        if step not in run.contract.steps:
            yield on(placed, "step.unknown", step=step)


def check_order(run: Run, placed: Placed, what: AtStep | StepSkipped) -> Violations:
    """A pass starts after what must come before it, starts once, and ends once (9.10-5)."""
    step = run.step_of(what.step, what.number)
    if step is None:
        return
    one = run.passes.get((what.step, what.number))
    if placed.entry.kind == "step-completed":
        if one is None or not one.open:
            yield on(placed, "step.out-of-order", why="not-open")
        return
    if one is not None and (one.ended or (one.open and placed.entry.kind == "step-started")):
        yield on(placed, "step.out-of-order", why="again")
        return
    if one is not None and one.open:
        return
    before = run.passes.get((what.step, what.number - 1))
    if what.number > 1 and (before is None or not before.ended):
        yield on(placed, "step.out-of-order", why="pass-before")
    for name in step.after:
        if not _has_ended(run, run.contract.steps[name]):
            yield on(placed, "step.out-of-order", why="after", after=name)


def check_skip_explained(_: Run, placed: Placed, what: StepSkipped) -> Violations:
    """Who leaves a pass out says why (9.10-7)."""
    if what.reason is None:
        yield on(placed, "step.skip-unexplained")


def check_gap_explained(_: Run, placed: Placed, what: Gap) -> Violations:
    """Where the recorder stopped, an entry says why (9.10-15)."""
    if what.reason is None:
        yield on(placed, "gap.unexplained")


def check_open(run: Run, placed: Placed, what: _Inside) -> Violations:
    """Work entries of a pass stand between its start and its end (9.10-5)."""
    if what.step is None or what.number is None or run.step_of(what.step, what.number) is None:
        return
    one = run.passes.get((what.step, what.number))
    if one is None or not one.open:
        yield on(placed, "step.out-of-order", why="not-open")


def check_released(run: Run, placed: Placed, what: AtStep) -> Violations:
    """A step after a hold point starts only when that was released (9.10-6)."""
    step = run.step_of(what.step, what.number)
    if step is None or placed.entry.kind != "step-started":
        return
    for name in step.after:
        if _is_held(run, run.contract.steps[name]):
            yield about("step.not-released", {"step": name})


def check_released_at_end(run: Run, _: Placed, what: RunEnded) -> Violations:
    """A completed run leaves no hold point unreleased (9.10-6)."""
    if what.outcome == "completed":
        for step in run.contract.steps.values():
            if _is_held(run, step):
                yield about("step.not-released", {"step": step.id})


def check_finished(run: Run) -> Violations:
    """Each step that is not optional has ended, and none is open (9.10-4)."""
    if run.outcome == "aborted":
        return
    for step in run.contract.steps.values():
        progress = run.progress[step.id]
        owed = 0 if step.optional else step.passes[0] - progress.ended
        still_open = bool(progress.open)
        if (owed > 0 or still_open) and run.scopes.naming(step.id) < 0:
            yield about("step.unfinished", {"step": step.id}, passes=max(owed, 0), open=still_open)


def _has_ended(run: Run, step: Step) -> bool:
    """Tell whether a step that others wait for has ended (9.10-5)."""
    progress = run.progress[step.id]
    return not progress.open and (step.optional or progress.ended >= step.passes[0])


def _is_held(run: Run, step: Step) -> bool:
    """Tell whether a hold point has a completed pass that nobody entitled has released (9.10-6)."""
    return step.hold is not None and bool(run.progress[step.id].held)


ON_ENTRY: OnEntry = {
    AtStep: (check_known, check_order, check_released),
    StepSkipped: (check_known, check_order, check_skip_explained),
    Gap: (check_gap_explained,),
    **dict.fromkeys(get_args(_Inside), (check_known, check_open)),
    **dict.fromkeys((Checked, Authorised, Released, Note), (check_known,)),
    DeviationRaised: (check_scope_known,),
    RunEnded: (check_released_at_end,),
}
AT_END: tuple[AtEnd, ...] = (check_finished,)
