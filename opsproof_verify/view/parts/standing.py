"""How passes and steps stand: plan against actual, and what is out of the ordinary. Nothing is judged anew.

Whether a value is within its limits is compared as the verifier compares it, so that page and report agree.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from opsproof_verify import kinds as e
from opsproof_verify.contract import Step, ValueSpec
from opsproof_verify.rules.values import fits
from opsproof_verify.state import within
from opsproof_verify.view.parts.pieces import found_of, judged
from opsproof_verify.view.scene import Placed, Scene
from opsproof_verify.view.story import PassStory, StepStory, ValueStory


class PassStanding(NamedTuple):
    """A pass and what was found of it; ``odd`` if anything in it is out of the ordinary."""

    told: PassStory
    found: list[Placed]
    state: str
    outside: int  # values that are or were outside of their limits
    corrected: int
    void: int
    odd: bool


class Standing(NamedTuple):
    """A step and how it stands; ``done`` is a word of the messages ``steps.done.*``."""

    number: int  # in the order of the contract, from 1
    told: StepStory
    passes: list[PassStanding]
    found: list[Placed]
    state: str
    done: str
    deviations: list[int]
    odd: bool

    def total(self, name: str) -> int:
        """Give how often something stands in its passes: ``outside``, ``corrected``, ``void``."""
        return sum(getattr(one, name) for one in self.passes)


def standings(scene: Scene) -> list[Standing]:
    """Give how each step stands, those of the contract first and in its order."""
    named: dict[str, list[int]] = {}
    for seq, deviation in scene.story.deviations.items():
        for step in deviation.what.steps:
            named.setdefault(step, []).append(seq)
    steps = scene.story.steps.values()
    return [_standing(scene, number, told, named.get(told.id, [])) for number, told in enumerate(steps, 1)]


def judge_value(spec: ValueSpec | None, told: ValueStory) -> str:
    """Say how a value stands to what the contract asks: ``extra``, ``misfit``, ``outside``, ``within``, or ``free``."""
    if spec is None:
        return "extra"
    if not fits(spec, told.current) or spec.unit != told.what.unit:
        return "misfit"
    if spec.min is spec.max is None:
        return "free"
    return "within" if within(spec, told.current) else "outside"


def was_outside(spec: ValueSpec | None, told: ValueStory) -> bool:
    """Tell whether a value is outside of its limits, or was before it was corrected (SPEC 6.7-2)."""
    if spec is None:
        return False
    return not all(within(spec, one) for one in (told.what.value, *(what.new for _, what in told.corrections)))


def skipped(told: PassStory) -> bool:
    """Tell whether a pass was left out."""
    return any(isinstance(what, e.StepSkipped) for _, what in told.deeds)


def _entries_of(told: PassStory) -> Iterable[int]:
    """Give the entries of a pass but its deviations, which have places of their own."""
    yield from (when.seq for when in (told.began, told.ended) if when is not None)
    for value in told.values:
        yield value.when.seq
        yield from (when.seq for when, _ in value.corrections)
        yield from (value.voided[0].seq,) if value.voided else ()
    for item in told.evidence:
        yield from (item.when.seq,) if item.when else ()
        yield from (item.voided[0].seq,) if item.voided else ()
    yield from (when.seq for when, _ in told.deeds)


def _pass_standing(scene: Scene, told: StepStory, one: PassStory) -> PassStanding:
    found = found_of(scene, _entries_of(one), scene.about(step=told.id, **{"pass": one.number}))
    state = scene.state(found, "good" if judged(scene) else "off")
    specs = told.step.values if told.step else {}
    outside = sum(was_outside(specs.get(value.what.name), value) for value in one.values)
    misfit = any(judge_value(specs.get(value.what.name), value) == "misfit" for value in one.values)
    corrected = sum(len(value.corrections) for value in one.values)
    void = sum(value.voided is not None for value in one.values) + sum(item.voided is not None for item in one.evidence)
    failed = any(isinstance(what, e.Checked) and not what.passed for _, what in one.deeds)
    unfinished = one.ended is None
    odd = bool(state in ("bad", "open") or outside or corrected or void or misfit or failed or unfinished)
    return PassStanding(one, found, state, outside, corrected, void, odd or bool(one.deviations))


def _standing(scene: Scene, number: int, told: StepStory, named: list[int]) -> Standing:
    passes = [_pass_standing(scene, told, one) for _, one in sorted(told.passes.items())]
    found = {placed.number: placed for one in passes for placed in one.found}
    found.update((placed.number, placed) for placed in scene.about(step=told.id))
    done = _done(told.step, passes, told.left_out)
    deviations = sorted({*named, *(seq for one in passes for seq in one.told.deviations)})
    state = scene.state(found.values(), "good" if judged(scene) and done != "left" else "off")
    odd = state in ("bad", "open") or done not in ("done", "left") or any(one.odd for one in passes)
    every = [found[at] for at in sorted(found)]
    return Standing(number, told, passes, every, state, done, deviations, odd or bool(deviations))


def _done(step: Step | None, passes: list[PassStanding], left_out: int) -> str:
    """Say what became of a step."""
    if step is None:
        return "unknown"
    if not passes and not left_out:
        return "left" if step.optional else "missing"
    if passes and all(skipped(one.told) for one in passes):
        return "skipped"
    if any(one.told.ended is None and not skipped(one.told) for one in passes):
        return "open"
    return "done" if step.optional or len(passes) + left_out >= step.passes[0] else "short"
