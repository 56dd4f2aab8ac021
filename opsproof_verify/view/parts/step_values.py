"""The values and the evidence of a pass: what the contract asks for, what was recorded, and what became of it."""

from __future__ import annotations

from opsproof_verify.contract import Slot, Step, ValueSpec
from opsproof_verify.view.html import Content, Markup, element, join
from opsproof_verify.view.parts.layout import grid, row
from opsproof_verify.view.parts.pieces import NOTHING, counts, evidence_link, moment, more, quoted, signed, value_text
from opsproof_verify.view.parts.standing import judge_value, was_outside
from opsproof_verify.view.scene import Scene
from opsproof_verify.view.story import EvidenceStory, PassStory, ValueStory

#: Rows of one table.
MOST = 200

_JUDGED = {"within": "good", "outside": "bad", "misfit": "bad", "free": "off", "extra": "off"}


def values_table(scene: Scene, step: Step | None, one: PassStory) -> Markup | None:
    """Give the values of a pass beside what the contract asks for; None if there is neither."""
    specs = step.values if step else {}
    rows = []
    for name, spec in specs.items():
        told = [value for value in one.values if value.what.name == name]
        rows += [_value_row(scene, spec, value) for value in told] or [_no_value(scene, spec)]
    rows += [_value_row(scene, None, value) for value in one.values if value.what.name not in specs]
    if not rows:
        return None
    heads = [scene.say(f"steps.values.{name}") for name in ("name", "limits", "recorded", "judged", "by")]
    return join(grid(scene.say("steps.values-label"), heads, rows[:MOST]), more(scene, len(rows) - MOST))


def asked_of(scene: Scene, spec: ValueSpec) -> Markup:
    """Say what a value must be: limits with the unit, choices, or its type."""
    say, unit = scene.say, f" {spec.unit}" if spec.unit else ""
    if spec.choices is not None:
        asked = scene.listed(scene.text(choice) for choice in spec.choices)
    elif spec.min is not None and spec.max is not None:
        asked = say.markup("steps.between", least=scene.text(spec.min), most=scene.text(f"{spec.max}{unit}"))
    elif spec.min is not None:
        asked = say.markup("steps.least", least=scene.text(f"{spec.min}{unit}"))
    elif spec.max is not None:
        asked = say.markup("steps.most", most=scene.text(f"{spec.max}{unit}"))
    else:
        in_unit = join(", ", scene.text(spec.unit)) if spec.unit else None
        asked = join(say(f"steps.type.{spec.type}"), in_unit)
    return join(asked, "; ", say("steps.optional")) if spec.optional else asked


def recorded(scene: Scene, told: ValueStory) -> Markup:
    """Give what was recorded: an old value struck through beside each new one, with the reason."""
    unit = told.what.unit
    texts = [value_text(scene, one, unit) for one in (told.what.value, *(what.new for _, what in told.corrections))]
    gone = texts if told.voided else texts[:-1]
    made: list[Content] = [element("del", text, cls="old") for text in gone]
    if not told.voided:
        made.append(element("ins", texts[-1], cls="new") if told.corrections else texts[-1])
    return element("span", [join(" → " if at else None, one) for at, one in enumerate(made)], cls="num")


def _value_row(scene: Scene, spec: ValueSpec | None, told: ValueStory) -> Markup:
    title = join(scene.text(spec.title), " ", element("code", spec.id, cls="muted")) if spec and spec.title else None
    return row(
        title or scene.text(told.what.name),
        asked_of(scene, spec) if spec else scene.say("steps.not-asked"),
        join(recorded(scene, told), _changes(scene, told)),
        _judgement(scene, spec, told),
        join(signed(scene, told.when), _late(scene, told)),
    )


def _judgement(scene: Scene, spec: ValueSpec | None, told: ValueStory) -> Markup:
    """Say how a value stands to its limits, and whether it was outside of them before."""
    if told.voided:
        return scene.badge("off", scene.say("steps.void"))
    how = judge_value(spec, told)
    badge = scene.badge(_JUDGED[how], scene.say(f"steps.value.{how}"))
    before = how == "within" and was_outside(spec, told)
    return join(badge, " ", scene.badge("open", scene.say("steps.was-outside"))) if before else badge


def _changes(scene: Scene, told: ValueStory) -> list[Content]:
    """Say who corrected a value or made it void, when and why."""
    made: list[Content] = []
    for when, what in told.corrections:
        head = scene.say.markup("steps.corrected-by", who=signed(scene, when))
        made.append(element("div", head, quoted(scene, what.why), cls="change small"))
    if told.voided is not None:
        when, void = told.voided
        head = scene.say.markup("steps.void-by", who=signed(scene, when))
        made.append(element("div", head, quoted(scene, void.why), cls="change small"))
    return made


def _late(scene: Scene, told: ValueStory) -> Markup | None:
    """Say when a value was seen, if the record says so, and why it was recorded late."""
    if told.what.observed is None and told.what.late is None:
        return None
    observed = told.what.observed
    seen = scene.say.markup("steps.observed", time=moment(observed)) if observed else None
    late = told.what.late and join(scene.say("steps.late"), quoted(scene, told.what.late))
    return element("div", seen, "; " if seen and late else None, late, cls="muted small")


def _no_value(scene: Scene, spec: ValueSpec) -> Markup:
    key = "steps.nothing" if spec.optional else "steps.missing"
    badge = scene.badge("off" if spec.optional else "open", scene.say(key))
    return row(scene.text(spec.title or spec.id), asked_of(scene, spec), NOTHING, badge, NOTHING)


def evidence_table(scene: Scene, step: Step | None, one: PassStory) -> Markup | None:
    """Give the evidence of a pass beside what the contract asks for; None if there is neither."""
    slots = step.evidence if step else {}
    rows = [
        _slot_row(scene, slot, [item for item in one.evidence if item.item.slot == slot.id]) for slot in slots.values()
    ]
    others = [item for item in one.evidence if item.item.slot not in slots]
    if others:
        further = scene.say("steps.further")
        rows.append(row(further, NOTHING, _items(scene, others), scene.badge("off", scene.say("steps.value.extra"))))
    if not rows:
        return None
    heads = [scene.say(f"steps.evidence.{name}") for name in ("slot", "asked", "items", "judged")]
    return join(grid(scene.say("steps.evidence-label"), heads, rows[:MOST]), more(scene, len(rows) - MOST))


def _slot_row(scene: Scene, slot: Slot, items: list[EvidenceStory]) -> Markup:
    """Give a slot: how many items of which media types it takes, and which it got."""
    count = sum(item.voided is None for item in items)
    key = "few" if count < slot.min else "many" if count > slot.max else "enough"
    state = "good" if key == "enough" else "open"
    many = counts(slot.min, slot.max)
    asked = scene.say.markup("steps.items", count=many, media=scene.listed(map(scene.text, slot.media)))
    told = scene.say(f"steps.slot.{key}", count=count)
    return row(scene.text(slot.title or slot.id), asked, _items(scene, items), scene.badge(state, told))


def _items(scene: Scene, items: list[EvidenceStory]) -> Content:
    """Give links to items, what is void struck through."""
    lines = [
        element(
            "li", _item(scene, item), element("div", signed(scene, item.when), cls="muted small") if item.when else None
        )
        for item in items[:MOST]
    ]
    return [element("ul", lines, cls="plain"), more(scene, len(items) - MOST)] if lines else NOTHING


def _item(scene: Scene, item: EvidenceStory) -> Markup:
    link = evidence_link(scene, item)
    if item.voided is None:
        return link
    when, what = item.voided
    head = scene.say.markup("steps.void-by", who=signed(scene, when))
    return join(element("del", link, cls="old"), element("div", head, quoted(scene, what.why), cls="change small"))
