"""The parts of a policy (SPEC 8.2 to 8.5): settings of rules, approval needs, rulings; and how each is written out."""

from __future__ import annotations

from dataclasses import dataclass

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


def canonical_rule(name: str, setting: RuleSetting) -> Value:
    """Write a part out with its defaults (SPEC 8.2-1)."""
    result: dict[str, Value] = {"level": setting.level.value if setting.level else "off"}
    if setting.reason is not None:
        result["reason"] = setting.reason
    if name in PARAMETERS:
        result |= {"max-waiting": setting.max_waiting, "at-once": list(setting.at_once)}
    return result


def canonical_need(need: ApprovalNeed) -> Value:
    """Write a part out with its defaults (SPEC 8.2-1)."""
    result: dict[str, Value] = {
        "id": need.id,
        "role": need.role,
        "count": need.count,
        "independent-of": list(need.independent_of),
        "after": list(need.after),
        "blind": need.blind,
        "redacted": need.redacted,
    }
    if need.meaning is not None:
        result["meaning"] = need.meaning
    if need.when_severity is not None:
        result["when-severity"] = need.when_severity
    return result


def canonical_ruling(row: Ruling) -> Value:
    """Write a part out with its defaults (SPEC 8.2-1)."""
    result: dict[str, Value] = {"ruling": row.ruling}
    if row.severity is not None:
        result["severity"] = list(row.severity)
    if row.reasons is not None:
        result["reasons"] = list(row.reasons)
    if row.critical is not None:
        result["critical"] = row.critical
    return result
