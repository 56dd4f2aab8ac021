"""The closing set (SPEC 9.12): what is owed until a PROVISIONAL bundle is FINAL."""

from __future__ import annotations

from opsproof_verify.approvals import Closure
from opsproof_verify.findings import Fact, Finding
from opsproof_verify.register import CODES, Remedy
from opsproof_verify.report import Owed

#: The order of items (SPEC 9.12-2).
WORDS = ("accept", "disclose", "attest", "supply", "remediate", "withdraw", "approve", "time")


def closing_set(findings: tuple[Finding, ...], closure: Closure | None) -> tuple[Owed, ...]:
    """Give what is owed; ``findings`` are the provisional ones of a PROVISIONAL report."""
    items: dict[tuple[str, tuple[tuple[str, Fact], ...]], None] = {}
    covers: list[int] = []
    needs: dict[str, int] = {}
    for found in findings:
        facts = dict(found.subject) | dict(found.facts)
        if found.code.name == "approval.missing":
            needs[str(facts["need"])] = int(str(facts["missing"]))
        elif found.code.remedy is Remedy.APPROVE:
            covers.append(int(str(facts["seq"])))
        else:
            for item in _items(found, facts):
                items.setdefault(item)
    result = [Owed(word, facts) for word, facts in items]
    result += _approvals(needs, covers, closure)
    return tuple(sorted(result, key=lambda owed: (WORDS.index(owed.need), _sortable(owed.facts))))


def _sortable(facts: tuple[tuple[str, Fact], ...]) -> str:
    return repr([(name, f"{fact:020}" if isinstance(fact, int) else fact) for name, fact in facts])


def _items(found: Finding, facts: dict[str, Fact]) -> list[tuple[str, tuple[tuple[str, Fact], ...]]]:
    """Give the items that mend one finding, approvals aside."""
    if found.code.name == "rule.not-evaluated":
        rule = CODES[str(facts["rule"])]
        return [("time", ())] if facts["why"] == "time" and rule.time else []
    kept = {
        Remedy.ACCEPT: ("kid", "policy"),
        Remedy.DISCLOSE: ("seq", "digest"),
        Remedy.ATTEST: ("actor",),
        Remedy.SUPPLY: ("step", "pass", "slot", "missing"),
        Remedy.REMEDIATE: ("seq",),
        Remedy.WITHDRAW: ("signoff", "person"),
    }.get(found.code.remedy, ())
    chosen = tuple(sorted((name, facts[name]) for name in kept if name in facts))
    return [(found.code.remedy.value, chosen)] if chosen else []


def _approvals(needs: dict[str, int], covers: list[int], closure: Closure | None) -> list[Owed]:
    """Give the approvals that are owed; what must be covered goes with the first need that lacks people."""
    if closure is None or not closure.needs:
        return []
    if covers and not needs:
        needs = {closure.needs[0].id: 1}
    result = []
    for need in closure.needs:
        if need.id not in needs:
            continue
        facts: dict[str, Fact] = {"id": need.id, "role": need.role, "count": needs[need.id]}
        if need.meaning is not None:
            facts["meaning"] = need.meaning
        if covers:
            facts["covers"] = tuple(sorted(covers))
            covers = []
        result.append(Owed("approve", tuple(sorted(facts.items()))))
    return result
