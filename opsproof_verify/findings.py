"""Verdict and Finding (SPEC 9.2): what a verification says, as values.

Facts only; sentences live in ``render``. A finding names its code, the register says the rest. The verdict is
computed from the findings, never stored, and FINAL is what is left when nothing lowers it.
"""

from __future__ import annotations

import enum
from collections.abc import Iterator, Mapping
from itertools import chain

from opsproof_verify.canonical import Value, encode
from opsproof_verify.register import CODES, Code, Severity, Stops
from opsproof_verify.slotted import slotted

Fact = int | str | bool | tuple["Fact", ...]

#: Findings of one code that a report lists (SPEC 9.2-4); all of them count.
MAX_LISTED = 100

#: Provisional findings of one code from which the closing set is made: as many as there may be deviations.
MAX_OWED = 10_000


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
    """Gathers findings and keeps, of each code, the first 100 in order and the number of all (SPEC 9.2-4)."""

    def __init__(self) -> None:
        """Begin empty."""
        self._kept: dict[str, list[Finding]] = {}
        self._counts: dict[str, int] = {}
        self._last: dict[str, int] = {}  # frame of the last one kept, once there were too many

    def add(self, found: Finding) -> None:
        """Take a finding."""
        self._count(found.code.name, 1)
        self._keep(found)

    def skip(self, name: str, frame: Fact | None) -> bool:
        """Count a finding of a code, and no more, if it cannot be among those kept, since so many stand before it."""
        skipped = isinstance(frame, int) and frame > self._last.get(name, frame)
        if skipped:
            self._count(name, 1)
        return skipped

    def take(self, other: Collector) -> None:
        """Take all that another one has gathered, and how often."""
        for name, count in other.totals().items():
            self._count(name, count)
        for found in other.kept():
            self._keep(found)

    def _count(self, name: str, count: int) -> None:
        self._counts[name] = self._counts.get(name, 0) + count

    def _keep(self, found: Finding) -> None:
        """Keep a finding if it may be among the first of its code."""
        name, most = found.code.name, MAX_OWED if found.severity is Severity.PROVISIONAL else MAX_LISTED
        if name in self._last and (found.frame or 0) > self._last[name]:
            return
        kept = self._kept.setdefault(name, [])
        kept.append(found)
        if len(kept) > most + most // 4:
            kept.sort(key=order)
            del kept[most:]
            self._last[name] = kept[-1].frame or 0

    def drop(self, name: str) -> None:
        """Forget the findings of a code."""
        self._kept.pop(name, None)
        self._counts.pop(name, None)

    def names(self) -> frozenset[str]:
        """Give the codes found."""
        return frozenset(self._counts)

    def stopped_by(self, least: Stops) -> tuple[str, ...]:
        """Give the codes found that stop at least as much (SPEC 9.3), in order of their names."""
        return tuple(sorted(name for name in self._counts if CODES[name].stops >= least))

    def totals(self) -> Mapping[str, int]:
        """Give how often each code was found."""
        return self._counts

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

    def counts(self) -> tuple[tuple[str, int], ...]:
        """Give codes found more often than listed, and how often."""
        return tuple(sorted((name, count) for name, count in self._counts.items() if count > MAX_LISTED))


def order(found: Finding) -> tuple[tuple[int, int], int, str, bytes]:
    """Give the key of the order of findings (SPEC 9.2-3)."""
    return found.code.order, found.frame or 0, found.code.name, encode(_plain([found.subject, found.facts]))


def _plain(value: object) -> Value:
    """Turn pairs and tuples into what deterministic CBOR holds."""
    if isinstance(value, tuple | list):
        return [_plain(item) for item in value]
    assert isinstance(value, str | int | bool)  # noqa: S101 - the type of facts says so
    return value
