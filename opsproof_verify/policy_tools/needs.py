"""Where the approvals that two policies ask for differ (SPEC 8.5)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from opsproof_verify.policy import Policy
from opsproof_verify.policy_parts import ApprovalNeed
from opsproof_verify.policy_tools.relations import Caveat, Changed, NeedPart, Relation, relation, together
from opsproof_verify.policy_tools.rules import weighty
from opsproof_verify.register import RULES, Remedy, Severity
from opsproof_verify.slotted import fields

_Needs = Mapping[str, ApprovalNeed]

#: Whoever performed or checked something wrote an entry (SPEC 8.5-2).
_IMPLIED = {"recorder": ("checker", "performer")}


def compare_needs(a: Policy, b: Policy) -> tuple[NeedPart, ...]:
    """Give the approval needs that differ, by their ids."""
    of_a, of_b = by_id(a), by_id(b)
    ids = sorted(of_a.keys() | of_b.keys())
    return tuple(_need(id_, of_a.get(id_), of_b.get(id_)) for id_ in ids if of_a.get(id_) != of_b.get(id_))


def by_id(policy: Policy) -> dict[str, ApprovalNeed]:
    """Give the approval needs of a policy by their ids."""
    return {need.id: need for need in policy.approvals}


def _need(id_: str, a: ApprovalNeed | None, b: ApprovalNeed | None) -> NeedPart:
    if a is None or b is None:
        return NeedPart(id_, Relation.STRICTER if a is None else Relation.WEAKER, a, b, ())
    changed = tuple(name for name in fields(a) if getattr(a, name) != getattr(b, name))
    return NeedPart(id_, relation(b_holds=_demands(b, a), a_holds=_demands(a, b)), a, b, changed)


def _demands(more: ApprovalNeed, less: ApprovalNeed) -> bool:
    """Tell whether meeting one need meets another, which then exists whenever the other does."""
    deadline = less.deadline is None or (more.deadline is not None and more.deadline <= less.deadline)
    return counts(more, less) and exists(more, less) and more.count >= less.count and deadline


def counts(more: ApprovalNeed, less: ApprovalNeed) -> bool:
    """Tell whether each approval that counts for one need counts for another (SPEC 8.5-1)."""
    return (
        more.role == less.role
        and less.meaning in (None, more.meaning)
        and excluded(more) >= excluded(less)
        and set(more.after) >= set(less.after)
        and more.last_word >= less.last_word
        and more.blind <= less.blind
        and more.redacted <= less.redacted
    )


def excluded(need: ApprovalNeed) -> set[str]:
    """Give whom a need excludes, with those who are among them."""
    return set(need.independent_of) | {one for who in need.independent_of for one in _IMPLIED.get(who, ())}


def exists(more: ApprovalNeed, less: ApprovalNeed) -> bool:
    """Tell whether one need exists whenever another does (SPEC 8.5-4)."""
    if not more.conditional:
        return True
    one, other = more.when_deviation, less.when_deviation
    deviation = other is None or (one is not None and one.count <= other.count and one.where.contains(other.where))
    work = less.when_work is None or (more.when_work is not None and more.when_work.contains(less.when_work))
    return less.conditional and deviation and work


def compare_covers(a: Policy, b: Policy, needs: tuple[NeedPart, ...]) -> Changed | None:
    """Tell whether approvals may cover less or more (SPEC 8.3-5, 8.5-5); None where the needs themselves say so."""
    known = relation(b_holds=_covers_no_more(a, b), a_holds=_covers_no_more(b, a))
    if known in (Relation.EQUAL, together(part.relation for part in needs)):
        return None
    return Changed("covers", _coverers(a), _coverers(b), known)


def _coverers(policy: Policy) -> tuple[str, ...]:
    return tuple(need.id for need in policy.approvals if need.covers is None)


def _covers_no_more(a: Policy, b: Policy) -> bool:
    """Tell whether whatever an approval covers under B, it covers under A too, as far as that matters under A."""
    if not any(coverable(a)):
        return True
    special = [
        [(need.id, need.covers, need.when_deviation, need.when_work) for need in _special(one)] for one in (a, b)
    ]
    if special[0] != special[1] or not all(counts(m, n) for n, m in zip(_special(a), _special(b), strict=True)):
        return False
    plain = [need for need in a.approvals if need.covers is None]
    return all(any(counts(m, n) and exists(n, m) for n in plain) for m in b.approvals if m.covers is None)


def _special(policy: Policy) -> list[ApprovalNeed]:
    return [need for need in policy.approvals if need.covers is not None]


def coverable(policy: Policy) -> Iterator[str]:
    """Give the rules whose findings about entries approvals may cover (SPEC 8.3-5, 8.4-5)."""
    for rule, setting in policy.rules.items():
        levels = {setting.level, *(row.level for row in setting.when)}
        if rule == "deviation.not-closed":
            if weighty(setting):
                yield rule
        elif RULES[rule].remedy is Remedy.APPROVE and RULES[rule].selects and Severity.PROVISIONAL in levels:
            yield rule


def caveats(a: Policy, b: Policy) -> tuple[Caveat, ...]:
    """Give what a bundle must not have for B to be at least as strict as A, all parts being so."""
    found = []
    if a.digest != b.digest and weighty(a.rules["signoff.other-policy"]):
        found.append(Caveat.NAMED)
    if weighty(a.rules["approval.self"]) and not all(_alike(need, a, b) for need in a.approvals if need.independent_of):
        found.append(Caveat.SELF)
    if a.retired_keys != b.retired_keys:
        found.append(Caveat.RETIRED)
    return tuple(found)


def _alike(need: ApprovalNeed, a: Policy, b: Policy) -> bool:
    """Tell whether an approval of one's own for a need of A is one under B too (SPEC 9.11-11).

    It must be meant for the need under both, and nothing for which it counts under B may be missing under A.
    """
    of_a, other = by_id(a), by_id(b).get(need.id)
    return (
        other is not None
        and (need.role, need.meaning) == (other.role, other.meaning)
        and all(one.id in of_a and counts(one, of_a[one.id]) for one in b.approvals if one.role == need.role)
    )
