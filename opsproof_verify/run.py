"""The state of a run (SPEC 6.4, 6.7), which the rules read; ``fold`` takes the entries into it."""

from __future__ import annotations

from collections.abc import Iterable

from opsproof_verify.compact import Group, Keyed, Numbers, Table
from opsproof_verify.contract import SEVERITIES, Contract, Step
from opsproof_verify.entries import Work
from opsproof_verify.findings import Time
from opsproof_verify.items import Items
from opsproof_verify.kinds import (
    Authorised,
    Checked,
    Correction,
    DeviationRaised,
    EvidenceAdded,
    Released,
    Transferred,
    ValueRecorded,
)
from opsproof_verify.memory import NAMED, Facts, Known, Memory
from opsproof_verify.passes import Passes
from opsproof_verify.policy import Policy
from opsproof_verify.policy_parts import stricter
from opsproof_verify.recall import Recall
from opsproof_verify.records import Item
from opsproof_verify.scopes import Scopes
from opsproof_verify.selectors import Matter
from opsproof_verify.state import Actor, Deviation, Held, Leave, Pass, Placed, Progress, Transfer, Value
from opsproof_verify.trust import TrustStore


class Run:
    """What the entries so far amount to."""

    def __init__(
        self,
        contract: Contract,
        pinned: Policy,
        policy: Policy,
        at: int | None,
        recall: Recall,
        trust: TrustStore | None,
    ) -> None:
        """Begin; ``at`` is in ms, ``recall`` reads entries again, ``trust`` maps the names of roles (SPEC 7-6)."""
        self.contract, self.at, self._trust = contract, at, trust
        self.pinned, self.policy = pinned, policy
        self.actors = {member.id: Actor(member) for member in contract.roster}
        self.subject: dict[str, str] = {}
        self.started: Time | None = None
        self.newest: tuple[int, int] | None = None  # ms and frame of the latest time so far
        self.previous: int | None = None  # ms of the entry before
        self.same = 0  # how many entries before, one after another, have that very time
        self.outcome: str | None = None
        self.memory = Memory(recall, self.actors)
        self.values = Known(self.memory, self._see_value, NAMED)
        self.origins = Keyed("Q")  # seqs of corrections, and of the values recorded first that they correct
        self.items = Known(self.memory, _see_item)
        self.custody = Items(self.memory)
        self.authorised = Known(self.memory, _see_leave)
        self.spent = Numbers()  # seqs of authorisations that an action has named
        self.transfers = Known(self.memory, _see_transfer)
        self.unreceived = Numbers()  # seqs of handovers that nobody has confirmed
        self.passes = Passes(contract.steps, self.values)
        self.progress = {name: Progress() for name in contract.steps}
        self.scopes = Scopes(contract.steps)
        self.worked: dict[str, int] = {}  # by person who performed any pass (SPEC 6.4-1): bits of the contract's steps
        self.strangers = Table()  # entries by person and step, where that is not one of the contract's
        self.deviations: dict[int, Deviation] = {}
        self.facts = Facts(self.memory, contract.steps, self.actors)
        self.checkers: set[str] = set()
        self.needed: set[str] = set()  # ids of the approval needs that work makes exist (SPEC 8.5-4)

    def performed(self, deviation: Deviation, person: str) -> bool:
        """Tell whether a person performed a pass of a step in a deviation's scope, of any step if it names none."""
        bits, others = deviation.scope
        if not any(deviation.scope):
            return person in self.worked
        return bool(bits & self.worked.get(person, 0)) or any(self.is_stranger(step, person) for step in others)

    def performed_step(self, step: str, person: str) -> bool:
        """Tell whether a person performed a pass of a step, the contract's or not."""
        bit = self.scopes.bits.get(step)
        return self.is_stranger(step, person) if bit is None else bool(bit & self.worked.get(person, 0))

    def is_stranger(self, step: str, person: str) -> bool:
        """Tell whether a person performed a pass of a step that is not the contract's."""
        for placed in map(self.memory.get, self.strangers.find(f"{person}/{step}")):
            what = placed.entry.what if placed is not None else None
            place = self.place_of(what) if isinstance(what, Work) else None
            if placed is not None and place is not None and place[0] == step and person in placed.actor.persons:
                return True
        return False

    def note(self, one: Pass) -> None:
        """Take what became of a pass into what its step has come to."""
        progress = self.progress.get(one.step)
        if progress is not None:
            progress.note(one)

    def blocking(self, step: str, person: str) -> int | None:
        """Find a deviation that keeps a person from working on a step (SPEC 8.4-4).

        Who released it may not work in its scope either: then nobody else has released it. That is looked at once for
        each step, since a performer of it cannot release it any more.
        """
        found = self.scopes.blocking(step)
        if found is not None or self.performed_step(step, person):
            return found
        for deviation in map(self.deviations.__getitem__, self.scopes.released_by(person)):
            others = (one for one in deviation.releasers if one != person)
            if self.scopes.holds(deviation.scope, step) and all(self.performed(deviation, one) for one in others):
                return deviation.seq
        return None

    def step_of(self, name: str, number: int) -> Step | None:
        """Find a step of the contract that has such a pass (SPEC 6.3-4)."""
        step = self.contract.steps.get(name)
        return step if step is not None and number <= step.passes[1] else None

    def pass_of(self, name: str, number: int) -> Pass:
        """Give a pass, a new one if nothing is known of it."""
        return self.passes.make((name, number), self.memory.taken)

    def unfit(self, item: Item) -> str | None:
        """Tell why an item does not fit its slot; None if it does or has none (SPEC 9.10-23)."""
        step = self.step_of(item.step or "", item.number or 0)
        if item.slot is None or step is None:
            return None
        slot = step.evidence.get(item.slot)
        if slot is None:
            return "slot"
        one = self.passes.get((step.id, item.number or 0))
        if one is not None and one.slots.get(slot.id, 0) >= slot.max and not self.custody.counts(item):
            return "too-many"
        return None if item.media in slot.media else "media"

    def count_item(self, item: Item, seq: int | None = None) -> None:
        """Count an entry's or sign-off's item that fits for its slot; the same content counts once (SPEC 9.10-22)."""
        fits = item.slot is not None and self.step_of(item.step or "", item.number or 0) is not None
        fits = fits and self.unfit(item) is None
        more = fits and self.custody.supply(item) if seq is None else self.custody.add(item, seq, fits=fits)
        if more:
            self.change_slot(item, 1)

    def change_slot(self, item: Item, by: int) -> None:
        """Change the number of contents in an item's slot."""
        slots, slot = self.pass_of(item.step or "", item.number or 0).slots, item.slot or ""
        slots[slot] = slots.get(slot, 0) + by

    def place_of(self, what: Work) -> tuple[str, int] | None:
        """Give step and pass of a work entry, for a correction those of its value; None if it has none (SPEC 6.4-1)."""
        if isinstance(what, Correction):
            old = self.values.get(what.corrects.seq)
            return (old.step, old.number) if old else None
        return None if what.step is None or what.number is None else (what.step, what.number)

    def lacking(self, actor: Actor, what: Work | Checked | Released, ms: int) -> set[tuple[str, int, str]]:
        """Give the pass of an entry, with each qualification that its human actor does not hold then (SPEC 9.10-39).

        A lack that is noted already is left out.
        """
        place = self.place_of(what) if isinstance(what, Work) else (what.step or "", what.number or 0)
        step = self.contract.steps.get(place[0]) if place else None
        if place is None or step is None or not step.qualifications or not actor.human:
            return set()
        held = {own.id for own in actor.member.qualifications if own.holds_at(ms)}
        one = self.passes.get(place)
        noted = one.lacked if one is not None else ()
        lacking = {name for name in step.qualifications if name not in held}
        return {(*place, name) for name in lacking if (actor.member.id, name) not in noted}

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

    def matter_of(self, deviation: Deviation) -> Matter:
        """Give what selectors of the verifying policy look at in a deviation (SPEC 8.6-1)."""
        steps = self.scopes.steps(deviation.scope)
        matter = self.matter(steps, deviation.raiser, deviation.severity, deviation.named)
        return matter if steps else matter._replace(critical=False)

    def weigh(self, placed: Placed, what: DeviationRaised) -> Deviation:
        """Weigh a deviation: severity, scope, and what the policies rule (SPEC 6.7, 8.4)."""
        pack, actor = self.contract.pack, placed.actor
        reason = pack.reasons.get(what.reason) if pack else None
        severity = max(what.severity, reason.severity if reason else "minor", key=SEVERITIES.index)
        values = filter(None, (self.values.get(ref.seq) for ref in what.values))
        steps = frozenset(what.steps) | {value.step for value in values}
        deviation = Deviation(
            seq=placed.entry.seq,
            leaf=placed.leaf,
            frame=placed.frame,
            raiser=actor,
            named=what.reason,
            reason=reason,
            severity=severity,
            scope=self.scopes.of(steps),
            remediators=Group(self.scopes.people),
            releasers=Group(self.scopes.people),
            closers=Group(self.scopes.people),
            pinned="",
            ruling="",
        )
        matter = self.matter_of(deviation)
        deviation.pinned = self.pinned.ruling(matter._replace(roles=frozenset(actor.member.roles)))
        deviation.ruling = stricter(deviation.pinned, self.policy.ruling(matter))
        return deviation

    def _see_value(self, placed: Placed) -> Value | None:
        """See a recorded value or correction in an entry; what is corrected is of the pass and name recorded first."""
        what = placed.entry.what
        if isinstance(what, ValueRecorded):
            return Value(placed.leaf, placed.entry.time.ms, what.value, what.step, what.number, what.name)
        origin = self.origins.get(placed.entry.seq) if isinstance(what, Correction) else None
        if origin is None or not isinstance(what, Correction):
            return None
        return self.values[origin[0]]._replace(leaf=placed.leaf, ms=placed.entry.time.ms, value=what.new)


def _see_item(placed: Placed) -> Held | None:
    what = placed.entry.what
    return Held(placed.leaf, what.item) if isinstance(what, EvidenceAdded) else None


def _see_leave(placed: Placed) -> Leave | None:
    what = placed.entry.what
    return Leave(placed.leaf, what, placed.actor) if isinstance(what, Authorised) else None


def _see_transfer(placed: Placed) -> Transfer | None:
    what = placed.entry.what
    return Transfer(placed.leaf, placed.frame, placed.actor, what) if isinstance(what, Transferred) else None
