"""What entries on deviations add to the index, and which facts outside the contract deviations cover (SPEC 6.7-2)."""

from __future__ import annotations

from opsproof_verify import kinds as e
from opsproof_verify.entries import Entry
from opsproof_verify.fields import Ref

from opsproof_record.log.state import RunState

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


def fact(
    state: RunState, entry: Entry, step: str | None, number: int | None, what: str, *, value: bool = False
) -> None:
    """Note something outside the contract; ``covered`` is -1 if only earlier deviations cover it (SPEC 9.10-50)."""
    state.db.execute("INSERT INTO fact VALUES (?, ?, ?, ?, ?, 0)", (entry.seq, step, number, what, value))
    query = f"UPDATE fact SET covered = -1 WHERE covered < 1 AND seq = ? AND ({_COVERED})"  # noqa: S608 - a constant
    state.db.execute(query, (entry.seq,))


def note_raised(state: RunState, _entry: Entry, what: e.DeviationRaised, ref: Ref) -> None:
    """Note the scope of a deviation, and which facts it covers."""
    values = [value for value in (state.value_at(one.seq) for one in what.values) if value is not None]
    scope = [("step", step) for step in what.steps] + [("value", str(value.ref.seq)) for value in values]
    scope += [("of-value", value.step[0]) for value in values]
    if not (what.steps or what.values or what.evidence):
        scope.append(("run", ""))
    for kind, name in scope:
        state.db.execute("INSERT OR IGNORE INTO scope VALUES (?, ?, ?)", (ref.seq, kind, name))
        if kind in _COVERS:
            state.db.execute(f"UPDATE fact SET covered = 1 WHERE covered < 1 AND {_COVERS[kind]}", (name,))  # noqa: S608 - a constant


def note_ruled(state: RunState, _entry: Entry, what: e.DeviationRuled, _ref: Ref) -> None:
    """Note a ruling; the first one stays (SPEC 8.4-2)."""
    state.db.execute(
        "UPDATE deviation SET ruling = ? WHERE seq = ? AND ruling IS NULL", (what.ruling, what.deviation.seq)
    )


def note_remediated(state: RunState, entry: Entry, what: e.DeviationRemediated, _ref: Ref) -> None:
    """Note who remediated a deviation, and whether evidence shows it (SPEC 8.4-6)."""
    hand(state, entry, what.deviation.seq, "remediated")
    if what.evidence:
        state.db.execute("UPDATE deviation SET remediated = 1 WHERE seq = ?", (what.deviation.seq,))


def note_closed(state: RunState, _entry: Entry, what: e.DeviationClosed, _ref: Ref) -> None:
    """Note that a deviation is closed."""
    state.db.execute("UPDATE deviation SET closed = 1 WHERE seq = ?", (what.deviation.seq,))


def hand(state: RunState, entry: Entry, deviation: int, did: str) -> None:
    """Note who released or remediated a deviation."""
    if member := state.members.get(entry.actor):
        state.db.execute("INSERT OR IGNORE INTO hand VALUES (?, ?, ?)", (deviation, did, member.person))
