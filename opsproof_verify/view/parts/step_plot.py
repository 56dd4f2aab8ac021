"""The numbers of a step with several passes as plots, one for each value that the contract asks for."""

from __future__ import annotations

from decimal import Decimal

from opsproof_verify.contract import ValueSpec
from opsproof_verify.render.escape import printable
from opsproof_verify.view.html import Markup, element
from opsproof_verify.view.parts.standing import judge_value
from opsproof_verify.view.plot import Axis, Limit, Reading, plot
from opsproof_verify.view.scene import Scene
from opsproof_verify.view.story import StepStory

#: Readings from which a plot says more than a table, and plots of one step.
LEAST, MOST = 3, 6

_NUMBERS = ("decimal", "integer")


def step_plots(scene: Scene, told: StepStory) -> list[Markup]:
    """Give the plots of a step; none for one that the contract does not have."""
    step = told.step
    specs = [spec for spec in step.values.values() if spec.type in _NUMBERS] if step else []
    plots = (_plot(scene, told, spec) for spec in specs)
    return [one for one in plots if one is not None][:MOST]


def _plot(scene: Scene, told: StepStory, spec: ValueSpec) -> Markup | None:
    """Draw a value over the passes, as it counts; what is void or no number is left out."""
    readings = [
        Reading(Decimal(number), Decimal(value.current), f"{scene.say('steps.pass', number=number)}: {value.current}")
        for number, one in sorted(told.passes.items())
        for value in one.values
        if value.what.name == spec.id and value.voided is None and judge_value(spec, value) != "misfit"
    ]
    if len(readings) < LEAST:
        return None
    unit, name = printable(spec.unit or ""), printable(spec.title or spec.id)
    limits = [Limit(Decimal(text), f"{text} {unit}".rstrip(), least) for text, least in _limits(spec)]
    drawn = plot(
        readings,
        limits,
        ident=f"plot:{told.id}:{spec.id}",
        title=scene.say("steps.plot-title", name=name),
        description=scene.say("steps.plot-about", count=len(readings), name=name),
        x=Axis(scene.say("steps.plot-pass"), whole=True),
        y=Axis(f"{name}, {unit}" if unit else name, whole=spec.type == "integer"),
    )
    return element(
        "figure", drawn, cls="scroll", role="group", tabindex=0, aria_label=scene.say("steps.plot-title", name=name)
    )


def _limits(spec: ValueSpec) -> list[tuple[str, bool]]:
    """Give the limits of a value, and whether each is the least one."""
    both = ((spec.min, True), (spec.max, False))
    return [(text, least) for text, least in both if text is not None]
