"""The report on one bundle as its timeline in CSV: a row for each record, then what no record stands for (SPEC 11).

The rows are what the file says, in its order; what was found of a record stands in its row, from the same report as
every other form. Nothing is held of the rows: who asks for them writes each before the next.
"""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import sha256
from typing import NamedTuple

from opsproof_verify.container import NUMBERED, FrameType
from opsproof_verify.contract import MAX_ROSTER, Contract, Member
from opsproof_verify.entries import Entry
from opsproof_verify.findings import MAX_LISTED, Fact, Finding, Rejected, Time
from opsproof_verify.kinds import Assigned
from opsproof_verify.records import Approval, Seal, SignOff, Withheld, Witness
from opsproof_verify.register import Severity
from opsproof_verify.render.csv_form import Printed, cell, line
from opsproof_verify.render.json_report import render_json
from opsproof_verify.render.messages import owing, sentence
from opsproof_verify.render.text import reason, under, where
from opsproof_verify.render.timeline_cells import Cells, assigned, of_around, of_entry, of_member
from opsproof_verify.render.times import rfc3339
from opsproof_verify.report import Report, SignOffFacts

#: The columns in order; the guide of the command says what each holds.
COLUMNS = (
    "id", "frame", "seq", "time", "utc", "elapsed", "kind", "actor", "person", "printed-name", "actor-kind",
    "principal", "roles", "step", "pass", "name", "value", "unit", "happened", "until", "digest", "refers-to", "text",
    "severity", "findings", "hash",
)  # fmt: skip

#: Columns in which a decimal stays a number.
_NUMBERS = frozenset({"value", "elapsed"})

#: Actors that are remembered: as many as a roster and the assignments of a run may have (SPEC 3.4).
_MOST_ACTORS = 2 * MAX_ROSTER

#: What the subject of a finding names that has a column (SPEC 11-2).
_SUBJECT = ("frame", "seq", "step", "pass", "actor", "person", "digest")

_FRAMES = {kind: kind.name.lower() for kind in FrameType} | {
    FrameType.APPROVAL: "contract-approval",
    FrameType.SIGNOFF: "sign-off",
    FrameType.WITHHELD: "withheld",
}


class Seen(NamedTuple):
    """A frame that a row stands for: its record, or why that cannot be read; ``first`` is that of its evidence."""

    frame: int
    first: int
    type: FrameType
    record: Contract | Approval | Entry | Withheld | Seal | SignOff | Witness | None
    problem: str
    hash: bytes


class Timeline:
    """Makes the lines of one report; each frame is asked for once, in the order of the file."""

    def __init__(self, report: Report) -> None:
        """Sort the findings by the rows that they belong to."""
        self._report = report
        self._places: dict[tuple[str, Fact], list[int]] = {}  # where in the report findings on a frame or entry stand
        for place, found in enumerate(report.findings):
            for named in found.subject:
                if named[0] in ("frame", "seq"):
                    self._places.setdefault(named, []).append(place)
        ends = [found.frame for found in report.findings if found.code.name == "limit.exceeded"]
        self._end = next(iter(ends), None)
        self._signoffs: dict[int, SignOffFacts] = {one.frame: one for one in report.signoffs}
        self._named: set[int] = set()  # places of the findings in rows
        self._actors: dict[str, Member] = {}
        self._entries = 0
        self._before: int | None = None  # ms of the entry before

    def header(self) -> bytes:
        """Give the names of the columns."""
        return line(COLUMNS)

    def row(self, seen: Seen) -> bytes:
        """Give the line of a frame."""
        number = self._entries if seen.type in NUMBERED else None
        found = self._findings(seen, number)
        cells: Cells = {"frame": str(seen.frame), "hash": seen.hash.hex()}
        if number is not None:
            cells |= {"id": f"e{number}", "seq": str(number)}
            self._entries += 1
        cells |= self._cells(seen)
        if seen.frame in self._signoffs:
            cells["text"] = "; ".join(filter(None, (cells.get("text"), _judged(self._signoffs[seen.frame]))))
        self._enrol(seen, found)
        return _line(cells | _weight(found))

    def ends_at(self, frame: int) -> bool:
        """Tell whether verification read no further than this frame, though the file goes on (SPEC 9.4-8)."""
        return frame == self._end

    def rest(self) -> Iterator[bytes]:
        """Give what no record stands for: findings, how many are not listed (SPEC 9.2-4), what is owed, the verdict."""
        report = self._report
        for place, found in enumerate(report.findings):
            if place not in self._named:
                yield _line(_loose(found) | _weight([found]))
        for code, severity, count in report.counts:
            text = f"{count} findings of this code at this severity; the first {MAX_LISTED} are listed"
            weight: Cells = {"severity": severity, "findings": f"{code} ({severity})"}
            yield _line(weight | {"kind": "finding", "name": code, "value": str(count), "text": text})
        for owed in report.owed:
            text = Printed(owing(owed))
            yield _line({"kind": "owed", "name": owed.need, "text": text})
        yield _line(
            {
                "kind": "verdict",
                "name": report.policy.id if report.policy else None,
                "value": str(report.verdict),
                "utc": None if report.at is None else rfc3339(report.at),
                "digest": sha256(render_json(report)).hexdigest(),
                "text": Printed(f"{under(report)}: {reason(report)}"),
            }
        )

    def _findings(self, seen: Seen, number: int | None) -> list[Finding]:
        """Give the findings about a frame, the evidence before it that it names, and its entry, in the report's order.

        One that names an entry and the frame of another, such as a deviation and its ruling, is about both.
        """
        places = set(self._places.get(("seq", number), ()) if number is not None else ())
        for frame in range(seen.first, seen.frame + 1):
            places.update(self._places.get(("frame", frame), ()))
        self._named |= places
        return [self._report.findings[place] for place in sorted(places)]

    def _cells(self, seen: Seen) -> Cells:
        """Give what a record says, and when and by whom."""
        match seen.record:
            case None:
                text = Printed(f"cannot be read: {seen.problem}")
                return self._timed(None) | {"kind": "unreadable", "name": _FRAMES[seen.type], "text": text}
            case Entry() as entry:
                head: Cells = {"seq": str(entry.seq), "kind": entry.kind, "actor": entry.actor}
                return head | self._timed(entry.time) | self._person(entry.actor) | of_entry(entry.what)
            case Withheld() as withheld:
                text = Printed("withheld in this copy; the actor is what the file says")
                head = {"kind": "withheld", "actor": withheld.actor, "hash": withheld.leaf.hex(), "text": text}
                return self._timed(None) | head | self._person(withheld.actor)
            case Seal() as seal:
                return of_around(seal) | self._timed(seal.time) | self._person(seal.actor)
            case Contract() as contract:
                return of_around(contract) | _times(contract.issued)
        return of_around(seen.record) | _times(seen.record.time)

    def _timed(self, time: Time | None) -> Cells:
        """Give the times of an entry or of the seal, and how long after the entry before; None if it has none."""
        before, self._before = self._before, None if time is None else time.ms
        if time is None or before is None:
            return {} if time is None else _times(time)
        return _times(time) | {"elapsed": _seconds(time.ms - before)}

    def _person(self, actor: str) -> Cells:
        """Give who an actor is; nothing if nobody has said."""
        member = self._actors.get(actor)
        return {} if member is None else of_member(member)

    def _enrol(self, seen: Seen, found: list[Finding]) -> None:
        """Remember the actors that a contract or assignment names, the first of each id; not by one that fails."""
        members: tuple[Member, ...] = ()
        if isinstance(seen.record, Contract):
            members = seen.record.roster
        elif isinstance(seen.record, Entry) and isinstance(seen.record.what, Assigned):
            members = _member(seen.record.what)
        if any(one.severity is Severity.FAIL for one in found) and not isinstance(seen.record, Contract):
            return
        for member in members[: _MOST_ACTORS - len(self._actors)]:
            self._actors.setdefault(member.id, member)


def _member(what: Assigned) -> tuple[Member, ...]:
    """Give whom an assignment enrols, if it can be read."""
    try:
        return (assigned(what),)
    except Rejected:
        return ()


def _line(cells: Cells) -> bytes:
    made = {column: cell(text, number=column in _NUMBERS) for column, text in cells.items() if text}
    return line((dict.fromkeys(COLUMNS, "") | made).values())


def _times(time: Time) -> Cells:
    """Give a time with its own offset, and in UTC."""
    return {"time": rfc3339(time.ms, time.offset), "utc": rfc3339(time.ms)}


def _seconds(ms: int) -> str:
    """Give milliseconds as seconds, exactly."""
    return f"{'-' if ms < 0 else ''}{abs(ms) // 1000}.{abs(ms) % 1000:03d}"


def _weight(found: list[Finding]) -> Cells:
    """Give codes with their severities, each once and in the order of the report, and the gravest severity."""
    if not found:
        return {}
    gravest = max((one.severity for one in found), key=list(Severity).index)
    named = dict.fromkeys(f"{one.code.name} ({one.severity})" for one in found)
    return {"severity": gravest, "findings": "; ".join(named)}


def _loose(found: Finding) -> Cells:
    """Give a finding that belongs to no row, with what its subject names in the columns for it."""
    known: dict[str, Fact] = dict(found.subject)
    named: Cells = {name: str(known[name]) for name in _SUBJECT if name in known}
    place, said = where(found), sentence(found)
    text = Printed(f"{place}: {said}" if place else said)
    return named | {"kind": "finding", "name": found.code.name, "text": text}


def _judged(facts: SignOffFacts) -> str:
    """Say what a sign-off counts for, by the report."""
    counts = f"counts for {', '.join(facts.counts_for)}" if facts.counts_for else ""
    return "; ".join(filter(None, (counts, "" if facts.standing else "withdrawn since")))
