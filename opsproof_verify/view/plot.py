"""Line charts as static SVG: readings over numbers or times, with limits; the same bytes for the same readings.

All arithmetic is decimal and exact to 60 digits, so that no reading changes sides of a limit by rounding. Shapes tell
what colours tell: a reading outside of the limits is a diamond, others are dots. Presentation attributes draw a plain
chart where no style sheet does; `plot-*` classes are for one that does.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Context, Decimal, DivisionByZero, InvalidOperation, Overflow, localcontext

from opsproof_verify.slotted import slotted
from opsproof_verify.view.html import Markup, element, join
from opsproof_verify.view.plot_ticks import caption, decimal_text, number_ticks, time_ticks

#: Readings of one line; of more, each stretch keeps its least and its greatest.
MOST = 400

#: More readings than these are a line without dots; those outside of the limits are always marked.
_MOST_DOTS = 60

_WIDTH, _HEIGHT, _TOP, _BOTTOM, _SIDE = 720, 260, 28, 40, 12

#: Marks stand so far from both ends of the x axis.
_INSET = 8

#: Characters of a label; a longer one would run out of the chart.
_LABEL = 60
_BESIDE = 30  # of that of a limit, which stands beside the chart and narrows it
_CHARACTER = Decimal(7)  # width of a digit at 12 px, generously
_EXACT = Context(prec=60, rounding="ROUND_HALF_EVEN", traps=[InvalidOperation, DivisionByZero, Overflow])


@slotted(frozen=True)
class Reading:
    """One reading: where it stands, how much it is, and its title."""

    x: Decimal
    y: Decimal
    title: str | None = None


@slotted(frozen=True)
class Limit:
    """A limit of the contract; values beyond it, below a ``least`` one and above another, are outside."""

    value: Decimal
    label: str
    least: bool = False


@slotted(frozen=True)
class Axis:
    """What an axis measures. ``times``: in milliseconds since 1970; ``whole``: no ticks between whole numbers."""

    label: str = ""
    times: bool = False
    whole: bool = False


#: An axis of numbers without a name.
UNNAMED = Axis()


def is_outside(value: Decimal, limits: Iterable[Limit]) -> bool:
    """Tell whether a value is outside of limits; one on a limit is inside."""
    return any(value < limit.value if limit.least else value > limit.value for limit in limits)


def plot(
    readings: Sequence[Reading],
    limits: Sequence[Limit] = (),
    *,
    ident: str,
    title: str,
    description: str,
    x: Axis = UNNAMED,
    y: Axis = UNNAMED,
) -> Markup:
    """Draw readings, in the order in which they stand on the x axis.

    ``ident`` begins the ids of the chart, one of a kind in its page; ``description`` says in words what it shows.
    Raises ``ValueError`` where there is nothing to draw.
    """
    if not readings:
        message = "a plot needs readings"
        raise ValueError(message)
    with localcontext(_EXACT):
        parts = _Drawing(readings, limits, x, y).parts()
    return element(
        "svg",
        element("title", title, id=f"{ident}:title"),
        element("desc", description, id=f"{ident}:about"),
        parts,
        cls="plot",
        id=ident,
        role="img",
        aria_labelledby=f"{ident}:title {ident}:about",
        viewBox=f"0 0 {_WIDTH} {_HEIGHT}",
        width=_WIDTH,
        height=_HEIGHT,
        font_size="12",
        fill="none",
        stroke="none",
    )


def thinned(readings: Sequence[Reading]) -> Sequence[Reading]:
    """Give at most :data:`MOST` readings: first, last, and the least and greatest of each stretch between."""
    if len(readings) <= MOST:
        return readings
    inner = len(readings) - 2
    stretches = MOST // 2 - 1
    kept = [0]
    for stretch in range(stretches):
        places = range(1 + stretch * inner // stretches, 1 + (stretch + 1) * inner // stretches)
        kept += sorted({min(places, key=lambda at: readings[at].y), max(places, key=lambda at: readings[at].y)})
    return [readings[at] for at in [*kept, len(readings) - 1]]


class _Drawing:
    """One chart in the making: ranges, scales, and the parts from back to front."""

    def __init__(self, readings: Sequence[Reading], limits: Sequence[Limit], x: Axis, y: Axis) -> None:
        self.readings, self.limits, self.x, self.y = thinned(readings), limits, x, y
        values = [one.y for one in self.readings] + [one.value for one in limits]
        self.low, self.high = _padded(min(values), max(values))
        self.first, self.last = min(one.x for one in self.readings), max(one.x for one in self.readings)
        if self.first == self.last:
            room = max(Decimal(1), abs(self.first) / 10)
            self.first, self.last = self.first - room, self.last + room
        self.y_ticks = number_ticks(self.low, self.high, 6, whole=y.whole)
        self.x_ticks = (
            time_ticks(self.first, self.last) if x.times else number_ticks(self.first, self.last, 12, whole=x.whole)
        )
        self.left: Decimal = 16 + max((_CHARACTER * len(text) for _, text in self.y_ticks), default=Decimal(0))
        labels = max((_CHARACTER * min(len(one.label), _BESIDE + 1) for one in limits), default=Decimal(0))
        self.right: Decimal = _WIDTH - _SIDE - (labels + 6 if labels else Decimal(0))
        self.foot = Decimal(_HEIGHT - _BOTTOM)

    def across(self, value: Decimal) -> Decimal:
        """Give the place of a value on the x axis."""
        start, end = self.left + _INSET, self.right - _INSET
        return start + (value - self.first) * (end - start) / (self.last - self.first)

    def down(self, value: Decimal) -> Decimal:
        """Give the place of a value on the y axis."""
        return self.foot - (value - self.low) * (self.foot - _TOP) / (self.high - self.low)

    def parts(self) -> Markup:
        """Give all that is drawn."""
        return join(self._band(), self._grid(), self._axes(), self._limits(), self._line(), self._marks())

    def _band(self) -> Markup | None:
        """Give the area within the limits."""
        if not self.limits:
            return None
        below = max((one.value for one in self.limits if one.least), default=self.low)
        above = min((one.value for one in self.limits if not one.least), default=self.high)
        if below > above:
            return None
        return element(
            "rect",
            cls="plot-band",
            x=_at(self.left),
            y=_at(self.down(above)),
            width=_at(self.right - self.left),
            height=_at(self.down(below) - self.down(above)),
            fill="currentColor",
            fill_opacity="0.06",
        )

    def _grid(self) -> Iterable[Markup]:
        """Give ticks: lines across for values, short strokes for places on the x axis, and their texts."""
        for value, text in self.y_ticks:
            at = self.down(value)
            yield _stroke("plot-grid", (self.left, at, self.right, at), opacity="0.15")
            yield _text(text, self.left - 7, at + Decimal("3.5"), "plot-tick", "end")
        for value, text in self.x_ticks:
            at = self.across(value)
            yield _stroke("plot-tick-mark", (at, self.foot, at, self.foot + 4))
            yield _text(text, at, self.foot + 16, "plot-tick", "middle")

    def _axes(self) -> Iterable[Markup]:
        yield _stroke("plot-axis", (self.left, self.foot, self.right, self.foot))
        label = caption(self.first, self.last, self.x.label) if self.x.times else self.x.label
        if label:
            yield _text(label, self.right, self.foot + 32, "plot-label", "end")
        if self.y.label:
            yield _text(self.y.label, Decimal(_SIDE), Decimal(14), "plot-label", "start")

    def _limits(self) -> Iterable[Markup]:
        """Give limits as dashed lines; their labels stand beside them, apart from one another."""
        taken = Decimal(-100)
        for limit in sorted(self.limits, key=lambda one: (-one.value, one.least)):
            at = self.down(limit.value)
            yield _stroke("plot-limit", (self.left, at, self.right, at), stroke_dasharray="6 4")
            taken = max(at + Decimal("3.5"), taken + 13)
            yield _text(limit.label, self.right + 6, taken, "plot-limit-label", "start", _BESIDE)

    def _line(self) -> Markup | None:
        if len(self.readings) < 2:
            return None
        points = " ".join(f"{_at(self.across(one.x))},{_at(self.down(one.y))}" for one in self.readings)
        return element(
            "polyline",
            cls="plot-line",
            points=points,
            stroke="currentColor",
            stroke_width="1.5",
            stroke_linejoin="round",
        )

    def _marks(self) -> Iterable[Markup]:
        """Give a dot for each of a few readings, and a diamond for each one that is outside of the limits."""
        for one in self.readings:
            outside = is_outside(one.y, self.limits)
            if not outside and len(self.readings) > _MOST_DOTS:
                continue
            yield self._mark(one, outside=outside)

    def _mark(self, one: Reading, *, outside: bool) -> Markup:
        across, down = self.across(one.x), self.down(one.y)
        title = None if one.title is None else element("title", one.title)
        if not outside:
            return element("circle", title, cls="plot-dot", cx=_at(across), cy=_at(down), r="3", fill="currentColor")
        corners = ((across, down - 6), (across + 6, down), (across, down + 6), (across - 6, down))
        points = " ".join(f"{_at(right)},{_at(below)}" for right, below in corners)
        return element(
            "polygon", title, cls="plot-out", points=points, fill="Canvas", stroke="currentColor", stroke_width="2"
        )


def _padded(low: Decimal, high: Decimal) -> tuple[Decimal, Decimal]:
    """Give a range with some room at both ends."""
    room = (high - low) * Decimal("0.08") or abs(high) * Decimal("0.1") or Decimal(1)
    return low - room, high + room


def _at(value: Decimal) -> str:
    """Give a coordinate with at most one decimal."""
    return decimal_text(value.quantize(Decimal("0.1")))


def _stroke(cls: str, ends: tuple[Decimal, Decimal, Decimal, Decimal], **attributes: str) -> Markup:
    x1, y1, x2, y2 = (_at(one) for one in ends)
    return element("line", cls=cls, x1=x1, y1=y1, x2=x2, y2=y2, stroke="currentColor", **attributes)


def _text(text: str, x: Decimal, y: Decimal, cls: str, anchor: str, most: int = _LABEL) -> Markup:
    shown = text if len(text) <= most else text[:most] + "\u2026"
    return element("text", shown, cls=cls, x=_at(x), y=_at(y), text_anchor=anchor, fill="currentColor")
