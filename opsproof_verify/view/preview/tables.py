"""Tables of comma-separated values: the first cells to show, and the columns of numbers to plot."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from decimal import Decimal

from opsproof_verify.view.preview.model import Column, Limits, Note, Table
from opsproof_verify.view.preview.numbers import number, time
from opsproof_verify.view.preview.sniff import ending

_MEDIA = frozenset({"text/csv", "application/csv", "text/tab-separated-values"})
_ENDINGS = frozenset({"csv", "tsv", "tab"})
_DELIMITERS = (",", ";", "\t", "|")

#: A plot of fewer readings says less than the table.
_LEAST = 3


def is_claimed(media: str, name: str | None) -> bool:
    """Tell whether a media type or a name says that a text is a table."""
    return media in _MEDIA or ending(name) in _ENDINGS


def read(text: str, limits: Limits) -> tuple[Table, tuple[Note, ...]] | None:
    """Give a table and what is to be told about it; None for a text that is no table of two columns."""
    text = text.removeprefix("\ufeff")
    gathered = _Gathered(limits)
    try:
        gathered.take(csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text), strict=True))
    except csv.Error:
        return None
    return gathered.table() if gathered.width > 1 else None


def _delimiter(text: str) -> str:
    """Give what parts the cells of the first line: what stands there most often."""
    first = text[: text.find("\n") + 1 or len(text)]
    return max(_DELIMITERS, key=first.count)


class _Numbers:
    """A column while all its cells are numbers or blank; ``readings`` are kept for a plot."""

    def __init__(self) -> None:
        self.only = True
        self.readings: list[tuple[Decimal, Decimal]] = []
        self.any = False

    def take(self, cell: str, place: Decimal | None) -> None:
        """Take one cell, and where it stands on the first column."""
        if not self.only or not cell.strip(" "):
            return
        value = number(cell)
        self.only = value is not None
        self.any |= self.only
        if value is not None and place is not None:
            self.readings.append((place, value))


class _Gathered:
    """The rows of a table, read once: what is shown is kept, and so are numbers while they can be plotted."""

    def __init__(self, limits: Limits) -> None:
        self.width = 0
        self._limits = limits
        self._header: list[str] | None = None
        self._rows: list[list[str]] = []
        self._count = 0
        self._numbers = [_Numbers() for _ in range(limits.columns)]
        self._last: Decimal | None = None  # where the row before stands, while rows go forward
        self._zoned: bool | None = None  # whether times say their zone; None: they are no times
        self._plots = True

    def take(self, rows: Iterable[list[str]]) -> None:
        """Take all rows; the first one is the header unless it holds a number or a time."""
        for row in rows:
            if not row:
                continue
            first = self.width == 0
            self.width = max(self.width, len(row))
            if first and not any(number(cell) is not None or time(cell) for cell in row):
                self._header = row
                continue
            self._count += 1
            if len(self._rows) < self._limits.rows:
                self._rows.append(row)
            if self._count > self._limits.points:  # too many to plot, and enough to know the numbers
                self._plots = False
                continue
            place = self._place(row[0]) if self._plots else None
            self._plots = place is not None
            for column, cell in zip(self._numbers, row, strict=False):
                column.take(cell, place if self._plots else None)

    def _place(self, cell: str) -> Decimal | None:
        """Give where a row stands by its first cell, a number or a time; None where rows do not go forward by it."""
        value, zoned = number(cell), None
        if value is None:
            value, zoned = time(cell) or (None, None)
        if self._count == 1:
            self._zoned = zoned
        forward = value is not None and zoned == self._zoned and (self._last is None or value >= self._last)
        self._last = value
        return value if forward else None

    def table(self) -> tuple[Table, tuple[Note, ...]]:
        """Give what was gathered."""
        limits = self._limits
        kept = [row[: limits.columns] for row in self._rows]
        header = None if self._header is None else self._header[: limits.columns]
        numbers = frozenset(at for at, column in enumerate(self._numbers) if column.only and column.any)
        plotted = (
            [at for at in sorted(numbers) if at and len(self._numbers[at].readings) >= _LEAST] if self._plots else []
        )
        titles = header or []
        plots = tuple(
            Column(titles[at] if at < len(titles) else "", tuple(self._numbers[at].readings))
            for at in plotted[: limits.plots]
        )
        table = Table(
            None if header is None else tuple(self._cut(cell) for cell in header),
            tuple(tuple(self._cut(cell) for cell in row) for row in kept),
            numbers,
            titles[0] if titles else "",
            self._zoned is not None,
            self._zoned is True,
            plots,
        )
        return table, tuple(self._notes(len(plotted), [*kept, titles]))

    def _cut(self, cell: str) -> str:
        return cell if len(cell) <= self._limits.cell else cell[: self._limits.cell] + "\u2026"

    def _notes(self, plotted: int, kept: list[list[str]]) -> Iterable[Note]:
        """Tell what is left out."""
        limits = self._limits
        if self._count > limits.rows:
            yield Note("preview.rows-cut", (("shown", limits.rows), ("count", self._count)))
        if self.width > limits.columns:
            yield Note("preview.columns-cut", (("shown", limits.columns), ("count", self.width)))
        if long := sum(len(cell) > limits.cell for row in kept for cell in row):
            yield Note("preview.cells-cut", (("count", long), ("shown", limits.cell)))
        if plotted > limits.plots:
            yield Note("preview.plots-cut", (("shown", limits.plots), ("count", plotted)))
