"""What deviations are about (SPEC 6.7, 8.4-4): the steps and values that they name, which steps they block."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from opsproof_verify.compact import Group, Marks, Names
from opsproof_verify.kinds import DeviationRaised
from opsproof_verify.state import Deviation, Fact, Scope


class Scopes:
    """The scopes of deviations, in a few bits for each step, value and person (ADR 29)."""

    def __init__(self, steps: Iterable[str]) -> None:
        """Begin without deviations; ``steps`` are those of the contract."""
        self.bits: Mapping[str, int] = {name: 1 << at for at, name in enumerate(steps)}
        self.people = Names[str]()
        self.on_the_run = False  # a deviation names nothing: it is about the whole run
        self._raised = Names[int]()
        self._naming: dict[str, int] = {}  # by step: the last deviation that names it
        self._values = Marks()  # by value: one more than the number of the last deviation that names it
        self._blocks: dict[str | None, Group[int]] = {}  # unreleased blocking deviations by step, None: any step
        self._releases: dict[str, Group[int]] = {}  # released deviations by releaser

    def of(self, steps: frozenset[str]) -> Scope:
        """Give the scope of some steps."""
        return Scope(sum(self.bits.get(step, 0) for step in steps), steps - self.bits.keys())

    def steps(self, scope: Scope) -> frozenset[str]:
        """Give the steps of a scope."""
        return scope.others.union(name for name, bit in self.bits.items() if bit & scope.bits)

    def holds(self, scope: Scope, step: str) -> bool:
        """Tell whether a step is in a scope."""
        return not any(scope) or bool(self.bits.get(step, 0) & scope.bits) or step in scope.others

    def take(self, deviation: Deviation, what: DeviationRaised) -> None:
        """Take a deviation, and what it names."""
        number = self._raised.number(deviation.seq)
        self._naming |= dict.fromkeys(what.steps, deviation.seq)
        for ref in what.values:
            if ref.seq < deviation.seq:  # no other can be named without `reference.broken`
                self._values.put(ref.seq, number + 1)
        self.on_the_run |= not (what.steps or what.values or what.evidence)
        if deviation.ruling == "block":
            self._block(deviation, on=True)

    def _block(self, deviation: Deviation, *, on: bool) -> None:
        for step in self.steps(deviation.scope) or (None,):
            held = self._blocks.setdefault(step, Group(self._raised))
            (held.add if on else held.discard)(deviation.seq)

    def release(self, deviation: Deviation, person: str) -> None:
        """Let a person who is entitled to it release a deviation (SPEC 8.4-4)."""
        self._block(deviation, on=False)
        deviation.releasers.add(person)
        self._releases.setdefault(person, Group(self._raised)).add(deviation.seq)

    def blocking(self, step: str) -> int | None:
        """Give the first deviation that blocks a step, those in whose scope it is by name before the others."""
        held = (seq for group in (self._blocks.get(step), self._blocks.get(None)) for seq in group or ())
        return next(held, None)

    def released_by(self, person: str) -> Iterator[int]:
        """Give the deviations that a person released."""
        return iter(self._releases.get(person, ()))

    def naming(self, step: str) -> int:
        """Give the number of the entry of the last deviation that names a step; -1 if none does."""
        return self._naming.get(step, -1)

    def covering(self, fact: Fact) -> int:
        """Give the number of the entry of the last deviation that names a fact's step or value; -1 if none does."""
        marked = self._values.get(fact.seq) if fact.value else 0
        return max(self.naming(fact.step or ""), self._raised[marked - 1] if marked else -1)
