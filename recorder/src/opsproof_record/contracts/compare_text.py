"""The differences of two contracts as a page that a reviewer reads from top to bottom."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from difflib import unified_diff
from itertools import groupby

from opsproof_record.contracts.compare import Change, Kind, compare, rows
from opsproof_record.contracts.compare_words import meaning, ruling, say
from opsproof_record.contracts.export import in_order
from opsproof_record.contracts.locked import Locked
from opsproof_record.contracts.toml_read import Map

_TITLES = ("title", "name")  # shown with the identifier
_PROSE = ("introduction", "instruction")
_SECTIONS = {
    "contract": "Contract",
    "params": "Run parameters",
    "steps": "Steps",
    "roster": "Roster",
    "authority": "Authority",
    "retention": "Retention",
    "pack": "Domain pack",
    "policy": "Policy",
}
_OWN = ("authority", "retention", "pack", "policy")  # sections whose members are named without the section
#: Members whose rows are things of their own, each with a heading.
_THINGS = {"params", "steps", "roster", "reasons", "approvals", "rules"}


def describe(old: Locked, new: Locked) -> list[str]:
    """Give the page; its last line counts the differences."""
    changes = compare(old.contract, new.contract)
    lines = [f"--- {_side(old)}", f"+++ {_side(new)}"]
    if changes and old.contract["version"] == new.contract["version"] and old.contract["id"] == new.contract["id"]:
        lines.append(
            f"Both are version {new.contract['version']}, though they differ: a revision needs a higher number."
        )
    for name, title in _SECTIONS.items():
        found = [change for change in changes if _section(change) == name]
        if found:
            lines += ["", title, *(f"  {line}" for line in _digests(name, old, new)), *_things(found)]
    count = f"{len(changes)} difference{'' if len(changes) == 1 else 's'}" if changes else "No difference"
    return [*lines, "", f"{count}."]


def _side(locked: Locked) -> str:
    contract = locked.contract
    said = f"{locked.path}: {contract['id']} version {contract['version']}"
    if locked.hash is None:
        return f"{said}, not signed"
    return f"{said}, issued {say('not-after', contract['issued'])}, contract {locked.hash.hex()}"


def _section(change: Change) -> str:
    return change.path[0] if change.path[0] in _SECTIONS else "contract"


def _digests(name: str, old: Locked, new: Locked) -> Iterator[str]:
    """Name pack or policy of both sides in full, since they are known by their digests."""
    if name not in {"pack", "policy"}:
        return
    for sign, side in (("-", old), ("+", new)):
        data = side.contract.get(name)
        yield f"{sign} {'(none)' if data is None else f'sha256 {hashlib.sha256(data).hexdigest()}'}"


def _things(changes: list[Change]) -> Iterator[str]:
    """Give the differences of a section, those of one step, actor, reason or rule together."""
    for thing, group in groupby(changes, key=_thing):
        if not thing:
            for change in group:
                own = len(change.path) > 1 and change.path[0] in _OWN
                yield from _member(change, change.path[1:] if own else change.path, "  ")
            continue
        members = list(group)
        whole = next((change for change in members if change.path == thing), None)
        if whole is not None and whole.kind in {Kind.ADDED, Kind.REMOVED}:
            yield f"  {whole.kind.value} {_name(whole)}"
            yield from _whole(whole, "      ", said=_TITLES)
            continue
        yield f"  ~ {thing[-1]}"
        for change in members:
            if change.kind is Kind.MOVED and change.path == thing:
                yield f"      place: {change.old} -> {change.new}"
            else:
                yield from _member(change, change.path[len(thing) :], "      ")


def _thing(change: Change) -> tuple[str, ...]:
    """Give the path of the step, actor, reason or rule that a difference belongs to; empty if to none."""
    for at, name in enumerate(change.path[:-1]):
        if name in _THINGS and at < 2:
            return change.path[: at + 2]
    return ()


def _name(change: Change) -> str:
    row = change.new if change.kind is Kind.ADDED else change.old
    titles = [f' "{row[name]}"' for name in _TITLES if name in row] if isinstance(row, dict) else []
    return change.path[-1] + "".join(titles)


def _whole(change: Change, indent: str, said: tuple[str, ...] = ()) -> Iterator[str]:
    """List all that a new or removed thing says, but for members that were said already."""
    value = change.new if change.kind is Kind.ADDED else change.old
    for path, leaf in _leaves((), value):
        if path[-1] in _PROSE and isinstance(leaf, str):
            yield f"{indent}{'.'.join(path)}:"
            yield from (f"{indent}  {change.kind.value}{line}" for line in leaf.split("\n"))
        elif not (len(path) == 1 and path[0] in said):
            yield f"{indent}{'.'.join(path)}: {say(path[-1], leaf)}"


def _leaves(path: tuple[str, ...], value: object) -> Iterator[tuple[tuple[str, ...], object]]:
    listed = rows(value) if value else None
    inner = listed if listed is not None else value
    if isinstance(inner, dict) and inner:
        for name in inner if listed is not None else in_order(inner):
            yield from _leaves((*path, name), inner[name])
    elif path:
        yield path, value


def _member(change: Change, path: tuple[str, ...], indent: str) -> Iterator[str]:
    """Give one difference of a member, or of a row inside a thing."""
    name = ".".join(path)
    if change.kind is Kind.MOVED:
        yield f"{indent}{name}: place {change.old} -> {change.new}"
    elif path[-1] in _PROSE:
        yield f"{indent}{name}:"
        yield from (f"{indent}  {line}" for line in _prose(change.old, change.new))
    elif path[-1] == "rulings":
        yield f"{indent}{name}:"
        yield from (
            f"{indent}  {line}" for line in _unified(map(ruling, _list(change.old)), map(ruling, _list(change.new)))
        )
    elif isinstance(change.old if change.new is None else change.new, dict):
        yield f"{indent}{change.kind.value} {name}"
        yield from _whole(change, f"{indent}    ")
    else:
        said = meaning(change.path, change.old, change.new)
        note = f" ({said})" if said else ""
        yield f"{indent}{name}: {say(path[-1], change.old)} -> {say(path[-1], change.new)}{note}"


def _list(value: object) -> list[Map]:
    return value if isinstance(value, list) else []


def _prose(old: object, new: object) -> Iterator[str]:
    before, after = (str(side).split("\n") if side is not None else [] for side in (old, new))
    return _unified(before, after)


def _unified(old: Iterable[str], new: Iterable[str]) -> Iterator[str]:
    """Give unified difference lines without the two lines that name files."""
    lines = list(unified_diff(list(old), list(new), lineterm="", n=1))
    return iter(lines[2:])
