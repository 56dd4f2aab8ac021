"""What SPEC makes of a run's entries: written from SPEC 6.4, 6.7, 8.4 and 9.10 alone, on plain maps.

It shares no code with the verifier. Only what the recorder can bring about is judged; a finding of anything else is one
too many, and the comparison says so.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from recorder.model.ending import Ending
from recorder.model.matters import Found, holds
from recorder.model.state import RULINGS, SEVERITIES, Deviation, Pass, PassId

Map = dict[str, Any]


class Run(Ending):
    """A run as its entries tell it; ``found`` is what they violate."""

    def __init__(self, contract: Map, pack: Map, pinned: Map, policy: Map) -> None:
        super().__init__()
        self.contract = contract
        self.steps: dict[str, Map] = {step["id"]: step for step in contract["steps"]}
        self.authority = contract["authority"]
        self.reasons = {reason["code"]: reason for reason in pack["reasons"]}
        self.pinned = pinned
        self.policy = policy
        self.actors: dict[str, Map] = {member["id"]: member for member in contract["roster"]}
        self.digest: bytes | None = None  # of the pinned policy, where rulings are held to it
        self.found: set[Found] = set()
        self.passes: dict[PassId, Pass] = {}
        self.values: dict[int, tuple[PassId, str, Any, int]] = {}  # pass, name, value, time
        self.items: dict[int, tuple[bytes, PassId | None, str | None]] = {}  # digest, pass, slot
        self.deviations: dict[int, Deviation] = {}
        self.facts: list[tuple[str | None, int, bool, str]] = []  # step, entry, if of a value, actor
        self.windows: dict[str, list[Map]] = {}
        self.at_once: set[str] = set()
        self.leaves: dict[int, Map] = {}
        self.used: set[int] = set()
        self.checkers: set[str] = set()
        self.workers: set[tuple[str, str]] = set()  # step and actor
        self.outcome = ""
        self.writer = ""  # of the entry that is taken

    # Who.

    def person(self, actor: str) -> str:
        return str(self.actors[actor]["person"])

    def persons(self, actor: str) -> set[str]:
        """Give the persons whose work an actor's is (6.4-1)."""
        return {self.person(actor), str(self.actors[actor].get("principal", self.person(actor)))}

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
        self.writer = actor
        self.judge_time(seq, entry)
        self.judge(seq, entry)
        self.wrote.add(actor)
        if kind == "attestation":
            self.windows[actor] = []
            self.at_once.discard(actor)
            return
        self._wait(seq, actor, entry)
        place = self.place(entry)
        if place is not None:
            self._work(place, seq, entry)
        if assigned is not None:
            self.actors[assigned["id"]] = assigned
        if take := getattr(self, "_" + kind.replace("-", "_"), None):
            take(seq, actor, entry)

    def _wait(self, seq: int, actor: str, entry: Map) -> None:
        """Hold the entry to the number that may wait, and to what is attested at once (9.10-30)."""
        rule = self.policy["rules"]["attestation.late"]
        window = self.windows.setdefault(actor, [])
        if len(window) == rule["max-waiting"] or actor in self.at_once:
            self.on(seq, entry, "attestation.late")
        self.at_once.discard(actor)
        if entry["kind"] in rule["at-once"]:
            self.at_once.add(actor)
        window.append(entry)

    def _work(self, place: PassId, seq: int, entry: Map) -> None:
        step, actor = place[0], entry["actor"]
        who = self.person(actor)
        for deviation in self.deviations.values():
            if not (deviation.everywhere or step in deviation.steps) or deviation.ruling != "block":
                continue
            if not deviation.releasers:
                self.on(seq, entry, "deviation.continued")
            elif who in deviation.releasers and not self._worked(who, step):
                others = deviation.releasers - self.performers_of(deviation) - {who}
                if not others:
                    self.on(seq, entry, "deviation.continued")
        for name in self.steps[step].get("after", ()) if entry["kind"] == "step-started" else ():
            if "hold" in self.steps[name] and self._held(name):
                self.about("step.not-released", name)
        done = self.passes.setdefault(place, Pass())
        done.performers |= self.persons(actor)
        done.actors.add(actor)
        self.workers.add((step, actor))
        if entry["kind"] not in {"step-started", "step-completed"}:
            done.worked, done.worked_by = seq, actor

    def _worked(self, person: str, step: str) -> bool:
        return any(person in done.performers for (name, _), done in self.passes.items() if name == step)

    def _held(self, step: str) -> bool:
        done = [one for (name, _), one in self.passes.items() if name == step and one.state == "completed"]
        return any(not one.released for one in done)

    def _step_completed(self, seq: int, actor: str, entry: Map) -> None:
        done, step = self.passes[entry["step"], entry["pass"]], self.steps[entry["step"]]
        done.state = "completed"
        if "authorise" in step and not self.human(actor) and not done.acted:
            self.on(seq, entry, "action.unauthorised")

    def _step_skipped(self, seq: int, actor: str, entry: Map) -> None:
        self.passes[entry["step"], entry["pass"]].state = "skipped"
        if not self.steps[entry["step"]].get("optional"):
            self.facts.append((entry["step"], seq, False, actor))
        if "reason" not in entry:
            self.on(seq, entry, "step.skip-unexplained")

    def _value_recorded(self, seq: int, _actor: str, entry: Map) -> None:
        self._hold(seq, (entry["step"], entry["pass"]), entry["name"], entry["value"], entry["time"][0])

    def _correction(self, seq: int, _actor: str, entry: Map) -> None:
        place, name, _, _ = self.values[entry["corrects"][0]]
        self._hold(seq, place, name, entry["new"], entry["time"][0])

    def _hold(self, seq: int, place: PassId, name: str, value: Any, ms: int) -> None:
        self.values[seq] = (place, name, value, ms)
        self.passes[place].values[name] = seq
        spec = next(one for one in self.steps[place[0]]["values"] if one["id"] == name)
        if spec["type"] in {"decimal", "integer"}:
            number = Decimal(str(value))
            if number < Decimal(spec.get("min", number)) or number > Decimal(spec.get("max", number)):
                self.facts.append((place[0], seq, True, self.writer))

    def _voided(self, seq: int, _actor: str, entry: Map) -> None:
        """What is void counts no more; a fact stays one (6.4-4)."""
        of, place = entry["voids"][0], None
        if of in self.values:
            place, name, _, _ = self.values[of]
            if self.passes[place].values.get(name) == of:
                del self.passes[place].values[name]
        else:
            digest, place, slot = self.items[of]
            if place is not None and slot is not None:
                self.passes[place].items[slot].discard(digest)
        if place is not None:
            self.passes[place].worked, self.passes[place].worked_by = seq, self.writer

    def _instrument_used(self, _seq: int, _actor: str, entry: Map) -> None:
        if "as" in entry:
            self.passes[entry["step"], entry["pass"]].instruments.add(entry["as"])

    def _evidence_added(self, seq: int, actor: str, entry: Map) -> None:
        self.custody.setdefault(entry["digest"], actor)
        self.items[seq] = entry["digest"], self.place(entry), entry.get("slot")
        if "slot" in entry:
            self.passes[entry["step"], entry["pass"]].items[entry["slot"]].add(entry["digest"])

    def _transferred(self, seq: int, _actor: str, entry: Map) -> None:
        self.custody[entry["digest"]] = entry["to"]
        self.transfers[seq] = entry

    def _received(self, _seq: int, actor: str, entry: Map) -> None:
        if self.transfers[entry["transfer"][0]]["to"] == actor:
            self.received.add(entry["transfer"][0])

    def _acted(self, seq: int, actor: str, entry: Map) -> None:
        """An agent acts under leave for exactly that (9.10-32)."""
        self.passes[entry["step"], entry["pass"]].acted = True
        named = entry["authorised"][0] if "authorised" in entry else None
        if "authorise" in self.steps[entry["step"]] and not self.human(actor):
            leave = self.leaves.get(named) if named is not None and named not in self.used else None
            same = ("step", "pass", "action", "arguments")
            fits = leave is not None and all(leave[name] == entry[name] for name in same) and leave["for"] == actor
            roles = self.steps[entry["step"]]["authorise"]
            if not (fits and leave and self.holds(leave["actor"], roles) and leave["expires"][0] > entry["time"][0]):
                self.on(seq, entry, "action.unauthorised")
        if named is not None:
            self.used.add(named)

    def _authorised(self, seq: int, _actor: str, entry: Map) -> None:
        self.leaves[seq] = entry

    def _checked(self, seq: int, actor: str, entry: Map) -> None:
        self.checkers.add(self.person(actor))
        if not entry["passed"]:
            self.facts.append((entry["step"], seq, False, actor))
            return
        allowed, one = self.steps[entry["step"]].get("check"), self.passes[entry["step"], entry["pass"]]
        if self.human(actor) and (allowed is None or self.holds(actor, allowed)):
            one.checkers.add(self.person(actor))
            one.actors.add(actor)
            one.checked = seq

    def _released(self, _seq: int, actor: str, entry: Map) -> None:
        who = self.person(actor)
        if "deviation" not in entry:
            done = self.passes[entry["step"], entry["pass"]]
            if done.state == "completed" and self.human(actor) and self.holds(actor, self.steps[entry["step"]]["hold"]):
                done.releasers.add(who)
                done.actors.add(actor)
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
        matter = self.matter_of(deviation)
        deviation.pinned, given = (
            next(str(row["ruling"]) for row in policy["rulings"] if holds(row, matter))  # 8.4-1
            for policy in (self.pinned, self.policy)
        )
        deviation.ruling = max(deviation.pinned, given, key=RULINGS.index)
        if SEVERITIES.index(entry["severity"]) < SEVERITIES.index(reason["severity"]) or any(
            not entry.get(member) for member in reason.get("demands", ())
        ):
            self.of("deviation.understated", deviation)
        times = [self.values[ref[0]][3] for ref in entry["values"]]
        times += [entry["occurred"][0]] if "occurred" in entry else []
        if times and entry["time"][0] - min(times) > self.policy["rules"]["deviation.late"]["max-delay"]:
            self.of("deviation.late", deviation)

    def _deviation_ruled(self, _seq: int, _actor: str, entry: Map) -> None:
        deviation = self.deviations[entry["deviation"][0]]
        if deviation.recorded is None:
            deviation.recorded = entry

    def _deviation_remediated(self, _seq: int, actor: str, entry: Map) -> None:
        deviation = self.deviations[entry["deviation"][0]]
        deviation.remediators.add(self.person(actor))
        deviation.remediated = deviation.remediated or bool(entry["evidence"])

    def _deviation_closed(self, _seq: int, actor: str, entry: Map) -> None:
        if self.human(actor) and self.holds(actor, self.authority["rule"]):
            self.deviations[entry["deviation"][0]].closers.add(self.person(actor))

    def _gap(self, seq: int, _actor: str, entry: Map) -> None:
        if "reason" not in entry:
            self.on(seq, entry, "gap.unexplained")

    def _run_ended(self, seq: int, actor: str, entry: Map) -> None:
        self.outcome = entry["outcome"]
        if self.outcome == "aborted":
            self.facts.append((None, seq, False, actor))
            return
        for name, step in self.steps.items():
            if "hold" in step and self._held(name):
                self.about("step.not-released", name)
