"""Approvals before they are signed (SPEC 8.5): which needs they would meet, what they cover, who may not give them."""

from __future__ import annotations

from collections.abc import Set as AbstractSet

from opsproof_verify.findings import Verdict
from opsproof_verify.kinds import DeviationRemediated
from opsproof_verify.policy_parts import ApprovalNeed
from opsproof_verify.register import Severity
from opsproof_verify.render.text import reason
from opsproof_verify.render.times import duration

from opsproof_record.errors import NotEntitled, OutOfOrder, Unknown
from opsproof_record.sealed.meant import Intent
from opsproof_record.sealed.view import View

_LISTED = 50
_CLAIM = "signoff.not-authenticated"
_SAY = "Say how you were authenticated, and when, if it is so; or be authenticated anew, and sign then."


def check(intent: Intent, view: View) -> None:
    """Refuse an approval that would be in vain whatever follows; raises ``Refused``."""
    if view.report is not None and view.report.verdict is Verdict.FAIL:
        raise OutOfOrder(
            f"the verdict is FAIL: {reason(view.report)}",
            "No approval helps. `opsproof-verify check` says more; to have that on record, sign --decision reject.",
        )
    for seq in intent.covers:
        if seq >= view.seal.count:
            known = ", ".join(f"e{one}" for one in sorted(view.coverable())[:_LISTED]) or "nothing that is seen here"
            raise Unknown(
                f"the run has no entry e{seq}", f"Its last is e{view.seal.count - 1}. To be covered: {known}."
            )
    unclaimed = unauthenticated(intent, view)
    if unclaimed is not None and view.policy is not None and view.policy.rules[_CLAIM].level is Severity.FAIL:
        raise OutOfOrder(
            f"under {view.policy.id} {view.policy.version} this would make the verdict FAIL: {unclaimed}", _SAY
        )
    barred = barred_needs(intent, view)
    if barred:
        need, why = barred[0]
        raise NotEntitled(
            f"{why}; approval {need.id} has to come from somebody independent of that",
            "Let somebody else approve (SPEC 8.5-1). You may acknowledge: --decision acknowledge.",
        )


def unauthenticated(intent: Intent, view: View) -> str | None:
    """Say what the policy asks about the authentication of the signer and is not claimed (SPEC 9.11-20), if anything.

    What the policy only notes, or leaves out, it does not ask.
    """
    setting, claim = view.policy.rules[_CLAIM] if view.policy else None, intent.authentication
    if setting is None or setting.level in (None, Severity.NOTE):
        return None
    least, age = setting.number("min-factors"), setting.number("max-age")
    if claim is None or len(claim.factors) < least:
        kinds = f"{least} {'kind' if least == 1 else 'kinds'} of factors"
        return f"the policy asks that you were authenticated by {kinds}, and that you say so (--authentication)"
    if intent.time[0] - claim.time[0] > age:
        return f"you were authenticated more than {duration(age)} before this signature"
    return None


def meets(intent: Intent, view: View, need: ApprovalNeed) -> bool:
    """Tell whether an approval is in the role and has the meaning that a need asks for."""
    role = view.trust.role(view.contract.id, intent.role) if view.trust else intent.role
    return role == need.role and need.meaning in (None, intent.meaning[0])


def barred_needs(intent: Intent, view: View) -> list[tuple[ApprovalNeed, str]]:
    """Give the needs that this approval would meet but for who signs it, or who delegated, and what they did."""
    needs = [need for need in (view.policy.approvals if view.policy else ()) if meets(intent, view, need)]
    barred = []
    for person in intent.persons:
        did = _parts(person, view)
        who = person if person == intent.person else f"{person}, who delegated to you,"
        barred += [(need, f"{who} {did[part]}") for need in needs for part in need.independent_of if part in did]
    return barred


def _parts(person: str, view: View) -> dict[str, str]:
    """Say which parts a person took in the run, as far as it can be seen here (SPEC 8.5-2)."""
    sealer = view.members.get(view.seal.actor)
    did = {"author": "issued the contract"} if person == view.contract.issuer else {}
    if sealer is not None and sealer.person == person:
        did["sealer"] = "sealed the run"
    if view.state is not None:
        if view.state.worked_on(person, ()):
            did["performer"] = "worked in the run"
        passes = view.state.passes()
        if any(person in view.state.persons(one.step, one.number, "checked") for one in list(passes)):
            did["checker"] = "checked work of the run"
    return did


def remediated(persons: AbstractSet[str], view: View) -> set[int]:
    """Give the deviations that somebody remediated, during the run or after it (SPEC 8.4-5)."""
    actors = {name for name, member in view.members.items() if member.person in persons}
    during = (one.entry for one in view.matters.of(DeviationRemediated) if one.entry.actor in actors)
    refs = [entry.what.deviation for entry in during if isinstance(entry.what, DeviationRemediated)]
    refs += [one.deviation for one in view.signoffs.values() if one.person in persons and one.deviation is not None]
    return {ref.seq for ref in refs}


def responsible(persons: AbstractSet[str], seq: int, view: View) -> bool:
    """Tell whether somebody is responsible for an entry: its actor's person, or its principal (SPEC 8.3-5)."""
    found = view.entry(seq)
    member = view.members.get(found[1].actor) if found else None
    return member is not None and not persons.isdisjoint({member.person, member.principal or ""})


def coverers(seq: int, view: View) -> set[str] | None:
    """Give the needs whose approvals can cover what the report says is owed at an entry; None if that is not said.

    The report lists it with the first need that can (SPEC 9.12-2): if that has ``covers`` it is that one alone, else
    any without (SPEC 8.5-5).
    """
    needs = {need.id: need for need in (view.policy.approvals if view.policy else ())}
    for owed in view.report.owed if view.report is not None else ():
        facts = dict(owed.facts)
        covers = facts.get("covers")
        if owed.need == "approve" and isinstance(covers, tuple) and seq in covers:
            first = needs.get(str(facts.get("id")))
            if first is None:
                return None
            return {first.id} if first.covers else {need.id for need in needs.values() if need.covers is None}
    return None
