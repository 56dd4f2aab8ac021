"""The deviations, those first that are not settled, and what was changed afterwards: corrections, and what is void."""

from __future__ import annotations

from opsproof_verify.view.html import Content, Markup, element, join
from opsproof_verify.view.parts.corrections import corrections, voids
from opsproof_verify.view.parts.deviation_card import Known, deviation_card
from opsproof_verify.view.parts.layout import grid, row, section
from opsproof_verify.view.parts.pieces import judged
from opsproof_verify.view.scene import Scene

#: Deviations that have a card.
MOST = 200


def deviations(scene: Scene) -> Markup:
    """Give the section about deviations, corrections and what was made void."""
    known = Known(scene)
    every = sorted(scene.story.deviations.values(), key=lambda one: (known.settled(one.when.seq), one.when.seq))
    shown, rest = every[:MOST], every[MOST:]
    return section(
        "deviations",
        scene.say("deviations.title"),
        element("p", _summary(scene, known), cls="lead"),
        [deviation_card(scene, known, one) for one in shown],
        _rest(scene, [one.when.seq for one in rest]),
        corrections(scene),
        voids(scene),
    )


def _summary(scene: Scene, known: Known) -> Content:
    """Say in a sentence how many there are, and how many are settled."""
    count, say = len(scene.story.deviations), scene.say
    if not count:
        return say("deviations.none")
    if not judged(scene):
        return say("deviations.unjudged", count=count)
    unsettled = [seq for seq in scene.story.deviations if not known.settled(seq)]
    return say("deviations.some", count=count, open=len(unsettled)) if unsettled else say("deviations.all", count=count)


def _rest(scene: Scene, numbers: list[int]) -> Markup | None:
    """Count by reason the deviations that have no card; links to them end here."""
    if not numbers:
        return None
    counts: dict[str, int] = {}
    for seq in numbers:
        reason = scene.story.deviations[seq].what.reason
        counts[reason] = counts.get(reason, 0) + 1
    ranked = sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))
    heads = (scene.say("deviations.reason"), scene.say("deviations.count"))
    table = grid(
        scene.say("deviations.rest"), heads, [row(scene.text(name), str(count)) for name, count in ranked[:MOST]]
    )
    places = [element("span", id=f"deviation-e{seq}") for seq in numbers]
    return join(element("p", scene.say("shared.more", count=len(numbers)), places), table)
