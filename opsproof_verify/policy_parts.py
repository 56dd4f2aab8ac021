"""The parts of a policy (SPEC 8.2 to 8.5): settings of rules, approval needs, rulings; and how each is written out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields

from opsproof_verify.canonical import Value
from opsproof_verify.records import RULINGS
from opsproof_verify.register import Severity

#: Parameters of rules (SPEC 8.2, 9.10-30).
PARAMETERS = {"attestation.late": ("max-waiting", "at-once")}
MAX_WAITING = 10_000


@dataclass(frozen=True, slots=True)
class RuleSetting:
    """What a policy says of one rule: its level, ``None`` for off, the reason of that, its parameters."""

    level: Severity | None
    reason: str | None = None
    max_waiting: int = MAX_WAITING
    at_once: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovalNeed:
    """An approval that closes a run (SPEC 8.5)."""

    id: str
    role: str
    count: int
    meaning: str | None
    independent_of: tuple[str, ...]
    after: tuple[str, ...]
    when_severity: str | None
    blind: bool
    redacted: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Ruling:
    """One row of the table of rulings (SPEC 8.4); ``None`` is no condition."""

    severity: tuple[str, ...] | None
    reasons: tuple[str, ...] | None
    critical: bool | None
    ruling: str

    def holds(self, severity: str, reason: str, *, critical: bool) -> bool:
        """Tell whether all conditions hold for a deviation."""
        return (
            (self.severity is None or severity in self.severity)
            and (self.reasons is None or reason in self.reasons)
            and (self.critical is None or critical is self.critical)
        )

    def shadows(self, later: Ruling) -> bool:
        """Tell whether this row, standing earlier, makes ``later`` unreachable (SPEC 8.1-4)."""
        return (
            (self.severity is None or (later.severity is not None and set(later.severity) <= set(self.severity)))
            and (self.reasons is None or (later.reasons is not None and set(later.reasons) <= set(self.reasons)))
            and (self.critical is None or later.critical is self.critical)
        )

    @property
    def conditional(self) -> bool:
        """Whether the row has a condition."""
        return not (self.severity is None and self.reasons is None and self.critical is None)


def stricter(first: str, second: str) -> str:
    """Give the stricter of two rulings (SPEC 8.4-3)."""
    return max(first, second, key=RULINGS.index)


def written(row: Mapping[str, Value | tuple[str, ...] | None]) -> dict[str, Value]:
    """Write members out: what is not set is left out, sets become arrays."""
    return {name: [*value] if isinstance(value, tuple) else value for name, value in row.items() if value is not None}


def canonical_rule(name: str, setting: RuleSetting) -> Value:
    """Write a part out with its defaults (SPEC 8.2-1)."""
    result = written({"level": setting.level.value if setting.level else "off", "reason": setting.reason})
    if name in PARAMETERS:
        result |= written({"max-waiting": setting.max_waiting, "at-once": setting.at_once})
    return result


def canonical_part(part: ApprovalNeed | Ruling) -> Value:
    """Write a part out with its defaults (SPEC 8.2-1); its fields are named like the members."""
    return written({one.name.replace("_", "-"): getattr(part, one.name) for one in fields(part)})
