"""The state of a run (SPEC 6.4, 6.7), which the rules read; ``fold`` takes the entries into it."""

from __future__ import annotations

from collections.abc import Iterable

from opsproof_verify.contract import SEVERITIES, Contract, Step
from opsproof_verify.entries import Work
from opsproof_verify.findings import Time
from opsproof_verify.kinds import Checked, Correction, DeviationRaised, Released
from opsproof_verify.policy import Policy
from opsproof_verify.policy_parts import stricter
from opsproof_verify.records import Item
from opsproof_verify.selectors import Matter
from opsproof_verify.state import Actor, Deviation, Fact, Held, Leave, Pass, Placed, Progress, Transfer, Value
from opsproof_verify.trust import TrustStore


class Run:
    """What the entries so far amount to."""

    def __init__(
        self, contract: Contract, pinned: Policy, policy: Policy, at: int | None, trust: TrustStore | None = None
    ) -> None:
        """Begin with the contract's roster and nothing done.

        ``at`` is the verification time in milliseconds; ``trust`` maps the names of roles (SPEC 7-6).
        """
        self.contract = contract
        self._trust = trust
        self.at = at
        self.pinned = pinned
        self.policy = policy
        self.actors = {member.id: Actor(member) for member in contract.roster}
        self.subject: dict[str, str] = {}
        self.started: Time | None = None
        self.newest: tuple[int, int] | None = None  # ms and frame of the latest time so far
        self.previous: int | None = None  # ms of the entry before
        self.same = 0  # how many entries before, one after another, have that very time
        self.outcome: str | None = None
        self.passes: dict[tuple[str, int], Pass] = {}
        self.progress: dict[str, Progress] = {}
        self.performers: set[str] = set()  # the persons who performed any pass (SPEC 6.4-1)
        self.values: dict[int, Value] = {}
        self.items: dict[int, Held] = {}
        self.custody: dict[bytes, str] = {}  # evidence digest: the actor who holds it
        self.transfers: dict[int, Transfer] = {}
        self.authorised: dict[int, Leave] = {}  # authorisations by seq
        self.spent: set[int] = set()  # of these, the seqs of those that an action has named
        self.deviations: dict[int, Deviation] = {}
        self.blocks: dict[str | None, dict[int, None]] = {}  # unreleased blocking deviations by step, None: any step
        self.releases: dict[str, list[Deviation]] = {}  # released deviations by releaser
        self.facts: list[Fact] = []
        self.checkers: set[str] = set()
        self.workers: set[tuple[str, str]] = set()  # steps, and the actors who worked on them

    def performers_of(self, deviation: Deviation) -> set[str]:
        """The persons who performed any pass of a step in a deviation's scope, of any step if it names none."""
        if not deviation.steps:
            return self.performers
        return set().union(*(self.progress_of(step).performers for step in deviation.steps))

    def progress_of(self, step: str) -> Progress:
        """Give what the passes of a step amount to."""
        return self.progress.setdefault(step, Progress())

    def block(self, deviation: Deviation, *, on: bool) -> None:
        """Block the steps in a deviation's scope, or release them (SPEC 8.4-4)."""
        for step in deviation.steps or (None,):
            held = self.blocks.setdefault(step, {})
            if on:
                held[deviation.seq] = None
            else:
                held.pop(deviation.seq, None)

    def blocking(self, step: str, person: str) -> int | None:
        """Find a deviation that keeps a person from working on a step (SPEC 8.4-4).

        Who released it may not work in its scope either: then nobody else has released it. That is looked at once for
        each step, since a performer of it cannot release it any more.
        """
        for held in (self.blocks.get(step), self.blocks.get(None)):
            if held:
                return next(iter(held))
        if person in self.progress_of(step).performers:
            return None
        for deviation in self.releases.get(person, ()):
            in_scope = not deviation.steps or step in deviation.steps
            if in_scope and deviation.releasers <= self.performers_of(deviation) | {person}:
                return deviation.seq
        return None

    def step_of(self, name: str, number: int) -> Step | None:
        """Find a step of the contract that has such a pass (SPEC 6.3-4)."""
        step = self.contract.steps.get(name)
        return step if step is not None and number <= step.passes[1] else None

    def pass_of(self, name: str, number: int) -> Pass:
        """Give a pass, a new one if nothing is known of it."""
        one = self.passes.get((name, number))
        if one is None:
            one = self.passes[name, number] = Pass(name, number)
        return one

    def unfit(self, item: Item) -> str | None:
        """Tell why an item does not fit its slot; None if it does or has none (SPEC 9.10-23)."""
        step = self.step_of(item.step or "", item.number or 0)
        if item.slot is None or step is None:
            return None
        slot = step.evidence.get(item.slot)
        if slot is None:
            return "slot"
        one = self.passes.get((step.id, item.number or 0))
        if one is not None and len(one.slots.get(slot.id, set()) | {item.digest}) > slot.max:
            return "too-many"
        return None if item.media in slot.media else "media"

    def count_item(self, item: Item) -> None:
        """Count an evidence item that fits for its slot; the same content counts once (SPEC 9.10-22)."""
        if item.step is not None and item.number is not None and item.slot is not None and self.unfit(item) is None:
            self.pass_of(item.step, item.number).slots.setdefault(item.slot, set()).add(item.digest)

    def place_of(self, what: Work) -> tuple[str, int] | None:
        """Give step and pass of a work entry, for a correction those of its value; None if it has none (SPEC 6.4-1)."""
        if isinstance(what, Correction):
            old = self.values.get(what.corrects.seq)
            return (old.step, old.number) if old else None
        return None if what.step is None or what.number is None else (what.step, what.number)

    def lacking(self, actor: Actor, what: Work | Checked | Released, ms: int) -> set[tuple[str, int, str]]:
        """Give the pass of an entry, with each qualification that its human actor does not hold then (SPEC 9.10-39)."""
        place = self.place_of(what) if isinstance(what, Work) else (what.step or "", what.number or 0)
        step = self.contract.steps.get(place[0]) if place else None
        if place is None or step is None or not step.qualifications or not actor.human:
            return set()
        held = {own.id for own in actor.member.qualifications if own.holds_at(ms)}
        return {(*place, name) for name in step.qualifications if name not in held}

    def note_time(self, ms: int, frame: int) -> None:
        """Take the time of an entry."""
        if self.newest is None or ms > self.newest[0]:
            self.newest = ms, frame
        self.same = self.same + 1 if ms == self.previous else 1
        self.previous = ms

    def role(self, name: str) -> str:
        """Give the policy's name of a role of the contract (SPEC 7-6)."""
        return name if self._trust is None else self._trust.role(self.contract.id, name)

    def matter(self, steps: Iterable[str], actor: Actor | None, severity: str = "", reason: str = "") -> Matter:
        """Give what selectors of the verifying policy look at (SPEC 8.6-1)."""
        matter = self._matter(steps, actor, severity, reason)
        return matter._replace(roles=frozenset(self.role(name) for name in matter.roles))

    def _matter(self, steps: Iterable[str], actor: Actor | None, severity: str, reason: str) -> Matter:
        """Give that with the contract's own names of roles."""
        names = frozenset(steps)
        known = [self.contract.steps[name] for name in names if name in self.contract.steps]
        return Matter(
            steps=names,
            tags=frozenset(tag for step in known for tag in step.tags),
            critical=any(step.critical for step in known) if names else None,
            roles=frozenset(actor.member.roles if actor else ()),
            kind=actor.member.kind if actor else "",
            severity=severity,
            reason=reason,
        )

    def weigh(self, placed: Placed, what: DeviationRaised) -> Deviation:
        """Weigh a deviation: severity, scope, and what the policies rule (SPEC 6.7, 8.4)."""
        pack, actor = self.contract.pack, placed.actor
        reason = pack.reasons.get(what.reason) if pack else None
        severity = max(what.severity, reason.severity if reason else "minor", key=SEVERITIES.index)
        steps = frozenset(what.steps) | {self.values[ref.seq].step for ref in what.values if ref.seq in self.values}
        matter = self.matter(steps, actor, severity, what.reason)
        if matter.critical is None:
            matter = matter._replace(critical=False)
        pinned = self.pinned.ruling(matter._replace(roles=frozenset(actor.member.roles)))
        return Deviation(
            seq=placed.entry.seq,
            leaf=placed.leaf,
            frame=placed.frame,
            ms=placed.entry.time.ms,
            raised=what,
            raiser=actor,
            reason=reason,
            severity=severity,
            steps=steps,
            matter=matter,
            pinned=pinned,
            ruling=stricter(pinned, self.policy.ruling(matter)),
        )
