"""What a preview is, as values; which of them it is, `decide` says, and how they look, `render`."""

from __future__ import annotations

import enum
from decimal import Decimal
from typing import TypeAlias

from opsproof_verify.slotted import slotted

_KIB = 1024
_MIB = 1024 * _KIB


class Kind(enum.StrEnum):
    """How an item is shown."""

    IMAGE = "image"
    TEXT = "text"
    TABLE = "table"
    SERIES = "series"  # a table with a plot for each column of numbers
    HEX = "hex"
    DOWNLOAD = "download"  # named, not shown
    ABSENT = "absent"  # the bundle does not hold its content
    OUTSIDE = "outside"  # the bundle holds it, the page does not


@slotted(frozen=True)
class Limits:
    """How much of an item a page shows."""

    content: int = 25 * _MIB  # a larger item is `OUTSIDE`
    image: int = 4 * _MIB
    pixels: int = 40_000_000  # 160 MB once decoded
    text: int = 16 * _KIB
    lines: int = 400
    rows: int = 50
    columns: int = 20
    cell: int = 200
    hex: int = 256
    points: int = 100_000  # a longer table has no plot
    plots: int = 4


@slotted(frozen=True)
class Note:
    """Something to be told about an item: a message of `texts` and its facts."""

    key: str
    facts: tuple[tuple[str, str | int], ...] = ()
    warns: bool = False


@slotted(frozen=True)
class Image:
    """An image that a browser may decode; ``end`` is where it ends in the bytes."""

    media: str
    width: int
    height: int
    end: int
    animated: bool = False


@slotted(frozen=True)
class Picture:
    """An image and the bytes to show."""

    image: Image
    data: bytes


@slotted(frozen=True)
class Text:
    """The beginning of a text."""

    text: str


@slotted(frozen=True)
class Column:
    """A column of numbers over the first column: pairs of where and how much, in the order of the rows."""

    title: str
    readings: tuple[tuple[Decimal, Decimal], ...]


@slotted(frozen=True)
class Table:
    """The beginning of a table; ``header`` is None where the first row is no header."""

    header: tuple[str, ...] | None
    rows: tuple[tuple[str, ...], ...]
    numbers: frozenset[int]  # columns of numbers, counted from 0
    first: str = ""  # the title of the first column
    times: bool = False  # the first column holds times
    zoned: bool = False  # they say their zone
    plots: tuple[Column, ...] = ()


@slotted(frozen=True)
class Bytes:
    """The beginning of something that is shown as it is."""

    data: bytes


Body: TypeAlias = Picture | Text | Table | Bytes | None


@slotted(frozen=True)
class Preview:
    """What to show of an item: what the record claims, what its bytes are, and what to tell about them."""

    kind: Kind
    media: str
    name: str | None
    size: int
    found: str | None = None
    notes: tuple[Note, ...] = ()
    body: Body = None
