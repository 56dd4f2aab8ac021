"""All the matters that some selectors can tell apart (SPEC 8.6), one of each sort.

Whether two policies treat each matter alike is decided by trying one of each sort: two matters for which the same
conditions hold are of one sort. Names are finite sorts too: each name that stands in a condition, one name for each
pattern that nothing longer takes, and one name that nobody speaks of.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import product

from opsproof_verify.contract import ACTOR_KINDS, SEVERITIES
from opsproof_verify.selectors import Matter, Selector, matches

#: Sorts of matters, and unions of names, that are tried at most; beyond that nothing is claimed.
MAX_SORTS = 20_000
MAX_UNIONS = 256

_Names = frozenset[str]
_Conditions = frozenset[tuple[str, ...]]
_Part = tuple[_Names, _Names, bool | None]

#: What stands behind the beginning of a pattern, so that no longer name or pattern is met: it cannot stand in a policy.
_OTHER = "\N{MIDDLE DOT}"


def sorts(selectors: Sequence[Selector], looks_at: str) -> list[Matter] | None:
    """Give one matter of each sort that selectors can tell apart; None if these are too many.

    ``looks_at`` says of what matters there are (SPEC 8.6-4): of violated rules those of their row in section 10, whose
    step and actor may be missing; ``deviation`` for matters of deviations, which have a severity, a reason and an actor
    and may have several steps.
    """
    try:
        return _sorts(selectors, looks_at)
    except OverflowError:
        return None


def _sorts(selectors: Sequence[Selector], looks_at: str) -> list[Matter]:
    """Give them, or raise ``OverflowError``."""
    deviation = looks_at == "deviation" or "d" in looks_at
    steps = _steps(selectors, several=deviation) if deviation or "s" in looks_at else [(_Names(), _Names(), None)]
    actors = _actors(selectors, always=deviation) if deviation or "a" in looks_at else [(_Names(), "")]
    severities = SEVERITIES if deviation else ("",)
    reasons = sorted(_names(_conditions(selectors, "reasons"))) if deviation else [""]
    if len(steps) * len(actors) * len(severities) * len(reasons) > MAX_SORTS:
        raise OverflowError
    return [
        Matter(names, tags, critical, roles, kind, severity, reason)
        for (names, tags, critical), (roles, kind), severity, reason in product(steps, actors, severities, reasons)
    ]


def _steps(selectors: Sequence[Selector], *, several: bool) -> list[_Part]:
    """Give sorts of steps: ids, tags, whether critical; and no step, which for a deviation is not critical."""
    conditions, critical = _conditions(selectors, "steps"), (False, True)
    ids = {_Names({name}) for name in _names(conditions)}
    groups = (
        _joined(ids, conditions) if several else set({_held(one, conditions): one for one in _ordered(ids)}.values())
    )
    tags = {_Names()} | _joined({_Names({name}) for name in _plain(selectors, "tags")}, _conditions(selectors, "tags"))
    found: list[_Part] = [(_Names(), _Names(), False if several else None)]
    return found + list(product(_ordered(groups), _ordered(tags), critical))


def _actors(selectors: Sequence[Selector], *, always: bool) -> list[tuple[_Names, str]]:
    """Give sorts of actors: roles and kind; and no actor, unless there always is one."""
    roles = _joined({_Names({name}) for name in (*_plain(selectors, "roles"), _OTHER)}, _conditions(selectors, "roles"))
    found = [(group, kind) for group in _ordered(roles) for kind in ACTOR_KINDS]
    return found if always else [(_Names(), ""), *found]


def _conditions(selectors: Sequence[Selector], name: str) -> _Conditions:
    """Give the different conditions of one name."""
    return frozenset(getattr(one, name) for one in selectors if getattr(one, name) is not None)


def _plain(selectors: Sequence[Selector], name: str) -> list[str]:
    return sorted({word for condition in _conditions(selectors, name) for word in condition})


def _names(conditions: _Conditions) -> set[str]:
    """Give a name of each sort that patterns can tell apart."""
    patterns = {pattern for condition in conditions for pattern in condition}
    return {pattern[:-1] + _OTHER if pattern.endswith("*") else pattern for pattern in patterns} | {_OTHER}


def _joined(groups: set[_Names], conditions: _Conditions) -> set[_Names]:
    """Give unions of groups of names, one for each set of conditions that can hold at once."""
    known = {_held(group, conditions): group for group in _ordered(groups)}
    waiting = list(known.values())
    while waiting:
        group = waiting.pop()
        for other in _ordered(groups):
            union = group | other
            if _held(union, conditions) not in known:
                known[_held(union, conditions)] = union
                waiting.append(union)
        if len(known) > MAX_UNIONS:
            raise OverflowError
    return set(known.values())


def _held(names: _Names, conditions: _Conditions) -> _Conditions:
    return frozenset(one for one in conditions if any(matches(pattern, name) for name in names for pattern in one))


def _ordered(groups: Iterable[_Names]) -> Iterator[_Names]:
    return iter(sorted(groups, key=sorted))
