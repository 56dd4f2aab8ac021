"""Findings that approvals may cover (SPEC 8.3-5), packed until it is known what they do cover (ADR 29)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator

from opsproof_verify.compact import Names, Rows, Store
from opsproof_verify.findings import MAX_OWED, Finding, pack, unpack
from opsproof_verify.register import CODES, Code, Severity

Covers = Callable[[int, frozenset[str]], bool]


class Coverable:
    """Provisional findings of rules, each at an entry: at most ``MAX_OWED`` of one rule (`MAX_COVERABLE`)."""

    def __init__(self) -> None:
        """Begin with none."""
        self._rows = Rows(
            "HQIQQI"
        )  # rule, entry, who is responsible for it, frame; where it is packed in how many bytes
        self._packed = Store()
        self._rules, self._persons = Names[str](), Names[frozenset[str]]()
        self._counts = Counter[str]()

    def put(self, found: Finding, seq: int, persons: frozenset[str]) -> bool:
        """Keep a finding at an entry, for which some persons are responsible; False if there are enough of its rule."""
        name, packed = found.code.name, pack(found)
        if self._counts[name] == MAX_OWED:
            return False
        self._counts[name] += 1
        numbers = self._rules.number(name), seq, self._persons.number(persons), found.frame or 0
        self._rows.append(*numbers, self._packed.size, len(packed))
        self._packed.write(self._packed.size, packed)
        return True

    def __iter__(self) -> Iterator[tuple[int, frozenset[str], Code]]:
        """Give entry, persons and code of each."""
        for rule, seq, persons, *_ in self._rows:
            yield seq, self._persons[persons], CODES[self._rules[rule]]

    def left(self, covers: Covers, skip: Callable[[str, Severity, int], bool]) -> Iterator[Finding]:
        """Give what is not covered; of that ``skip`` tells what need not be given, by code, severity and frame."""
        for rule, seq, persons, frame, at, size in self._rows:
            name = self._rules[rule]
            if not covers(seq, self._persons[persons]) and not skip(name, Severity.PROVISIONAL, frame):
                yield unpack(CODES[name], Severity.PROVISIONAL, self._packed.read(at, size))
