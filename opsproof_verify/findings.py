"""Verdict and Finding (SPEC 9.2): what a verification says, as values.

Facts only; sentences live in ``render``. A finding names its code, the register says the rest. The verdict is
computed from the findings, never stored, and FINAL is what is left when nothing lowers it.
"""

from __future__ import annotations

import enum
from collections.abc import Iterator
from itertools import chain
from typing import Any

from opsproof_verify.canonical import Value, decode, encode
from opsproof_verify.register import CODES, Code, Remedy, Severity, Stops
from opsproof_verify.slotted import slotted

Fact = int | str | bool | tuple["Fact", ...]
_Group = tuple[str, Severity]  # a code's name, and the severity of the findings

#: How often a code was found at a severity, where not all findings are listed.
Counts = tuple[tuple[str, Severity, int], ...]

#: Findings of one code at one severity that a report lists (SPEC 9.2-4); all of them count.
MAX_LISTED = 100

#: Provisional findings of one code from which the closing set is made: as many as there may be deviations.
MAX_OWED = 10_000

#: What is owed for a finding of such a code, the finding itself names (SPEC 9.12-4); approvals, the run does.
_NAMED_BY_FINDINGS = frozenset(
    {Remedy.ACCEPT, Remedy.DISCLOSE, Remedy.ATTEST, Remedy.SUPPLY, Remedy.REMEDIATE, Remedy.WITHDRAW}
)


class Verdict(enum.StrEnum):
    """The three answers (SPEC 9.2-2)."""

    FAIL = "FAIL"
    PROVISIONAL = "PROVISIONAL"
    FINAL = "FINAL"


class Rejected(Exception):  # noqa: N818 - a value that travels to the door, not an error of the program
    """Bytes that are not what SPEC demands; caught once, in the ladder, and turned into a finding."""

    def __init__(self, code: str, **facts: Fact) -> None:
        """Carry the code of SPEC 10 and the facts, such as ``path`` and ``why``."""
        super().__init__(code)
        self.code = code
        self.facts = facts


@slotted(frozen=True)
class Finding:
    """One thing found: a code, its severity, where, and the facts.

    ``subject`` and ``facts`` are sorted pairs; a subject may name ``frame``, ``seq``, ``step``, ``pass``, ``value``,
    ``slot``, ``digest``, ``actor``, ``person``, ``signoff``, ``rule``, ``path``. Bytes appear in hexadecimal.
    """

    code: Code
    severity: Severity
    subject: tuple[tuple[str, Fact], ...] = ()
    facts: tuple[tuple[str, Fact], ...] = ()

    @property
    def frame(self) -> int | None:
        """Number of the frame that holds what was found (SPEC 11-2), the contract being 1."""
        frame = dict(self.subject).get("frame")
        return frame if isinstance(frame, int) else None


def finding(
    name: str, subject: dict[str, Fact], facts: dict[str, Fact] | None = None, level: Severity | None = None
) -> Finding:
    """Make a finding of a code; ``level`` is needed for a rule and not allowed for a fixed code."""
    code = CODES[name]
    severity = code.severity or level
    if severity is None or (code.severity is not None and level is not None):
        message = f"{name}: a level is given exactly for rules"
        raise ValueError(message)
    return Finding(code, severity, tuple(sorted(subject.items())), tuple(sorted((facts or {}).items())))


def decide(findings: tuple[Finding, ...]) -> Verdict:
    """Give the verdict that these findings leave (SPEC 9.2-2)."""
    levels = {found.severity for found in findings}
    if Severity.FAIL in levels:
        return Verdict.FAIL
    return Verdict.PROVISIONAL if Severity.PROVISIONAL in levels else Verdict.FINAL


@slotted(frozen=True)
class Time:
    """Milliseconds since 1970 in UTC and the zone's offset in minutes (SPEC 4.2-6)."""

    ms: int
    offset: int = 0


class Collector:
    """Gathers findings: of each code at each severity the first in order, and the number of all (SPEC 9.2-4)."""

    def __init__(self) -> None:
        """Begin empty."""
        self._kept: dict[_Group, list[Finding]] = {}
        self._counts: dict[_Group, int] = {}
        self._last: dict[_Group, int] = {}  # frame of the last one kept, once there were too many

    def add(self, found: Finding) -> None:
        """Take a finding."""
        self._count((found.code.name, found.severity), 1)
        self._keep(found)

    def skip(self, name: str, severity: Severity | None, frame: Fact | None) -> bool:
        """Count a finding of a group, and no more, if it cannot be among those kept, since so many stand before it."""
        if severity is None or not isinstance(frame, int) or frame <= self._last.get((name, severity), frame):
            return False
        self._count((name, severity), 1)
        return True

    def take(self, other: Collector) -> None:
        """Take all that another one has gathered, and how often."""
        for group, count in other._counts.items():
            self._count(group, count)
        for found in other.kept():
            self._keep(found)

    def _count(self, group: _Group, count: int) -> None:
        self._counts[group] = self._counts.get(group, 0) + count

    def _keep(self, found: Finding) -> None:
        """Keep a finding if it may be among the first of its group."""
        group, most = (found.code.name, found.severity), MAX_LISTED
        if found.severity is Severity.PROVISIONAL and found.code.remedy in _NAMED_BY_FINDINGS:
            most = MAX_OWED
        if group in self._last and (found.frame or 0) > self._last[group]:
            return
        kept = self._kept.setdefault(group, [])
        kept.append(found)
        if len(kept) > most + most // 4:
            kept.sort(key=order)
            del kept[most:]
            self._last[group] = kept[-1].frame or 0

    def drop(self, name: str) -> None:
        """Forget the findings of a code."""
        for of_all in (self._kept, self._counts, self._last):
            for severity in Severity:
                of_all.pop((name, severity), None)

    def names(self) -> frozenset[str]:
        """Give the codes found."""
        return frozenset(name for name, _ in self._counts)

    def stopped_by(self, least: Stops) -> tuple[str, ...]:
        """Give the codes found that stop at least as much (SPEC 9.3), in order of their names."""
        return tuple(sorted(name for name in self.names() if CODES[name].stops >= least))

    def kept(self) -> Iterator[Finding]:
        """Give all findings that are kept, in no order."""
        return chain.from_iterable(self._kept.values())

    def owing(self) -> tuple[Finding, ...]:
        """Give the provisional findings in order, as far as kept: what is owed follows from them (SPEC 9.12)."""
        return tuple(sorted((found for found in self.kept() if found.severity is Severity.PROVISIONAL), key=order))

    def findings(self) -> tuple[Finding, ...]:
        """Give the findings to list, in order."""
        kept = (found for rows in self._kept.values() for found in sorted(rows, key=order)[:MAX_LISTED])
        return tuple(sorted(kept, key=order))

    def counts(self) -> Counts:
        """Give what was found more often than is listed, and how often."""
        return tuple(sorted((*group, count) for group, count in self._counts.items() if count > MAX_LISTED))


def order(found: Finding) -> tuple[tuple[int, int], int, str, bytes]:
    """Give the key of the order of findings (SPEC 9.2-3)."""
    return found.code.order, found.frame or 0, found.code.name, pack(found)


def pack(found: Finding) -> bytes:
    """Give subject and facts of a finding as deterministic CBOR."""
    return encode(_plain([found.subject, found.facts]))


def unpack(code: Code, severity: Severity, packed: bytes) -> Finding:
    """Give the finding that was packed."""
    return Finding(code, severity, *_fact(decode(packed)))


def _fact(value: Any) -> Any:
    """Turn lists back into tuples."""
    return tuple(map(_fact, value)) if isinstance(value, list) else value


def _plain(value: object) -> Value:
    """Turn pairs and tuples into what deterministic CBOR holds."""
    if isinstance(value, tuple | list):
        return [_plain(item) for item in value]
    assert isinstance(value, str | int | bool)  # noqa: S101 - the type of facts says so
    return value
