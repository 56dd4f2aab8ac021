"""Assignments: a further actor joins, signed by the issuer or by somebody whom the contract lets assign (SPEC 6.5)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from opsproof_verify import ed25519
from opsproof_verify.canonical import CanonicalError, Value, encode
from opsproof_verify.cose import RecordType
from opsproof_verify.fields import Ref
from opsproof_verify.findings import Rejected
from opsproof_verify.parse_signed import parse_assignment
from opsproof_verify.records import Assignment

from opsproof_record.clock import now
from opsproof_record.errors import Closed, NotEntitled, Unfit, Unknown
from opsproof_record.log import signed
from opsproof_record.log.journal import Journal, create
from opsproof_record.log.state import RunState
from opsproof_record.run import guard
from opsproof_record.run.recorder import Recorder
from opsproof_record.signing.keys import Signer

Member = dict[str, Any]  # as SPEC 6.1 names its members


def assign(recorder: Recorder, member: Member) -> Ref:
    """Enrol a further actor; the one who writes signs the assignment and needs a role in ``authority.assign``."""
    state, by = recorder.state, recorder.member
    guard.check_human(by, "assign")
    guard.check_role(by, state.contract.authority.assign, "assign further actors")
    return _write(recorder, _sign(state, recorder.signer, by.person, member))


def assign_detached(path: Path, target: Path, signer: Signer, person: str, member: Member) -> None:
    """Sign an assignment as the contract's issuer into a file, for an enrolled actor to write into the run."""
    with Journal(path) as journal:
        guard.check_running(journal.state)
        if person != journal.state.contract.issuer:
            raise NotEntitled(
                f"{person} did not issue this contract",
                f"Its issuer {journal.state.contract.issuer} signs, or an actor with a role of authority.assign.",
            )
        body = _sign(journal.state, signer, person, member)
    create(target, body)


def assign_signed(recorder: Recorder, file: Path) -> Ref:
    """Write an assignment that the issuer has signed."""
    try:
        body = file.read_bytes()
    except OSError as error:
        raise Unknown(f"{file}: {error.strerror}", "Name a file that `assign --detached` made.") from error
    try:
        assignment = signed.read_assignment(body)
    except Rejected as refusal:
        raise Unfit(f"{file} is no assignment: {refusal.code}", "Ask the issuer for the file again.") from refusal
    if (assignment.run, assignment.contract) != (recorder.state.run, recorder.state.contract_hash):
        raise Closed(f"{file} is for another run", "Ask the issuer for one for this run.")
    _check_new(recorder.state, assignment)
    return _write(recorder, body)


def _write(recorder: Recorder, body: bytes) -> Ref:
    return recorder.write("assigned", assignment=body)


def _sign(state: RunState, signer: Signer, by: str, member: Member) -> bytes:
    record: dict[str, Value] = {
        "contract": state.contract_hash,
        "run": state.run or b"",
        "member": member,
        "by": by,
        "time": list(now()),
    }
    try:
        payload = encode(record)
        assignment = parse_assignment(payload)
    except (CanonicalError, Rejected) as refusal:
        where = refusal.facts.get("path") if isinstance(refusal, Rejected) else refusal.why
        raise Unfit(f"this is no actor: {where}", "Correct it and try again.") from refusal
    _check_new(state, assignment)
    return signer.sign(RecordType.ASSIGNMENT, payload)


def _check_new(state: RunState, assignment: Assignment) -> None:
    """Refuse an actor id or key that is enrolled, and keys that no verifier admits (SPEC 6.5-2, 5.3-1)."""
    member = assignment.member
    if member.id in state.members:
        raise Unfit(f"{member.id} is enrolled already", "Give the new actor another id.")
    for other in state.members.values():
        if other.key == member.key:
            raise Unfit(f"this key is enrolled for {other.id}", "Each actor has a key of its own.")
    if flaw := ed25519.admission_flaw(member.key):
        raise Unfit(f"no verifier admits this key ({flaw})", "Make another with `opsproof keygen`.")
