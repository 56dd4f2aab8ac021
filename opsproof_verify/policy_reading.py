"""Reading the parts of a policy (SPEC 8.1): each problem goes to the document, with its place and what to do."""

from __future__ import annotations

import re

from opsproof_verify import fields
from opsproof_verify.contract import ACTOR_KINDS, SEVERITIES
from opsproof_verify.entries import KINDS
from opsproof_verify.fields import ID, MAX_INTEGER, Reader, malformed
from opsproof_verify.policy_parts import (
    DAY,
    MINUTE,
    PARAMETERS,
    ApprovalNeed,
    Level,
    Parameter,
    RuleSetting,
    Ruling,
    When,
)
from opsproof_verify.records import RULINGS
from opsproof_verify.register import CODES, RULES, Remedy, Severity
from opsproof_verify.selectors import CONDITIONS, Selector
from opsproof_verify.toml_input import Document, Table

LEVELS = ("fail", "provisional", "note", "off")
EXCLUDED = ("author", "checker", "performer", "recorder", "sealer")
MAX_COUNT = 64

_UNITS = {"ms": 1, "s": 1_000, "min": MINUTE, "h": 60 * MINUTE, "d": DAY}
_DURATION = r"([1-9][0-9]{0,8}) ?(ms|s|min|h|d)"

ids = fields.array(fields.ident, distinct=True)
some_ids = fields.array(fields.ident, 1, distinct=True)
some_lines = fields.array(fields.line, 1, distinct=True)
count = fields.integer(1, MAX_COUNT)


def duration(value: object) -> int:
    """Read a duration in milliseconds: an integer, or text such as ``30 min`` (SPEC 8.1-8)."""
    if type(value) is int and 1 <= value <= MAX_INTEGER:
        return value
    found = re.fullmatch(_DURATION, value) if type(value) is str else None
    if found is None:
        raise malformed("duration")
    return int(found[1]) * _UNITS[found[2]]


def pattern(value: object) -> str:
    """Read an identifier, or the beginning of one and ``*`` (SPEC 8.6-2)."""
    if type(value) is not str or not ID.fullmatch(value.removesuffix("*")):
        raise malformed("name-pattern")
    return value


_patterns = fields.array(pattern, 1, distinct=True)
_CONDITION_READERS: dict[str, Reader[tuple[str, ...]]] = {
    "steps": _patterns,
    "tags": some_ids,
    "roles": some_ids,
    "kinds": fields.array(fields.word(*ACTOR_KINDS), 1, distinct=True),
    "severity": fields.array(fields.word(*SEVERITIES), 1, distinct=True),
    "reasons": _patterns,
}
_PARAMETER_READERS: dict[str, Reader[Parameter]] = {
    "max-waiting": fields.positive,
    "at-once": fields.array(fields.word(*KINDS), distinct=True),
    "max-same": fields.positive,
    "max-lag": duration,
    "max-delay": duration,
    "within": duration,
    "members": fields.array(fields.word("captured", "copy", "source"), 1, distinct=True),
    "min-factors": fields.integer(1, 3),
    "max-age": duration,
}


def ascending(items: tuple[str, ...] | None) -> tuple[str, ...] | None:
    """Give a set in its canonical order."""
    return None if items is None else tuple(sorted(items))


def _read_selector(row: Table, looks_at: str = "sad") -> Selector:
    """Read the conditions of a row; those that look at what the row's matters do not have are problems."""
    found: dict[str, tuple[str, ...] | None] = {}
    for name, read in _CONDITION_READERS.items():
        found[name] = ascending(row.get(name, read, None))
    selector = Selector(critical=row.get("critical", fields.boolean, None), **found)
    for name in selector.conditions:
        if CONDITIONS[name] not in looks_at:
            row.document.problem(row.at(name), "never holds: what this is about has none", "remove the condition")
    return selector


def _check_shadows(document: Document, path: str, rows: list[Selector]) -> None:
    """Find rows that an earlier one keeps from ever being reached (SPEC 8.1-4)."""
    for index, row in enumerate(rows):
        if any(before.contains(row) for before in rows[:index]):
            what = "never reached: an earlier row takes all of it"
            document.problem(f"{path}[{index}]", what, "reorder or remove it")


# --- rules


def read_rules(document: Document, table: Table, default: str) -> dict[str, RuleSetting]:
    """Read the rules that are listed and give all others the default level."""
    settings = {}
    for name in table.names():
        row = table.table(name)
        if name in RULES:
            settings[name] = _read_rule(document, row, name)
        else:
            document.problem(
                row.path, "no rule of this vocabulary", "correct the rule's name; SPEC 9.10 and 9.11 list them"
            )
    hopeless = [name for name, code in RULES.items() if code.remedy is Remedy.NONE and name not in settings]
    if default == "provisional" and hopeless:
        what = f"{len(hopeless)} rules that are not listed cannot be provisional: nothing can mend them after the seal"
        document.problem("default-level", what, f"use fail, or list with fail, note or off: {', '.join(hopeless)}")
    return {
        name: settings.get(name) or RuleSetting(Severity(default), parameters=PARAMETERS.get(name, {}))
        for name in sorted(RULES)
    }


def _read_rule(document: Document, row: Table, name: str) -> RuleSetting:
    level, reason = _read_level(row, name)
    when = []
    for part in row.tables("when"):
        where = _read_selector(part, RULES[name].selects)
        if not where.conditions:
            document.problem(part.path, "no condition", "write the rule's own level instead")
        when.append(Level(where, *_read_level(part, name)))
        part.done()
    _check_shadows(document, row.at("when"), [one.where for one in when])
    if when and (when[-1].level, when[-1].reason) == (level, reason):
        document.problem(f"{row.at('when')}[{len(when) - 1}]", "changes nothing: this is the rule's level", "remove it")
    parameters: dict[str, Parameter] = {}
    for parameter, preset in PARAMETERS.get(name, {}).items():
        value = row.get(parameter, _PARAMETER_READERS[parameter], preset)
        parameters[parameter] = tuple(sorted(value)) if isinstance(value, tuple) else value
    row.done()
    return RuleSetting(level, reason, tuple(when), parameters)


def _read_level(row: Table, name: str) -> tuple[Severity | None, str | None]:
    """Read a level and, with ``off``, its reason (SPEC 8.1-2, 8.1-3)."""
    level = row.get("level", fields.word(*LEVELS)) or "fail"
    reason = row.get("reason", fields.line, None)
    if level == "provisional" and RULES[name].remedy is Remedy.NONE:
        what = "cannot be provisional: nothing can mend it after the seal"
        row.document.problem(row.at("level"), what, "use fail, note or off")
    if level in ("note", "off") and RULES[name].hides:
        what = "cannot be below provisional: what is not shown would not count"
        row.document.problem(row.at("level"), what, "use fail or provisional")
    if (level == "off") != (reason is not None):
        row.document.problem(
            row.path, "a reason belongs to off, and off needs one", 'write level = "off" and reason = "..."'
        )
    return (None if level == "off" else Severity(level)), reason


# --- approvals


def _read_approval(row: Table) -> ApprovalNeed:
    """Read an approval need (SPEC 8.5)."""
    parts = {name: row.part(name) for name in ("when-deviation", "when-work", "covers")}
    deviation, work, covers = parts["when-deviation"], parts["when-work"], parts["covers"]
    need = ApprovalNeed(
        id=row.get("id", fields.ident) or "",
        role=row.get("role", fields.ident) or "",
        count=row.get("count", count, 1),
        meaning=row.get("meaning", fields.ident, None),
        independent_of=ascending(
            row.get("independent-of", fields.array(fields.word(*EXCLUDED), distinct=True), ("author", "performer"))
        )
        or (),
        after=ascending(row.get("after", ids, ())) or (),
        when_deviation=None if deviation is None else _read_when(deviation),
        when_work=None if work is None else _read_selector(work, "sa"),
        covers=None if covers is None else _read_selector(covers),
        deadline=row.get("deadline", duration, None),
        last_word=row.get("last-word", fields.boolean, default=True),
        blind=row.get("blind", fields.boolean, default=False),
        redacted=row.get("redacted", fields.boolean, default=False),
        serves=ascending(row.get("serves", fields.array(fields.line, distinct=True), ())) or (),
    )
    for part in (*filter(None, parts.values()), row):
        part.done()
    return need


def _read_when(row: Table) -> When:
    return When(where=_read_selector(row), count=row.get("count", fields.positive, 1))


def read_approvals(document: Document, rows: list[Table]) -> tuple[ApprovalNeed, ...]:
    """Read the approval needs, hold them to SPEC 8.1-5 and 8.1-7, and give them in the order of 8.2-1."""
    needs = [_read_approval(row) for row in rows]
    known = {need.id for need in needs}
    for index, need in enumerate(needs):
        path = f"approvals[{index}]"
        if any(other.id == need.id for other in needs[:index]):
            document.problem(f"{path}.id", "an earlier approval has this id", "give each its own id")
        if not set(need.after) <= known - {need.id}:
            document.problem(f"{path}.after", "names no other approval", "name ids of other approvals")
    always = [need for need in needs if not need.conditional]
    if always and all(need.covers is not None for need in always):
        what = "each approval that is always needed has `covers`, so some findings could be covered by none"
        document.problem("approvals", what, "leave `covers` out of one of them")
    return _in_order(document, needs)


def _in_order(document: Document, needs: list[ApprovalNeed]) -> tuple[ApprovalNeed, ...]:
    """Bring approvals into their canonical order: the smallest id next of those whose ``after`` stand (SPEC 8.2-1)."""
    ordered: list[ApprovalNeed] = []
    waiting = {need.id: need for need in needs}
    while waiting:
        ready = [name for name, need in waiting.items() if waiting.keys().isdisjoint(need.after)]
        if not ready:
            document.problem("approvals", "wait for one another in a circle", "take one `after` out of the circle")
            break
        ordered.append(waiting.pop(min(ready)))
    return tuple(ordered)


# --- rulings


def read_ruling(row: Table) -> Ruling:
    """Read a row of the table of rulings (SPEC 8.4)."""
    ruling = Ruling(where=_read_selector(row), ruling=row.get("ruling", fields.word(*RULINGS)) or "block")
    row.done()
    return ruling


def check_rulings(document: Document, rulings: tuple[Ruling, ...]) -> None:
    """Hold the rulings to SPEC 8.1-4."""
    if not rulings or rulings[-1].where.conditions:
        document.problem("rulings", "the last ruling must match everything", "end with [[rulings]] and a ruling alone")
    _check_shadows(document, "rulings", [row.where for row in rulings])


# --- what is served


def read_serves(document: Document, table: Table) -> dict[str, tuple[str, ...]]:
    """Read what codes serve (SPEC 8.7)."""
    served = {}
    for name in table.names():
        if name not in CODES:
            document.problem(table.at(name), "no code of SPEC 10", "correct the name")
        served[name] = ascending(table.get(name, some_lines)) or ()
    return dict(sorted(served.items()))
