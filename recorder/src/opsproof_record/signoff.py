"""Sign-offs after the seal (SPEC 6.9): what the signer looked at, what the signature says, where it goes.

A sign-off is appended to the bundle, or written to a file of its own: the very frames that `append` will add,
so that people elsewhere sign in parallel and anybody merges, in any order.
"""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path

from opsproof_verify.canonical import Value, encode
from opsproof_verify.container import FrameType
from opsproof_verify.cose import RecordType
from opsproof_verify.fields import Ref
from opsproof_verify.findings import Verdict
from opsproof_verify.policy import Policy
from opsproof_verify.render.json_report import render_json
from opsproof_verify.report import Report
from opsproof_verify.trust import TrustStore
from opsproof_verify.verify import verify

from opsproof_record import evidence, frames
from opsproof_record.clock import Time
from opsproof_record.errors import Refused
from opsproof_record.journal import Journal, drafting
from opsproof_record.keys import Signer
from opsproof_record.model import to_ref
from opsproof_record.state import RunState

_FOR_DECISION = {
    "covers": {"approve"},
    "withdraws": {"withdraw"},
    "deviation": {"remediate"},
    "evidence": {"remediate", "supply"},
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Intent:
    """What a person wants to sign."""

    person: str
    name: str
    role: str
    decision: str
    meaning: tuple[str, str]
    time: Time
    covers: tuple[int, ...] = ()
    withdraws: bytes | None = None
    deviation: int | None = None
    evidence: tuple[tuple[Path, str | None, int, str | None], ...] = ()  # file, step, pass, slot
    text: str | None = None


@dataclass(frozen=True, slots=True)
class View:
    """What the signer looks at: the bundle's state, its length then, and the report, None if blind."""

    state: RunState
    size: int
    report: Report | None


def look(path: Path, trust: TrustStore | None, policy: Policy | None, at: Time) -> View:
    """Read a sealed bundle and, unless the signer goes blind, verify it."""
    try:
        with path.open("rb") as stream:
            found = frames.scan(stream, str(path))
            _check_sealed(path, found.state)
            stream.seek(0)
            report = verify(stream, policy, trust, at=at[0]) if trust else None
    except OSError as error:
        raise Refused(f"{path}: {error.strerror}", "Name a sealed bundle (.opb).") from error
    return View(found.state, found.end, report)


def check_intent(intent: Intent, view: View) -> None:
    """Refuse what the signature would say in vain."""
    for name, decisions in _FOR_DECISION.items():
        if getattr(intent, name) and intent.decision not in decisions:
            raise Refused(f"--{name} is not for {intent.decision}", f"It is for {' and '.join(sorted(decisions))}.")
    if intent.decision == "withdraw" and intent.withdraws not in view.state.signoffs:
        known = "\n  ".join(f"{hash_.hex()} {one.person} {one.decision}" for hash_, one in view.state.signoffs.items())
        raise Refused(
            "a withdrawal names a sign-off of this bundle",
            f"Give --withdraws HASH of one of:\n  {known or 'none'}",
        )
    if intent.decision == "supply" and not intent.evidence:
        raise Refused("supply adds evidence", "Give --evidence FILE.")
    if intent.decision == "remediate" and intent.deviation is None:
        raise Refused("a remediation names its deviation", "Give --deviation eN.")
    if intent.decision == "approve" and view.report is not None and view.report.verdict is Verdict.FAIL:
        raise Refused(
            "this bundle does not verify: FAIL",
            "No approval can help it. See `opsproof-verify check`; to have it on record, sign --decision reject.",
        )


def sign_here(path: Path, signer: Signer, intent: Intent, view: View) -> bytes:
    """Append a sign-off to the bundle; give its hash. Refuse if the bundle grew since it was looked at."""
    with Journal(path) as journal:
        if journal.end != view.size:
            raise Refused("the bundle has grown since you looked at it", "Look at it again: run the same command.")
        supplied = [_take_evidence(journal.write, item) for item in intent.evidence]
        body = _sign(signer, intent, view, supplied)
        journal.append(FrameType.SIGNOFF, body)
        journal.commit()
        return hashlib.sha256(b"\0" + body).digest()


def sign_detached(path: Path, target: Path, signer: Signer, intent: Intent, view: View) -> bytes:
    """Write a sign-off, with its evidence before it, to a new file for `append`; give its hash."""
    with drafting(target) as write:
        supplied = [_take_evidence(write, item) for item in intent.evidence]
        body = _sign(signer, intent, view, supplied)
        write(frames.frame(FrameType.SIGNOFF, body))
    return hashlib.sha256(b"\0" + body).digest()


def _check_sealed(path: Path, state: RunState) -> None:
    if state.seal is None:
        raise Refused(f"{path} is not sealed", "Sign-offs come after the seal: `opsproof seal`.")


def _take_evidence(write: frames.Write, item: tuple[Path, str | None, int, str | None]) -> Value:
    path, step, number, slot = item
    source = evidence.open_file(path)
    try:
        size, digest = frames.copy_evidence(write, source, str(path))
    finally:
        os.close(source)
    supplied: dict[str, Value] = {
        "digest": digest,
        "size": size,
        "media": evidence.media_type(path),
        "name": path.name,
    }
    if step is not None:
        supplied |= {"step": step, "pass": number}
    if slot is not None:
        supplied["slot"] = slot
    return supplied


def _sign(signer: Signer, intent: Intent, view: View, supplied: list[Value]) -> bytes:
    """Build and sign the record."""
    state = view.state
    wanted = set(intent.covers) | ({intent.deviation} if intent.deviation is not None else set())
    refs = _refs(state, wanted)
    meaning: dict[str, Value] = {"id": intent.meaning[0], "text": intent.meaning[1]}
    record: dict[str, Value | None] = {
        "seal": state.seal_hash,
        "run": state.seal.run if state.seal else None,
        "person": intent.person,
        "name": intent.name,
        "role": intent.role,
        "decision": intent.decision,
        "meaning": meaning,
        "time": list(intent.time),
        "seen": list(state.heads()),
        "covers": [to_ref(refs[seq]) for seq in sorted(set(intent.covers))] or None,
        "withdraws": intent.withdraws,
        "deviation": to_ref(refs[intent.deviation]) if intent.deviation is not None else None,
        "evidence": supplied or None,
        "text": intent.text,
    }
    payload = {name: value for name, value in record.items() if value is not None} | _viewed(view)
    return signer.sign(RecordType.SIGNOFF, encode(payload))


def _viewed(view: View) -> dict[str, Value]:
    """Say what the signer looked at (SPEC 6.9-4)."""
    report = view.report
    if report is None:
        return {"blind": True}
    return {
        "policy": bytes.fromhex(report.policy.digest) if report.policy else view.state.policy_digest,
        "report": report_digest(report),
        "withheld": sum(last - first + 1 for first, last in report.bundle.withheld),
        "absent": len(report.bundle.absent),
    }


def report_digest(report: Report) -> bytes:
    """Give the SHA-256 of the report: what `check --format json --at TIME | sha256sum` says."""
    return hashlib.sha256(render_json(report)).digest()


def _refs(state: RunState, seqs: set[int]) -> dict[int, Ref]:
    refs = {}
    for seq in seqs:
        leaf = state.leaf(seq)
        if leaf is None:
            raise Refused(f"the run has no entry e{seq}", "`opsproof-verify show` lists the entries.")
        refs[seq] = Ref(seq, leaf)
    return refs
