"""What only the end of a run shows: written from SPEC 9.10 alone, on plain maps."""

from __future__ import annotations

from typing import Any

from recorder.model.demands import Demands
from recorder.model.matters import Found
from recorder.model.state import Deviation, Pass

Map = dict[str, Any]


class Ending(Demands):
    """A run that knows what to demand of its end; what it is made of is :class:`Run`'s."""

    outcome: str
    digest: bytes | None
    facts: list[tuple[str | None, int, bool, str]]

    def of(self, code: str, deviation: Deviation) -> None:
        """Find a violation that is about a deviation: its matter is the deviation's (8.6-3)."""
        about = deviation.severity, deviation.entry["reason"]
        self.found.add(Found(code, deviation.seq, deviation.entry["actor"], frozenset(deviation.steps), about))

    def matter_of(self, deviation: Deviation) -> Map:
        """Give what selectors look at in a deviation (8.6-3)."""
        about = deviation.severity, deviation.entry["reason"]
        found = Found("", deviation.seq, deviation.entry["actor"], frozenset(deviation.steps), about)
        return found.matter(self.steps, self.actors)

    def end(self) -> None:
        """Judge what only the end shows; evidence that was supplied later is counted by then."""
        named = {step for one in self.deviations.values() for step in one.entry["steps"]}
        for name, step in self.steps.items():
            done = [one for (of, _), one in self.passes.items() if of == name]
            least = 0 if step.get("optional") else step.get("repeat", {"min": 1})["min"]
            short = sum(one.state != "open" for one in done) < least
            is_open = any(one.state == "open" for one in done)
            if self.outcome == "completed" and (short or is_open) and name not in named:
                self.about("step.unfinished", name)
            for one in done:
                if one.state == "completed":
                    self._end_of_pass(step, one, excused=name in named)
        for deviation in self.deviations.values():
            recorded = deviation.recorded
            if recorded is None:
                self.of("deviation.unruled", deviation)
            elif recorded["ruling"] != deviation.pinned or (self.digest and recorded["policy"] != self.digest):
                self.of("deviation.wrong-ruling", deviation)
        self._cover()
        self.end_of_demands()

    def _end_of_pass(self, step: Map, done: Pass, *, excused: bool) -> None:
        wanted = {spec["id"] for spec in step.get("values", ()) if not spec.get("optional")}
        if wanted - done.values.keys() and not excused:
            self.about("value.missing", step["id"])
        if any(len(done.items[slot["id"]]) < slot["min"] for slot in step.get("evidence", ())):
            self.about("evidence.missing", step["id"])
        if step.get("critical") and not done.checkers:
            self.about("check.missing", step["id"])
        elif step.get("critical") and done.checkers <= done.performers:
            self.about("check.not-independent", step["id"])

    def _cover(self) -> None:
        """Find facts that no deviation covers, or only earlier ones (6.7-2, 9.10-24, 9.10-50)."""
        for step, seq, of_value, actor in self.facts:
            covering = [
                one.seq
                for one in self.deviations.values()
                if (step is None and not (one.entry["steps"] or one.entry["values"] or one.entry["evidence"]))
                or (step is not None and step in one.entry["steps"])
                or (of_value and seq in {ref[0] for ref in one.entry["values"]})
            ]
            if not covering:
                self.about("deviation.missing", step, None, actor)
            elif max(covering) < seq and step is not None:
                self.about("deviation.premature", step, seq, actor)
