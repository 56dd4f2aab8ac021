"""What a journal says so far: the contract, the head of the chain, and questions about what the entries amount to.

Facts only; what may be written next is judged in `guard`. What grows with the run stands in the index, so a state
takes the memory of its contract. Frames are taken in by `taking`.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from typing import Any

from opsproof_verify.contract import Contract, Member, Scalar, Step, ValueSpec
from opsproof_verify.fields import Ref
from opsproof_verify.kinds import DeviationRaised
from opsproof_verify.merkle import Frontier
from opsproof_verify.parse_entry import parse_entry
from opsproof_verify.policy import Policy
from opsproof_verify.records import Seal, SignOff

from opsproof_record.log.items import Items
from opsproof_record.log.model import Broken, DeviationState, Fact, Leave, PassState, Recorded
from opsproof_record.log.signed import read_signoff

_PASSES = "SELECT step, number, started, state, released, checked, worked FROM pass "
_VALUES = "SELECT value.seq, leaf, step, number, name, value, current FROM value JOIN entry USING (seq) "
_DEVIATIONS = (
    "SELECT deviation.seq, leaf, body, ruling, released, remediated, closed FROM deviation JOIN entry USING (seq) "
)
_LEAVES = "SELECT leave.seq, leaf, step, number, actor, action, arguments, expires FROM leave JOIN entry USING (seq) "


class RunState(Items):
    """A run so far. ``run`` is None for a package that nobody has started."""

    def __init__(self, db: sqlite3.Connection) -> None:
        """Begin before the first frame, with an index that is empty or will be loaded from."""
        self.db = db
        self.contract_hash = b""
        self.policy_digest = b""
        self.approvals: list[bytes] = []
        self.subject: dict[str, str] = {}
        self.run: bytes | None = None
        self.head = b""
        self.count = 0
        self.last_ms = 0  # the time of the last entry
        self.same = 0  # how many entries up to the last one, one after another, have that very time
        self.clock: str | None = None  # by which clock times are, as the run says it
        self.evidence_count = 0
        self.evidence_bytes = 0
        self.cuts = 0  # torn tails that gap entries name
        self.ended: str | None = None
        self.ended_by: str | None = None
        self.seal: Seal | None = None
        self.seal_hash = b""
        self.members: dict[str, Member] = {}
        self.tree: Frontier | None = None  # only where the whole journal is read for a seal
        self.saved: tuple[str, int] | None = None  # state and end of the journal file that this is known to go with
        self.known_contract: Contract | None = None
        self.known_policy: Policy | None = None

    @property
    def contract(self) -> Contract:
        """The contract, which is the first frame of every journal."""
        if self.known_contract is None:
            raise Broken("there is no contract")
        return self.known_contract

    @property
    def policy(self) -> Policy:
        """The policy that the contract pins."""
        if self.known_policy is None:
            raise Broken("there is no policy")
        return self.known_policy

    @property
    def usable(self) -> bool:
        """Whether its index is open."""
        try:
            return self.db.total_changes >= 0
        except sqlite3.ProgrammingError:
            return False

    def close(self) -> None:
        """Let the index go."""
        self.db.close()

    # The contract and who is enrolled.

    def step(self, step: str) -> Step | None:
        """Find a step of the contract."""
        return self.contract.steps.get(step)

    def spec(self, step: str, name: str) -> ValueSpec | None:
        """Find the specification of a value."""
        found = self.step(step)
        return found.values.get(name) if found else None

    def last_kind(self, actor: str) -> str | None:
        """Give the kind of an actor's last entry."""
        found: str | None = self._one("SELECT last FROM actor WHERE id = ?", actor)
        return found

    def waiting(self, actor: str) -> int:
        """Count an actor's entries that no attestation covers."""
        return self._one("SELECT waiting FROM actor WHERE id = ?", actor) or 0

    def window(self, actor: str) -> list[Ref]:
        """Give an actor's entries since its last attestation, in order (SPEC 6.6-1)."""
        rows = self.db.execute("SELECT seq, leaf FROM waiting WHERE actor = ? ORDER BY seq", (actor,))
        return [Ref(seq, leaf) for seq, leaf in rows]

    def unattested(self) -> dict[str, int]:
        """Give the number of unattested entries of each actor that has some."""
        return dict(self.db.execute("SELECT id, waiting FROM actor WHERE waiting ORDER BY id"))

    # Passes, values, evidence.

    def passes_of(self, step: str) -> Iterator[PassState]:
        """Give the passes of a step so far, in order."""
        return (_pass(row) for row in self.db.execute(_PASSES + "WHERE step = ? ORDER BY number", (step,)))

    def passes(self) -> Iterator[PassState]:
        """Give all passes, step by step."""
        return (_pass(row) for row in self.db.execute(_PASSES + "ORDER BY step, number"))

    def last_pass(self, step: str) -> PassState | None:
        """Give the latest pass of a step."""
        row = self.db.execute(_PASSES + "WHERE step = ? ORDER BY number DESC LIMIT 1", (step,)).fetchone()
        return _pass(row) if row else None

    def pass_of(self, step: str, number: int) -> PassState | None:
        """Give one pass of a step."""
        row = self.db.execute(_PASSES + "WHERE step = ? AND number = ?", (step, number)).fetchone()
        return _pass(row) if row else None

    def open_passes(self, step: str) -> list[PassState]:
        """Give the passes of a step that have not ended."""
        query = _PASSES + "INDEXED BY open_pass WHERE step = ? AND state = 'open' ORDER BY number"
        return [_pass(row) for row in self.db.execute(query, (step,))]

    def held_passes(self, step: str) -> list[PassState]:
        """Give the completed passes of a step that nobody has released."""
        query = _PASSES + "INDEXED BY held_pass WHERE step = ? AND state = 'completed' AND released = 0 ORDER BY number"
        return [_pass(row) for row in self.db.execute(query, (step,))]

    def unchecked_passes(self, step: str) -> list[PassState]:
        """Give the completed passes of a step that nobody who may has checked."""
        query = "INDEXED BY unchecked_pass WHERE step = ? AND state = 'completed' AND checked = 0 ORDER BY number"
        return [_pass(row) for row in self.db.execute(_PASSES + query, (step,))]

    def persons(self, step: str, number: int, did: str = "performed") -> set[str]:
        """Give the persons who ``performed``, ``checked`` or ``released`` a pass (SPEC 6.4-1)."""
        query = "SELECT person FROM part WHERE step = ? AND number = ? AND did = ?"
        return {person for (person,) in self.db.execute(query, (step, number, did))}

    def worked_on(self, person: str, steps: tuple[str, ...]) -> bool:
        """Tell whether a person performed a pass of one of some steps, of any step if none is named."""
        if not steps:
            return bool(self._one("SELECT 1 FROM part WHERE person = ? AND did = 'performed' LIMIT 1", person))
        query = "SELECT 1 FROM part WHERE step = ? AND person = ? AND did = 'performed' LIMIT 1"
        return any(self._one(query, step, person) for step in steps)

    def values_of(self, step: str, number: int) -> dict[str, Recorded]:
        """Give the values of a pass as they stand now, by name."""
        rows = self.db.execute(_VALUES + "WHERE step = ? AND number = ? AND current", (step, number))
        return {value.name: value for value in map(_value, rows)}

    def value_at(self, seq: int) -> Recorded | None:
        """Give the value that an entry holds."""
        row = self.db.execute(_VALUES + "WHERE value.seq = ?", (seq,)).fetchone()
        return _value(row) if row else None

    def recent_values(self, most: int = 20) -> list[Recorded]:
        """Give the latest recorded values."""
        return [_value(row) for row in self.db.execute(_VALUES + "ORDER BY value.seq DESC LIMIT ?", (most,))]

    def used_as(self, step: str, number: int) -> set[str]:
        """Give what instruments were used as in a pass."""
        return {
            name for (name,) in self.db.execute("SELECT name FROM used WHERE step = ? AND number = ?", (step, number))
        }

    def took_part(self, step: str, number: int, actor: str) -> bool:
        """Tell whether an actor has written a work entry of a pass."""
        query = "SELECT 1 FROM worker WHERE step = ? AND number = ? AND actor = ?"
        return bool(self._one(query, step, number, actor))

    def workers(self) -> Iterator[tuple[str, str]]:
        """Give the steps that were worked on, each with an actor who did."""
        return iter(self.db.execute("SELECT DISTINCT step, actor FROM worker ORDER BY step, actor").fetchall())

    # Deviations and what needs one.

    def deviation(self, seq: int) -> DeviationState | None:
        """Give the deviation that an entry raised."""
        row = self.db.execute(_DEVIATIONS + "WHERE deviation.seq = ?", (seq,)).fetchone()
        return self._deviation(row) if row else None

    def deviations(self) -> Iterator[DeviationState]:
        """Give all deviations, in order."""
        rows = self.db.execute(_DEVIATIONS + "ORDER BY deviation.seq").fetchall()
        return (self._deviation(row) for row in rows)

    def blocking(self) -> list[DeviationState]:
        """Give the deviations that block and were not released."""
        rows = self.db.execute(_DEVIATIONS + "WHERE ruling = 'block' AND released = 0 ORDER BY deviation.seq")
        return [self._deviation(row) for row in rows.fetchall()]

    def released_by(self, person: str) -> list[DeviationState]:
        """Give the deviations that a person has released."""
        query = "WHERE deviation.seq IN (SELECT deviation FROM hand WHERE person = ? AND did = 'released')"
        return [self._deviation(row) for row in self.db.execute(_DEVIATIONS + query, (person,)).fetchall()]

    def hands(self, deviation: int, did: str) -> set[str]:
        """Give the persons who ``released`` or ``remediated`` a deviation."""
        query = "SELECT person FROM hand WHERE deviation = ? AND did = ?"
        return {person for (person,) in self.db.execute(query, (deviation, did))}

    def covered_step(self, step: str) -> bool:
        """Tell whether a deviation names a step."""
        return bool(self._one("SELECT 1 FROM scope WHERE kind = 'step' AND name = ? LIMIT 1", step))

    def uncovered(self) -> list[Fact]:
        """Give the facts outside the contract that no deviation covers (SPEC 6.7-2, 9.10-24)."""
        return self._facts("covered < 1 AND covered = 0")

    def covered_beforehand(self) -> list[Fact]:
        """Give those that only deviations cover which were raised before them (SPEC 9.10-50).

        That a run was aborted is none: nothing can stand after it.
        """
        return self._facts("covered < 1 AND covered = -1 AND step IS NOT NULL")

    def _facts(self, which: str) -> list[Fact]:
        query = f"SELECT seq, step, number, what, value FROM fact WHERE {which} ORDER BY seq"  # noqa: S608 - constants
        return [Fact(seq, step, number, what, bool(value)) for seq, step, number, what, value in self.db.execute(query)]

    def leaves_for(self, actor: str, *, used: bool = False) -> list[Leave]:
        """Give the authorised actions that an actor has not taken yet, or those that it has."""
        which = "used = 1" if used else "used = 0"  # written out, so that the index on unused ones serves
        rows = self.db.execute(_LEAVES + f"WHERE actor = ? AND {which} ORDER BY leave.seq", (actor,))
        return [
            Leave(Ref(seq, leaf), (step, number), of, action, arguments, expires)
            for seq, leaf, step, number, of, action, arguments, expires in rows
        ]

    # Entries and sign-offs.

    def leaf(self, seq: int) -> bytes | None:
        """Give the leaf of an entry."""
        found: bytes | None = self._one("SELECT leaf FROM entry WHERE seq = ?", seq)
        return found

    def place(self, seq: int) -> tuple[int, int] | None:
        """Give offset and size of an entry's body in the file."""
        row: tuple[int, int] | None = self.db.execute("SELECT offset, size FROM entry WHERE seq = ?", (seq,)).fetchone()
        return row

    @property
    def signoffs(self) -> dict[bytes, SignOff]:
        """The sign-offs by their hashes, in the order of the file."""
        rows = self.db.execute("SELECT hash, body FROM signoff ORDER BY rowid")
        return {hash_: read_signoff(body) for hash_, body in rows}

    def heads(self) -> list[bytes]:
        """Give the sign-offs that no other sign-off has seen, ascending (SPEC 6.9-2)."""
        signoffs = self.signoffs
        return sorted(signoffs.keys() - {hash_ for signoff in signoffs.values() for hash_ in signoff.seen})

    def _deviation(self, row: Any) -> DeviationState:
        seq, leaf, body, ruling, *flags = row
        entry = parse_entry(body)
        assert isinstance(entry.what, DeviationRaised)  # noqa: S101 - only such bodies are put there
        query = "SELECT DISTINCT name FROM scope WHERE deviation = ? AND kind IN ('step', 'of-value') ORDER BY name"
        steps = tuple(name for (name,) in self.db.execute(query, (seq,)))
        return DeviationState(Ref(seq, leaf), entry.actor, entry.what, steps, ruling, *map(bool, flags))


def as_scalar(text: str) -> Scalar:
    """Read a value as the index keeps it."""
    value: Scalar = json.loads(text)
    return value


def _pass(row: Any) -> PassState:
    step, number, started, state, released, checked, worked = row
    return PassState(step, number, started, state, bool(released), checked, worked)


def _value(row: Any) -> Recorded:
    seq, leaf, step, number, name, value, current = row
    return Recorded(Ref(seq, leaf), (step, number), name, as_scalar(value), bool(current))
