"""Findings and the levels that a policy gives them: written from SPEC 8.3 and 8.6 alone, on plain maps."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

Map = dict[str, Any]

#: Codes that an approval may cover (SPEC 10, *Remedy*), but for `deviation.not-closed`, which has a clause of its own.
COVERABLE = {
    "step.skip-unexplained",
    "gap.unexplained",
    "entry.late-unexplained",
    "actor.unqualified",
    "check.outdated",
    "instrument.missing",
    "instrument.out-of-calibration",
    "evidence.undescribed",
    "evidence.reused",
    "evidence.late",
    "custody.broken",
    "custody.not-received",
    "deviation.late",
    "deviation.premature",
}


@dataclass(frozen=True)
class Found:
    """A violated rule: the entry that it is about, its step, who is responsible, and the deviation (8.6-3)."""

    code: str
    seq: int | None = None
    actor: str | None = None
    steps: frozenset[str] = frozenset()
    deviation: tuple[str, str] | None = None  # severity and reason

    def matter(self, steps: dict[str, Map], actors: dict[str, Map]) -> Map:
        """Give what selectors look at (8.6-1); a deviation that names no step is not critical."""
        known = [steps[name] for name in self.steps if name in steps]
        critical: bool | None = any(step.get("critical", False) for step in known)
        if not self.steps and self.deviation is None:
            critical = None
        member = actors[self.actor] if self.actor else {"roles": [], "kind": ""}
        return {
            "steps": set(self.steps),
            "tags": {tag for step in known for tag in step.get("tags", ())},
            "critical": critical,
            "roles": set(member["roles"]),
            "kinds": {member["kind"]},
            "severity": {self.deviation[0]} if self.deviation else set(),
            "reasons": {self.deviation[1]} if self.deviation else set(),
        }


def holds(selector: Map, matter: Map) -> bool:
    """Tell whether all conditions of a selector hold; other members of the row are none (8.6-1, 8.6-2)."""
    for name in ("tags", "roles", "kinds", "severity"):
        if name in selector and not matter[name] & set(selector[name]):
            return False
    for name in ("steps", "reasons"):
        if name in selector and not any(_like(one, each) for one in selector[name] for each in matter[name]):
            return False
    return "critical" not in selector or selector["critical"] == matter["critical"]


def _like(pattern: str, name: str) -> bool:
    return name.startswith(pattern[:-1]) if pattern[-1] == "*" else name == pattern


def level(policy: Map, code: str, matter: Map) -> str:
    """Give the level of a violation: of the first row that holds, else the rule's own (8.3-4)."""
    rule = policy["rules"][code]
    return str(next((row["level"] for row in rule.get("when", ()) if holds(row, matter)), rule["level"]))


def strictest(policy: Map, code: str) -> str:
    """Give the strictest of a rule's levels (8.3-2)."""
    rule = policy["rules"][code]
    levels = [row["level"] for row in rule.get("when", ())] + [rule["level"]]
    return str(max(levels, key=("off", "note", "provisional", "fail").index))
