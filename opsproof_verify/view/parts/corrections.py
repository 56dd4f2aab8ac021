"""What was changed after it was recorded: corrections, old beside new, and what was made void."""

from __future__ import annotations

from typing import TypeVar

from opsproof_verify import kinds as e
from opsproof_verify.view.html import Content, Markup, element, join
from opsproof_verify.view.parts.layout import grid, row
from opsproof_verify.view.parts.pieces import change, evidence_link, moment, more, value_link, value_text
from opsproof_verify.view.scene import Scene
from opsproof_verify.view.story import Event, When

_Kind = TypeVar("_Kind", bound=Event)

#: Rows of one table.
MOST = 200


def corrections(scene: Scene) -> Markup | None:
    """Give all corrections of a run, old beside new; None if there are none."""
    found = _of_kind(scene, e.Correction)
    if not found:
        return None
    rows = [
        _row(scene, when, what.why, value_link(scene, what.corrects.seq), change(scene, what))
        for when, what in found[:MOST]
    ]
    return _table(scene, "corrections", ("entry", "value", "change", "why", "by", "when"), rows, len(found))


def voids(scene: Scene) -> Markup | None:
    """Give all that was made void; None if nothing was."""
    found = _of_kind(scene, e.Voided)
    if not found:
        return None
    rows = [_row(scene, when, what.why, _voided(scene, what.voids.seq)) for when, what in found[:MOST]]
    return _table(scene, "voids", ("entry", "what", "why", "by", "when"), rows, len(found))


def _of_kind(scene: Scene, kind: type[_Kind]) -> list[tuple[When, _Kind]]:
    return [(when, what) for when, what in scene.story.events if isinstance(what, kind)]


def _row(scene: Scene, when: When, why: str, *changed: Content) -> Markup:
    """Give the entry that changes something, what it changes, why, by whom and when."""
    return row(scene.entry(when.seq), *changed, scene.prose(why), scene.actor(when.actor), moment(when.time))


def _table(scene: Scene, name: str, heads: tuple[str, ...], rows: list[Markup], count: int) -> Markup:
    title = scene.say(f"deviations.{name}")
    table = grid(title, [scene.say(f"deviations.head.{head}") for head in heads], rows)
    return join(element("h3", title, id=name), table, more(scene, count - len(rows)))


def _voided(scene: Scene, seq: int) -> Content:
    item, value = scene.relations.evidence.get(seq), scene.relations.values.get(seq)
    if item is not None:
        return join(evidence_link(scene, item), " (", scene.entry(seq), ")")
    if value is not None:
        return join(value_link(scene, seq), ": ", element("del", value_text(scene, value.current, value.what.unit)))
    return scene.entry(seq)
