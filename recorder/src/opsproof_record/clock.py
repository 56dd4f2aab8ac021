"""Times as the bundle writes them (SPEC 4.2-6): milliseconds since 1970 and the zone's offset in minutes."""

from __future__ import annotations

import re
import time
from datetime import UTC, datetime

Time = list[int]

_DURATION = re.compile(r"([1-9][0-9]{0,8}) ?(ms|s|min|h|d)")
_UNIT_MS = {"ms": 1, "s": 1000, "min": 60_000, "h": 3_600_000, "d": 86_400_000}


def now() -> Time:
    """Read the clock of this machine: the time that an entry claims."""
    ms = time.time_ns() // 1_000_000
    offset = datetime.fromtimestamp(ms / 1000, tz=UTC).astimezone().utcoffset()
    return [ms, int(offset.total_seconds()) // 60 if offset else 0]


def to_time(moment: datetime) -> Time:
    """Give a date-time that has a zone."""
    offset = moment.utcoffset()
    if offset is None:
        message = "a time needs a zone"
        raise ValueError(message)
    elapsed = moment - datetime(1970, 1, 1, tzinfo=UTC)
    ms = elapsed.days * 86_400_000 + elapsed.seconds * 1000 + elapsed.microseconds // 1000
    return [ms, int(offset.total_seconds()) // 60]


def parse_duration(text: str) -> int | None:
    """Give the milliseconds of a duration such as ``30 min``, or None."""
    match = _DURATION.fullmatch(text)
    return int(match[1]) * _UNIT_MS[match[2]] if match else None
