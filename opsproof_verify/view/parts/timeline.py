"""The timeline: a graphic of the whole run, and below it, as words, all that the graphic shows beside the work."""

from __future__ import annotations

from opsproof_verify.view.html import Markup, element
from opsproof_verify.view.parts.layout import section
from opsproof_verify.view.parts.pieces import more, span
from opsproof_verify.view.parts.standing import standings
from opsproof_verify.view.parts.timeline_events import Happening, happenings
from opsproof_verify.view.parts.timeline_plot import legend, timeline_plot
from opsproof_verify.view.scene import Scene

#: Things that are told.
MOST = 300

_COUNTED = ("deviation", "block", "gap", "clock", "late", "skip", "correction", "void")


def timeline(scene: Scene) -> Markup:
    """Give the section about the course of the run."""
    every = happenings(scene)
    steps = standings(scene)
    drawn = timeline_plot(scene, steps, every)
    told = [element("li", one.text) for one in every[:MOST]]
    return section(
        "timeline",
        scene.say("timeline.title"),
        element("p", _summary(scene, every), cls="lead"),
        element("p", scene.say("timeline.claimed"), cls="muted small"),
        drawn,
        legend(scene, steps, every) if drawn else None,
        element("h3", scene.say("timeline.events")) if told else None,
        element("ol", told, cls="chain") if told else None,
        more(scene, len(every) - MOST),
    )


def _summary(scene: Scene, every: list[Happening]) -> Markup:
    """Say how long the run took, and what interrupted it."""
    counts = [(kind, sum(one.kind == kind for one in every)) for kind in _COUNTED]
    told = [scene.say(f"timeline.count.{kind}", count=count) for kind, count in counts if count]
    within = scene.story.span
    took = span(scene, *within) if within else scene.say("timeline.no-span")
    key = "timeline.summary" if told else "timeline.quiet"
    return scene.say.markup(key, span=took, told=scene.listed(told))
