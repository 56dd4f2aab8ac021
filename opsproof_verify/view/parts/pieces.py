"""What steps, deviations and the timeline share: times and spans, recorded values, findings, what is shown first."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar

from opsproof_verify import kinds as e
from opsproof_verify.contract import Scalar
from opsproof_verify.findings import Time
from opsproof_verify.register import Severity
from opsproof_verify.render.times import duration, rfc3339, zone
from opsproof_verify.view.html import Markup, element, join
from opsproof_verify.view.parts.layout import fold
from opsproof_verify.view.scene import Placed, Scene
from opsproof_verify.view.story import EvidenceStory, When

T = TypeVar("T")

#: Rules on the work are judged in this phase (SPEC 9.3); without it nobody has said that a step is in order.
_RULES = 7

#: What stands in a cell that has nothing to say.
NOTHING = "\u2013"

_MINUTE, _DAY = 60_000, 86_400_000


def judged(scene: Scene) -> bool:
    """Tell whether the rules on the work were judged."""
    return scene.report.policy is not None and _RULES not in dict(scene.report.not_run)


def lasted(ms: int) -> str:
    """Give a duration as a person says it: no milliseconds from a minute on, no seconds from a day on."""
    least = _MINUTE if abs(ms) >= _DAY else 1_000 if abs(ms) >= _MINUTE else 1
    return duration(ms - ms % least if ms >= 0 else -(-ms - -ms % least))


def counts(least: int, most: int) -> str:
    """Give a least and a greatest count, as one number if they are the same."""
    return str(least) if least == most else f"{least}{NOTHING}{most}"


def clock(time: Time, since: Time | None = None) -> str:
    """Give a time to the second in its own offset; without its date if ``since`` has the same."""
    date, _, rest = rfc3339(time.ms, time.offset).partition("T")
    same = since is not None and since.offset == time.offset and _date(since) == date
    return rest[:8] if same else f"{date} {rest[:8]}"


def moment(time: Time) -> Markup:
    """Give a time to the second, the exact one as its title: where many stand together, milliseconds hide the rest."""
    return element("time", f"{clock(time)}{zone(time.offset)}", title=rfc3339(time.ms, time.offset))


def span(scene: Scene, began: Time, ended: Time | None) -> Markup:
    """Give from when to when something lasted, and how long."""
    first = element("time", clock(began), title=rfc3339(began.ms, began.offset))
    if ended is None:
        return join(first, " ", zone(began.offset))
    last = element("time", clock(ended, began), title=rfc3339(ended.ms, ended.offset))
    offset = zone(ended.offset)
    took = scene.say("steps.took", time=lasted(ended.ms - began.ms))
    between = f" {NOTHING} " if began.offset == ended.offset else f" {zone(began.offset)} {NOTHING} "
    return join(first, between, last, " ", offset, " ", element("span", took, cls="muted"))


def signed(scene: Scene, when: When) -> Markup:
    """Give who wrote an entry, when, and the link to it."""
    return join(scene.actor(when.actor), ", ", moment(when.time), ", ", scene.entry(when.seq))


def quoted(scene: Scene, text: str | None) -> Markup | None:
    """Give what somebody wrote, on a line of its own; None if nothing was."""
    return element("div", scene.prose(text), cls="said") if text else None


def value_text(scene: Scene, value: Scalar, unit: str | None) -> Markup:
    """Give a recorded value with its unit, as the record has it."""
    plain = str(value).lower() if isinstance(value, bool) else str(value)
    return scene.text(f"{plain} {unit}" if unit else plain)


def evidence_link(scene: Scene, item: EvidenceStory) -> Markup:
    """Give the link to an evidence item, by its name."""
    name = item.item.name
    return scene.evidence_link(item, scene.name(name) if name else scene.text(item.item.media))


def value_link(scene: Scene, seq: int) -> Markup:
    """Name a recorded value by its title, its step and its entry; by the entry alone if it is not known."""
    value = scene.relations.values.get(seq)
    if value is None:
        return scene.entry(seq)
    title = value_title(scene, value.what.step, value.what.name)
    return join(title, " (", scene.step(value.what.step, value.what.number), ", ", scene.entry(seq), ")")


def change(scene: Scene, what: e.Correction) -> Markup:
    """Give the old value and the new one of a correction, which say so without colour and without lines too."""
    told = scene.relations.values.get(what.corrects.seq)
    unit = told.what.unit if told else None
    old = element("del", value_text(scene, what.old, unit), cls="old")
    new = element("ins", value_text(scene, what.new, unit), cls="new")
    return element("span", old, " → ", new, cls="num")


def value_title(scene: Scene, step: str, name: str) -> Markup:
    """Give the title of a value by the contract, else its name."""
    told = scene.story.steps.get(step)
    spec = told.step.values.get(name) if told and told.step else None
    return scene.text(spec.title if spec and spec.title else name)


def found_of(scene: Scene, numbers: Iterable[int], placed: Iterable[Placed] = ()) -> list[Placed]:
    """Give findings and those about entries, once each, in the order of the report."""
    known = {one.number: one for one in placed}
    known.update((one.number, one) for seq in numbers for one in scene.about(seq=seq))
    return [known[number] for number in sorted(known)]


def weighty(found: Iterable[Placed]) -> list[Placed]:
    """Give the findings that weigh something; notes do not."""
    return [one for one in found if one.finding.severity is not Severity.NOTE]


def notes(scene: Scene, found: Iterable[Placed]) -> Markup | None:
    """Give findings without weight, folded; None if there are none."""
    light = [one for one in found if one.finding.severity is Severity.NOTE]
    return fold(scene.say("steps.notes", count=len(light)), scene.found(light)) if light else None


def chosen(items: Sequence[T], most: int, first: Callable[[T], bool]) -> list[T]:
    """Give at most so many items in their order: those that come first because of what they are, then the others."""
    if len(items) <= most:
        return list(items)
    ranked = sorted(range(len(items)), key=lambda at: not first(items[at]))  # a stable order
    return [items[at] for at in sorted(ranked[:most])]


def more(scene: Scene, count: int) -> Markup | None:
    """Say how many more there are than are shown; None if all are."""
    return element("p", scene.say("shared.more", count=count), cls="muted") if count > 0 else None


def _date(time: Time) -> str:
    return rfc3339(time.ms, time.offset).partition("T")[0]
