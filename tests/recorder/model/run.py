"""What SPEC makes of a run's entries: written from SPEC 6.4, 6.7, 8.4 and 9.10 alone, on plain maps.

It shares no code with the verifier. Only what the recorder can bring about is judged; a finding of anything else is one
too many, and the comparison says so.
"""

from __future__ import annotations

from collections import Counter
from decimal import Decimal
from typing import Any

Map = dict[str, Any]
PassId = tuple[str, int]

SEVERITIES = ("minor", "major", "critical")
RULINGS = ("allow", "review", "block")
WORK = {
    "step-started",
    "value-recorded",
    "instrument-used",
    "acted",
    "evidence-added",
    "step-completed",
    "step-skipped",
}
#: Never final unattested (9.11-6), and any entry of a critical step.
PERSONAL = {"assigned", "step-started", "step-completed", "step-skipped", "checked", "authorised", "acted", "released"}
PERSONAL |= {"transferred", "correction", "deviation-remediated", "deviation-closed"}


class Pass:
    """One pass of a step."""

    def __init__(self) -> None:
        self.state = "open"
        self.performers: set[str] = set()
        self.values: dict[str, Any] = {}
        self.items: Counter[str] = Counter()
        self.checkers: set[str] = set()
        self.releasers: set[str] = set()
        self.acted = False

    @property
    def released(self) -> bool:
        """By somebody who is no performer of it (9.10-6)."""
        return bool(self.releasers - self.performers)


class Deviation:
    """A deviation, its scope, and what became of it (6.7, 8.4)."""

    def __init__(self, seq: int, entry: Map, actor: str, steps: set[str]) -> None:
        self.seq = seq
        self.entry = entry
        self.raiser = actor
        self.steps = steps
        self.everywhere = not steps
        self.severity = ""
        self.ruling = ""
        self.pinned = ""
        self.recorded: str | None = None
        self.demanded = False
        self.releasers: set[str] = set()
        self.remediators: set[str] = set()
        self.remediated = False
        self.closers: set[str] = set()


class Run:
    """A run as its entries tell it; ``codes`` is what they violate."""

    def __init__(self, contract: Map, pack: Map, pinned: Map, policy: Map) -> None:
        self.steps: dict[str, Map] = {step["id"]: step for step in contract["steps"]}
        self.authority = contract["authority"]
        self.reasons = {reason["code"]: reason for reason in pack["reasons"]}
        self.pinned = pinned
        self.policy = policy
        self.actors: dict[str, Map] = {member["id"]: member for member in contract["roster"]}
        self.codes: set[str] = set()
        self.passes: dict[PassId, Pass] = {}
        self.values: dict[int, tuple[PassId, str, Any]] = {}
        self.deviations: dict[int, Deviation] = {}
        self.facts: list[tuple[str | None, int | None]] = []  # step, entry of a value; neither: the run
        self.windows: dict[str, list[Map]] = {}
        self.at_once: set[str] = set()
        self.leaves: dict[int, Map] = {}
        self.used: set[int] = set()
        self.unexplained: dict[int, str] = {}
        self.checkers: set[str] = set()
        self.outcome = ""
        self.latest = 0

    # Who.

    def person(self, actor: str) -> str:
        return str(self.actors[actor]["person"])

    def human(self, actor: str) -> bool:
        return bool(self.actors[actor]["kind"] == "human")

    def holds(self, actor: str, roles: list[str]) -> bool:
        return bool(set(self.actors[actor]["roles"]) & set(roles))

    def performers_of(self, deviation: Deviation) -> set[str]:
        steps = set(self.steps) if deviation.everywhere else deviation.steps
        return {one for (step, _), done in self.passes.items() if step in steps for one in done.performers}

    # Entry by entry.

    def take(self, seq: int, entry: Map, assigned: Map | None) -> None:
        """Judge one entry, and take it."""
        kind, actor = entry["kind"], entry["actor"]
        if entry["time"][0] < self.latest:
            self.codes.add("time.not-monotonic")
        self.latest = max(self.latest, entry["time"][0])
        if kind == "attestation":
            self.windows[actor] = []
            self.at_once.discard(actor)
            return
        self._wait(actor, entry)
        place = self._place(entry)
        if place is not None:
            self._work(place, actor, entry)
        if assigned is not None:
            self.actors[assigned["id"]] = assigned
        if take := getattr(self, "_" + kind.replace("-", "_"), None):
            take(seq, actor, entry)

    def _wait(self, actor: str, entry: Map) -> None:
        """Hold the entry to the number that may wait, and to what is attested at once (9.10-30)."""
        rule = self.policy["rules"]["attestation.late"]
        window = self.windows.setdefault(actor, [])
        if len(window) == rule["max-waiting"] or actor in self.at_once:
            self.codes.add("attestation.late")
        self.at_once.discard(actor)
        if entry["kind"] in rule["at-once"]:
            self.at_once.add(actor)
        window.append(entry)

    def _place(self, entry: Map) -> PassId | None:
        """Tell which pass a work entry is of (6.4-1)."""
        if entry["kind"] == "correction":
            return self.values[entry["corrects"][0]][0]
        return (entry["step"], entry["pass"]) if entry["kind"] in WORK and "step" in entry else None

    def _work(self, place: PassId, actor: str, entry: Map) -> None:
        step, who = place[0], self.person(actor)
        for deviation in self.deviations.values():
            if not (deviation.everywhere or step in deviation.steps) or deviation.ruling != "block":
                continue
            if not deviation.releasers:
                self.codes.add("deviation.continued")
            elif who in deviation.releasers and not self._worked(who, step):
                others = deviation.releasers - self.performers_of(deviation) - {who}
                if not others:
                    self.codes.add("deviation.continued")
        if entry["kind"] == "step-started" and any(
            self._held(name) for name in self.steps[step].get("after", ()) if "hold" in self.steps[name]
        ):
            self.codes.add("step.not-released")
        done = self.passes.setdefault(place, Pass())
        done.performers |= {who} | ({self.actors[actor]["principal"]} if "principal" in self.actors[actor] else set())

    def _worked(self, person: str, step: str) -> bool:
        return any(person in done.performers for (name, _), done in self.passes.items() if name == step)

    def _held(self, step: str) -> bool:
        done = [one for (name, _), one in self.passes.items() if name == step and one.state == "completed"]
        return any(not one.released for one in done)

    def _step_completed(self, _seq: int, actor: str, entry: Map) -> None:
        done, step = self.passes[entry["step"], entry["pass"]], self.steps[entry["step"]]
        done.state = "completed"
        if "authorise" in step and not self.human(actor) and not done.acted:
            self.codes.add("action.unauthorised")

    def _step_skipped(self, seq: int, _actor: str, entry: Map) -> None:
        self.passes[entry["step"], entry["pass"]].state = "skipped"
        if not self.steps[entry["step"]].get("optional"):
            self.facts.append((entry["step"], None))
        if "reason" not in entry:
            self.unexplained[seq] = "step.skip-unexplained"

    def _value_recorded(self, seq: int, _actor: str, entry: Map) -> None:
        self._hold(seq, (entry["step"], entry["pass"]), entry["name"], entry["value"])

    def _correction(self, seq: int, _actor: str, entry: Map) -> None:
        place, name, _ = self.values[entry["corrects"][0]]
        self._hold(seq, place, name, entry["new"])

    def _hold(self, seq: int, place: PassId, name: str, value: Any) -> None:
        self.values[seq] = (place, name, value)
        self.passes[place].values[name] = value
        spec = next(one for one in self.steps[place[0]]["values"] if one["id"] == name)
        if spec["type"] in {"decimal", "integer"}:
            number = Decimal(str(value))
            if number < Decimal(spec.get("min", number)) or number > Decimal(spec.get("max", number)):
                self.facts.append((place[0], seq))

    def _evidence_added(self, _seq: int, _actor: str, entry: Map) -> None:
        if "slot" in entry:
            self.passes[entry["step"], entry["pass"]].items[entry["slot"]] += 1

    def _acted(self, _seq: int, actor: str, entry: Map) -> None:
        """An agent acts under leave for exactly that (9.10-32)."""
        self.passes[entry["step"], entry["pass"]].acted = True
        named = entry["authorised"][0] if "authorised" in entry else None
        if "authorise" in self.steps[entry["step"]] and not self.human(actor):
            leave = self.leaves.get(named) if named is not None and named not in self.used else None
            same = ("step", "pass", "action", "arguments")
            fits = leave is not None and all(leave[name] == entry[name] for name in same) and leave["for"] == actor
            roles = self.steps[entry["step"]]["authorise"]
            if not (fits and leave and self.holds(leave["actor"], roles) and leave["expires"][0] > entry["time"][0]):
                self.codes.add("action.unauthorised")
        if named is not None:
            self.used.add(named)

    def _authorised(self, seq: int, _actor: str, entry: Map) -> None:
        self.leaves[seq] = entry

    def _checked(self, _seq: int, actor: str, entry: Map) -> None:
        self.checkers.add(self.person(actor))
        if not entry["passed"]:
            self.facts.append((entry["step"], None))
            return
        allowed = self.steps[entry["step"]].get("check")
        if self.human(actor) and (allowed is None or self.holds(actor, allowed)):
            self.passes[entry["step"], entry["pass"]].checkers.add(self.person(actor))

    def _released(self, _seq: int, actor: str, entry: Map) -> None:
        who = self.person(actor)
        if "deviation" not in entry:
            done = self.passes[entry["step"], entry["pass"]]
            if done.state == "completed" and self.human(actor) and self.holds(actor, self.steps[entry["step"]]["hold"]):
                done.releasers.add(who)
            return
        deviation = self.deviations[entry["deviation"][0]]
        entitled = self.human(actor) and self.holds(actor, self.authority["release"])
        if entitled and who not in self.performers_of(deviation):
            deviation.releasers.add(who)

    # Deviations.

    def _deviation_raised(self, seq: int, actor: str, entry: Map) -> None:
        named = {self.values[ref[0]][0][0] for ref in entry["values"]}
        deviation = self.deviations[seq] = Deviation(seq, entry, self.person(actor), set(entry["steps"]) | named)
        reason = self.reasons[entry["reason"]]
        deviation.severity = max(entry["severity"], reason["severity"], key=SEVERITIES.index)
        deviation.demanded = reason.get("remediation", False)
        critical = any(self.steps[step].get("critical", False) for step in deviation.steps)
        deviation.pinned, given = (
            _ruling(policy["rulings"], deviation.severity, entry["reason"], critical=critical)
            for policy in (self.pinned, self.policy)
        )
        deviation.ruling = max(deviation.pinned, given, key=RULINGS.index)
        if SEVERITIES.index(entry["severity"]) < SEVERITIES.index(reason["severity"]) or any(
            not entry.get(member) for member in reason.get("demands", ())
        ):
            self.codes.add("deviation.understated")

    def _deviation_ruled(self, _seq: int, _actor: str, entry: Map) -> None:
        deviation = self.deviations[entry["deviation"][0]]
        if deviation.recorded is None:
            deviation.recorded = entry["ruling"]

    def _deviation_remediated(self, _seq: int, actor: str, entry: Map) -> None:
        deviation = self.deviations[entry["deviation"][0]]
        deviation.remediators.add(self.person(actor))
        deviation.remediated = deviation.remediated or bool(entry["evidence"])

    def _deviation_closed(self, _seq: int, actor: str, entry: Map) -> None:
        if self.human(actor) and self.holds(actor, self.authority["rule"]):
            self.deviations[entry["deviation"][0]].closers.add(self.person(actor))

    def _gap(self, seq: int, _actor: str, entry: Map) -> None:
        if "reason" not in entry:
            self.unexplained[seq] = "gap.unexplained"

    def _run_ended(self, _seq: int, _actor: str, entry: Map) -> None:
        self.outcome = entry["outcome"]
        if self.outcome == "aborted":
            self.facts.append((None, None))
        elif any(self._held(name) for name, step in self.steps.items() if "hold" in step):
            self.codes.add("step.not-released")

    # At the end.

    def end(self) -> None:
        """Judge what only the end shows; evidence that was supplied later is counted by then."""
        named = {step for one in self.deviations.values() for step in one.entry["steps"]}
        for name, step in self.steps.items():
            done = [one for (of, _), one in self.passes.items() if of == name]
            least = 0 if step.get("optional") else step.get("repeat", {"min": 1})["min"]
            short = sum(one.state != "open" for one in done) < least
            if (
                self.outcome == "completed"
                and (short or any(one.state == "open" for one in done))
                and name not in named
            ):
                self.codes.add("step.unfinished")
            for one in done:
                if one.state == "completed":
                    self._end_of_pass(step, one, excused=name in named)
        for deviation in self.deviations.values():
            if deviation.recorded is None:
                self.codes.add("deviation.unruled")
            elif deviation.recorded != deviation.pinned:
                self.codes.add("deviation.wrong-ruling")
        self._cover(named)

    def _end_of_pass(self, step: Map, done: Pass, *, excused: bool) -> None:
        wanted = {spec["id"] for spec in step.get("values", ()) if not spec.get("optional")}
        if wanted - done.values.keys() and not excused:
            self.codes.add("value.missing")
        if any(done.items[slot["id"]] < slot["min"] for slot in step.get("evidence", ())):
            self.codes.add("evidence.missing")
        if step.get("critical") and not done.checkers:
            self.codes.add("check.missing")
        elif step.get("critical") and done.checkers <= done.performers:
            self.codes.add("check.not-independent")

    def _cover(self, named: set[str]) -> None:
        """Find facts that no deviation covers (6.7-2, 9.10-24)."""
        entries = [one.entry for one in self.deviations.values()]
        values = {ref[0] for entry in entries for ref in entry["values"]}
        whole = any(not (entry["steps"] or entry["values"] or entry["evidence"]) for entry in entries)
        for step, seq in self.facts:
            covered = whole if step is None else step in named or seq in values
            if not covered:
                self.codes.add("deviation.missing")


def _ruling(rows: list[Map], severity: str, reason: str, *, critical: bool) -> str:
    """Give the ruling of the first row all of whose conditions hold (8.4-1)."""
    return next(
        str(row["ruling"])
        for row in rows
        if severity in row.get("severity", [severity])
        and reason in row.get("reasons", [reason])
        and row.get("critical", critical) == critical
    )
