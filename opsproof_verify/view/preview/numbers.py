"""Numbers and times in the cells of a table, read exactly, without `datetime` and without a locale."""

from __future__ import annotations

import re
from decimal import Decimal

_NUMBER = re.compile(r"[+-]?[0-9]{1,18}(\.[0-9]{1,18})?([eE][+-]?[0-9]{1,2})?")
_TIME = re.compile(
    r"([0-9]{4})-([0-9]{2})-([0-9]{2})"
    r"(?:[T ]([0-9]{2}):([0-9]{2})(?::([0-9]{2})(?:\.([0-9]{1,9}))?)?(Z|[+-][0-9]{2}:?[0-9]{2})?)?"
)
_DAYS = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


def number(cell: str) -> Decimal | None:
    """Give the number that a cell holds, with a decimal point; a decimal comma could be one of thousands."""
    text = cell.strip(" ")
    return Decimal(text) if _NUMBER.fullmatch(text) else None


def time(cell: str) -> tuple[Decimal, bool] | None:
    """Give milliseconds since 1970 of an ISO 8601 time or date, as in UTC, and whether it says its zone."""
    found = _TIME.fullmatch(cell.strip(" "))
    if found is None:
        return None
    year, month, day, hour, minute, second = (int(one or 0) for one in found.groups()[:6])
    if not 1 <= month <= 12 or not 1 <= day <= _DAYS[month - 1] or hour > 23 or minute > 59 or second > 60:
        return None
    if (month, day) == (2, 29) and (year % 4 or (year % 100 == 0 and year % 400)):
        return None
    zone = found[8]
    offset = 0
    if zone is not None and zone != "Z":
        hours, minutes = int(zone[1:3]), int(zone[-2:])
        if hours > 23 or minutes > 59:
            return None
        offset = (hours * 60 + minutes) * (-1 if zone[0] == "-" else 1)
    seconds = ((_days(year, month, day) * 24 + hour) * 60 + minute - offset) * 60 + second
    return seconds * 1000 + Decimal(f"0.{found[7] or 0}") * 1000, zone is not None


def _days(year: int, month: int, day: int) -> int:
    """Give the days since 1970-01-01, in the proleptic Gregorian calendar; years are counted from March."""
    shifted, of_year = year - (month <= 2), (153 * (month - 3 if month > 2 else month + 9) + 2) // 5 + day - 1
    era, rest = divmod(shifted, 400)
    return era * 146_097 + rest * 365 + rest // 4 - rest // 100 + of_year - 719_468
