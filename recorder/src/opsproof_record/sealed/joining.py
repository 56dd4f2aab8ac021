"""What may join a sealed bundle: sign-offs and witnesses of this very seal that do not break it (SPEC 9.11, 6.10).

Whoever made a file elsewhere may have made it for another bundle, or wrongly. Appended, it would fail this one for
good, so it is refused at the door, as far as that can be told without a trust file.
"""

from __future__ import annotations

import hashlib

from opsproof_verify import ed25519
from opsproof_verify.contract import Contract, Member
from opsproof_verify.cose import RecordType
from opsproof_verify.fields import Ref
from opsproof_verify.findings import Rejected
from opsproof_verify.intake import MAX_SIGNOFFS
from opsproof_verify.parse_signed import parse_cose
from opsproof_verify.records import SignOff, Witness

from opsproof_record.errors import NotEntitled, OutOfOrder, Unfit, Unknown
from opsproof_record.log.state import RunState
from opsproof_record.sealed import delegating, lineage

_ASK = "Ask its signer for another file."


def is_known(state: RunState, hash_: bytes, record: SignOff | Witness) -> bool:
    """Tell whether a record stands in a bundle already."""
    table = "signoff" if isinstance(record, SignOff) else "witness"
    query = f"SELECT 1 FROM {table} WHERE hash = ?"  # noqa: S608 - one of two names
    return state.db.execute(query, (hash_,)).fetchone() is not None


def check(state: RunState, record: SignOff | Witness, body: bytes, name: str) -> None:
    """Refuse a record that does not belong to this bundle or would break it; ``name`` is where it comes from."""
    table = "signoff" if isinstance(record, SignOff) else "witness"
    (count,) = state.db.execute(f"SELECT count(*) FROM {table}").fetchone()  # noqa: S608 - one of two names
    if count >= MAX_SIGNOFFS:
        raise OutOfOrder(f"a bundle holds {MAX_SIGNOFFS} of these at most (SPEC 3.4)", "Nothing more can be appended.")
    if isinstance(record, SignOff):
        _check_signoff(state, record, body, name)
    else:
        _check_witness(state, record, name)
        kid = parse_cose(body, RecordType.WITNESS).kid
        check_independent(record.witness, kid, state.contract, state.members)


def check_independent(name: str, kid: bytes, contract: Contract, members: dict[str, Member]) -> None:
    """Refuse a witness who is somebody else in the run too: that would fail the bundle for good (SPEC 6.10-2)."""
    people = {contract.issuer} | set(members) | {one.person for one in members.values()}
    if name in people or any(ed25519.thumbprint(one.key) == kid for one in members.values()):
        raise NotEntitled(
            f"{name} is no independent witness: its id or key is that of somebody in this run",
            "A witness has an id and a key of its own, and no other part in the run.",
        )


def _check_witness(state: RunState, record: Witness, name: str) -> None:
    """Refuse a witness of something that is not here."""
    if record.target == "entry":
        raise OutOfOrder(
            f"{name} witnesses the head e{record.seq} of a running journal",
            "It belongs into the run before its end; now the seal can be witnessed: `opsproof witness --target seal`.",
        )
    if state.seal is None or record.run != state.seal.run:
        raise Unfit(f"{name} witnesses another run: {record.run.hex()}", "Append it to the bundle it was made for.")
    if record.target == "seal" and record.hash != state.seal_hash:
        raise Unfit(f"{name} witnesses another seal: {record.hash.hex()}", "Append it to the bundle it was made for.")
    if record.target == "signoff" and record.hash not in state.signoffs:
        raise OutOfOrder(
            f"{name} witnesses a sign-off that is not here: {record.hash.hex()}", "Append that sign-off first."
        )


def _check_signoff(state: RunState, record: SignOff, body: bytes, name: str) -> None:
    if state.seal is None or (record.seal, record.run) != (state.seal_hash, state.seal.run):
        raise Unfit(f"{name} signs another seal: {record.seal.hex()}", "Append it to the bundle that it was made for.")
    for seq in record.covers:
        if seq >= state.count:
            raise Unknown(f"{name} covers e{seq}, which this run has not", _ASK)
    _check_delegation(record, name)
    if record.deviation is not None and not _names(state, record.deviation):
        raise Unknown(f"{name} remediates e{record.deviation.seq}, which this run has not with that leaf", _ASK)
    if record.withdraws is not None:
        _check_withdrawal(state, record, record.withdraws, name)
    _check_key(state, record, body, name)


def _check_delegation(record: SignOff, name: str) -> None:
    """A delegation that is none would fail the bundle for good; one to somebody else never holds (SPEC 6.11-2)."""
    if record.delegation is None:
        return
    try:
        given = delegating.read_body(record.delegation).record
    except Rejected as refusal:
        raise Unfit(f"{name} carries a delegation that is none: {refusal.code}", _ASK) from refusal
    if given.to != record.person:
        raise NotEntitled(f"{name} is signed by {record.person} and carries a delegation to {given.to}", _ASK)


def _names(state: RunState, ref: Ref) -> bool:
    return state.leaf(ref.seq) == ref.leaf


def _check_withdrawal(state: RunState, record: SignOff, target: bytes, name: str) -> None:
    """A withdrawal names a sign-off of the same person that its signer had seen (SPEC 6.9-6)."""
    signoffs = state.signoffs
    withdrawn = signoffs.get(target)
    if withdrawn is None:
        return  # it was seen and is missing, which `append` says
    seen = lineage.ancestors(signoffs, record.seen)
    unseen = target not in seen and seen <= signoffs.keys()
    if withdrawn.person != record.person or withdrawn.decision == "withdraw" or unseen:
        raise NotEntitled(f"{name} withdraws what {record.person} cannot withdraw: {target.hex()}", _ASK)


def _check_key(state: RunState, record: SignOff, body: bytes, name: str) -> None:
    """Hold a sign-off under a key of the run to that key and its person, and a late attestation to its window."""
    signed = parse_cose(body, RecordType.SIGNOFF)
    member = next((one for one in state.members.values() if ed25519.thumbprint(one.key) == signed.kid), None)
    if member is not None:
        if record.person != member.person:
            raise NotEntitled(f"{name} is signed with the key of {member.person}, not of {record.person}", _ASK)
        if not ed25519.verify(member.key, signed.signature, signed.signing_input()):
            raise Unfit(f"{name}: its signature does not verify", _ASK)
    if record.attests is None:
        return
    if member is None or member.id != record.attests.actor:
        raise NotEntitled(f"{name} attests entries of {record.attests.actor} with another key", _ASK)
    leaves = [ref.leaf for ref in state.window(member.id)]
    if (len(leaves), hashlib.sha256(b"".join(leaves)).digest()) != (record.attests.count, record.attests.digest):
        raise Unfit(f"{name} attests other entries than {member.id} has here", _ASK)
