"""Where two trust stores differ, and whether a difference lets more or less be FINAL (`trust diff`): values only.

Stores are compared by what they mean: the order of tables and the ways of writing a key play no part.
"""

from __future__ import annotations

import enum
import math
from collections.abc import Iterator, Mapping
from typing import TypeVar

from opsproof_verify import fields
from opsproof_verify.slotted import field, slotted
from opsproof_verify.trust import Approver, Issuer, Revoked, TrustStore, WitnessKey

T = TypeVar("T")

Holder = Issuer | Approver
Row = Holder | WitnessKey
_Window = tuple[int | None, int | None]


class Effect(enum.StrEnum):
    """What a difference can do to verdicts."""

    MORE = "more"
    LESS = "less"
    EITHER = "either"
    NONE = "none"


class Group(enum.StrEnum):
    """Under which heading a difference stands."""

    GAINED = "gained"
    LOST = "lost"
    OTHER = "other"


@slotted(frozen=True)
class Change:
    """One difference: a word for what it is, whose it is, and facts.

    ``row`` is the row of a table of NEW, or of OLD where NEW has none; None for what is no row.
    """

    group: Group
    word: str
    effect: Effect
    row: Row | Revoked | None = None
    facts: Mapping[str, object] = field(default_factory=dict)


@slotted(frozen=True)
class TrustDifferences:
    """All in which NEW differs from OLD; ``warnings`` are words for what looks like a step back."""

    old: TrustStore
    new: TrustStore
    warnings: tuple[str, ...]
    changes: tuple[Change, ...]

    @property
    def same(self) -> bool:
        """Whether both mean the same: they have one digest (SPEC 7-7)."""
        return self.old.digest == self.new.digest


def compare(old: TrustStore, new: TrustStore) -> TrustDifferences:
    """Tell what NEW trusts that OLD did not, what it no longer trusts, and what else differs."""
    if old.digest == new.digest:
        return TrustDifferences(old, new, (), ())
    return TrustDifferences(old, new, tuple(_steps_back(old, new)), (*_rows(old, new), *_rest(old, new)))


def _steps_back(old: TrustStore, new: TrustStore) -> Iterator[str]:
    """Give what speaks against NEW being a later edition of OLD; serials of two ids say nothing."""
    if old.id != new.id:
        yield "other-id"
    elif new.serial < old.serial:
        yield "serial-lower"
    elif new.serial == old.serial:
        yield "serial-same"
    if new.issued < old.issued:
        yield "issued-earlier"


def _rows(old: TrustStore, new: TrustStore) -> Iterator[Change]:
    """Compare who is listed; a row is known by its key, which its table has once (SPEC 7-3)."""
    tables: tuple[tuple[str, tuple[Row, ...], tuple[Row, ...]], ...] = (
        ("issuer", old.issuers, new.issuers),
        ("approver", old.approvers, new.approvers),
        ("witness", old.witnesses, new.witnesses),
    )
    for table, ours, theirs in tables:
        before, after = {row.key: row for row in ours}, {row.key: row for row in theirs}
        for key, row in after.items():
            if key not in before:
                yield Change(Group.GAINED, f"{table}-added", Effect.MORE, row, {"known": _is_known(row, ours)})
            else:
                yield from _row(before[key], row)
        for key, row in before.items():
            if key not in after:
                yield Change(Group.LOST, f"{table}-removed", Effect.LESS, row, {"known": _is_known(row, theirs)})


def _is_known(row: Row, others: tuple[Row, ...]) -> bool:
    """Tell whether a table has the holder of a row under another key."""
    return name(row) in {name(other) for other in others}


def name(row: Row) -> str:
    """Give the person, or the id of a witness."""
    return row.id if isinstance(row, WitnessKey) else row.person


def _row(a: Row, b: Row) -> Iterator[Change]:
    """Compare what one key is listed with."""
    if name(a) != name(b):
        yield _other("renamed", Effect.EITHER, b, old=name(a), new=name(b))
    if isinstance(a, Issuer) and isinstance(b, Issuer):
        yield from _issuer(a, b)
    if isinstance(a, Approver) and isinstance(b, Approver):
        more, less = _beyond(b.roles, a.roles), _beyond(a.roles, b.roles)
        yield from _gained_and_lost("roles", b, more, less, b.roles)
    if isinstance(a, Holder) and isinstance(b, Holder):
        if a.organisation != b.organisation:
            yield _other("organisation", Effect.NONE, b, old=a.organisation, new=b.organisation)
        ours, theirs = (a.valid_from, a.valid_until), (b.valid_from, b.valid_until)
        if ours != theirs:
            yield _other("window", _window_effect(ours, theirs), b, old=ours, new=theirs)


def _issuer(a: Issuer, b: Issuer) -> Iterator[Change]:
    """Compare what an issuer may sign."""
    more = tuple(one for one in b.contracts if not _covered(one, a.contracts))
    less = tuple(one for one in a.contracts if not _covered(one, b.contracts))
    yield from _gained_and_lost("contracts", b, more, less, b.contracts)
    for contract in sorted(a.minimum_version.keys() | b.minimum_version.keys()):
        ours, theirs = a.minimum_version.get(contract, 1), b.minimum_version.get(contract, 1)
        if ours != theirs:
            effect = _moved(less=theirs > ours)
            yield _other("minimum-version", effect, b, contract=contract, old=ours, new=theirs)
    for digest in _beyond(b.accepted_policies, a.accepted_policies):
        yield _other("policy-accepted", Effect.MORE, b, policy=digest)
    for digest in _beyond(a.accepted_policies, b.accepted_policies):
        yield _other("policy-not-accepted", Effect.LESS, b, policy=digest)


def _covered(pattern: str, patterns: tuple[str, ...]) -> bool:
    """Tell whether each contract id that a pattern names is named by others (SPEC 9.6-6)."""
    if pattern == "*":
        return "*" in patterns
    if not pattern.endswith(".*"):
        return fields.is_among(patterns, pattern)
    return any(one == "*" or (one.endswith(".*") and pattern.startswith(one[:-1])) for one in patterns)


def _gained_and_lost(
    word: str, row: Row, more: tuple[str, ...], less: tuple[str, ...], left: tuple[str, ...]
) -> Iterator[Change]:
    """Give what a row has more and less than it had; ``left`` is all that it has."""
    if more:
        yield Change(Group.GAINED, f"{word}-added", Effect.MORE, row, {"items": more})
    if less:
        yield Change(Group.LOST, f"{word}-removed", Effect.LESS, row, {"items": less, "left": left})


def _rest(old: TrustStore, new: TrustStore) -> Iterator[Change]:
    """Compare all but who is listed."""
    yield from _revocations({row.key: row for row in old.revoked}, {row.key: row for row in new.revoked})
    if old.next_update != new.next_update:
        effect = _moved(less=new.next_update < old.next_update)
        yield _other("next-update", effect, old=old.next_update, new=new.next_update)
    for contract in sorted(old.withdrawn.keys() | new.withdrawn.keys()):
        ours, theirs = old.withdrawn.get(contract), new.withdrawn.get(contract)
        if ours != theirs:
            effect = _moved(less=_time(theirs) < _time(ours))
            yield _other("withdrawn", effect, contract=contract, old=ours, new=theirs)
    yield from _role_maps(old, new)


def _revocations(old: dict[bytes, Revoked], new: dict[bytes, Revoked]) -> Iterator[Change]:
    for key, row in new.items():
        before = old.get(key)
        if before is None:
            yield Change(Group.LOST, "revoked", Effect.LESS, row)
        elif (before.at, before.reason) != (row.at, row.reason):
            graver, milder = before.reason > row.reason, before.reason < row.reason  # "compromised" < "retired"
            effect = _of(more=row.at >= before.at and not graver, less=row.at <= before.at and not milder)
            yield _other("revoked-anew", effect, row, old=before)
    for key, row in old.items():
        if key not in new:
            yield Change(Group.GAINED, "revocation-lifted", Effect.MORE, row)


def _role_maps(old: TrustStore, new: TrustStore) -> Iterator[Change]:
    """Compare how each name of a role is read; between the names of both maps nothing changes (SPEC 7-6)."""
    maps = (*old.role_map.values(), *new.role_map.values())
    roles = sorted({role for one in maps for role in one})
    for contract in sorted(old.role_map.keys() | new.role_map.keys()):
        for role in roles:
            ours, theirs = old.role(contract, role), new.role(contract, role)
            if ours != theirs:
                yield _other("role", Effect.EITHER, contract=contract, role=role, old=ours, new=theirs)


def _other(word: str, effect: Effect, row: Row | Revoked | None = None, **facts: object) -> Change:
    return Change(Group.OTHER, word, effect, row, facts)


def _beyond(values: tuple[T, ...], others: tuple[T, ...]) -> tuple[T, ...]:
    return tuple(one for one in values if one not in others)


def _window_effect(old: _Window, new: _Window) -> Effect:
    (a, b), (c, d) = ((start or 0, _time(end)) for start, end in (old, new))
    return _of(more=c <= a and d >= b, less=c >= a and d <= b)


def _time(ms: int | None) -> float:
    """Give a time; what has none is never reached."""
    return math.inf if ms is None else ms


def _moved(*, less: bool) -> Effect:
    return Effect.LESS if less else Effect.MORE


def _of(*, more: bool, less: bool) -> Effect:
    """Give the effect of what lets at least as much, or at most as much, be FINAL."""
    if more and less:
        return Effect.NONE
    return Effect.MORE if more else Effect.LESS if less else Effect.EITHER
