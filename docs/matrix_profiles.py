"""The tables of policies/README.md: levels of each rule in each profile, and who has to sign."""

from __future__ import annotations

from opsproof_verify.policy_parts import DAY, MINUTE, ApprovalNeed, RuleSetting, When
from opsproof_verify.register import CODES, RULES, Severity
from opsproof_verify.selectors import Selector

from matrix_facts import Facts

SHORT = {Severity.FAIL: "**fail**", Severity.PROVISIONAL: "prov.", Severity.NOTE: "note", None: "off"}
HOUR = 60 * MINUTE


def selector_words(where: Selector) -> str:
    """Say a selector's conditions in words."""
    words = []
    for name in where.conditions:
        value = getattr(where, name)
        if name == "critical":
            words.append("critical" if value else "not critical")
        else:
            words.append(f"{name} {', '.join(value)}")
    return " and ".join(words)


def level_words(setting: RuleSetting) -> str:
    """Say a rule's levels in words."""
    rows = [f", {row.level or 'off'} for {selector_words(row.where)}" for row in setting.when]
    return f"{setting.level or 'off'}{''.join(rows)}"


def levels(facts: Facts) -> str:
    """Write the table of levels; a level in parentheses is that of some matters only."""
    names = list(facts.profiles)
    lines = ["| Rule | SPEC | " + " | ".join(names) + " |", "|---|---|" + "---|" * len(names)]
    for rule in sorted(RULES, key=lambda name: CODES[name].order):
        cells = [_cell(facts.profiles[name].rules[rule]) for name in names]
        lines.append(f"| `{rule}` | {CODES[rule].clause} | " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def _cell(setting: RuleSetting) -> str:
    rows = [f" ({SHORT[row.level]}: {selector_words(row.where)})" for row in setting.when]
    return SHORT[setting.level] + "".join(rows)


def approvals(facts: Facts) -> str:
    """Write the table of approvals."""
    lines = [
        "| Profile | Approval | Role | Needed | Covers | Not by | After | Within |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for name, policy in facts.profiles.items():
        for need in policy.approvals:
            cells = (
                name,
                f"`{need.id}`",
                need.role,
                _needed(need),
                "anything" if need.covers is None else f"deviations: {selector_words(need.covers)}",
                ", ".join(need.independent_of),
                ", ".join(need.after),
                "" if need.deadline is None else _duration(need.deadline),
            )
            lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def _needed(need: ApprovalNeed) -> str:
    words = []
    if need.when_deviation is not None:
        words.append(_deviations(need.when_deviation))
    if need.when_work is not None:
        words.append(f"if work was done: {selector_words(need.when_work)}")
    return ", or ".join(words) or "always"


def _deviations(when: When) -> str:
    many = "there is a deviation" if when.count == 1 else f"there are {when.count} deviations"
    return f"if {many}: {selector_words(when.where)}"


def _duration(ms: int) -> str:
    return f"{ms // DAY} d" if ms % DAY == 0 else f"{ms // HOUR} h"


def profile_tables(facts: Facts) -> str:
    """Give all tables of policies/README.md."""
    return "\n".join(["## Levels\n", levels(facts), "## Who signs\n", approvals(facts)]).rstrip("\n") + "\n"
