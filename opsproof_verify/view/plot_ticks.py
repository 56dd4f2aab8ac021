"""Round places on an axis and their texts, for numbers and for times, without a locale."""

from __future__ import annotations

from decimal import ROUND_CEILING, Decimal

from opsproof_verify.render.times import rfc3339

#: At most about so many ticks of an axis of times; one of numbers says how many it has room for.
_TIMES = 6

_SECOND, _MINUTE, _HOUR, _DAY = 1000, 60_000, 3_600_000, 86_400_000

#: Steps between times, from a millisecond to half a day.
_STEPS = (
    *(1, 2, 5, 10, 20, 50, 100, 200, 500),
    *(_SECOND * count for count in (1, 2, 5, 10, 15, 30)),
    *(_MINUTE * count for count in (1, 2, 5, 10, 15, 30)),
    *(_HOUR * count for count in (1, 2, 3, 6, 12)),
)

#: Numbers from here on have an exponent, and all numbers where steps are smaller than this.
_LONG, _SMALL = Decimal("1E+9"), Decimal("1E-6")

_WHOLE = (Decimal(1), Decimal(2), Decimal(5), Decimal(10))
_PARTS = (Decimal(1), Decimal(2), Decimal("2.5"), Decimal(5), Decimal(10))

Tick = tuple[Decimal, str]


def number_ticks(low: Decimal, high: Decimal, room: int, *, whole: bool = False) -> list[Tick]:
    """Give multiples of 1, 2, 2.5 or 5 times a power of ten between two numbers; ``whole``: of 1, 2 or 5, from 1 on."""
    step = _round((high - low) / room, _WHOLE if whole else _PARTS)
    if whole and step < 1:
        step = Decimal(1)
    return [(value, _number(value, step)) for value in _multiples(step, low, high)]


def time_ticks(low: Decimal, high: Decimal) -> list[Tick]:
    """Give round times of day or dates between two times in milliseconds since 1970, in UTC."""
    least = (high - low) / _TIMES
    step = next((Decimal(one) for one in _STEPS if one >= least), None)
    if step is None:
        step = _round(max(least / _DAY, Decimal(1)), _WHOLE) * _DAY
    days = int(low) // _DAY != int(high) // _DAY
    return [(value, _clock(int(value), int(step), days=days)) for value in _multiples(step, low, high)]


def caption(low: Decimal, high: Decimal, label: str) -> str:
    """Give the label of an axis of times, with the dates that it is about."""
    first, last = rfc3339(int(low)).partition("T")[0], rfc3339(int(high)).partition("T")[0]
    dates = first if first == last else f"{first} \u2013 {last}"
    return f"{dates} {label}".strip()


def decimal_text(value: Decimal) -> str:
    """Give a number with at most one decimal."""
    text = f"{value:.1f}".removesuffix(".0")
    return "0" if text == "-0" else text


def _number(value: Decimal, step: Decimal) -> str:
    """Give a number with the decimals of a step; with an exponent where it would be long."""
    if abs(value) >= _LONG or step < _SMALL:
        digits, _, power = f"{value.normalize():e}".partition("e")
        text = f"{digits}e{int(power)}" if int(power) else digits
    else:
        places = len(f"{step.normalize():f}".partition(".")[2])
        text = f"{value:.{places}f}"
    return text.replace("-", "\u2212")


def _multiples(step: Decimal, low: Decimal, high: Decimal) -> list[Decimal]:
    """Give the multiples of a step from one number to another."""
    first = (low / step).to_integral_value(ROUND_CEILING)
    count = int((high / step - first).to_integral_value(ROUND_CEILING)) + 1
    return [value for number in range(count) if (value := (first + number) * step) <= high]


def _round(least: Decimal, counts: tuple[Decimal, ...]) -> Decimal:
    """Give the least product of a count and a power of ten that is no less."""
    power = Decimal(1).scaleb(least.adjusted())
    return next(power * count for count in counts if power * count >= least)


def _clock(ms: int, step: int, *, days: bool) -> str:
    """Give as much of a time as its step tells."""
    date, _, clock = rfc3339(ms).removesuffix("Z").partition("T")
    if step >= _DAY:
        return date
    shown = clock[:5] if step >= _MINUTE else clock[:8] if step >= _SECOND else clock
    return f"{date[-5:]} {shown}" if days else shown
