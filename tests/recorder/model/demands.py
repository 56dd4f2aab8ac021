"""What a policy may demand of entries beyond the contract: written from SPEC 9.10-12 and 9.10-33 to 9.10-52 alone."""

from __future__ import annotations

from typing import Any

from recorder.model.matters import Found
from recorder.model.state import WORK, Deviation, Pass, PassId

Map = dict[str, Any]

QUALIFIED = WORK | {"correction", "checked", "released"}


class Demands:
    """A run that knows what to demand of an entry before it is taken; the rest of the run is :class:`Run`'s."""

    contract: Map
    steps: dict[str, Map]
    authority: Map
    policy: Map
    actors: dict[str, Map]
    found: set[Found]
    passes: dict[PassId, Pass]
    values: dict[int, tuple[PassId, str, Any, int]]
    items: dict[int, tuple[bytes, PassId | None, str | None]]
    deviations: dict[int, Deviation]
    leaves: dict[int, Map]

    def __init__(self) -> None:
        self.latest: int | None = None
        self.previous: int | None = None
        self.same = 0
        self.began = 0
        self.custody: dict[bytes, str] = {}
        self.transfers: dict[int, Map] = {}
        self.received: set[int] = set()
        self.wrote: set[str] = set()

    def on(self, seq: int, entry: Map, code: str, step: str | None = None) -> None:
        """Find a violation by an entry; its step is that which it names, unless another is given."""
        place = self.place(entry)
        name = step or (place[0] if place else entry.get("step"))
        self.found.add(Found(code, seq, entry["actor"], frozenset((name,) if name else ())))

    def about(self, code: str, step: str | None = None, seq: int | None = None, actor: str | None = None) -> None:
        """Find a violation that is not of one entry alone."""
        self.found.add(Found(code, seq, actor, frozenset((step,) if step else ())))

    def place(self, entry: Map) -> PassId | None:
        """Tell which pass a work entry is of (6.4-1)."""
        if entry["kind"] == "correction":
            return self.values[entry["corrects"][0]][0]
        return (entry["step"], entry["pass"]) if entry["kind"] in WORK and "step" in entry else None

    def judge_time(self, seq: int, entry: Map) -> None:
        """Hold an entry to the clock (9.10-12, -13, -34 to -36)."""
        ms, kind = entry["time"][0], entry["kind"]
        if self.latest is not None and ms < self.latest:
            self.on(seq, entry, "time.not-monotonic")
        if self.previous is not None and ms < self.previous and kind != "clock-changed":
            self.on(seq, entry, "time.clock-changed-silently")
        if ms == self.previous and self.same == self.policy["rules"]["time.repeated"]["max-same"]:
            self.on(seq, entry, "time.repeated")
        if seq == 0:
            self.began = ms
            if "clock" not in entry:
                self.on(seq, entry, "time.clock-unstated")
        elif ms < self.began:
            self.on(seq, entry, "time.outside-run")
        self.same = self.same + 1 if ms == self.previous else 1
        self.latest, self.previous = max(ms, self.latest or 0), ms

    def judge(self, seq: int, entry: Map) -> None:
        """Hold an entry to the rest, before it is taken."""
        actor = self.actors[entry["actor"]]
        if actor["kind"] != "human" and entry["actor"] not in self.wrote:
            for member in ("config", "principal", "software"):
                if member not in actor:
                    self.on(seq, entry, "agent.undescribed")
        if entry["kind"] in QUALIFIED and actor["kind"] == "human":
            self._judge_qualified(seq, entry, actor)
        if judge := getattr(self, "_judge_" + entry["kind"].replace("-", "_"), None):
            judge(seq, entry)

    def _judge_qualified(self, seq: int, entry: Map, actor: Map) -> None:
        place = self.place(entry) or ((entry["step"], entry["pass"]) if "step" in entry else None)
        if place is None or (place in self.passes and entry["actor"] in self.passes[place].actors):
            return
        ms = entry["time"][0]
        held = {
            one["id"]
            for one in actor.get("qualifications", ())
            if one.get("not-before", [0])[0] <= ms <= one.get("not-after", [ms])[0]
        }
        if set(self.steps[place[0]].get("qualifications", ())) - held:
            self.on(seq, entry, "actor.unqualified", place[0])

    def _judge_step_started(self, seq: int, entry: Map) -> None:
        for name in self.steps[entry["step"]].get("after", ()):
            done = [one for (step, _), one in self.passes.items() if step == name]
            if self.steps[name].get("critical") and any(one.unchecked for one in done):
                self.on(seq, entry, "check.late")

    def _judge_step_completed(self, seq: int, entry: Map) -> None:
        used = self.passes[entry["step"], entry["pass"]].instruments
        if set(self.steps[entry["step"]].get("instruments", ())) - used:
            self.on(seq, entry, "instrument.missing")

    def _judge_instrument_used(self, seq: int, entry: Map) -> None:
        if "due" not in entry or entry["due"][0] < entry["time"][0]:
            self.on(seq, entry, "instrument.out-of-calibration")

    def _judge_value_recorded(self, seq: int, entry: Map) -> None:
        self._judge_lag(seq, entry, entry.get("observed"))

    def _judge_lag(self, seq: int, entry: Map, seen: Any) -> None:
        rules = self.policy["rules"]
        lag = entry["time"][0] - seen[0] if seen else 0
        if lag > rules["entry.late-unexplained"]["max-lag"] and "late" not in entry:
            self.on(seq, entry, "entry.late-unexplained")
        if entry["kind"] == "evidence-added" and lag > rules["evidence.late"]["max-lag"]:
            self.on(seq, entry, "evidence.late")

    def _judge_evidence_added(self, seq: int, entry: Map) -> None:
        self._judge_lag(seq, entry, entry.get("captured"))
        if any(name not in entry for name in self.policy["rules"]["evidence.undescribed"]["members"]):
            self.on(seq, entry, "evidence.undescribed")
        if entry["digest"] in self.custody:
            self.on(seq, entry, "evidence.reused")

    def _judge_transferred(self, seq: int, entry: Map) -> None:
        if self.custody.get(entry["digest"]) != entry["actor"] or entry["to"] not in self.actors:
            self.on(seq, entry, "custody.broken")

    def _judge_voided(self, seq: int, entry: Map) -> None:
        actor = self.actors[entry["actor"]]
        if actor["kind"] != "human" or not set(actor["roles"]) & set(self.authority.get("void", ())):
            self.on(seq, entry, "void.unauthorised")

    def _judge_acted(self, seq: int, entry: Map) -> None:
        """Leave is not given by the principal of who acts (9.10-52)."""
        actor = self.actors[entry["actor"]]
        leave = self.leaves.get(entry["authorised"][0]) if "authorised" in entry else None
        if leave and actor["kind"] != "human" and self.actors[leave["actor"]]["person"] == actor.get("principal"):
            self.on(seq, entry, "action.by-principal")

    def end_of_demands(self) -> None:
        """Find what only the end shows."""
        if "retention" not in self.contract:
            self.about("contract.no-retention")
        for seq, entry in self.transfers.items():
            if seq not in self.received:
                self.about("custody.not-received", None, seq, entry["actor"])
        for (step, _), one in self.passes.items():
            critical = self.steps[step].get("critical") and one.state == "completed"
            if critical and one.checkers and one.worked > one.checked:
                self.about("check.outdated", step, one.worked, one.worked_by)
