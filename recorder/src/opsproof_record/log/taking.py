"""Frames into the state and its index: one function for each type of frame; for kinds of entries see `noting`.

Used by whoever reads a journal and by whoever writes one, so that both see the same run.
"""

from __future__ import annotations

from opsproof_verify import kinds as e
from opsproof_verify.cose import RecordType
from opsproof_verify.entries import Entry
from opsproof_verify.fields import Ref
from opsproof_verify.merkle import leaf_hash
from opsproof_verify.parse_entry import parse_entry, parse_withheld
from opsproof_verify.parse_signed import parse_cose
from opsproof_verify.policy import Policy

from opsproof_record.log import noting, signed
from opsproof_record.log.model import Broken
from opsproof_record.log.state import RunState


def take_contract(state: RunState, body: bytes, _offset: int) -> None:
    """Take frame 1."""
    contract = signed.read_contract(body)
    state.known_contract = contract
    state.known_policy = Policy.parse_canonical(contract.policy)
    state.policy_digest = state.known_policy.digest
    state.contract_hash = state.head = leaf_hash(body)
    state.members = {member.id: member for member in contract.roster}


def take_approval(state: RunState, body: bytes, _offset: int) -> None:
    """Take a contract approval."""
    parse_cose(body, RecordType.APPROVAL)
    state.approvals.append(leaf_hash(body))


def take_entry(state: RunState, body: bytes, offset: int) -> Entry:
    """Take an entry, whose body stands at an offset of the file; it must continue the chain."""
    entry = parse_entry(body)
    if (entry.seq, entry.prev, entry.run) != (state.count, state.head, state.run):
        raise Broken(f"entry {state.count} does not continue the chain")
    ref = Ref(entry.seq, leaf_hash(body))
    _chain(state, ref.leaf, offset, len(body))
    state.run = state.run or ref.leaf
    state.same = state.same + 1 if entry.time.ms == state.last_ms else 1
    state.last_ms = entry.time.ms
    if entry.kind == "attestation":
        state.db.execute("DELETE FROM waiting WHERE actor = ?", (entry.actor,))
        waiting = "0"
    else:
        state.db.execute("INSERT INTO waiting VALUES (?, ?, ?)", (entry.actor, *_pair(ref)))
        waiting = "waiting + 1"
    state.db.execute(
        f"INSERT INTO actor VALUES (?1, ?2, ?3) ON CONFLICT (id) DO UPDATE SET last = ?2, waiting = {waiting}",  # noqa: S608 - two texts of this function
        (entry.actor, entry.kind, int(waiting != "0")),
    )
    noting.note(state, entry, ref)
    if isinstance(entry.what, e.DeviationRaised):
        state.db.execute("INSERT INTO deviation (seq, body) VALUES (?, ?)", (ref.seq, body))
    return entry


def take_withheld(state: RunState, body: bytes, offset: int) -> None:
    """Take what stands for an entry in a copy that lacks it; it counts for the actor that it names (SPEC 6.6-1)."""
    withheld = parse_withheld(body)
    state.db.execute("INSERT INTO waiting VALUES (?, ?, ?)", (withheld.actor, state.count, withheld.leaf))
    state.db.execute(
        "INSERT INTO actor VALUES (?, NULL, 1) ON CONFLICT (id) DO UPDATE SET waiting = waiting + 1", (withheld.actor,)
    )
    _chain(state, withheld.leaf, offset, len(body))


def take_seal(state: RunState, body: bytes, _offset: int) -> None:
    """Take the seal; it attests its sealer's last entries (SPEC 6.8-2)."""
    state.seal = signed.read_seal(body)
    state.seal_hash = leaf_hash(body)
    state.db.execute("DELETE FROM waiting WHERE actor = ?", (state.seal.actor,))
    state.db.execute("UPDATE actor SET waiting = 0 WHERE id = ?", (state.seal.actor,))
    state.db.execute("INSERT OR REPLACE INTO meta VALUES ('seal', ?)", (body,))


def take_signoff(state: RunState, body: bytes, _offset: int) -> None:
    """Take a sign-off."""
    signed.read_signoff(body)
    state.db.execute("INSERT OR IGNORE INTO signoff VALUES (?, ?)", (leaf_hash(body), body))


def take_witness(state: RunState, body: bytes, _offset: int) -> None:
    """Take a witness of the seal or of a sign-off."""
    signed.read_witness(body)
    state.db.execute("INSERT OR IGNORE INTO witness VALUES (?, ?)", (leaf_hash(body), body))


def _chain(state: RunState, leaf: bytes, offset: int, size: int) -> None:
    state.db.execute("INSERT INTO entry VALUES (?, ?, ?, ?)", (state.count, leaf, offset, size))
    state.head = leaf
    state.count += 1
    if state.tree is not None:
        state.tree.append(leaf)


def _pair(ref: Ref) -> tuple[int, bytes]:
    return ref.seq, ref.leaf
