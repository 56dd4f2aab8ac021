"""Sign-offs after the seal (SPEC 6.9): what the signature says, and where it goes.

A sign-off is appended to the bundle, or written to a file of its own: the very frames that `append` will add,
so that people elsewhere sign in parallel and anybody merges, in any order.
"""

from __future__ import annotations

import os
from pathlib import Path

from opsproof_verify.canonical import CanonicalError, Value, encode
from opsproof_verify.container import LIMITS, FrameType
from opsproof_verify.contract import Member
from opsproof_verify.cose import RecordType
from opsproof_verify.findings import Rejected
from opsproof_verify.merkle import leaf_hash
from opsproof_verify.parse_signed import parse_signoff
from opsproof_verify.records import Late

from opsproof_record.errors import NotEntitled, OutOfOrder, Refused, Unfit
from opsproof_record.log import evidence, frames
from opsproof_record.log.journal import Journal, drafting
from opsproof_record.log.model import to_ref
from opsproof_record.run.recorder import Recorder
from opsproof_record.sealed.meant import Intent, Supply
from opsproof_record.sealed.view import View, report_digest
from opsproof_record.signing.keys import Signer

__all__ = ["late_window", "report_digest", "sign_detached", "sign_here"]


def sign_here(path: Path, signer: Signer, intent: Intent, view: View) -> bytes:
    """Append a sign-off to the bundle; give its hash. Refuse if the bundle grew since it was looked at."""
    with Journal(path, state=view.state) as journal:
        if journal.end != view.end:
            raise OutOfOrder("the bundle has grown since you looked at it", "Look at it again: run the same command.")
        supplied = [_take_evidence(journal.write, item) for item in intent.evidence]
        body = _sign(signer, intent, view, supplied)
        journal.append(FrameType.SIGNOFF, body)
        journal.commit()
        return leaf_hash(body)


def sign_detached(target: Path, signer: Signer, intent: Intent, view: View) -> bytes:
    """Write a sign-off, with its evidence before it, to a new file for `append`; give its hash."""
    with drafting(target) as write:
        supplied = [_take_evidence(write, item) for item in intent.evidence]
        body = _sign(signer, intent, view, supplied)
        write(frames.frame(FrameType.SIGNOFF, body))
    return leaf_hash(body)


def late_window(path: Path, view: View, member: Member | None, signer: Signer) -> Late:
    """Give what a late attestation covers: the actor's entries that none covers (SPEC 6.9-5).

    Each is held to the key's own memory, as in any attestation (SPEC 12, *Adoption*). Raises ``Refused``.
    """
    if view.state is None:
        raise OutOfOrder("a late attestation needs the bundle itself", "Ask for it, and sign with --run BUNDLE.")
    if member is None:
        raise NotEntitled(f"{signer.path} is not the key of an actor of this run", "Its actors attest their entries.")
    done = (one.attests for one in view.signoffs.values())
    if any(one is not None and one.actor == member.id for one in done):
        raise OutOfOrder(f"the entries of {member.id} are attested late already", "There is nothing to do.")
    if not view.state.waiting(member.id):
        raise OutOfOrder(f"all entries of {member.id} are attested", "There is nothing to do.")
    with Journal(path, state=view.state) as journal:
        leaves, digest = Recorder(journal, member, signer).window()
    return Late(actor=member.id, count=len(leaves), digest=digest)


def _take_evidence(write: frames.Write, item: Supply) -> Value:
    """Copy a file into an evidence frame; it must still be what the signer looked at."""
    source = evidence.open_file(item.path)
    try:
        size, digest = frames.copy_evidence(write, source, str(item.path))
    finally:
        os.close(source)
    if digest != item.digest:
        raise Refused(f"{item.path} has changed since you looked at it", "Look at it again: run the same command.")
    supplied: dict[str, Value] = {"digest": digest, "size": size, "media": item.media, "name": item.path.name}
    if item.target.step is not None:
        supplied |= {"step": item.target.step, "pass": item.target.number}
    if item.target.slot is not None:
        supplied["slot"] = item.target.slot
    return supplied


def _sign(signer: Signer, intent: Intent, view: View, supplied: list[Value]) -> bytes:
    """Build the record, read it as a verifier will, and sign it."""
    meaning: dict[str, Value] = {"id": intent.meaning[0], "text": intent.meaning[1]}
    late, claim = intent.attests, intent.authentication
    record: dict[str, Value | None] = {
        "seal": view.seal_hash,
        "run": view.seal.run,
        "person": intent.person,
        "name": intent.name,
        "role": intent.role,
        "decision": intent.decision,
        "meaning": meaning,
        "time": list(intent.time),
        "seen": list(view.heads()),
        "authentication": {"factors": list(claim.factors), "time": list(claim.time)} if claim else None,
        "covers": [*sorted(set(intent.covers))] or None,
        "delegation": intent.delegation.body if intent.delegation else None,
        "withdraws": intent.withdraws,
        "deviation": _ref(view, intent.deviation) if intent.deviation is not None else None,
        "evidence": supplied or None,
        "attests": {"actor": late.actor, "count": late.count, "digest": late.digest} if late else None,
        "withholds": list(intent.withholds.hashes) if intent.withholds else None,
        "text": intent.text,
    }
    try:
        payload = encode({name: value for name, value in record.items() if value is not None} | _viewed(view))
        parse_signoff(payload)
    except (CanonicalError, Rejected) as refusal:
        where = refusal.facts.get("path") if isinstance(refusal, Rejected) else refusal.why
        raise Unfit(f"this cannot be signed: {where} is not valid", "Correct it and try again.") from refusal
    body = signer.sign(RecordType.SIGNOFF, payload)
    if len(body) > LIMITS[FrameType.SIGNOFF]:
        raise Unfit(
            f"this sign-off has {len(body)} bytes; at most {LIMITS[FrameType.SIGNOFF]} are allowed",
            "Cover, supply or redact less with one signature, and the rest with another.",
        )
    return body


def _viewed(view: View) -> dict[str, Value]:
    """Say what the signer looked at (SPEC 6.9-4, 6.9-8)."""
    report = view.report
    if report is None:
        return {"blind": True}
    return {
        "policy": bytes.fromhex(report.policy.digest) if report.policy else view.pinned,
        "report": view.report_digest,
        "withheld": sum(last - first + 1 for first, last in report.bundle.withheld),
        "absent": len(report.bundle.absent),
    }


def _ref(view: View, seq: int) -> Value:
    """Name an entry that was found when the intent was checked."""
    found = view.entry(seq)
    if found is None:
        raise Refused(f"e{seq} cannot be seen here", "`opsproof-verify show` lists the entries.")
    return to_ref(found[0])
