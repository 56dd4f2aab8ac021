"""Frames into the state and its index: one function for each type of frame, one for each kind of entry that adds.

Used by whoever reads a journal and by whoever writes one, so that both see the same run.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from opsproof_verify import entries as e
from opsproof_verify.cose import RecordType
from opsproof_verify.entries import Entry
from opsproof_verify.fields import Ref
from opsproof_verify.merkle import leaf_hash
from opsproof_verify.parse_entry import parse_entry, parse_withheld
from opsproof_verify.parse_signed import parse_cose
from opsproof_verify.policy import Policy

from opsproof_record.log import signed
from opsproof_record.log.model import Broken, limit_flaw
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
    if note := _NOTES.get(type(entry.what)):
        note(state, entry, entry.what, ref)
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


# What single kinds of entry add.


def _note_start(state: RunState, _entry: Entry, what: e.RunStarted, _ref: Ref) -> None:
    state.subject = what.subject


def _note_assigned(state: RunState, _entry: Entry, what: e.Assigned, _ref: Ref) -> None:
    member = signed.read_assignment(what.assignment).member
    state.members[member.id] = member
    state.db.execute("INSERT OR IGNORE INTO assigned VALUES (?, ?)", (member.id, what.assignment))


def _note_step(state: RunState, entry: Entry, what: e.AtStep | e.StepSkipped, _ref: Ref) -> None:
    kind = {"step-started": "open", "step-completed": "completed", "step-skipped": "skipped"}[entry.kind]
    started = _pass(state, entry, what.step, what.number, kind)
    _part(state, entry, what.step, what.number)
    step = state.step(what.step)
    if step is None:
        return
    if kind == "skipped" and not step.optional:
        _fact(state, entry, what.step, what.number, "a step that is not optional was skipped")
    elif kind == "completed" and step.max_ms is not None and entry.time.ms - started > step.max_ms:
        took = entry.time.ms - started
        _fact(state, entry, what.step, what.number, f"it took {took} ms, allowed are {step.max_ms} ms")


def _pass(state: RunState, entry: Entry, step: str, number: int, kind: str = "open") -> int:
    """Put a pass into a state; give when it started."""
    state.db.execute(
        "INSERT INTO pass (step, number, started, state) VALUES (?1, ?2, ?3, ?4) "
        "ON CONFLICT (step, number) DO UPDATE SET state = ?4",
        (step, number, entry.time.ms, kind),
    )
    row = state.db.execute("SELECT started FROM pass WHERE step = ? AND number = ?", (step, number)).fetchone()
    return int(row[0])


def _part(state: RunState, entry: Entry, step: str, number: int, did: str = "performed") -> None:
    """Note who took part in a pass: the actor's person and, for work by agents and devices, its principal."""
    member = state.members.get(entry.actor)
    for person in (member.person, member.principal) if member else ():
        if person is not None:
            state.db.execute("INSERT OR IGNORE INTO part VALUES (?, ?, ?, ?)", (step, number, person, did))


def _note_value(state: RunState, entry: Entry, what: e.ValueRecorded, ref: Ref) -> None:
    _value(state, entry, ref, (what.step, what.number), what.name, what.value)


def _note_correction(state: RunState, entry: Entry, what: e.Correction, ref: Ref) -> None:
    before = state.value_at(what.corrects.seq)
    if before is not None:  # otherwise it is withheld in this copy
        _value(state, entry, ref, before.step, before.name, what.new)


def _value(state: RunState, entry: Entry, ref: Ref, at: tuple[str, int], name: str, value: object) -> None:
    state.db.execute("UPDATE value SET current = 0 WHERE step = ? AND number = ? AND name = ? AND current", (*at, name))
    state.db.execute("INSERT INTO value VALUES (?, ?, ?, ?, ?, 1)", (ref.seq, *at, name, json.dumps(value)))
    _part(state, entry, *at)
    spec = state.spec(at[0], name)
    if spec is not None and (why := limit_flaw(spec, value)):  # type: ignore[arg-type]  # a Scalar, as records hold it
        _fact(state, entry, *at, f"{name} {why}", value=True)


def _note_work(state: RunState, entry: Entry, what: e.InstrumentUsed, _ref: Ref) -> None:
    _part(state, entry, what.step, what.number)


def _note_acted(state: RunState, entry: Entry, what: e.Acted, _ref: Ref) -> None:
    _part(state, entry, what.step, what.number)
    _part(state, entry, what.step, what.number, "acted")
    if what.authorised is not None:
        state.db.execute("UPDATE leave SET used = 1 WHERE seq = ?", (what.authorised.seq,))


def _note_evidence(state: RunState, entry: Entry, what: e.EvidenceAdded, ref: Ref) -> None:
    item = what.item
    state.evidence_count += 1
    state.evidence_bytes += item.size
    state.db.execute(
        "INSERT INTO item VALUES (?, ?, ?, ?, ?, ?, ?)",
        (ref.seq, item.digest, item.size, item.step, item.number, item.slot, entry.actor),
    )
    if item.step is not None and item.number is not None:
        _part(state, entry, item.step, item.number)
        if item.slot is not None:
            state.db.execute(
                "INSERT INTO filled VALUES (?, ?, ?, 1) ON CONFLICT DO UPDATE SET items = items + 1",
                (item.step, item.number, item.slot),
            )


def _note_transfer(state: RunState, _entry: Entry, what: e.Transferred, _ref: Ref) -> None:
    state.db.execute("UPDATE item SET holder = ? WHERE digest = ?", (what.to, what.digest))


def _note_check(state: RunState, entry: Entry, what: e.Checked, _ref: Ref) -> None:
    if not what.passed:
        _fact(state, entry, what.step, what.number, "its check did not pass")
        return
    state.db.execute("UPDATE pass SET checked = 1 WHERE step = ? AND number = ?", (what.step, what.number))
    _part(state, entry, what.step, what.number, "checked")


def _note_leave(state: RunState, _entry: Entry, what: e.Authorised, ref: Ref) -> None:
    state.db.execute(
        "INSERT INTO leave VALUES (?, ?, ?, ?, ?, ?, ?, 0)",
        (ref.seq, what.step, what.number, what.actor, what.action, what.arguments, what.expires.ms),
    )


def _note_release(state: RunState, entry: Entry, what: e.Released, _ref: Ref) -> None:
    if what.deviation is None:
        state.db.execute("UPDATE pass SET released = 1 WHERE step = ? AND number = ?", (what.step, what.number))
        if what.step is not None and what.number is not None:
            _part(state, entry, what.step, what.number, "released")
        return
    state.db.execute("UPDATE deviation SET released = 1 WHERE seq = ?", (what.deviation.seq,))
    _hand(state, entry, what.deviation.seq, "released")


def _hand(state: RunState, entry: Entry, deviation: int, did: str) -> None:
    """Note who released or remediated a deviation."""
    if member := state.members.get(entry.actor):
        state.db.execute("INSERT OR IGNORE INTO hand VALUES (?, ?, ?)", (deviation, did, member.person))


def _note_deviation(state: RunState, _entry: Entry, what: e.DeviationRaised, ref: Ref) -> None:
    values = [value for value in (state.value_at(one.seq) for one in what.values) if value is not None]
    scope = [("step", step) for step in what.steps] + [("value", str(value.ref.seq)) for value in values]
    scope += [("of-value", value.step[0]) for value in values]
    if not (what.steps or what.values or what.evidence):
        scope.append(("run", ""))
    for kind, name in scope:
        state.db.execute("INSERT OR IGNORE INTO scope VALUES (?, ?, ?)", (ref.seq, kind, name))
        if kind in _COVERS:
            state.db.execute(f"UPDATE fact SET covered = 1 WHERE covered = 0 AND {_COVERS[kind]}", (name,))  # noqa: S608 - a constant


#: Which facts a deviation covers, by the kind of what it names (SPEC 6.7-2); for the whole run the name is empty.
_COVERS = {
    "step": "step = ?",
    "value": "value AND seq = CAST(? AS INTEGER)",
    "run": "step IS NULLIF(?, '')",
}
_COVERED = """
EXISTS (SELECT 1 FROM scope WHERE kind = 'step' AND name = fact.step)
OR (value AND EXISTS (SELECT 1 FROM scope WHERE kind = 'value' AND name = CAST(fact.seq AS TEXT)))
OR (step IS NULL AND EXISTS (SELECT 1 FROM scope WHERE kind = 'run'))"""


def _fact(
    state: RunState, entry: Entry, step: str | None, number: int | None, what: str, *, value: bool = False
) -> None:
    """Note something outside the contract, covered or not (SPEC 6.7-2)."""
    state.db.execute("INSERT INTO fact VALUES (?, ?, ?, ?, ?, 0)", (entry.seq, step, number, what, value))
    query = f"UPDATE fact SET covered = 1 WHERE covered = 0 AND seq = ? AND ({_COVERED})"  # noqa: S608 - a constant
    state.db.execute(query, (entry.seq,))


def _note_ruling(state: RunState, _entry: Entry, what: e.DeviationRuled, _ref: Ref) -> None:
    state.db.execute(
        "UPDATE deviation SET ruling = ? WHERE seq = ? AND ruling IS NULL", (what.ruling, what.deviation.seq)
    )


def _note_remedy(state: RunState, entry: Entry, what: e.DeviationRemediated, _ref: Ref) -> None:
    _hand(state, entry, what.deviation.seq, "remediated")
    if what.evidence:  # SPEC 8.4-6
        state.db.execute("UPDATE deviation SET remediated = 1 WHERE seq = ?", (what.deviation.seq,))


def _note_closed(state: RunState, _entry: Entry, what: e.DeviationClosed, _ref: Ref) -> None:
    state.db.execute("UPDATE deviation SET closed = 1 WHERE seq = ?", (what.deviation.seq,))


def _note_gap(state: RunState, _entry: Entry, what: e.Gap, _ref: Ref) -> None:
    state.cuts += what.cut is not None


def _note_end(state: RunState, entry: Entry, what: e.RunEnded, _ref: Ref) -> None:
    state.ended, state.ended_by = what.outcome, entry.actor
    if what.outcome == "aborted":
        _fact(state, entry, None, None, "the run was aborted")


_NOTES: dict[type, Callable[[RunState, Entry, Any, Ref], None]] = {
    e.RunStarted: _note_start,
    e.Assigned: _note_assigned,
    e.AtStep: _note_step,
    e.StepSkipped: _note_step,
    e.ValueRecorded: _note_value,
    e.Correction: _note_correction,
    e.InstrumentUsed: _note_work,
    e.Acted: _note_acted,
    e.EvidenceAdded: _note_evidence,
    e.Transferred: _note_transfer,
    e.Checked: _note_check,
    e.Authorised: _note_leave,
    e.Released: _note_release,
    e.DeviationRaised: _note_deviation,
    e.DeviationRuled: _note_ruling,
    e.DeviationRemediated: _note_remedy,
    e.DeviationClosed: _note_closed,
    e.Gap: _note_gap,
    e.RunEnded: _note_end,
}
