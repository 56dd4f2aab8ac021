"""The steps, plan against actual: a table of all, then a card for each; what is not in order stands open."""

from __future__ import annotations

from opsproof_verify.contract import Step
from opsproof_verify.view.html import Content, Markup, element, join
from opsproof_verify.view.parts.layout import grid, row, section
from opsproof_verify.view.parts.pieces import NOTHING, chosen, counts, judged, span
from opsproof_verify.view.parts.standing import Standing, skipped, standings
from opsproof_verify.view.parts.step_card import step_card
from opsproof_verify.view.parts.step_pass import deviation_link, performers, plural
from opsproof_verify.view.scene import Scene

#: Steps that have a row and a card; first those that are not in order.
MOST = 300

#: Names in one cell.
FEW = 5


def steps(scene: Scene) -> Markup:
    """Give the section about the steps of the contract, and about those that only the record has."""
    every = standings(scene)
    shown = chosen(every, MOST, lambda one: one.odd)
    left = {one.told.id for one in every} - {one.told.id for one in shown}
    return section(
        "steps",
        scene.say("steps.title"),
        _summary(scene, every) if every else element("p", scene.say("steps.none"), cls="lead"),
        _warnings(scene),
        _overview(scene, shown) if shown else None,
        [step_card(scene, one, _told(scene, one), len(shown)) for one in shown],
        _not_shown(scene, [one.told.id for one in every if one.told.id in left]),
    )


def _summary(scene: Scene, every: list[Standing]) -> Markup:
    """Say in a sentence how many steps are as planned, and name those that are not."""
    odd = [one for one in every if one.odd]
    if not odd:
        key = "steps.all" if judged(scene) else "steps.all-unjudged"
        return element("p", scene.say(key, count=len(every)), cls="lead")
    named = scene.listed(scene.step(one.told.id) for one in odd[:FEW])
    rest = len(odd) - FEW
    named = join(named, " ", scene.say("steps.and-more", count=rest)) if rest > 0 else named
    return element("p", scene.say.markup("steps.some", count=len(every), odd=len(odd), steps=named), cls="lead")


def _warnings(scene: Scene) -> list[Content]:
    """Say what this rests on where the record cannot be seen in whole, or its contract is not trusted."""
    story, say = scene.story, scene.say
    texts = [
        say("steps.no-contract") if story.contract is None else None,
        say("steps.unverified") if story.contract is not None and scene.report.contract is None else None,
        say("steps.unjudged") if scene.report.contract is not None and not judged(scene) else None,
        say("steps.hidden", count=len(story.withheld)) if story.withheld else None,
        say("steps.unreadable", count=len(story.unreadable)) if story.unreadable else None,
        say("steps.broken") if story.broken else None,
        say("steps.left-out", count=story.left_out) if story.left_out else None,
    ]
    return [element("div", element("p", text), cls="callout is-open") for text in texts if text]


def _overview(scene: Scene, shown: list[Standing]) -> Markup:
    heads = [scene.say(f"steps.head.{name}") for name in ("step", "planned", "done", "who", "time", "special", "state")]
    return grid(scene.say("steps.overview"), heads, [_row(scene, one) for one in shown])


def _row(scene: Scene, one: Standing) -> Markup:
    return row(
        join(element("span", f"{one.number}. ", cls="muted"), scene.step(one.told.id)),
        planned(scene, one.told.step) if one.told.step else scene.say("steps.not-planned"),
        _done(scene, one),
        _who(scene, one),
        _time(scene, one) or NOTHING,
        _special(scene, one),
        scene.badge(one.state),
        cls=f"is-{one.state}",
    )


def planned(scene: Scene, step: Step) -> Markup:
    """Say in a few words what the contract asks of a step: by whom, how often, how it is controlled."""
    least, most = step.passes
    often = scene.say("steps.times", count=counts(least, most))
    tags = [
        plural(scene, step.roles),
        often if most > 1 else None,
        scene.say("steps.tag.optional") if step.optional else None,
        scene.say("steps.tag.critical") if step.critical else None,
        scene.say("steps.tag.check") if step.critical or step.check else None,
        scene.say("steps.tag.hold") if step.hold else None,
        scene.say("steps.tag.leave") if step.authorise else None,
    ]
    return element("ul", [element("li", tag) for tag in tags if tag], cls="tags small")


def _told(scene: Scene, one: Standing) -> list[Content]:
    """Say in a line what became of a step: done, by whom, from when to when."""
    names = _workers(one)
    who = names and join(scene.listed(map(scene.actor, names[:FEW])), f" +{len(names) - FEW}" if names[FEW:] else None)
    return [scene.say(f"steps.done.{one.done}"), who or None, _time(scene, one)]


def _workers(one: Standing) -> list[str]:
    """Give those who worked on a step, in the order in which they began."""
    return list(dict.fromkeys(name for each in one.passes for name in performers(each.told)))


def _done(scene: Scene, one: Standing) -> Content:
    word = scene.say(f"steps.done.{one.done}")
    count = len(one.passes) + one.told.left_out
    return (
        join(word, element("div", scene.say("steps.times", count=str(count)), cls="muted small")) if count > 1 else word
    )


def _who(scene: Scene, one: Standing) -> Content:
    """Name those who worked on a step."""
    names = _workers(one)
    if not names:
        return NOTHING
    rest = scene.say("steps.and-more", count=len(names) - FEW) if len(names) > FEW else None
    return element("ul", [element("li", text) for text in (*map(scene.actor, names[:FEW]), rest) if text], cls="plain")


def _time(scene: Scene, one: Standing) -> Content:
    """Give from when to when a step was worked on, over all of its passes."""
    worked = [each.told for each in one.passes if not skipped(each.told)]
    began = [each.began.time for each in worked if each.began]
    ended = [each.ended.time for each in worked if each.ended]
    if not began:
        return None
    first = min(began, key=lambda time: time.ms)
    whole = ended and len(ended) == len(worked)
    return span(scene, first, max(ended, key=lambda time: time.ms) if whole else None)


def _special(scene: Scene, one: Standing) -> Content:
    """Name what is out of the ordinary: outside of limits, corrected, made void, out of order, deviations."""
    disordered = any(found.finding.code.name == "step.out-of-order" for found in one.found)
    counts = (("outside", "steps.outside"), ("corrected", "steps.corrections"), ("void", "steps.voids"))
    lines: list[Content] = [scene.say(key, count=one.total(name)) for name, key in counts if one.total(name)]
    lines += [scene.say("steps.disordered")] if disordered else []
    lines += [deviation_link(scene, seq) for seq in one.deviations[:FEW]]
    rest = len(one.deviations) - FEW
    lines += [scene.say("steps.and-more", count=rest)] if rest > 0 else []
    return element("ul", [element("li", line) for line in lines], cls="plain") if lines else NOTHING


def _not_shown(scene: Scene, names: list[str]) -> Markup | None:
    """Say how many steps have no card; links to them end here."""
    if not names:
        return None
    places = [element("span", id=f"step-{name}") for name in names]
    return element("p", scene.say("shared.more", count=len(names)), places, cls="muted")
