"""What in a policy has no effect, or keeps each bundle from being FINAL: values, no sentences.

An error keeps a policy from being read (SPEC 8.1); a warning is about a policy that can be used and may not do what its
author thinks. Each is certain: where something could still happen, nothing is said, or what would have to happen.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from opsproof_verify.policy import Policy
from opsproof_verify.policy_parts import PARAMETERS, Level, RuleSetting, Ruling
from opsproof_verify.policy_tools.differences import never_final
from opsproof_verify.policy_tools.matters import sorts
from opsproof_verify.policy_tools.needs import coverable
from opsproof_verify.policy_tools.rules import weighty
from opsproof_verify.register import RULES
from opsproof_verify.selectors import Selector


class Warned(NamedTuple):
    """A warning: a word for what it is, where in the policy, and facts.

    ``place`` is a path such as ``("rules", "time.repeated", "when", 0)``; an approval is named by its id.
    """

    word: str
    place: tuple[str | int, ...]
    facts: Mapping[str, object]


def warn(policy: Policy) -> Iterator[Warned]:
    """Give the warnings that need the policy alone."""
    for rule, setting in policy.rules.items():
        yield from _rule(rule, setting)
    if never_final(policy):
        yield Warned("never-final", ("approvals",), {})
    yield from _needs(policy)
    yield from _rulings(policy)
    if weighty(policy.rules["seal.witnessed-late"]) and not weighty(policy.rules["seal.not-witnessed"]):
        yield Warned("witness-free", ("rules", "seal.witnessed-late"), {})


def _rule(rule: str, setting: RuleSetting) -> Iterator[Warned]:
    """Give rows that no matter reaches, and parameters of a rule that is off."""
    for index in _unreached(setting.when, RULES[rule].selects):
        yield Warned("row-unreached", ("rules", rule, "when", index), {})
    if setting.strictest is None:
        for name, preset in PARAMETERS.get(rule, {}).items():
            if setting.parameters[name] != preset:
                yield Warned("parameter-idle", ("rules", rule, name), {"rule": rule})


def _unreached(rows: Sequence[Level | Ruling], looks_at: str) -> list[int]:
    """Give the rows to which no matter comes: those before take all of it together (one alone: SPEC 8.1-4)."""
    tried = sorts([row.where for row in rows], looks_at) if len(rows) > 1 else None
    if tried is None:
        return []
    reached = {next((index for index, row in enumerate(rows) if row.where.holds(one)), None) for one in tried}
    return [index for index in range(len(rows)) if index not in reached]


def _needs(policy: Policy) -> Iterator[Warned]:
    """Give deadlines that nothing holds to, and `covers` that cover nothing."""
    covered = any(coverable(policy))
    for need in policy.approvals:
        if need.deadline is not None and policy.rules["approval.late"].strictest is None:
            yield Warned("deadline-idle", ("approvals", need.id, "deadline"), {"need": need.id})
        if need.covers is not None and not covered:
            yield Warned("covers-idle", ("approvals", need.id, "covers"), {"need": need.id})
    if weighty(policy.rules["approval.late"]) and not any(need.deadline for need in policy.approvals):
        yield Warned("rules-idle", ("rules", "approval.late"), {"rules": ("approval.late",), "cause": "deadline"})


def _rulings(policy: Policy) -> Iterator[Warned]:
    """Give rulings that nothing reaches, and rulings that the rules do not enforce (SPEC 8.4-4, 8.4-5)."""
    for index in _unreached(policy.rulings, "deviation"):
        yield Warned("ruling-unreached", ("rulings", index), {})
    words = {row.ruling for row in policy.rulings}
    if words & {"block", "review"} and not weighty(policy.rules["deviation.not-closed"]):
        yield Warned("review-idle", ("rules", "deviation.not-closed"), {})
    if "block" in words and not weighty(policy.rules["deviation.continued"]):
        yield Warned("block-idle", ("rules", "deviation.continued"), {})


def selectors(policy: Policy) -> Iterator[tuple[tuple[str | int, ...], Selector]]:
    """Give all selectors of a policy that have a condition, with their places."""
    for rule, setting in policy.rules.items():
        for index, level in enumerate(setting.when):
            yield ("rules", rule, "when", index), level.where
    for need in policy.approvals:
        for name, where in (
            ("when-deviation", need.when_deviation.where if need.when_deviation else None),
            ("when-work", need.when_work),
            ("covers", need.covers),
        ):
            if where is not None:
                yield ("approvals", need.id, name), where
    for index, ruling in enumerate(policy.rulings):
        yield ("rulings", index), ruling.where
