"""Where two policies differ, and whether one is stricter (`policy diff`)."""

from __future__ import annotations

from collections.abc import Iterator

from opsproof_verify.policy import Policy
from opsproof_verify.policy_tools.needs import caveats, compare_covers, compare_needs
from opsproof_verify.policy_tools.relations import Changed, Differences, Relation, relation
from opsproof_verify.policy_tools.rules import compare_rules, compare_rulings, weighty

#: Members of one word, the stricter word last.
_WORDS = {
    "unevaluable": ("provisional", "own"),
    "approvers": ("roster", "trust"),
    "retired-keys": ("claimed", "witnessed"),
}


def compare(a: Policy, b: Policy) -> Differences:
    """Tell what B is to A (:class:`Relation`), part by part.

    ``stricter`` is claimed only where it follows from the two policies alone: a bundle that is FINAL under B is then
    FINAL under A, whatever the trust store and the time.
    """
    needs = compare_needs(a, b)
    covers = compare_covers(a, b, needs)
    return Differences(
        a=a,
        b=b,
        rules=compare_rules(a, b),
        needs=needs,
        rulings=compare_rulings(a, b),
        members=(*_members(a, b), *([covers] if covers else [])),
        b_caveats=caveats(a, b),
        a_caveats=caveats(b, a),
    )


def never_final(policy: Policy) -> bool:
    """Tell whether under a policy no bundle is FINAL (SPEC 8.1-6)."""
    return all(need.conditional for need in policy.approvals)


def _members(a: Policy, b: Policy) -> Iterator[Changed]:
    """Give the members of the policy itself that differ and can change a verdict."""
    words = {
        "unevaluable": (a.unevaluable, b.unevaluable),
        "approvers": (a.approvers, b.approvers),
        "retired-keys": (a.retired_keys, b.retired_keys),
    }
    for name, (one, other) in words.items():
        if one != other:
            stricter = _WORDS[name].index(other) > _WORDS[name].index(one)
            yield Changed(name, one, other, Relation.STRICTER if stricter else Relation.WEAKER)
    unapproved = weighty(a.rules["contract.unapproved"]) and weighty(b.rules["contract.unapproved"])
    if a.contract_count != b.contract_count:
        known = relation(b_holds=b.contract_count > a.contract_count, a_holds=b.contract_count < a.contract_count)
        yield Changed(
            "contract-approval.count", a.contract_count, b.contract_count, known if unapproved else Relation.EQUAL
        )
    for name, one_set, other_set, matters in (
        ("contract-approval.roles", a.contract_roles, b.contract_roles, unapproved),
        ("sealing-roles", a.sealing_roles, b.sealing_roles, True),
    ):
        if one_set != other_set:
            known = relation(b_holds=_narrower(other_set, one_set), a_holds=_narrower(one_set, other_set))
            yield Changed(name, one_set, other_set, known if matters else Relation.EQUAL)
    if never_final(a) != never_final(b):
        yield Changed("never-final", None, None, Relation.WEAKER if never_final(a) else Relation.STRICTER)


def _narrower(roles: tuple[str, ...] | None, others: tuple[str, ...] | None) -> bool:
    """Tell whether a list of roles admits no more than another; None admits any."""
    return others is None or (roles is not None and set(roles) <= set(others))
