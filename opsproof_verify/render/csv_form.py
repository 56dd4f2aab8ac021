"""CSV in one form (RFC 4180): UTF-8 without a byte order mark, CRLF, one line for each row, one header line.

What a bundle says is written by others and read by spreadsheets, which take some text for a formula. So, in this order:

- Each character is one that can be seen (SPEC 12, *Display*); the lines of prose are joined by `` / ``.
- An apostrophe stands before what a spreadsheet would take for a formula: at the beginning of a cell and behind each
  semicolon, since there a cell begins where semicolons separate them. Text that has an apostrophe there gets another,
  so each such apostrophe is ours and can be taken away again.
- A cell is cut where Excel could not hold it, which would put the rest of it into cells of its own.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from opsproof_verify.fields import is_decimal
from opsproof_verify.render.escape import printable

#: Units of UTF-16 in a cell; Excel holds 32,767.
LONGEST = 32_000

# Excel takes the wide forms for the narrow ones; a parser forgets quotes before them, and some forget spaces.
_FORMULA = re.compile("(?:^|(?<=;))(?=[ \"]*['=+\\-@\uff1d\uff0b\uff0d\uff20])")
_PLAIN = re.compile("[A-Za-z0-9](?:[A-Za-z0-9 _.:/()+-]*[A-Za-z0-9_.:)])?")  # nearly all: nothing to be done
_QUOTED = re.compile('^ |[",;]| $')


class Printed(str):
    """Text whose every character can be seen already; a backslash in it is not doubled again."""

    __slots__ = ()


def line(cells: Iterable[str]) -> bytes:
    """Give a row as a line; cells are made by `cell`, or words of this program."""
    return (",".join(cells) + "\r\n").encode()


def cell(text: str | None, *, number: bool = False) -> str:
    """Give a text as a cell that is safe to look at; if it may be a ``number``, a decimal (SPEC 4.2-5) stays one."""
    if not text or (number and is_decimal(text)):
        return text or ""
    if len(text) <= LONGEST and _PLAIN.fullmatch(text):
        return text
    seen = text if isinstance(text, Printed) else " / ".join(map(printable, text.split("\n")))
    safe = _cut(_FORMULA.sub("'", seen))
    return '"' + safe.replace('"', '""') + '"' if _QUOTED.search(safe) else safe


def _cut(text: str) -> str:
    """Cut a text to the longest that a cell holds, and say how much is missing."""
    if 2 * len(text) <= LONGEST:  # however many units a character has
        return text
    units = text.encode("utf-16-le")
    if len(units) <= 2 * LONGEST:
        return text
    kept = units[: 2 * LONGEST].decode("utf-16-le", "ignore")
    return f"{kept}... ({len(text) - len(kept)} further characters are cut off)"
