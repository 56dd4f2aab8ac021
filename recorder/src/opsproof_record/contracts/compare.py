"""What differs between two contracts: each difference once, none left out.

The members of two maps are compared one by one; rows with an identifier are matched by it, and told from rows that
only moved; whatever else is not equal is a difference as it stands. Nonce and time of issue belong to the signing.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import Enum

from opsproof_verify.fields import MAX_ITEMS, decoded

from opsproof_record.contracts.export import OF_THE_SIGNING, in_order
from opsproof_record.contracts.toml_read import Map

_CARRIED = ("pack", "policy")


class Kind(Enum):
    """How two contracts differ in one place."""

    ADDED = "+"
    REMOVED = "-"
    CHANGED = "~"
    MOVED = ">"


@dataclass(frozen=True, slots=True)
class Change:
    """One difference: the path of members and identifiers, and both sides; of what moved, the places from 1."""

    kind: Kind
    path: tuple[str, ...]
    old: object = None
    new: object = None


def compare(old: Map, new: Map) -> list[Change]:
    """Give all differences between two contracts."""
    return list(_maps((), _opened(old), _opened(new)))


def _opened(contract: Map) -> Map:
    """Give a contract with pack and policy as maps, without what belongs to the signing."""
    result = {name: value for name, value in contract.items() if name not in OF_THE_SIGNING}
    return result | {name: decoded(result[name], MAX_ITEMS) for name in _CARRIED if name in result}


def _any(path: tuple[str, ...], old: object, new: object) -> Iterator[Change]:
    if isinstance(old, dict) and isinstance(new, dict):
        yield from _maps(path, old, new)
    elif (before := rows(old)) is not None and (after := rows(new)) is not None:
        yield from _rows(path, before, after)
    elif old != new:
        yield Change(Kind.CHANGED, path, old, new)


def _maps(path: tuple[str, ...], old: Map, new: Map) -> Iterator[Change]:
    for name in in_order(old | new):
        at = (*path, name)
        if name not in new:
            yield from _one_sided(Kind.REMOVED, at, old[name])
        elif name not in old:
            yield from _one_sided(Kind.ADDED, at, new[name])
        else:
            yield from _any(at, old[name], new[name])


def _one_sided(kind: Kind, path: tuple[str, ...], value: object) -> Iterator[Change]:
    """Give what only one side has; rows each by itself."""
    listed = rows(value) or {}
    for name, row in listed.items():
        yield from _one_sided(kind, (*path, name), row)
    if not listed:
        yield Change(kind, path, *((None, value) if kind is Kind.ADDED else (value, None)))


def _rows(path: tuple[str, ...], old: dict[str, Map], new: dict[str, Map]) -> Iterator[Change]:
    before, after = [name for name in old if name in new], [name for name in new if name in old]
    stayed = {
        name
        for block in SequenceMatcher(None, before, after, autojunk=False).get_matching_blocks()
        for name in before[block.a : block.a + block.size]
    }
    places_old, places_new = ({name: at for at, name in enumerate(side, 1)} for side in (old, new))
    for name in dict.fromkeys([*new, *old]):
        at = (*path, name)
        if name not in new:
            yield Change(Kind.REMOVED, at, old[name], None)
        elif name not in old:
            yield Change(Kind.ADDED, at, None, new[name])
        else:
            if name not in stayed:
                yield Change(Kind.MOVED, at, places_old[name], places_new[name])
            yield from _maps(at, old[name], new[name])


def rows(value: object) -> dict[str, Map] | None:
    """Give rows by their identifiers, without them; None for what is no list of rows."""
    if not isinstance(value, list) or not all(isinstance(row, dict) for row in value):
        return None
    key = next((key for key in ("id", "code") if all(key in row for row in value)), None)
    if key is None or len({str(row[key]) for row in value}) != len(value):
        return None
    return {str(row[key]): {name: member for name, member in row.items() if name != key} for row in value}
