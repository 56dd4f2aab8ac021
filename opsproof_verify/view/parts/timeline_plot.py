"""The graphic of the timeline: a lane for the run and one for each step, bars for passes, marks for what happened.

Static SVG in whole numbers, so that its bytes are the same everywhere. Shapes tell what colours tell. All of its links
stand in the page as text too, so they take no part in the order of the Tab key.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from opsproof_verify.render.escape import printable
from opsproof_verify.view.html import Content, Markup, element
from opsproof_verify.view.parts.pieces import NOTHING, clock, lasted
from opsproof_verify.view.parts.standing import Standing
from opsproof_verify.view.parts.timeline_events import Happening
from opsproof_verify.view.parts.timeline_lanes import Bar, Lane, lanes_of
from opsproof_verify.view.parts.timeline_scale import Scale, scale_of
from opsproof_verify.view.parts.timeline_shapes import BAND, shape
from opsproof_verify.view.scene import Scene

#: The measures of the graphic: labels, plot, then the strip for what stands behind the seal.
LEFT, RIGHT, STRIP, WIDTH = 200, 920, 950, 1120
HEAD, LANE = 44, 30

#: Marks nearer to one another than this are one, with their number beside it, which takes room too.
_CELL, _WIDE = 12, 32

#: Marks in the strip behind the seal, and titles in one mark.
_STRIP, _TITLES = 9, 5

#: What is drawn over all lanes.
_WHOLE = ("gap", "clock", "seal")


class _Mark(NamedTuple):
    """Marks that stand at the same place, and where."""

    x: int
    lane: int
    of: list[Happening]


def timeline_plot(scene: Scene, steps: Sequence[Standing], every: Sequence[Happening]) -> Markup | None:
    """Draw the timeline in a region that scrolls; None if no time is known."""
    scale = scale_of(steps, [one for one in every if not one.after], LEFT, RIGHT)
    if scale is None:
        return None
    lanes = lanes_of(scene, steps)
    height = HEAD + LANE * len(lanes) + 10
    drawn = element(
        "svg",
        element("title", scene.say("timeline.graphic"), id="timeline-graphic-title"),
        element("desc", scene.say("timeline.graphic-about"), id="timeline-graphic-about"),
        _hatch(),
        _lanes(lanes, height),
        _axis(scale, height),
        _whole(scene, scale, every, height),
        _bars(scene, scale, lanes),
        _blocks(scene, scale, lanes, every),
        _marks(scene, scale, lanes, every),
        _strip(scene, [one for one in every if one.after]),
        cls="timeline",
        role="group",
        aria_labelledby="timeline-graphic-title",
        aria_describedby="timeline-graphic-about",
        viewBox=f"0 0 {WIDTH} {height}",
        width=WIDTH,
        height=height,
        font_size="12",
        fill="none",
    )
    label = scene.say("timeline.graphic")
    return element("div", drawn, cls="scroll timeline-scroll", role="group", tabindex=0, aria_label=label)


def legend(scene: Scene, steps: Sequence[Standing], every: Sequence[Happening]) -> Markup:
    """Explain the shapes that occur."""
    states = {bar.state for lane in lanes_of(scene, steps) for bar in lane.bars}
    bars = [
        kind
        for kind, state in (("bar", "good"), ("unjudged", "off"), ("odd", "open"), ("bad", "bad"))
        if state in states
    ]
    kinds = [*bars, *dict.fromkeys(one.kind for one in every)]
    rows = [
        element(
            "li",
            element(
                "svg", shape(kind, 9, 9), viewBox="0 0 18 18", width=18, height=18, cls="timeline", aria_hidden="true"
            ),
            " ",
            scene.say(f"timeline.kind.{kind}"),
        )
        for kind in kinds
    ]
    return element("ul", rows, cls="tags small tl-legend")


def _hatch() -> Markup:
    """Give the hatching of blocks and gaps."""
    patterns = [
        element(
            "pattern",
            element("path", d="M0 0V6", cls=f"tl-hatching is-{name}", stroke="currentColor", stroke_width="2"),
            id=f"tl-hatch-{name}",
            width=6,
            height=6,
            patternUnits="userSpaceOnUse",
            patternTransform=f"rotate({angle})",
        )
        for name, angle in (("block", 45), ("gap", -45))
    ]
    return element("defs", patterns)


def _lanes(lanes: Sequence[Lane], height: int) -> Iterator[Markup]:
    """Give the lanes with their names."""
    for at, lane in enumerate(lanes):
        top = HEAD + at * LANE
        yield element("rect", x=0, y=top, width=RIGHT, height=LANE, cls=f"tl-lane{' is-even' if at % 2 else ''}")
        text = element("text", lane.label, x=8, y=top + LANE // 2 + 4, cls="tl-label", fill="currentColor")
        yield _link(f"step-{lane.step}", text) if lane.step else text
    yield element("path", d=f"M{LEFT} {HEAD}V{height - 10}", cls="tl-line", stroke="currentColor", stroke_opacity="0.3")


def _axis(scale: Scale, height: int) -> Iterator[Markup]:
    """Give round times above, with lines down through the lanes."""
    yield element("text", scale.caption, x=LEFT, y=14, cls="tl-caption", fill="currentColor")
    for x, text in scale.ticks():
        yield element(
            "path", d=f"M{x} {HEAD - 6}V{height - 10}", cls="tl-tick", stroke="currentColor", stroke_opacity="0.15"
        )
        yield element("text", text, x=x, y=HEAD - 12, text_anchor="middle", cls="tl-time", fill="currentColor")


def _whole(scene: Scene, scale: Scale, every: Iterable[Happening], height: int) -> Iterator[Markup]:
    """Give what concerns all lanes: gaps as hatched bands, changes of the clock and the seal as lines."""
    seen: set[tuple[str, int]] = set()
    for one in every:
        x = scale.at(one.began)
        if one.kind not in _WHOLE or (one.kind, x) in seen:
            continue
        seen.add((one.kind, x))
        if one.kind == "gap" and one.ended is not None:
            width = max(scale.at(one.ended) - x, 3)
            drawn: Markup = element(
                "rect", x=x, y=HEAD, width=width, height=height - HEAD - 10, cls="tl-gap", fill="url(#tl-hatch-gap)"
            )
        else:
            drawn = element("path", d=f"M{x} {HEAD}V{height - 10}", cls=f"tl-{one.kind}-line", stroke="currentColor")
        yield _link(one.place, element("title", _title(scene, one)), drawn)


def _bars(scene: Scene, scale: Scale, lanes: Sequence[Lane]) -> Iterator[Markup]:
    """Give the passes as bars; those that would touch one another are one."""
    for at, lane in enumerate(lanes):
        for bar in lane.joined(scale):
            tall = BAND + 6 if bar.state in ("open", "bad") else BAND  # not by colour alone
            x, end = scale.at(bar.began), scale.at(bar.ended) if bar.ended else RIGHT
            drawn = element(
                "rect",
                element("title", _bar_title(scene, bar)),
                x=x,
                y=HEAD + at * LANE + (LANE - tall) // 2,
                width=max(end - x, 4),
                height=tall,
                rx=3,
                cls=f"tl-bar is-{bar.state}{'' if bar.ended else ' is-unended'}",
                pointer_events="all",
                fill="none" if bar.state in ("off", "open") else "currentColor",
                fill_opacity="0.4",
            )
            yield _link(f"step-{bar.step}", drawn)


def _blocks(scene: Scene, scale: Scale, lanes: Sequence[Lane], every: Iterable[Happening]) -> Iterator[Markup]:
    """Give the times in which work was stopped, hatched over the lanes that they are about."""
    seen: set[tuple[int, int]] = set()
    for one in every:
        if one.kind != "block":
            continue
        x, end = scale.at(one.began), scale.at(one.ended) if one.ended else RIGHT
        for at in _places(lanes, one):
            if (x, at) in seen:
                continue
            seen.add((x, at))
            top = HEAD + at * LANE + 3
            drawn = element(
                "rect", x=x, y=top, width=max(end - x, 4), height=LANE - 6, cls="tl-block", fill="url(#tl-hatch-block)"
            )
            yield _link(one.place, element("title", _title(scene, one)), drawn)


def _marks(scene: Scene, scale: Scale, lanes: Sequence[Lane], every: Iterable[Happening]) -> Iterator[Markup]:
    """Give the marks of what happened at one moment, with their number where several stand at one place."""
    placed = [
        (at, scale.at(one.ended if one.kind == "gap" and one.ended else one.began), one)
        for one in every
        if not one.after and one.kind != "block"
        for at in _places(lanes, one)
    ]
    marks: list[_Mark] = []
    for at, x, one in sorted(placed, key=lambda each: each[:2]):
        last = marks[-1] if marks else None
        if last is not None and last.lane == at and x - last.x < (_CELL if len(last.of) == 1 else _WIDE):
            last.of.append(one)
        else:
            marks.append(_Mark(x, at, [one]))
    for mark in marks:
        yield _drawn(scene, mark.of, mark.x, HEAD + mark.lane * LANE + LANE // 2)


def _strip(scene: Scene, after: Sequence[Happening]) -> list[Markup]:
    """Give what stands behind the seal, in its order: the axis is broken, since it may be weeks later."""
    if not after:
        return []
    y = HEAD + LANE // 2
    broken = f"M{RIGHT + 6} {HEAD + 6}l5 9l-5 9M{RIGHT + 13} {HEAD + 6}l5 9l-5 9"
    drawn = [
        element("path", d=broken, cls="tl-line", stroke="currentColor"),
        element("rect", x=STRIP, y=HEAD, width=WIDTH - STRIP, height=LANE, cls="tl-lane"),
        element("text", scene.say("timeline.after"), x=STRIP, y=HEAD - 12, cls="tl-time", fill="currentColor"),
    ]
    drawn += [_drawn(scene, [one], STRIP + 14 + at * 16, y) for at, one in enumerate(after[:_STRIP])]
    rest = len(after) - _STRIP
    if rest > 0:
        drawn.append(
            element("text", f"+{rest}", x=WIDTH - 4, y=y + 4, text_anchor="end", cls="tl-time", fill="currentColor")
        )
    return [
        *drawn,
        element(
            "path", d=f"M{STRIP} {HEAD + LANE}H{WIDTH}", cls="tl-tick", stroke="currentColor", stroke_opacity="0.15"
        ),
    ]


def _drawn(scene: Scene, of: Sequence[Happening], x: int, y: int) -> Markup:
    """Give a mark; the title says all that it stands for, or the first of it."""
    titles = [_title(scene, one) for one in of[:_TITLES]] + [f"+{len(of) - _TITLES}"] * (len(of) > _TITLES)
    first = min(of, key=lambda one: one.kind != "deviation")
    left = x > RIGHT - _WIDE  # beside the seal the number stands before the mark
    place = {"x": x - 9 if left else x + 9, "y": y + 4, "text_anchor": "end" if left else None}
    number = f"\u00d7{len(of)}"  # the sign for times
    many = element("text", number, **place, cls="tl-many", fill="currentColor") if len(of) > 1 else None
    return _link(first.place, element("title", "; ".join(titles)), shape(first.kind, x, y), many)


def _places(lanes: Sequence[Lane], one: Happening) -> list[int]:
    """Give the lanes that something is about: that of the run, if it names no step that has one."""
    return [at for at, lane in enumerate(lanes) if not lane.steps.isdisjoint(one.steps)] or [0]


def _title(scene: Scene, one: Happening) -> str:
    kind = scene.say(f"timeline.kind.{one.kind}")
    took = f" ({lasted(one.ended.ms - one.began.ms)})" if one.ended else ""
    entry = f"e{one.order}" if (one.place or "").startswith(("e", "deviation-e")) else NOTHING
    return scene.say("timeline.mark", kind=kind, place=entry, time=clock(one.began) + took)


def _bar_title(scene: Scene, bar: Bar) -> str:
    told = scene.story.steps[bar.step].step
    step = printable(told.title if told else bar.step)
    last = clock(bar.ended, bar.began) if bar.ended else scene.say("timeline.open-end")
    span = f"{clock(bar.began)} {NOTHING} {last}"
    return scene.say("timeline.bar" if bar.passes == 1 else "timeline.bars", step=step, count=bar.passes, span=span)


def _link(place: str | None, *content: Content) -> Markup:
    """Give a link that the Tab key passes over; the text below has it too."""
    return element("a", *content, href=f"#{place}", tabindex=-1) if place else element("g", *content)
