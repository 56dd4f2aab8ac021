"""Times as RFC 3339 (SPEC 11-1), without `datetime`: a bundle's times may lie beyond the year 9999."""

from __future__ import annotations

_DAY_MS = 86_400_000
_LAST_FOUR_DIGIT_YEAR = 9999
_UNITS = ((_DAY_MS, "d"), (3_600_000, "h"), (60_000, "min"), (1000, "s"), (1, "ms"))


def rfc3339(ms: int, offset: int = 0) -> str:
    """Give milliseconds since 1970 in the zone of an offset in minutes: three decimals, ``Z`` for 0.

    Beyond the year 9999 the year has a sign and six digits, as in ISO 8601.
    """
    days, rest = divmod(ms + offset * 60_000, _DAY_MS)
    year, month, day = _civil(days)
    seconds, milli = divmod(rest, 1000)
    hour, minute, second = seconds // 3600, seconds // 60 % 60, seconds % 60
    date = f"{year:04d}" if 0 <= year <= _LAST_FOUR_DIGIT_YEAR else f"{year:+07d}"
    return f"{date}-{month:02d}-{day:02d}T{hour:02d}:{minute:02d}:{second:02d}.{milli:03d}{zone(offset)}"


def duration(ms: int) -> str:
    """Give a number of milliseconds in the units of a policy (SPEC 8.1-8), whole and exact: ``6 min 2 s``."""
    rest, parts = abs(ms), []
    for size, unit in _UNITS:
        count, rest = divmod(rest, size)
        if count:
            parts.append(f"{count} {unit}")
    return f"{'-' if ms < 0 else ''}{' '.join(parts) or '0 s'}"


def zone(offset: int) -> str:
    """Give an offset in minutes as RFC 3339 writes it."""
    if offset == 0:
        return "Z"
    return f"{'-' if offset < 0 else '+'}{abs(offset) // 60:02d}:{abs(offset) % 60:02d}"


def _civil(days: int) -> tuple[int, int, int]:
    """Give year, month and day of a number of days since 1970-01-01, in the proleptic Gregorian calendar.

    Years are counted from March in eras of 400 years, so that the leap day is the last day of a year.
    """
    era, day_of_era = divmod(days + 719_468, 146_097)
    year_of_era = (day_of_era - day_of_era // 1460 + day_of_era // 36_524 - day_of_era // 146_096) // 365
    day_of_year = day_of_era - (365 * year_of_era + year_of_era // 4 - year_of_era // 100)
    shifted = (5 * day_of_year + 2) // 153
    month = shifted + 3 if shifted < 10 else shifted - 9
    year = year_of_era + era * 400 + (month <= 2)
    return year, month, day_of_year - (153 * shifted + 2) // 5 + 1
