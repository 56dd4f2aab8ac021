"""Entries from bytes (SPEC 6.3)."""

from __future__ import annotations

from opsproof_verify.entries import Entry
from opsproof_verify.fields import decoded
from opsproof_verify.records import Withheld
from opsproof_verify.schema import reader

_entry = reader(Entry)
_withheld = reader(Withheld)


def parse_entry(body: bytes) -> Entry:
    """Read the body of a frame of type 2; raise :class:`Rejected` with a code of phase 2."""
    return _entry(decoded(body))


def parse_withheld(body: bytes) -> Withheld:
    """Read the body of a frame of type 3."""
    return _withheld(decoded(body))
