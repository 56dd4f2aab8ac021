"""`check --format csv`: the bundle that was verified is read once more, and each row is written before the next."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import BinaryIO

from opsproof_verify.findings import Rejected
from opsproof_verify.reading import Read, read_records
from opsproof_verify.render.timeline import Seen, Timeline
from opsproof_verify.report import Report


def timeline(stream: BinaryIO, report: Report) -> Iterator[bytes]:
    """Give the lines of the timeline; ``stream`` is the bundle that the report is about.

    A file that cannot be read further has a finding, which stands at the end. Raises ``OSError`` if it cannot be read
    again at all; that says so, since whoever writes the lines would take it for one about the output.
    """
    lines = Timeline(report)
    yield lines.header()
    before = 0
    for read in _again(stream):
        number = read.frame.number
        first = before + 1 if read.items else number
        yield lines.row(Seen(number, first, read.frame.type, read.record, read.problem, read.hash))
        before = number
        if lines.ends_at(number):
            break
    yield from lines.rest()


def _again(stream: BinaryIO) -> Iterator[Read]:
    """Give the records as far as they can be read."""
    try:
        with contextlib.suppress(Rejected):
            yield from read_records(stream)
    except OSError as error:
        message = f"{error.strerror or 'an error'} while the bundle was read a second time"
        raise OSError(error.errno, message) from error
