"""What a signer should mind: what this signature will not do, and what speaks against it."""

from __future__ import annotations

from collections.abc import Iterator

from opsproof_verify.entries import DeviationRemediated
from opsproof_verify.policy_parts import ApprovalNeed
from opsproof_verify.render.layout import Page
from opsproof_verify.trust import Approver, Issuer

from opsproof_record.sealed.intent import Intent, holders, meets
from opsproof_record.sealed.view import View

_OF_DECISIONS = {
    "reject": "As long as this stands the verdict is FAIL, whoever else approves. Only you can withdraw it.",
    "acknowledge": "This states that you are aware of it. It closes, approves and completes nothing.",
    "withdraw": "What is withdrawn stays on record, and nothing un-withdraws it.",
    "supply": "The evidence will be shown as added after the seal.",
    "remediate": "The evidence will be shown as added after the seal. The deviation has still to be closed: by an "
    "approval that covers it, of somebody other than you.",
    "attest": "You sign that you wrote these entries, each of them.",
}


def put(page: Page, intent: Intent, view: View) -> None:
    """List what to mind."""
    page.heading("Mind")
    for text in _all(intent, view):
        page.text(text, 4, "  - ")
    page.line()


def _all(intent: Intent, view: View) -> Iterator[str]:
    if intent.decision in _OF_DECISIONS:
        yield _OF_DECISIONS[intent.decision]
    else:
        yield from _approval(intent, view)
    if view.trust is not None and intent.member is None and all(one.key != intent.key for one in holders(view)):
        yield f"Your key is not in the trust file {view.trust.id}: nobody who relies on that file will count this."
    if view.report is None:
        yield "You sign blind: you have looked at no verification, and the signature says so."
    elif view.said is not None:
        yield "You sign on what somebody else says. The bundle would let you verify it yourself."
    yield "A signature cannot be taken out again, only withdrawn by a further one."


def _approval(intent: Intent, view: View) -> Iterator[str]:
    """Say what an approval will achieve, and what not."""
    policy = view.policy
    if policy is None:
        yield "The policy of that verification is not at hand here, so what it asks of an approval is not shown."
        return
    name = f"{policy.id} {policy.version}"
    needs = [need for need in policy.approvals if meets(intent, view, need)]
    for need in needs:
        flaws = list(_flaws(need, intent, view))
        if flaws:
            yield f"It is meant for the approval {need.id} of {name} and will NOT count: {'; '.join(flaws)}."
        else:
            unless = ", if you took no part in the run" if view.said is not None else ""
            yield f"It counts for the approval {need.id} of {name}{unless}."
    if not needs:
        wanted = "; ".join(f"{need.id}: role {need.role}{_meaning(need)}" for need in policy.approvals) or "none"
        yield f"It meets no approval that {name} asks for ({wanted})."
    for one in view.report.deviations if view.report is not None else ():
        if one.closed is False and one.seq not in intent.covers:
            yield f"Deviation e{one.seq} stays open: this approval does not cover it (--covers e{one.seq})."
    for seq in sorted(set(intent.covers) & _remediated(intent.person, view)):
        yield f"You remediated deviation e{seq}, so your approval does not close it: somebody else's does."


def _remediated(person: str, view: View) -> set[int]:
    """Give the deviations that a person remediated, during the run or after it (SPEC 8.4-5)."""
    actors = {name for name, member in view.members.items() if member.person == person}
    during = (one.entry for one in view.matters.of(DeviationRemediated) if one.entry.actor in actors)
    refs = [entry.what.deviation for entry in during if isinstance(entry.what, DeviationRemediated)]
    refs += [one.deviation for one in view.signoffs.values() if one.person == person and one.deviation is not None]
    return {ref.seq for ref in refs}


def _flaws(need: ApprovalNeed, intent: Intent, view: View) -> Iterator[str]:
    """Say why it will not count although role and meaning are right (SPEC 8.5-1)."""
    report = view.report
    if report is None and not need.blind:
        yield "no blind one does"
    if report is not None and (report.bundle.withheld or report.bundle.absent) and not need.redacted:
        yield "something is withheld or absent in the copy that was verified"
    if view.policy is not None and view.policy.approvers == "trust" and view.trust is not None:
        roles = {view.trust.role(view.contract.id, role) for one in holders(view) for role in _roles(one, intent)}
        if need.role not in roles:
            yield f"the trust file {view.trust.id} does not give {intent.person} the role {intent.role}"


def _roles(holder: Issuer | Approver, intent: Intent) -> tuple[str, ...]:
    return holder.roles if isinstance(holder, Approver) and holder.key == intent.key else ()


def _meaning(need: ApprovalNeed) -> str:
    return f", meaning {need.meaning}" if need.meaning else ""
