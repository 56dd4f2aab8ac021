"""What a person wants to sign (SPEC 6.9), and the refusals of what the signature would say in vain or to harm."""

from __future__ import annotations

from pathlib import Path

from opsproof_verify import ed25519, fields
from opsproof_verify.contract import Contract, Member
from opsproof_verify.kinds import DeviationRaised
from opsproof_verify.render.times import rfc3339
from opsproof_verify.trust import Approver, Issuer

from opsproof_record.clock import Time
from opsproof_record.errors import NotEntitled, OutOfOrder, Refused, Unfit, Unknown
from opsproof_record.log import evidence
from opsproof_record.sealed import approving, delegating
from opsproof_record.sealed.meant import Claim, Intent, Supply, Target
from opsproof_record.sealed.view import View
from opsproof_record.signing.keys import Signer

__all__ = ["Claim", "Intent", "Supply", "Target", "check", "claim", "holders", "identify", "supply"]

_FOR_DECISION = {
    "covers": {"approve"},
    "delegation": {"approve"},
    "withdraws": {"withdraw"},
    "deviation": {"remediate"},
    "evidence": {"remediate", "supply"},
}


def supply(path: Path, target: Target, contract: Contract) -> Supply:
    """Take a file to add; refuse what would not fit where it is meant to go (SPEC 9.10-3, 9.10-23)."""
    media = target.media or evidence.media_type(path)
    if not fields.MEDIA.fullmatch(media):
        raise Unfit(f'"{media}" is no media type', 'Give one such as "image/jpeg", without parameters.')
    if target.step is None and target.slot is not None:
        raise Unfit("a slot belongs to a step", "Give --step too.")
    if target.step is not None:
        step = contract.steps.get(target.step)
        if step is None:
            raise Unknown(f'the contract has no step "{target.step}"', "Its steps: " + ", ".join(contract.steps))
        if target.number > step.passes[1]:
            raise Unknown(f"step {step.id} has no pass {target.number}", f"The contract allows {step.passes[1]}.")
        slot = step.evidence.get(target.slot) if target.slot else None
        if target.slot and slot is None:
            known = ", ".join(step.evidence) or "none; leave --slot out"
            raise Unknown(f'step {step.id} has no evidence slot "{target.slot}"', f"Its slots: {known}")
        if slot is not None and media not in slot.media:
            raise Unfit(
                f"slot {slot.id} takes {' or '.join(slot.media)}, not {media}",
                "Give the right --media, or supply it without --slot.",
            )
    size, digest = evidence.describe(path)
    return Supply(path, media, size, digest, target)


def claim(factors: tuple[str, ...], at: Time | None, time: Time) -> Claim:
    """Take how a signer says to have been authenticated; refuse a time after the sign-off's (SPEC 9.11-20)."""
    if at is not None and at[0] > time[0]:
        raise Unfit(
            f"you say that you were authenticated at {rfc3339(*at)}, which is after this signature",
            "Give the time at which that was, or leave it out: then it is that of the signature.",
        )
    return Claim(tuple(sorted(factors)), at or time)


def identify(view: View, signer: Signer, name: str) -> tuple[str, Member | None]:
    """Find the person of a key (SPEC 6.9-3), and the actor enrolled with it; the one who acts must be that person."""
    member = next((one for one in view.members.values() if one.key == signer.public), None)
    person = _trusted_person(view, signer.kid) or (member.person if member else None)
    names = {person} | ({member.id} if member else set())
    if person is not None and name not in names:
        raise NotEntitled(f"{signer.path} is the key of {person}, not of {name}", f"Sign with --as {person}.")
    if person is None and _has_other_key(view, name):
        raise NotEntitled(
            f"{signer.path} is not the key that is known for {name}",
            f"Give the key of {name} with --key. A new key has to be in the trust file first.",
        )
    return person or name, member


def _trusted_person(view: View, kid: bytes) -> str | None:
    """Find the person whom the signer's trust file names for a key."""
    return next((one.person for one in holders(view) if ed25519.thumbprint(one.key) == kid), None)


def _has_other_key(view: View, name: str) -> bool:
    people = {one.person for one in holders(view)} | {one.person for one in view.members.values()}
    return name in people | set(view.members)


def holders(view: View) -> tuple[Issuer | Approver, ...]:
    """Give the people of the signer's trust file, once for each key."""
    return (*view.trust.issuers, *view.trust.approvers) if view.trust else ()


def check(intent: Intent, view: View) -> None:
    """Refuse what the signature would say in vain, and what would only break the bundle."""
    for name, decisions in _FOR_DECISION.items():
        if getattr(intent, name) and intent.decision not in decisions:
            raise Unfit(f"--{name} is not for {intent.decision}", f"It is for {' and '.join(sorted(decisions))}.")
    if intent.time[0] < view.seal.time.ms:
        raise OutOfOrder(
            "the clock of this machine stands before the time of the seal",
            "Set it: a signature from before the seal does not count (SPEC 8.5-1).",
        )
    if intent.delegation is not None:
        delegating.check(intent.delegation, intent, view)
    checks = {
        "approve": approving.check,
        "withdraw": _check_withdraw,
        "remediate": _check_remediate,
        "redact": _check_redact,
    }
    if intent.decision in checks:
        checks[intent.decision](intent, view)
    if intent.decision == "supply":
        _check_supply(intent, view)
    if intent.member is not None and intent.member.kind != "human" and intent.decision in {"approve", "reject"}:
        raise NotEntitled(
            f"{intent.member.id} is no human and may not {intent.decision}", "People decide (SPEC 9.10-18)."
        )


def _check_withdraw(intent: Intent, view: View) -> None:
    """A withdrawal names a sign-off of the same person that is no withdrawal (SPEC 6.9-6)."""
    own = {hash_: one for hash_, one in view.signoffs.items() if one.person == intent.person}
    known = [f"{hash_.hex()} {one.decision}" for hash_, one in own.items() if one.decision != "withdraw"]
    found = view.signoffs.get(intent.withdraws) if intent.withdraws else None
    if found is None:
        lines = "\n  ".join(known) or "none"
        raise Unknown(
            "a withdrawal names a sign-off that is there", f"Give --withdraws HASH; {intent.person} signed:\n  {lines}"
        )
    if found.person != intent.person or found.decision == "withdraw":
        whose = "a withdrawal" if found.decision == "withdraw" else f"a sign-off of {found.person}"
        raise NotEntitled(f"this is {whose}", "A person withdraws own sign-offs, and nothing un-withdraws.")
    if any(one.withdraws == intent.withdraws and one.person == intent.person for one in view.signoffs.values()):
        raise OutOfOrder("this sign-off is withdrawn already", "There is nothing to do.")


def _check_remediate(intent: Intent, view: View) -> None:
    found = view.entry(intent.deviation) if intent.deviation is not None else None
    if found is None or found[1].kind != "deviation-raised":
        known = ", ".join(f"e{one.entry.seq}" for one in view.matters.of(DeviationRaised)) or "none"
        raise Unknown("a remediation names its deviation", f"Give --deviation eN; to be seen here: {known}.")
    if not intent.evidence:
        raise Unfit("a remediation is shown by evidence (SPEC 8.4-6)", "Give --evidence FILE.")


def _check_redact(intent: Intent, view: View) -> None:
    """A redaction says why (SPEC 6.9-1); it needs something that is withheld, as `redacting` finds it."""
    del view
    if not intent.text:
        raise Unfit("a redaction says why something is withheld", "Give --text.")


def _check_supply(intent: Intent, view: View) -> None:
    """Supplying adds evidence, no more than its slot holds (SPEC 9.10-23)."""
    if not intent.evidence:
        raise Unfit("supply adds evidence", "Give --evidence FILE.")
    target = intent.evidence[0].target
    if target.step is None or target.slot is None or view.state is None:
        return
    most = view.contract.steps[target.step].evidence[target.slot].max
    held = view.state.items_of(target.step, target.number).get(target.slot, 0)
    held += sum(
        (item.step, item.number, item.slot) == (target.step, target.number, target.slot)
        for one in view.standing("supply", "remediate")
        for item in one.evidence
    )
    if held + len(intent.evidence) > most:
        raise Refused(
            f"slot {target.slot} of {target.step} takes {most} and holds {held} already",
            "Supply them without --slot.",
        )
