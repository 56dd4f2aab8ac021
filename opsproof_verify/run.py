"""The state of a run (SPEC 6.4, 6.7): a fold over its entries, which the rules read.

``Run.apply`` takes one entry after another and keeps what rules need: passes, actors, deviations, facts.
No entry is kept. What grows is one small record a pass, a recorded value, a leave, an evidence digest and a deviation.
"""

from __future__ import annotations

from collections.abc import Callable

from opsproof_verify.contract import SEVERITIES, Contract, Step
from opsproof_verify.entries import (
    Acted,
    AtStep,
    Authorised,
    Checked,
    Correction,
    DeviationClosed,
    DeviationRaised,
    DeviationRemediated,
    DeviationRuled,
    EvidenceAdded,
    Gap,
    Released,
    RunEnded,
    RunStarted,
    StepSkipped,
    ValueRecorded,
    Work,
)
from opsproof_verify.findings import Time
from opsproof_verify.policy import Policy
from opsproof_verify.policy_parts import stricter
from opsproof_verify.records import Item
from opsproof_verify.state import ACCOUNTABLE, Actor, Deviation, Fact, Leave, Pass, Placed, Progress, Value, within


class Run:
    """What the entries so far amount to."""

    def __init__(self, contract: Contract, pinned: Policy, policy: Policy, at: int | None) -> None:
        """Begin with the contract's roster and nothing done; ``at`` is the verification time in milliseconds."""
        self.contract = contract
        self.at = at
        self.pinned = pinned
        self.policy = policy
        self.actors = {member.id: Actor(member) for member in contract.roster}
        self.subject: dict[str, str] = {}
        self.started: Time | None = None
        self.newest: tuple[int, int] | None = None  # ms and frame of the latest time so far
        self.outcome: str | None = None
        self.passes: dict[tuple[str, int], Pass] = {}
        self.progress: dict[str, Progress] = {}
        self.performers: set[str] = set()  # the persons who performed any pass (SPEC 6.4-1)
        self.values: dict[int, Value] = {}
        self.evidence: set[bytes] = set()
        self.authorised: dict[int, Leave] = {}  # authorisations by seq
        self.spent: set[int] = set()  # of these, the seqs of those that an action has named
        self.deviations: dict[int, Deviation] = {}
        self.blocks: dict[str | None, dict[int, None]] = {}  # unreleased blocking deviations by step, None: any step
        self.releases: dict[str, list[Deviation]] = {}  # released deviations by releaser
        self.unexplained: dict[int, tuple[str, bytes, int]] = {}  # seq: rule, leaf, frame
        self.coverable: dict[int, bytes] = {}
        self.facts: list[Fact] = []
        self.checkers: set[str] = set()

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
        if one is not None and one.slots.get(slot.id, 0) >= slot.max:
            return "too-many"
        return None if item.media in slot.media else "media"

    def count_item(self, item: Item) -> None:
        """Count an evidence item that fits for its slot."""
        if item.step is not None and item.number is not None and item.slot is not None and self.unfit(item) is None:
            slots = self.pass_of(item.step, item.number).slots
            slots[item.slot] = slots.get(item.slot, 0) + 1

    def place_of(self, what: Work) -> tuple[str, int] | None:
        """Give step and pass of a work entry, for a correction those of its value; None if it has none (SPEC 6.4-1)."""
        if isinstance(what, Correction):
            old = self.values.get(what.corrects.seq)
            return (old.step, old.number) if old else None
        return None if what.step is None or what.number is None else (what.step, what.number)

    def apply(self, placed: Placed) -> None:
        """Take one entry into the state."""
        entry = placed.entry
        if self.newest is None or entry.time.ms > self.newest[0]:
            self.newest = entry.time.ms, placed.frame
        placed.actor.last = (entry.seq, placed.frame)
        if entry.kind != "attestation":
            self._note_attestable(placed)
        if isinstance(entry.what, Work):
            self._note_performers(placed.actor, self.place_of(entry.what))
        handler = _HANDLERS.get(type(entry.what))
        if handler is not None:
            handler(self, placed, entry.what)

    def _note_attestable(self, placed: Placed) -> None:
        """Put an entry into its actor's window (SPEC 6.6-1)."""
        entry, actor = placed.entry, placed.actor
        actor.write(placed.leaf)
        step = self.contract.steps.get(getattr(entry.what, "step", None) or "")
        if entry.kind in ACCOUNTABLE or (step is not None and step.critical):
            actor.accountable = True
        else:
            actor.others = True

    def _note_performers(self, actor: Actor, place: tuple[str, int] | None) -> None:
        """Note who performs a pass (SPEC 6.4-1)."""
        if place is not None:
            one, persons = self.pass_of(*place), {actor.person, actor.member.principal or actor.person}
            one.performers |= persons
            self.performers |= persons
            self.progress_of(one.step).note(one)


def _run_started(run: Run, placed: Placed, what: RunStarted) -> None:
    run.started, run.subject = placed.entry.time, what.subject


def _at_step(run: Run, placed: Placed, what: AtStep) -> None:
    one = run.pass_of(what.step, what.number)
    if placed.entry.kind == "step-started":
        one.started = one.started or placed.entry.time
        run.progress_of(what.step).note(one)
        return
    one.ended, one.completed = True, True
    run.progress_of(what.step).note(one)
    step = run.contract.steps.get(what.step)
    took = placed.entry.time.ms - one.started.ms if one.started else 0
    if step is not None and step.max_ms is not None and took > step.max_ms:
        run.facts.append(Fact("overtime", placed.frame, what.step, None))


def _step_skipped(run: Run, placed: Placed, what: StepSkipped) -> None:
    one = run.pass_of(what.step, what.number)
    one.ended = True
    run.progress_of(what.step).note(one)
    step = run.contract.steps.get(what.step)
    if step is not None and not step.optional:
        run.facts.append(Fact("skipped", placed.frame, what.step, None))
    run.coverable[placed.entry.seq] = placed.leaf
    if what.reason is None:
        run.unexplained[placed.entry.seq] = ("step.skip-unexplained", placed.leaf, placed.frame)


def _value_recorded(run: Run, placed: Placed, what: ValueRecorded) -> None:
    _hold_value(run, placed, Value(placed.leaf, what.value, what.step, what.number, what.name))


def _correction(run: Run, placed: Placed, what: Correction) -> None:
    old = run.values.get(what.corrects.seq)
    if old is not None:
        _hold_value(run, placed, old._replace(leaf=placed.leaf, value=what.new))


def _hold_value(run: Run, placed: Placed, value: Value) -> None:
    """Make an entry the one that holds a value, and note whether it is out of limits."""
    run.values[placed.entry.seq] = value
    run.pass_of(value.step, value.number).values[value.name] = placed.entry.seq
    step = run.contract.steps.get(value.step)
    spec = step.values.get(value.name) if step else None
    if spec is not None and not within(spec, value.value):
        run.facts.append(Fact("out-of-limits", placed.frame, value.step, placed.entry.seq))


def _evidence_added(run: Run, _: Placed, what: EvidenceAdded) -> None:
    run.evidence.add(what.item.digest)
    run.count_item(what.item)


def _checked(run: Run, placed: Placed, what: Checked) -> None:
    person = placed.actor.person
    run.checkers.add(person)
    step, one = run.contract.steps.get(what.step), run.passes.get((what.step, what.number))
    if not what.passed:
        run.facts.append(Fact("check-failed", placed.frame, what.step, None))
    elif step and one and one.started and placed.actor.human and (not step.check or placed.actor.holds(step.check)):
        one.checkers.add(person)


def _authorised(run: Run, placed: Placed, what: Authorised) -> None:
    run.authorised[placed.entry.seq] = Leave(placed.leaf, what, placed.actor)


def _acted(run: Run, _: Placed, what: Acted) -> None:
    run.pass_of(what.step, what.number).acted = True
    if what.authorised is not None:
        run.spent.add(what.authorised.seq)


def _released(run: Run, placed: Placed, what: Released) -> None:
    if not placed.actor.human:
        return
    if what.deviation is not None:
        deviation = run.deviations.get(what.deviation.seq)
        entitled = placed.actor.holds(run.contract.authority.release)
        if deviation is not None and entitled and placed.actor.person not in run.performers_of(deviation):
            run.block(deviation, on=False)
            deviation.releasers.add(placed.actor.person)
            run.releases.setdefault(placed.actor.person, []).append(deviation)
        return
    step, one = run.contract.steps.get(what.step or ""), run.passes.get((what.step or "", what.number or 0))
    if step and step.hold and one and one.completed and placed.actor.holds(step.hold):
        one.releasers.add(placed.actor.person)
        run.progress_of(step.id).note(one)


def _deviation_raised(run: Run, placed: Placed, what: DeviationRaised) -> None:
    pack = run.contract.pack
    reason = pack.reasons.get(what.reason) if pack else None
    severity = max(what.severity, reason.severity if reason else "minor", key=SEVERITIES.index)
    named = {run.values[ref.seq].step for ref in what.values if ref.seq in run.values}
    steps = frozenset(what.steps) | named
    critical = any(step in run.contract.steps and run.contract.steps[step].critical for step in steps)
    pinned = run.pinned.ruling(severity, what.reason, critical=critical)
    given = run.policy.ruling(severity, what.reason, critical=critical)
    run.coverable[placed.entry.seq] = placed.leaf
    deviation = run.deviations[placed.entry.seq] = Deviation(
        seq=placed.entry.seq,
        leaf=placed.leaf,
        frame=placed.frame,
        raised=what,
        raiser=placed.actor.person,
        reason=reason,
        severity=severity,
        steps=steps,
        critical=critical,
        pinned=pinned,
        ruling=stricter(pinned, given),
    )
    if deviation.ruling == "block":
        run.block(deviation, on=True)


def _deviation_ruled(run: Run, placed: Placed, what: DeviationRuled) -> None:
    deviation = run.deviations.get(what.deviation.seq)
    if deviation is not None and deviation.recorded is None:
        deviation.recorded, deviation.ruled_frame = what, placed.frame


def _deviation_remediated(run: Run, placed: Placed, what: DeviationRemediated) -> None:
    deviation = run.deviations.get(what.deviation.seq)
    if deviation is not None:
        deviation.remediators.add(placed.actor.person)
        deviation.remediated = deviation.remediated or bool(what.evidence)


def _deviation_closed(run: Run, placed: Placed, what: DeviationClosed) -> None:
    deviation = run.deviations.get(what.deviation.seq)
    if deviation is not None and placed.actor.human and placed.actor.holds(run.contract.authority.rule):
        deviation.closers.append(placed.actor.person)


def _gap(run: Run, placed: Placed, what: Gap) -> None:
    run.coverable[placed.entry.seq] = placed.leaf
    if what.reason is None:
        run.unexplained[placed.entry.seq] = ("gap.unexplained", placed.leaf, placed.frame)


def _run_ended(run: Run, placed: Placed, what: RunEnded) -> None:
    run.outcome = what.outcome
    if what.outcome == "aborted":
        run.facts.append(Fact("aborted", placed.frame, None, None))


_HANDLERS: dict[type, Callable[..., None]] = {
    RunStarted: _run_started,
    AtStep: _at_step,
    StepSkipped: _step_skipped,
    ValueRecorded: _value_recorded,
    Correction: _correction,
    EvidenceAdded: _evidence_added,
    Checked: _checked,
    Authorised: _authorised,
    Acted: _acted,
    Released: _released,
    DeviationRaised: _deviation_raised,
    DeviationRuled: _deviation_ruled,
    DeviationRemediated: _deviation_remediated,
    DeviationClosed: _deviation_closed,
    Gap: _gap,
    RunEnded: _run_ended,
}
