"""What callers of the Python API give, in the forms that come naturally, turned into what a record holds."""

from __future__ import annotations

import io
import json
import math
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, BinaryIO

from opsproof_verify.fields import MAX_INTEGER, Ref

from opsproof_record.clock import Time, now, to_time
from opsproof_record.errors import Unfit, Unknown
from opsproof_record.log.state import RunState
from opsproof_record.run import attaching
from opsproof_record.run.attaching import Attached, Target
from opsproof_record.run.work import Outcome

#: An entry: its number, its ref, or what a call that wrote it gave back.
Entry = int | Ref | Outcome | Attached
#: An evidence item: the entry that added it, or its SHA-256.
Item = Entry | bytes
#: Evidence: a file by its path, bytes, or an open binary stream.
Content = str | Path | bytes | BinaryIO
#: A time: a date-time with a zone, or milliseconds and offset as a record has it (SPEC 4.2-6).
Moment = datetime | Time

_MAX_DEPTH = 64


def entry_number(entry: Entry) -> int:
    """Give the number of an entry."""
    if isinstance(entry, Outcome | Attached):
        return entry.ref.seq
    return entry.seq if isinstance(entry, Ref) else entry


def digest_of(state: RunState, item: Item) -> bytes:
    """Give the digest of an evidence item; raises :class:`Unknown` for an entry that added none."""
    if isinstance(item, bytes):
        return item
    seq = entry_number(item)
    digest = state.digest_at(seq)
    if digest is None:
        raise Unknown(f"e{seq} added no evidence", "Name the entry that attaching it gave, or its SHA-256.")
    return digest


def digests_of(state: RunState, items: tuple[Item, ...]) -> tuple[bytes, ...]:
    """Give the digests of evidence items, each once."""
    return tuple(dict.fromkeys(digest_of(state, item) for item in items))


def entry_numbers(entries: tuple[Entry, ...]) -> tuple[int, ...]:
    """Give the numbers of entries, each once."""
    return tuple(dict.fromkeys(map(entry_number, entries)))


@contextmanager
def as_file(content: Content, target: Target, beside: Path) -> Iterator[Path]:
    """Give the path of evidence; bytes and streams stand in a file beside the journal for the length of the block."""
    if isinstance(content, str | Path):
        yield Path(content)
        return
    if target.name is None or target.media is None:
        raise Unfit("bytes and streams have no name and no type", "Give name= and media=.")
    stream = io.BytesIO(content) if isinstance(content, bytes) else content
    with attaching.spooled(stream, beside) as spool:
        yield spool


def time_of(moment: Moment) -> Time:
    """Give a time as a record has it; raises :class:`Unfit` for one without a zone."""
    if not isinstance(moment, datetime):
        return moment
    try:
        return to_time(moment)
    except ValueError:
        raise Unfit(f"{moment} has no zone", "Give a date-time with tzinfo, such as datetime.now(UTC).") from None


def time_until(end: Moment | timedelta) -> Time:
    """Give a time that is named, or lies so far ahead."""
    if not isinstance(end, timedelta):
        return time_of(end)
    ms, offset = now()
    return [ms + round(end.total_seconds() * 1000), offset]


def encoded(arguments: dict[str, Any]) -> bytes:
    """Give the bytes of an action's arguments whose SHA-256 is authorised: JSON, UTF-8, sorted, without spaces.

    A whole number has no fraction however it was written, so that 1.0 and 1 are the same arguments. Raises
    :class:`Unfit` for what is not JSON: other types, keys that are no text, NaN, lone surrogates, deep nesting.
    """
    try:
        text = json.dumps(_plain(arguments), sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
        return text.encode()
    except (TypeError, ValueError) as error:
        raise Unfit(f"these arguments are no JSON: {error}", "Give text, numbers, booleans, lists and maps.") from error


def _plain(value: Any, depth: int = 0) -> Any:
    """Check that a value is JSON, and write each number in one way."""
    if depth > _MAX_DEPTH:
        message = f"nested more than {_MAX_DEPTH} deep"
        raise ValueError(message)
    if isinstance(value, dict):
        if other := [key for key in value if not isinstance(key, str)]:
            message = f"the key {other[0]!r} is no text"
            raise TypeError(message)
        return {key: _plain(item, depth + 1) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item, depth + 1) for item in value]
    if isinstance(value, float) and math.isfinite(value) and value.is_integer() and abs(value) <= MAX_INTEGER:
        return int(value)
    return value
