"""Selectors (SPEC 8.6): which matters a row of a policy is about.

A matter is a violated rule, a deviation, or work done. What a matter does not have, no condition on it holds for.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from opsproof_verify.slotted import fields, slotted

#: Conditions by what they look at: a step, an actor, a deviation (SPEC 8.6-1).
CONDITIONS = {
    "steps": "s",
    "tags": "s",
    "critical": "s",
    "roles": "a",
    "kinds": "a",
    "severity": "d",
    "reasons": "d",
}


class Matter(NamedTuple):
    """What a selector looks at: steps with their tags, the actor, severity and reason of a deviation."""

    steps: frozenset[str] = frozenset()
    tags: frozenset[str] = frozenset()
    critical: bool | None = None
    roles: frozenset[str] = frozenset()
    kind: str = ""
    severity: str = ""
    reason: str = ""


@slotted(frozen=True, kw_only=True)
class Selector:
    """Conditions that must all hold; ``None`` is no condition."""

    steps: tuple[str, ...] | None = None
    tags: tuple[str, ...] | None = None
    critical: bool | None = None
    roles: tuple[str, ...] | None = None
    kinds: tuple[str, ...] | None = None
    severity: tuple[str, ...] | None = None
    reasons: tuple[str, ...] | None = None

    def holds(self, matter: Matter) -> bool:
        """Tell whether all conditions hold for a matter."""
        return (
            (self.steps is None or _named(self.steps, matter.steps))
            and (self.tags is None or not matter.tags.isdisjoint(self.tags))
            and (self.critical is None or matter.critical is self.critical)
            and (self.roles is None or not matter.roles.isdisjoint(self.roles))
            and (self.kinds is None or matter.kind in self.kinds)
            and (self.severity is None or matter.severity in self.severity)
            and (self.reasons is None or _named(self.reasons, (matter.reason,)))
        )

    def contains(self, other: Selector) -> bool:
        """Tell whether this one holds wherever another one does, as far as their words show (SPEC 8.1-4)."""
        lists = (name for name in CONDITIONS if name != "critical")
        return (self.critical is None or self.critical is other.critical) and all(
            _wider(getattr(self, name), getattr(other, name)) for name in lists
        )

    @property
    def conditions(self) -> tuple[str, ...]:
        """The names of the conditions that there are."""
        return tuple(name for name in fields(self) if getattr(self, name) is not None)


def matches(pattern: str, name: str) -> bool:
    """Tell whether a name is a pattern's: equal to it, or beginning with what stands before a final ``*``."""
    return name.startswith(pattern[:-1]) if pattern.endswith("*") else name == pattern


def _named(patterns: tuple[str, ...], names: Iterable[str]) -> bool:
    return any(matches(pattern, name) for name in names for pattern in patterns)


def _wider(mine: tuple[str, ...] | None, theirs: tuple[str, ...] | None) -> bool:
    """Tell whether a condition admits all that another one admits; ``None`` admits everything."""
    return mine is None or (theirs is not None and all(any(_covers(one, other) for one in mine) for other in theirs))


def _covers(pattern: str, other: str) -> bool:
    """Tell whether a pattern admits all names of another: ``a*`` those of ``ab`` and ``ab*``, ``ab`` not ``ab*``'s."""
    return pattern == other or (pattern.endswith("*") and other.removesuffix("*").startswith(pattern[:-1]))
