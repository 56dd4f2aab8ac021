"""The lanes of the timeline: the run, then a lane for each step, or for several where there are many."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from opsproof_verify.findings import Time
from opsproof_verify.render.escape import printable
from opsproof_verify.view.parts.standing import Standing
from opsproof_verify.view.parts.timeline_scale import Scale
from opsproof_verify.view.scene import Scene

#: Lanes of steps.
MOST = 40

#: Letters of a lane's name, and the distance below which two bars are one.
_LETTERS, _NEAR = 26, 3

_ORDER = ("good", "off", "open", "bad")


class Bar(NamedTuple):
    """A pass, or passes that stand too near to one another to be told apart."""

    step: str
    began: Time
    ended: Time | None
    state: str
    passes: int = 1


class Lane(NamedTuple):
    """A lane: its name, the step to which that leads, the steps that it is for, and their passes by their beginning."""

    label: str
    step: str | None
    steps: frozenset[str]
    bars: list[Bar]

    def joined(self, scale: Scale) -> Iterator[Bar]:
        """Give the bars; those that would touch one another in their gravest state are one."""
        last: Bar | None = None
        for bar in self.bars:
            if last is None:
                last = bar
            elif (
                last.ended
                and bar.ended
                and bar.step == last.step
                and scale.at(bar.began) - scale.at(last.ended) < _NEAR
            ):
                state = max(last.state, bar.state, key=_ORDER.index)
                ended = max(last.ended, bar.ended, key=lambda time: time.ms)
                last = Bar(last.step, last.began, ended, state, last.passes + 1)
            else:
                yield last
                last = bar
        if last is not None:
            yield last


def lanes_of(scene: Scene, steps: Sequence[Standing]) -> list[Lane]:
    """Give the lanes, that of the run first."""
    share = max(-(-len(steps) // MOST), 1)
    groups = [steps[at : at + share] for at in range(0, len(steps), share)]
    return [Lane(scene.say("timeline.run-lane"), None, frozenset(), []), *(_lane(scene, group) for group in groups)]


def _lane(scene: Scene, group: Sequence[Standing]) -> Lane:
    first = group[0].told
    title = printable(first.step.title if first.step else first.id)
    if len(group) > 1:
        label = scene.say("timeline.lane-more", title=_short(title, _LETTERS - 10), count=len(group) - 1)
    else:
        label = _short(title, _LETTERS)
    bars = [
        Bar(
            one.told.id,
            each.told.began.time,
            each.told.ended.time if each.told.ended else None,
            _state(one, each.state, odd=each.odd),
        )
        for one in group
        for each in one.passes
        if each.told.began is not None
    ]
    return Lane(label, first.id, frozenset(one.told.id for one in group), sorted(bars, key=lambda bar: bar.began.ms))


def _state(one: Standing, state: str, *, odd: bool) -> str:
    """Give the state in which a pass is drawn: one that needs a look is never drawn as in order."""
    return "open" if state in ("good", "off") and (odd or one.done == "unknown") else state


def _short(text: str, letters: int) -> str:
    return text if len(text) <= letters else f"{text[: letters - 1].rstrip()}…"
