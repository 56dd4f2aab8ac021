"""What single kinds of entry add to the state and its index; the same as the verifier's fold makes of them."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from opsproof_verify import kinds as e
from opsproof_verify.entries import Entry
from opsproof_verify.fields import Ref

from opsproof_record.log import noting_deviations as deviations
from opsproof_record.log import signed
from opsproof_record.log.model import limit_flaw
from opsproof_record.log.noting_deviations import fact
from opsproof_record.log.state import RunState


def note(state: RunState, entry: Entry, ref: Ref) -> None:
    """Take what an entry says into the state."""
    if take := _NOTES.get(type(entry.what)):
        take(state, entry, entry.what, ref)


def _note_start(state: RunState, _entry: Entry, what: e.RunStarted, _ref: Ref) -> None:
    state.subject, state.clock = what.subject, what.clock


def _note_clock(state: RunState, _entry: Entry, what: e.ClockChanged, _ref: Ref) -> None:
    state.clock = what.clock


def _note_assigned(state: RunState, _entry: Entry, what: e.Assigned, _ref: Ref) -> None:
    member = signed.read_assignment(what.assignment).member
    state.members[member.id] = member
    state.db.execute("INSERT OR IGNORE INTO assigned VALUES (?, ?)", (member.id, what.assignment))


# Steps and values.


def _note_step(state: RunState, entry: Entry, what: e.AtStep | e.StepSkipped, _ref: Ref) -> None:
    kind = {"step-started": "open", "step-completed": "completed", "step-skipped": "skipped"}[entry.kind]
    started = _pass(state, entry, what.step, what.number, kind)
    _perform(state, entry, what.step, what.number)
    step = state.step(what.step)
    if step is None:
        return
    if kind == "skipped" and not step.optional:
        fact(state, entry, what.step, what.number, "a step that is not optional was skipped")
    elif kind == "completed" and step.max_ms is not None and entry.time.ms - started > step.max_ms:
        took = entry.time.ms - started
        fact(state, entry, what.step, what.number, f"it took {took} ms, allowed are {step.max_ms} ms")


def _pass(state: RunState, entry: Entry, step: str, number: int, kind: str) -> int:
    """Put a pass into a state; give when it started."""
    state.db.execute(
        "INSERT INTO pass (step, number, started, state) VALUES (?1, ?2, ?3, ?4) "
        "ON CONFLICT (step, number) DO UPDATE SET state = ?4",
        (step, number, entry.time.ms, kind),
    )
    row = state.db.execute("SELECT started FROM pass WHERE step = ? AND number = ?", (step, number)).fetchone()
    return int(row[0])


def _perform(state: RunState, entry: Entry, step: str, number: int) -> None:
    """Note who performs a pass, and that work was done on it (SPEC 6.4-1)."""
    _part(state, entry, step, number)
    state.db.execute("INSERT OR IGNORE INTO worker VALUES (?, ?, ?)", (step, number, entry.actor))
    if not isinstance(entry.what, e.AtStep):
        _touch(state, entry, step, number)


def _part(state: RunState, entry: Entry, step: str, number: int, did: str = "performed") -> None:
    """Note who took part in a pass: the actor's person and, for work by agents and devices, its principal."""
    member = state.members.get(entry.actor)
    for person in (member.person, member.principal) if member else ():
        if person is not None:
            state.db.execute("INSERT OR IGNORE INTO part VALUES (?, ?, ?, ?)", (step, number, person, did))


def _touch(state: RunState, entry: Entry, step: str, number: int) -> None:
    """Note that what a check has seen is not all that there is now (SPEC 9.10-41)."""
    state.db.execute("UPDATE pass SET worked = ? WHERE step = ? AND number = ?", (entry.seq, step, number))


def _note_value(state: RunState, entry: Entry, what: e.ValueRecorded, ref: Ref) -> None:
    _value(state, entry, ref, (what.step, what.number), what.name, what.value)


def _note_correction(state: RunState, entry: Entry, what: e.Correction, ref: Ref) -> None:
    before = state.value_at(what.corrects.seq)
    if before is not None:  # otherwise it is withheld in this copy
        _value(state, entry, ref, before.step, before.name, what.new)


def _value(state: RunState, entry: Entry, ref: Ref, at: tuple[str, int], name: str, value: object) -> None:
    state.db.execute("UPDATE value SET current = 0 WHERE step = ? AND number = ? AND name = ? AND current", (*at, name))
    state.db.execute("INSERT INTO value VALUES (?, ?, ?, ?, ?, 1)", (ref.seq, *at, name, json.dumps(value)))
    _perform(state, entry, *at)
    spec = state.spec(at[0], name)
    if spec is not None and (why := limit_flaw(spec, value)):  # type: ignore[arg-type]  # a Scalar, as records hold it
        fact(state, entry, *at, f"{name} {why}", value=True)


def _note_instrument(state: RunState, entry: Entry, what: e.InstrumentUsed, _ref: Ref) -> None:
    _perform(state, entry, what.step, what.number)
    if what.serves_as is not None:
        state.db.execute("INSERT OR IGNORE INTO used VALUES (?, ?, ?)", (what.step, what.number, what.serves_as))


def _note_voided(state: RunState, entry: Entry, what: e.Voided, _ref: Ref) -> None:
    """What is void no longer counts; that a value was out of limits stays a fact (SPEC 6.4-4)."""
    seq, place = what.voids.seq, None
    state.db.execute("INSERT OR IGNORE INTO void VALUES (?, ?)", (seq, entry.seq))
    if value := state.value_at(seq):
        place = value.step
        state.db.execute("UPDATE value SET current = 0 WHERE seq = ?", (seq,))
    elif item := state.item_at(seq):
        place = item.step
        if place is not None:
            query = "DELETE FROM filled WHERE step = ? AND number = ? AND slot = ? AND digest = ?"
            state.db.execute(query, (*place, item.slot, item.digest))
    if place is not None:
        _touch(state, entry, *place)


# Evidence and its custody.


def _note_evidence(state: RunState, entry: Entry, what: e.EvidenceAdded, ref: Ref) -> None:
    item = what.item
    state.evidence_count += 1
    state.evidence_bytes += item.size
    row = (ref.seq, item.digest, item.size, item.step, item.number, item.slot, entry.actor)
    state.db.execute("INSERT INTO item VALUES (?, ?, ?, ?, ?, ?, ?)", row)
    state.db.execute("INSERT OR IGNORE INTO custody VALUES (?, ?)", (item.digest, entry.actor))
    if item.step is not None and item.number is not None:
        _perform(state, entry, item.step, item.number)
        if item.slot is not None and _fits(state, what):
            slot = (item.step, item.number, item.slot)
            state.db.execute("INSERT OR IGNORE INTO filled VALUES (?, ?, ?, ?)", (*slot, item.digest))


def _fits(state: RunState, what: e.EvidenceAdded) -> bool:
    """Tell whether an item is one that its slot takes, of a pass that the contract has (SPEC 9.10-23)."""
    item = what.item
    at = item.step or "", item.number or 0
    step = state.step(at[0])
    slot = step.evidence.get(item.slot or "") if step and at[1] <= step.passes[1] else None
    return slot is not None and item.media in slot.media and state.fills(at, slot.id, item.digest) <= slot.max


def _note_transfer(state: RunState, entry: Entry, what: e.Transferred, ref: Ref) -> None:
    state.db.execute("INSERT OR REPLACE INTO custody VALUES (?, ?)", (what.digest, what.to))
    state.db.execute("INSERT INTO transfer VALUES (?, ?, ?, ?, 0)", (ref.seq, what.digest, entry.actor, what.to))


def _note_received(state: RunState, entry: Entry, what: e.Received, _ref: Ref) -> None:
    query = "UPDATE transfer SET received = 1 WHERE seq = ? AND receiver = ?"
    state.db.execute(query, (what.transfer.seq, entry.actor))


# What others decide, and actions.


def _note_check(state: RunState, entry: Entry, what: e.Checked, _ref: Ref) -> None:
    if not what.passed:
        fact(state, entry, what.step, what.number, "its check did not pass")
        return
    member, step = state.members.get(entry.actor), state.step(what.step)
    if member is None or step is None or member.kind != "human" or (step.check and not {*step.check} & {*member.roles}):
        return
    query = "UPDATE pass SET checked = ? WHERE step = ? AND number = ?"
    state.db.execute(query, (entry.seq, what.step, what.number))
    _part(state, entry, what.step, what.number, "checked")


def _note_acted(state: RunState, entry: Entry, what: e.Acted, _ref: Ref) -> None:
    _perform(state, entry, what.step, what.number)
    _part(state, entry, what.step, what.number, "acted")
    if what.authorised is not None:
        state.db.execute("UPDATE leave SET used = 1 WHERE seq = ?", (what.authorised.seq,))


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
    deviations.hand(state, entry, what.deviation.seq, "released")


# The run.


def _note_gap(state: RunState, _entry: Entry, what: e.Gap, _ref: Ref) -> None:
    state.cuts += what.cut is not None


def _note_end(state: RunState, entry: Entry, what: e.RunEnded, _ref: Ref) -> None:
    state.ended, state.ended_by = what.outcome, entry.actor
    if what.outcome == "aborted":
        fact(state, entry, None, None, "the run was aborted")


_NOTES: dict[type, Callable[[RunState, Entry, Any, Ref], None]] = {
    e.RunStarted: _note_start,
    e.Assigned: _note_assigned,
    e.AtStep: _note_step,
    e.StepSkipped: _note_step,
    e.ValueRecorded: _note_value,
    e.Correction: _note_correction,
    e.InstrumentUsed: _note_instrument,
    e.Voided: _note_voided,
    e.Acted: _note_acted,
    e.EvidenceAdded: _note_evidence,
    e.Transferred: _note_transfer,
    e.Received: _note_received,
    e.Checked: _note_check,
    e.Authorised: _note_leave,
    e.Released: _note_release,
    e.DeviationRaised: deviations.note_raised,
    e.DeviationRuled: deviations.note_ruled,
    e.DeviationRemediated: deviations.note_remediated,
    e.DeviationClosed: deviations.note_closed,
    e.ClockChanged: _note_clock,
    e.Gap: _note_gap,
    e.RunEnded: _note_end,
}
