"""The evidence of a run: a table of all items, then a card for each; what asks for attention stands first and open."""

from __future__ import annotations

from opsproof_verify.view.html import Content, Markup, element, join
from opsproof_verify.view.parts.evidence_card import evidence_card, place_of, size_text, title_of
from opsproof_verify.view.parts.evidence_state import Looked, look
from opsproof_verify.view.parts.layout import grid, row, section
from opsproof_verify.view.parts.pieces import NOTHING, moment, more
from opsproof_verify.view.scene import Scene


def evidence(scene: Scene) -> Markup:
    """Give the section about the evidence items of entries and of sign-offs."""
    say, story = scene.say, scene.story
    if not story.evidence:
        return section("evidence", say("evidence.title"), element("p", say("evidence.none"), cls="lead"))
    looked: list[Looked] = []
    cards: list[Markup] = []
    shown: dict[bytes, str] = {}  # by digest, the card with the content
    placed: set[str] = set()  # a sign-off may bring a content twice, for two slots; its place is the first card
    for item in scene.relations.cards:  # each content is asked for once, and held no longer than its card needs it
        one, content = look(scene, item)
        looked.append(one)
        cards.append(evidence_card(scene, one, content, shown, has_place=item.id not in placed))
        placed.add(item.id)
    left = len(story.evidence) - len(looked)
    return section(
        "evidence",
        say("evidence.title"),
        _summary(scene, looked, left),
        _table(scene, looked),
        cards,
        more(scene, left),
    )


def _summary(scene: Scene, looked: list[Looked], left: int) -> list[Content]:
    """Say in a sentence how many items are as recorded, and how many are not."""
    say, total = scene.say, len(looked) + left
    counts = [(key, sum(one.key == key for one in looked)) for key in ("altered", "absent", "unlisted")]
    odd = [element("li", say(f"evidence.count-{key}", count=count)) for key, count in counts if count]
    if odd:
        return [element("p", say("evidence.some", count=total), cls="lead"), element("ul", odd)]
    return [element("p", say("evidence.all" if not left else "evidence.all-shown", count=total), cls="lead")]


def _table(scene: Scene, looked: list[Looked]) -> Markup:
    """Give one row for each item that has a card."""
    say = scene.say
    heads: list[Content] = [
        say(f"evidence.head-{name}") for name in ("item", "state", "place", "media", "size", "captured")
    ]
    return grid(say("evidence.table"), heads, [_row(scene, one) for one in looked])


def _row(scene: Scene, one: Looked) -> Markup:
    """Give what an item is, where it belongs, who brought it when, and its state."""
    story = one.story
    void = join(" ", scene.badge("off", scene.say("evidence.void"))) if story.voided else None
    outside = join(" ", element("span", scene.say("evidence.not-in-page"), cls="muted")) if one.is_outside else None
    return row(
        scene.link(f"evidence-{story.id}", title_of(scene, story)),
        [scene.badge(one.state, scene.say(f"evidence.{one.key}")), void, outside],
        place_of(scene, story.item),
        scene.text(story.item.media),
        element("span", size_text(scene, story.item.size), cls="num"),
        [one.brought[0], ", ", moment(one.brought[1])] if one.brought else NOTHING,
    )
