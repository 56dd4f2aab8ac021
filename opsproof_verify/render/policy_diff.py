"""`policy diff`: where two policies differ, with what that does to a bundle, and whether one is stricter."""

from __future__ import annotations

from collections.abc import Iterator

from opsproof_verify.policy_parts import ApprovalNeed
from opsproof_verify.policy_tools.differences import never_final
from opsproof_verify.policy_tools.relations import (
    Case,
    Caveat,
    Changed,
    Differences,
    NeedPart,
    Relation,
    RulePart,
)
from opsproof_verify.render.escape import printable
from opsproof_verify.render.layout import Page
from opsproof_verify.render.policy_words import condition, duration, either, level, need, parameter

_RULE = 31  # columns for the name of a rule
_STRICTER_OR_EQUAL = (Relation.EQUAL, Relation.STRICTER)

#: What a bundle must not have for the claim to hold; the letter is that of the stricter policy.
_CAVEATS = {
    Caveat.NAMED: "none of its approvals names {} as the policy looked at, unless that is the one in its contract",
    Caveat.SELF: "none of its approvals is by somebody whom `independent-of` excludes",
    Caveat.RETIRED: "none of its sign-offs is under a retired key",
}
_MEMBERS = {
    "unevaluable": "What cannot be judged",
    "approvers": "Whose approvals count",
    "retired-keys": "Retired keys",
    "contract-approval.count": "Approvals of the contract",
    "contract-approval.roles": "Roles that approve the contract",
    "sealing-roles": "Roles that may seal",
    "covers": "Approvals that may cover any open finding",
}


def render_differences(found: Differences, names: tuple[str, str], *, width: int) -> str:
    """Give the differences between two policies, called A and B, as text."""
    page = Page(width, colour=False)
    for letter, name, policy in (("A", names[0], found.a), ("B", names[1], found.b)):
        page.text(f"{printable(name)}: {policy.id} {policy.version}, {printable(policy.title)}", 3, f"{letter}  ")
        page.text(policy.digest.hex(), 3)
    page.line()
    for paragraph in overall(found):
        page.text(paragraph, 0)
    _put_rules(page, found)
    if found.needs:
        page.heading("Approvals after the seal")
        for part in found.needs:
            page.text(" ".join(_need(part, found)), 6, "  ")
    if found.rulings is not None:
        page.heading("Rulings on deviations")
        text = "; ".join(_cases(found.rulings.cases)) or "other rows, the same rulings"
        page.text(f"{found.rulings.relation}: {text}.")
    members = [one for one in found.members if one.name in _MEMBERS]
    if members:
        page.heading("The policy itself")
        for one in members:
            page.text(f"{_MEMBERS[one.name]}: {_changed(one)}.")
    return str(page)


def overall(found: Differences) -> Iterator[str]:
    """Say what is known of all bundles; only what follows from the two policies alone."""
    if found.same:
        yield "A and B are the same policy: they have one digest."
        return
    which = [name for name, policy in (("A", found.a), ("B", found.b)) if never_final(policy)]
    if which:
        yield f"Under {either(which, 'and')} no bundle is FINAL."
    known = found.apart_from_caveats
    if known is Relation.EQUAL:
        caveats = _unless(found.b_caveats + found.a_caveats, "A or B")
        yield f"No bundle has another verdict under B than under A{caveats}."
    elif known is Relation.STRICTER:
        yield f"B is stricter: every bundle that is FINAL under B is FINAL under A{_unless(found.b_caveats, 'B')}."
    elif known is Relation.WEAKER:
        yield f"B is weaker: every bundle that is FINAL under A is FINAL under B{_unless(found.a_caveats, 'A')}."
    else:
        if not which:
            yield "Neither is stricter: a bundle may be FINAL under one and not under the other, either way."
        against = [name for name, relation in _named(found) if relation not in _STRICTER_OR_EQUAL]
        yield f"B is not stricter in: {', '.join(against)}."
        against = [name for name, relation in _named(found) if relation in (Relation.STRICTER, Relation.DIFFERENT)]
        yield f"B is not weaker in: {', '.join(against)}."


def _unless(caveats: tuple[Caveat, ...], letter: str) -> str:
    """Say what a bundle must not have for the claim to hold."""
    if not caveats:
        return ""
    return f", if {either([_CAVEATS[one].format(letter) for one in dict.fromkeys(caveats)], 'and')}"


def _named(found: Differences) -> Iterator[tuple[str, Relation]]:
    """Name all parts that differ."""
    yield from ((part.rule, part.relation) for part in found.rules)
    yield from ((f"approval {part.id}", part.relation) for part in found.needs)
    if found.rulings is not None:
        yield "rulings", found.rulings.relation
    yield from ((one.name, one.relation) for one in found.members)


def _put_rules(page: Page, found: Differences) -> None:
    """Put the rules that differ, and what a bundle gets in which one is violated."""
    if not found.rules:
        return
    page.heading("Rules: what a bundle gets that violates one")
    for part in found.rules:
        page.term(part.rule, f"{_relation(part)}: {'; '.join(_rule(part))}.", 2, _RULE)


def _relation(part: RulePart) -> str:
    return "same verdicts" if part.relation is Relation.EQUAL else str(part.relation)


def _rule(part: RulePart) -> Iterator[str]:
    """Say how a rule differs."""
    if not part.told:
        yield "more rows than can be compared"
    yield from _cases(part.cases)
    yield from (f"{one.name} {_changed(one)}" for one in part.parameters)
    if part.told and not part.cases and not part.parameters:
        yield "other words or rows, the same levels"


def _cases(cases: tuple[Case, ...]) -> Iterator[str]:
    """Say what is treated differently, and how."""
    for one in sorted(cases, key=lambda one: one.a_where is None and one.b_where is None):
        where = [condition(row) for row in dict.fromkeys((one.a_where, one.b_where)) if row is not None]
        which = f"{' and '.join(where)}: " if where else "otherwise: " if len(cases) > 1 else ""
        yield f"{which}A {level(one.a)}, B {level(one.b)}"


def _changed(one: Changed) -> str:
    """Say how a parameter or member differs."""
    relation = "same verdicts" if one.relation is Relation.EQUAL else str(one.relation)
    return f"A {_value(one.name, one.a)}, B {_value(one.name, one.b)} ({relation})"


def _value(name: str, value: object) -> str:
    if value is None:
        return "any"
    if isinstance(value, tuple):
        return either(value, "and") or "none"
    return parameter(name, value) if isinstance(value, int) and "." not in name else str(value)


def _need(part: NeedPart, found: Differences) -> Iterator[str]:
    """Say how an approval differs."""
    if part.a is None or part.b is None:
        one, policy = (part.b, found.b) if part.a is None else (part.a, found.a)
        assert one is not None  # noqa: S101 - a need that differs is one of A or of B
        yield f"{part.id}: {part.relation}, {'added' if part.a is None else 'not in B'}:"
        yield from need(one, policy.approvers)
        return
    relation = "same verdicts" if part.relation is Relation.EQUAL else part.relation
    changes = (f"{name.replace('_', '-')} {_both(name, part.a, part.b)}" for name in part.changed)
    yield f"{part.id}: {relation}: {'; '.join(changes)}."


def _both(name: str, a: ApprovalNeed, b: ApprovalNeed) -> str:
    return f"A {_member(name, a)}, B {_member(name, b)}"


def _member(name: str, one: ApprovalNeed) -> str:
    """Give a member of an approval need in words."""
    value = getattr(one, name)
    if value is None:
        return "any" if name == "meaning" else "none"
    if name == "when_deviation":
        return f"{value.count} or more {condition(value.where)}".rstrip()
    if name in ("when_work", "covers"):
        return condition(value) or "everything"
    if name == "deadline":
        return duration(value)
    if isinstance(value, bool):
        return "yes" if value else "no"
    return printable(either(value, "and") or "none") if isinstance(value, tuple) else str(value)
