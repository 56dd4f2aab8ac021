"""The card of a step: how it stands, what was found of it, and each of its passes."""

from __future__ import annotations

from collections.abc import Iterable

from opsproof_verify.contract import Step
from opsproof_verify.view.html import Content, Markup, element, join
from opsproof_verify.view.parts.layout import facts, fold
from opsproof_verify.view.parts.pieces import chosen, counts, more, notes, span, value_text, weighty
from opsproof_verify.view.parts.standing import PassStanding, Standing, skipped
from opsproof_verify.view.parts.step_pass import pass_content, performers, plural
from opsproof_verify.view.parts.step_plot import step_plots
from opsproof_verify.view.scene import Placed, Scene
from opsproof_verify.view.story import PassStory, StepStory

#: Passes of a step that are shown, and passes of all steps together; first those that are not in order.
MOST, ALTOGETHER = 10, 60

#: Values in the summary of a pass.
FEW = 3


def step_card(scene: Scene, one: Standing, summary: Iterable[Content], cards: int = 1) -> Markup:
    """Give the card of a step, one of so many: open if it is not in order, else folded; ``summary`` stands first."""
    told = one.told
    title = scene.name(told.step.title) if told.step else scene.text(told.id)
    head = element(
        "header",
        element("h3", element("span", f"{one.number}. ", cls="muted"), title),
        element("code", told.id, cls="muted", translate="no"),
        scene.badge(one.state),
    )
    line = element("p", scene.listed(filter(None, summary)), cls="muted")
    plan = _plan(scene, told.step) if told.step else None
    content = [plan, step_plots(scene, told), _passes(scene, one, cards), notes(scene, one.found)]
    folded = fold(scene.say("steps.card"), content, opened=one.odd)
    return element("article", head, line, scene.found(_own(one)), folded, cls="card step", id=f"step-{told.id}")


def _own(one: Standing) -> list[Placed]:
    """Give the findings that stand at the head of a step: where passes have folds of their own, not those of passes."""
    inside = {placed.number for each in one.passes for placed in each.found} if _several(one) else set()
    return [placed for placed in weighty(one.found) if placed.number not in inside]


def _several(one: Standing) -> bool:
    """Tell whether the passes of a step have folds: there are several, or the one is not the first."""
    return bool(one.told.left_out) or len(one.passes) > 1 or any(each.told.number != 1 for each in one.passes)


def _plan(scene: Scene, step: Step) -> list[Content]:
    """Give what the contract says of a step as a whole: its instruction, its place in the order, how often."""
    least, most = step.passes
    often = scene.say("steps.times", count=counts(least, most))
    pairs = [
        (scene.say("steps.row.after"), scene.listed(map(scene.step, step.after)) if step.after else None),
        (scene.say("steps.row.often"), often if most > 1 else None),
        (scene.say("steps.row.tags"), plural(scene, step.tags)),
    ]
    instruction = step.instruction and fold(
        scene.say("steps.instruction"), element("div", scene.prose(step.instruction))
    )
    return [facts(pairs) if any(value for _, value in pairs) else None, instruction]


def _passes(scene: Scene, one: Standing, cards: int) -> Content:
    """Give the passes of a step: one as it is, several each in a fold of its own."""
    told = one.told
    if not _several(one):
        return pass_content(scene, told, one.passes[0].told if one.passes else PassStory(1))
    shown = chosen(one.passes, min(MOST, max(ALTOGETHER // cards, 1)), lambda each: each.odd)
    left = len(one.passes) - len(shown) + told.left_out
    return [[_pass_fold(scene, told, each) for each in shown], more(scene, left)]


def _pass_fold(scene: Scene, told: StepStory, one: PassStanding) -> Markup:
    """Give a pass in a fold; its summary says who, when, and the first values."""
    each = one.told
    values = [value_text(scene, value.current, value.what.unit) for value in each.values[:FEW]]
    said = [
        scene.listed(values) if values else None,
        scene.listed(map(scene.actor, performers(each)[:FEW])) or None,
        span(scene, each.began.time, each.ended and each.ended.time) if each.began else None,
        scene.badge("open", scene.say("steps.done.skipped")) if skipped(each) else None,
        scene.badge("open", scene.say("steps.has-deviation")) if each.deviations else None,
        scene.badge("bad", scene.say("steps.outside", count=one.outside)) if one.outside else None,
        scene.badge("open", scene.say("steps.corrections", count=one.corrected)) if one.corrected else None,
    ]
    head = element("b", scene.say("steps.pass", number=each.number))
    summary = join(head, [join(" · ", text) for text in said if text], " ", scene.badge(one.state))
    return fold(summary, scene.found(weighty(one.found)), pass_content(scene, told, each), opened=one.odd)
