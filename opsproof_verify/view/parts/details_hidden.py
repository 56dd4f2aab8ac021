"""What this copy does not show, and what the page leaves out of what it does (SPEC 3.2, 3.4)."""

from __future__ import annotations

from collections.abc import Iterator

from opsproof_verify import __version__
from opsproof_verify.view.html import Content, Markup, element
from opsproof_verify.view.parts.layout import grid, row
from opsproof_verify.view.parts.places import MAX_CARDS, Places
from opsproof_verify.view.scene import Scene


def hidden(scene: Scene, places: Places) -> Iterator[Content]:
    """Give what is withheld, absent or cannot be read, one by one."""
    say, story, bundle = scene.say, scene.story, scene.report.bundle
    yield element("h3", say("details.hidden"), id="hidden")
    rows = [row(places.entry(seq), say("details.hidden-withheld")) for seq in story.withheld[:MAX_CARDS]]
    rows += [row(places.evidence(one), say("details.hidden-absent")) for one in bundle.absent[:MAX_CARDS]]
    rows += [row(places.frame(number), scene.text(why)) for number, why in story.unreadable[:MAX_CARDS]]
    if story.broken:
        rows.append(row(say("details.hidden-broken"), scene.text(story.broken)))
    if not rows:
        yield element("p", say("details.hidden-none"))
        return
    yield grid(say("details.hidden"), [say("details.hidden-what"), say("details.hidden-why")], rows)
    withheld = sum(last - first + 1 for first, last in bundle.withheld)
    every = max(withheld, len(story.withheld)) + len(bundle.absent) + len(story.unreadable) + bool(story.broken)
    if every > len(rows):
        yield element("p", say("details.hidden-more", count=every - len(rows)), cls="muted")


def limits(scene: Scene) -> Markup:
    """Say how the page was made, and what it left out."""
    say, story = scene.say, scene.story
    absent = sum(one.place is None for one in story.evidence)
    bounded = say("limits.kept", kept=story.kept, left=story.left_out) if story.left_out else say("limits.complete")
    said = [say("limits.made", version=__version__), say("limits.offline"), say("limits.words"), bounded]
    if len(story.evidence) > absent:
        said.append(say("limits.evidence", count=len(story.evidence) - absent))
    if absent:
        said.append(say("limits.evidence-absent", count=absent))
    head = element("h3", say("limits.title"), id="limits-title")
    rows = [element("li", one) for one in said]
    return element("section", head, element("ul", rows), id="limits", aria_labelledby="limits-title", cls="stack")
