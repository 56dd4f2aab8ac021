"""What was changed after it was recorded: corrections, old beside new, and what was made void."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

from opsproof_verify import kinds as e
from opsproof_verify.view.html import Content, Markup, element, join
from opsproof_verify.view.parts.layout import grid, row
from opsproof_verify.view.parts.pieces import evidence_link, moment, more, value_link, value_text
from opsproof_verify.view.scene import Scene
from opsproof_verify.view.story import Event, EvidenceStory, ValueStory, When

_Kind = TypeVar("_Kind", bound=Event)

#: Rows of one table.
MOST = 200


def corrections(scene: Scene, values: Mapping[int, ValueStory]) -> Markup | None:
    """Give all corrections of a run, old beside new; None if there are none."""
    found = _of_kind(scene, e.Correction)
    if not found:
        return None
    rows = [
        row(
            scene.entry(when.seq),
            value_link(scene, what.corrects.seq, values.get(what.corrects.seq)),
            _change(scene, what, values.get(what.corrects.seq)),
            scene.prose(what.why),
            scene.actor(when.actor),
            moment(when.time),
        )
        for when, what in found[:MOST]
    ]
    return _table(scene, "corrections", ("entry", "value", "change", "why", "by", "when"), rows, len(found))


def voids(scene: Scene, values: Mapping[int, ValueStory], items: Mapping[int, EvidenceStory]) -> Markup | None:
    """Give all that was made void; None if nothing was."""
    found = _of_kind(scene, e.Voided)
    if not found:
        return None
    rows = [
        row(
            scene.entry(when.seq),
            _voided(scene, what.voids.seq, values, items),
            scene.prose(what.why),
            scene.actor(when.actor),
            moment(when.time),
        )
        for when, what in found[:MOST]
    ]
    return _table(scene, "voids", ("entry", "what", "why", "by", "when"), rows, len(found))


def _of_kind(scene: Scene, kind: type[_Kind]) -> list[tuple[When, _Kind]]:
    return [(when, what) for when, what in scene.story.events if isinstance(what, kind)]


def _table(scene: Scene, name: str, heads: tuple[str, ...], rows: list[Markup], count: int) -> Markup:
    title = scene.say(f"deviations.{name}")
    table = grid(title, [scene.say(f"deviations.head.{head}") for head in heads], rows)
    return join(element("h3", title, id=name), table, more(scene, count - len(rows)))


def _change(scene: Scene, what: e.Correction, told: ValueStory | None) -> Markup:
    """Give old and new, which say so without colour and without lines too."""
    unit = told.what.unit if told else None
    old = element("del", value_text(scene, what.old, unit), cls="old")
    new = element("ins", value_text(scene, what.new, unit), cls="new")
    return element("span", old, " → ", new, cls="num")


def _voided(scene: Scene, seq: int, values: Mapping[int, ValueStory], items: Mapping[int, EvidenceStory]) -> Content:
    item, value = items.get(seq), values.get(seq)
    if item is not None:
        return join(evidence_link(scene, item), " (", scene.entry(seq), ")")
    if value is not None:
        return join(
            value_link(scene, seq, value), ": ", element("del", value_text(scene, value.current, value.what.unit))
        )
    return scene.entry(seq)
