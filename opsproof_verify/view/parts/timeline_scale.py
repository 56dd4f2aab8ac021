"""From a claimed time to a place on the axis, and the round times that stand on it; whole numbers only."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import NamedTuple

from opsproof_verify.findings import Time
from opsproof_verify.render.times import rfc3339, zone
from opsproof_verify.view.parts.pieces import NOTHING
from opsproof_verify.view.parts.standing import Standing
from opsproof_verify.view.parts.timeline_events import Happening
from opsproof_verify.view.plot_ticks import time_ticks

_MINUTE = 60_000


class Scale(NamedTuple):
    """An axis: its first and last moment in milliseconds since 1970, its offset in minutes, and where both stand."""

    first: int
    last: int
    offset: int
    left: int
    right: int

    def at(self, time: Time) -> int:
        """Give the place of a time."""
        return self.place(time.ms)

    def place(self, ms: int) -> int:
        """Give the place of a moment."""
        return self.left + (ms - self.first) * (self.right - self.left) // (self.last - self.first)

    def ticks(self) -> list[tuple[int, str]]:
        """Give round times in the run's own offset, and where they stand."""
        shift = self.offset * _MINUTE
        ticks = time_ticks(Decimal(self.first + shift), Decimal(self.last + shift))
        return [(self.place(int(value) - shift), text) for value, text in ticks]

    @property
    def caption(self) -> str:
        """Give the dates of the axis and its offset."""
        first, last = (rfc3339(ms, self.offset).partition("T")[0] for ms in (self.first, self.last))
        dates = first if first == last else f"{first} {NOTHING} {last}"
        return f"{dates}, UTC{'' if self.offset == 0 else zone(self.offset)}"


def scale_of(steps: Sequence[Standing], every: Iterable[Happening], left: int, right: int) -> Scale | None:
    """Give the axis on which all passes and all that happened have their place; None if no time is known."""
    times = [time for one in every for time in (one.began, one.ended) if time is not None]
    offset = times[0].offset if times else 0
    passes = (one.told for step in steps for one in step.passes)
    times += [when.time for one in passes for when in (one.began, one.ended) if when is not None]
    if not times:
        return None
    first, last = min(time.ms for time in times), max(time.ms for time in times)
    return Scale(first, max(last, first + 1), offset, left, right)
