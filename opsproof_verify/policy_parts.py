"""The parts of a policy (SPEC 8.2 to 8.7): settings of rules, approval needs, rulings; and how each is written out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from opsproof_verify.canonical import Value
from opsproof_verify.records import RULINGS
from opsproof_verify.register import Severity
from opsproof_verify.selectors import Matter, Selector
from opsproof_verify.slotted import field, fields, slotted

Parameter = int | tuple[str, ...]

MINUTE = 60_000
DAY = 24 * 60 * MINUTE

#: Parameters of rules and their defaults (SPEC 8.2, 9.10, 9.11); times in milliseconds, tuples in ascending order.
PARAMETERS: dict[str, dict[str, Parameter]] = {
    "attestation.late": {"max-waiting": 10_000, "at-once": ()},
    "time.repeated": {"max-same": 10},
    "entry.late-unexplained": {"max-lag": 5 * MINUTE},
    "evidence.undescribed": {"members": ("captured", "copy", "source")},
    "evidence.late": {"max-lag": 5 * MINUTE},
    "deviation.late": {"max-delay": DAY},
    "seal.witnessed-late": {"within": DAY},
    "signoff.not-authenticated": {"min-factors": 2, "max-age": 15 * MINUTE},
}


@slotted(frozen=True)
class Level:
    """A row of levels of one rule (SPEC 8.3-4): for whatever the selector holds, the level, ``None`` for off."""

    where: Selector
    level: Severity | None
    reason: str | None


@slotted(frozen=True)
class RuleSetting:
    """What a policy says of one rule: its level, ``None`` for off, why that, rows for some matters, parameters."""

    level: Severity | None
    reason: str | None = None
    when: tuple[Level, ...] = ()
    parameters: Mapping[str, Any] = field(default_factory=dict)  # of the types of their defaults, as the readers see to

    def level_of(self, matter: Matter) -> Severity | None:
        """Give the level for a matter: the first row's whose conditions hold, else the rule's own (SPEC 8.3-4)."""
        return next((row.level for row in self.when if row.where.holds(matter)), self.level)

    @property
    def strictest(self) -> Severity | None:
        """The strictest of its levels (SPEC 8.3-2)."""
        levels = {row.level for row in self.when} | {self.level}
        return next((level for level in reversed(Severity) if level in levels), None)

    def number(self, name: str) -> int:
        """Give a parameter that is a number."""
        value: int = self.parameters[name]
        return value

    def words(self, name: str) -> tuple[str, ...]:
        """Give a parameter that is a list of words."""
        value: tuple[str, ...] = self.parameters[name]
        return value


@slotted(frozen=True, kw_only=True)
class When:
    """When a need exists: some deviations, or some work, for which a selector holds (SPEC 8.5-4)."""

    where: Selector
    count: int


@slotted(frozen=True, kw_only=True)
class ApprovalNeed:
    """An approval that closes a run (SPEC 8.5)."""

    id: str
    role: str
    count: int
    meaning: str | None
    independent_of: tuple[str, ...]
    after: tuple[str, ...]
    when_deviation: When | None
    when_work: Selector | None
    covers: Selector | None
    deadline: int | None
    last_word: bool
    blind: bool
    redacted: bool
    serves: tuple[str, ...]

    @property
    def conditional(self) -> bool:
        """Whether it exists only under a condition."""
        return self.when_deviation is not None or self.when_work is not None


@slotted(frozen=True, kw_only=True)
class Ruling:
    """One row of the table of rulings (SPEC 8.4)."""

    where: Selector
    ruling: str


def stricter(first: str, second: str) -> str:
    """Give the stricter of two rulings (SPEC 8.4-3)."""
    return max(first, second, key=RULINGS.index)


def written(row: Mapping[str, Any]) -> dict[str, Value]:
    """Write members out: what is not set is left out, sets become arrays, parts their own maps."""
    return {name.replace("_", "-"): _plain(value) for name, value in row.items() if value is not None}


def _plain(value: Any) -> Value:
    if isinstance(value, tuple):
        return [_plain(one) for one in value]
    if isinstance(value, Selector):
        return written(_members(value))
    if isinstance(value, When):
        return {**written(_members(value.where)), "count": value.count}
    plain: Value = value
    return plain


def _members(part: Selector | ApprovalNeed) -> dict[str, Any]:
    return {name: getattr(part, name) for name in fields(part)}


def canonical_rule(setting: RuleSetting) -> Value:
    """Write a rule's setting out with its defaults (SPEC 8.2-1)."""
    rows: list[Value] = [{**written(_members(row.where)), **_level(row)} for row in setting.when]
    return {**_level(setting), **({"when": rows} if rows else {}), **written(setting.parameters)}


def _level(part: RuleSetting | Level) -> dict[str, Value]:
    return written({"level": part.level.value if part.level else "off", "reason": part.reason})


def canonical_need(need: ApprovalNeed) -> Value:
    """Write an approval need out with its defaults (SPEC 8.2-1); its fields are named like the members."""
    return written(_members(need))


def canonical_ruling(row: Ruling) -> Value:
    """Write a row of the table of rulings out (SPEC 8.2-1)."""
    return {**written(_members(row.where)), "ruling": row.ruling}
