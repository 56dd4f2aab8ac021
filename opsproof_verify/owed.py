"""The closing set (SPEC 9.12): what is owed until a PROVISIONAL bundle is FINAL.

What is owed changes the record: evidence that is supplied after an approval takes away its last word. So what must be
approved is counted as if all the rest had been done.
"""

from __future__ import annotations

from opsproof_verify.approvals import CHANGES, Closure, Counted, Tally
from opsproof_verify.case import Case
from opsproof_verify.findings import Fact, Finding
from opsproof_verify.graph import SignedOff
from opsproof_verify.policy_parts import ApprovalNeed
from opsproof_verify.register import CODES, Remedy, Severity
from opsproof_verify.report import Owed

#: The order of items (SPEC 9.12-2).
WORDS = ("accept", "disclose", "attest", "supply", "remediate", "witness", "withdraw", "approve", "time")

_WEIGHTY = (Severity.PROVISIONAL, Severity.FAIL)

#: Facts of a finding that say what mends it, by its remedy.
_KEPT = {
    Remedy.ACCEPT: ("kid", "policy"),
    Remedy.DISCLOSE: ("seq", "digest"),
    Remedy.ATTEST: ("actor",),
    Remedy.SUPPLY: ("step", "pass", "slot", "missing"),
    Remedy.REMEDIATE: ("seq",),
    Remedy.WITHDRAW: ("signoff", "person"),
}

_Item = tuple[str, tuple[tuple[str, Fact], ...]]


def closing_set(case: Case, closure: Closure | None) -> tuple[Owed, ...]:
    """Give what is owed in a PROVISIONAL case."""
    items: dict[_Item, None] = {}
    for found in case.found.owing():
        for item in _items(found, closure):
            items.setdefault(item)
    result = sorted((Owed(word, facts) for word, facts in items), key=lambda owed: _sortable(owed.facts))
    if closure is not None and closure.needs:
        changed = any(word in CHANGES for word, _ in items)  # then no present approval has the last word (SPEC 8.5-1)
        result += _approvals(case, closure, changed=changed)
    return tuple(sorted(result, key=lambda owed: WORDS.index(owed.need)))  # approvals stay in the order of the policy


def _sortable(facts: tuple[tuple[str, Fact], ...]) -> str:
    return repr([(name, f"{fact:020}" if isinstance(fact, int) else fact) for name, fact in facts])


def _items(found: Finding, closure: Closure | None) -> list[_Item]:
    """Give the items that mend one finding, approvals aside."""
    facts = dict(found.subject) | dict(found.facts)
    if found.code.name == "rule.not-evaluated":
        rule = CODES[str(facts["rule"])]
        return [("time", ())] if facts["why"] == "time" and rule.time else []
    if found.code.remedy is Remedy.WITNESS and closure is not None:
        setting = closure.policy.rules["seal.witnessed-late"]
        within = closure.sealed_ms + setting.number("within")
        return [("witness", (("by", within),) if setting.level is Severity.FAIL else ())]
    kept = _KEPT.get(found.code.remedy, ())
    chosen = tuple(sorted((name, facts[name]) for name in kept if name in facts))
    return [(found.code.remedy.value, chosen)] if chosen else []


def _approvals(case: Case, closure: Closure, *, changed: bool) -> list[Owed]:
    """Give the approvals that are owed, and what they must cover (SPEC 9.12-2, 9.12-3)."""
    tally = Tally(closure, _surviving(closure, changed=changed))
    served = tally.served()
    missing = {need.id: need.count - served[need.id] for need in closure.needs if served[need.id] < need.count}
    covers: dict[str, list[int]] = {}
    for seq in _uncovered(case, closure, tally):
        able = [need.id for need in closure.needs if need.id in closure.coverers(seq)]
        if not able:
            continue  # under a policy that is never final (SPEC 8.1-6) there may be nobody
        chosen = next((need for need in able if need in missing), able[0])
        covers.setdefault(chosen, []).append(seq)
    return [
        _owed(closure, need, max(missing.get(need.id, 0), 1), covers.get(need.id, []))
        for need in closure.needs
        if need.id in missing or need.id in covers
    ]


def _surviving(closure: Closure, *, changed: bool) -> Counted:
    """Give the approvals that still count when the rest has been done."""
    kept: dict[str, list[SignedOff]] = {}
    for need in closure.needs:
        kept[need.id] = [
            node
            for node in closure.counted[need.id]
            if not (changed and need.last_word) and closure.in_order(need, node, kept)
        ]
    return kept


def _uncovered(case: Case, closure: Closure, tally: Tally) -> list[int]:
    """Give the entries that an approval must cover.

    Where an entry is withheld, a violation that it may undo (SPEC 8.3-2, m) is not known; then only what is covered now
    and will not be has to be covered again.
    """
    withheld = "entry.withheld" in case.found.names()
    now = Tally(closure, closure.counted)
    entries = {
        seq
        for seq, persons, code in case.coverable
        if not tally.covers(seq, persons) and (now.covers(seq, persons) or not (withheld and code.missing))
    }
    rule = closure.policy.rules["deviation.not-closed"]
    entries |= {
        one.seq
        for one in closure.run.deviations.values()
        if one.demands_closing and rule.level_of(closure.run.matter_of(one)) in _WEIGHTY and not tally.closes(one)
        if now.closes(one) or not withheld
    }
    return sorted(entries)


def _owed(closure: Closure, need: ApprovalNeed, count: int, covers: list[int]) -> Owed:
    facts: dict[str, Fact] = {"id": need.id, "role": need.role, "count": count}
    if need.meaning is not None:
        facts["meaning"] = need.meaning
    if need.deadline is not None and closure.policy.rules["approval.late"].level is Severity.FAIL:
        facts["by"] = closure.sealed_ms + need.deadline
    if covers:
        facts["covers"] = tuple(covers)
    return Owed("approve", tuple(sorted(facts.items())))
