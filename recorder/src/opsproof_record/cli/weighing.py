"""What an approval will achieve under the policy of the report, and what not (SPEC 8.5, 9.11-20 to 9.11-23)."""

from __future__ import annotations

from collections.abc import Iterator

from opsproof_verify.policy import Policy
from opsproof_verify.policy_parts import ApprovalNeed
from opsproof_verify.render.times import rfc3339
from opsproof_verify.trust import Approver, Issuer

from opsproof_record.sealed import approving
from opsproof_record.sealed.approving import meets
from opsproof_record.sealed.intent import holders
from opsproof_record.sealed.meant import Intent
from opsproof_record.sealed.view import View

_SHOWN = 20


def weigh(intent: Intent, view: View) -> Iterator[str]:
    """Say for which needs an approval counts, or why not, and what it covers."""
    policy = view.policy
    if policy is None:
        yield (
            "The policy of that verification is not at hand here, so what it asks of an approval is not shown. Under "
            "another one than that and the contract's, your approval may not count (signoff.other-policy)."
        )
        return
    name = f"{policy.id} {policy.version}"
    needs = [need for need in policy.approvals if meets(intent, view, need)]
    for need in needs:
        flaws = list(_flaws(need, policy, intent, view))
        if flaws:
            yield f"It is meant for the approval {need.id} of {name} and will NOT count: {'; '.join(flaws)}."
        else:
            unless = ", if you took no part in the run" if view.said is not None else ""
            unless += ", where the run has what it is asked for" if need.conditional else ""
            yield f"It counts for the approval {need.id} of {name}{unless}."
        if need.deadline is not None and intent.time[0] > view.seal.time.ms + need.deadline:
            limit = rfc3339(view.seal.time.ms + need.deadline, view.seal.time.offset)
            yield f"It comes late: the approval {need.id} was due by {limit}."
    if not needs:
        wanted = "; ".join(f"{need.id}: role {need.role}{_meaning(need)}" for need in policy.approvals) or "none"
        yield f"It meets no approval that {name} asks for ({wanted})."
    yield from _covers(intent, view, {need.id for need in needs})


def _covers(intent: Intent, view: View, needs: set[str]) -> Iterator[str]:
    """Say what stays open, and what is covered in vain (SPEC 8.3-5, 8.4-5, 8.5-5)."""
    covered, coverable, persons = set(intent.covers), view.coverable(), frozenset(intent.persons)
    deviations = {one.seq for one in view.report.deviations} if view.report is not None else set()
    for seq in sorted(coverable - covered)[:_SHOWN]:
        what = f"Deviation e{seq}" if seq in deviations else f"What is found at e{seq}"
        yield f"{what} stays open: this approval does not cover it (--covers e{seq})."
    if len(coverable - covered) > _SHOWN:
        yield f"{len(coverable - covered) - _SHOWN} more entries stay open: `opsproof-verify check`."
    settled = {seq for one in view.standing("approve") for seq in one.covers}
    own = approving.remediated(persons, view)
    for seq in sorted(covered):
        able = approving.coverers(seq, view)
        if view.entry(seq) is None:
            yield f"e{seq} is not shown to you here: you cover what you have not seen."
        if seq in own:
            who = _who(intent)
            yield f"{who} remediated deviation e{seq}, so your approval does not close it: somebody else's does."
        elif seq not in deviations and approving.responsible(persons, seq, view):
            yield f"{_who(intent)} answer for e{seq}, so your approval does not cover it: somebody else's does."
        elif able is not None and needs.isdisjoint(able):
            yield f"e{seq} is covered by an approval for {' or '.join(sorted(able))} alone, which this is not."
        elif view.report is not None and seq not in coverable | settled | _closing(view):
            yield f"At e{seq} nothing is found that an approval covers: the signature names it in vain."


def _who(intent: Intent) -> str:
    return "You" if intent.delegation is None else f"You, or {intent.delegation.record.giver}, who delegated to you,"


def _closing(view: View) -> set[int]:
    """Give the deviations that demand closing, closed or not."""
    return {one.seq for one in view.report.deviations if one.closed is not None} if view.report is not None else set()


def _flaws(need: ApprovalNeed, policy: Policy, intent: Intent, view: View) -> Iterator[str]:
    """Say why it will not count although role and meaning are right (SPEC 8.5-1)."""
    report = view.report
    if report is None and not need.blind:
        yield "no blind one does"
    if report is not None and (report.bundle.withheld or report.bundle.absent) and not need.redacted:
        yield "something is withheld or absent in the copy that was verified"
    if policy.approvers == "trust" and view.trust is not None and intent.delegation is None:
        roles = {view.trust.role(view.contract.id, role) for one in holders(view) for role in _roles(one, intent)}
        if need.role not in roles:
            yield f"the trust file {view.trust.id} does not give {intent.person} the role {intent.role}"
    for before in need.after:
        if _lacks(before, view):
            yield f"it has to come after the approval {before}, which is owed"
    unclaimed = approving.unauthenticated(intent, view)
    if unclaimed is not None:
        yield unclaimed


def _lacks(need: str, view: View) -> bool:
    """Tell whether no approval counts for a need that is owed, as far as the report says."""
    if view.report is None:
        return False
    owed = any(one.need == "approve" and dict(one.facts).get("id") == need for one in view.report.owed)
    return owed and not any(need in one.counts_for for one in view.report.signoffs)


def _roles(holder: Issuer | Approver, intent: Intent) -> tuple[str, ...]:
    return holder.roles if isinstance(holder, Approver) and holder.key == intent.key else ()


def _meaning(need: ApprovalNeed) -> str:
    return f", meaning {need.meaning}" if need.meaning else ""
