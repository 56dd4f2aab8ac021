"""What a signer should mind: what this signature will not do, what speaks against it, and what comes after it."""

from __future__ import annotations

from collections.abc import Iterator

from opsproof_verify.approvals import CHANGES
from opsproof_verify.render.layout import Page
from opsproof_verify.render.messages import fill
from opsproof_verify.render.texts import parts

from opsproof_record.cli.weighing import weigh
from opsproof_record.sealed.approving import meets
from opsproof_record.sealed.intent import holders
from opsproof_record.sealed.meant import Intent
from opsproof_record.sealed.view import View

_OF_DECISIONS = {
    "reject": "As long as this stands the verdict is FAIL, whoever else approves. Only you can withdraw it.",
    "acknowledge": "This states that you are aware of it. It closes, approves and completes nothing.",
    "withdraw": "What is withdrawn stays on record, and nothing un-withdraws it.",
    "supply": "The evidence will be shown as added after the seal.",
    "remediate": "The evidence will be shown as added after the seal. The deviation has still to be closed: by an "
    "approval that covers it, of somebody other than you.",
    "attest": "You sign that you wrote these entries, each of them.",
    "redact": "It says who withholds this and why, and shows nothing of it. A copy that lacks an entry is never FINAL.",
}
_SHOWN = 20


def put(page: Page, intent: Intent, view: View) -> None:
    """List what to mind."""
    page.heading("Mind")
    for text in _all(intent, view):
        page.text(text, 4, "  - ")
    page.line()


def _all(intent: Intent, view: View) -> Iterator[str]:
    if intent.decision in _OF_DECISIONS:
        yield _OF_DECISIONS[intent.decision]
        yield from _repeated(intent, view)
    else:
        yield from weigh(intent, view)
        yield from _before(intent, view)
    yield from _delegated(intent, view)
    if view.trust is not None and intent.member is None and all(one.key != intent.key for one in holders(view)):
        yield f"Your key is not in the trust file {view.trust.id}: nobody who relies on that file will count this."
    if view.report is None:
        yield "You sign blind: you have looked at no verification, and the signature says so."
    elif view.said is not None:
        yield "You sign on what somebody else says. The bundle would let you verify it yourself."
    yield "A signature cannot be taken out again, only withdrawn by a further one."


def _before(intent: Intent, view: View) -> Iterator[str]:
    """Say what has to be done before an approval that is to have the last word (SPEC 8.5-1)."""
    needs = [need for need in (view.policy.approvals if view.policy else ()) if meets(intent, view, need)]
    if view.policy is not None and not any(need.last_word for need in needs):
        return
    owed = [one for one in (view.report.owed if view.report is not None else ()) if one.need in CHANGES]
    for one in owed[:_SHOWN]:
        yield (
            f"WAIT: {fill(parts.OWED[one.need], {}, dict(one.facts))} After that, an approval given now counts no more "
            "and has to be given again."
        )
    if len(owed) > _SHOWN:
        yield f"{len(owed) - _SHOWN} more of these are owed: `opsproof-verify check`."
    if view.said is not None and not owed:
        yield (
            "Whatever somebody supplies, remediates or attests without your having seen it takes the effect of this "
            "approval away."
        )


def _repeated(intent: Intent, view: View) -> Iterator[str]:
    """Say whose approvals lose the last word by a signature that changes the record (SPEC 8.5-1)."""
    target = view.signoffs.get(intent.withdraws) if intent.withdraws else None
    if intent.decision not in CHANGES and (target is None or target.decision not in CHANGES):
        return
    needs = {need.id for need in (view.policy.approvals if view.policy else ()) if not need.last_word}
    given = [(one.person, one.role, one.covers) for one in view.standing("approve")]
    if view.report is not None:
        counting = [one for one in view.report.signoffs if set(one.counts_for) - needs]
        given = [(one.person, one.role, one.covers) for one in counting]
    for person, role, covers in given[:_SHOWN]:
        again = f", covering {', '.join(f'e{seq}' for seq in covers[:_SHOWN])} again" if covers else ""
        yield (
            f"The approval of {person} ({role}) is older than this and will count no more: {person}, or somebody else "
            f"in the role {role}, has to approve after this{again}."
        )
    if len(given) > _SHOWN:
        yield f"So it is with {len(given) - _SHOWN} more approvals."
    if not given:
        yield "Approvals come after this: one whose signer has not seen it will not count."


def _delegated(intent: Intent, view: View) -> Iterator[str]:
    if intent.delegation is None:
        return
    giver = intent.delegation.record.giver
    yield f"You sign by leave of {giver}. If {giver} took a part in the run that bars an approver, it will not count."
    if view.trust is None:
        yield f"Whether {giver} gave that leave and may was not verified: you gave no trust file."
