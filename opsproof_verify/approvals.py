"""Which approvals count, whom they serve, and what they cover (SPEC 8.5).

Favourable effects are granted here and nowhere else: each needs a known signer, a standing sign-off, a valid key.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from itertools import chain

from opsproof_verify import fields
from opsproof_verify.case import Case
from opsproof_verify.compact import Numbers
from opsproof_verify.findings import Fact
from opsproof_verify.graph import Graph, SignedOff
from opsproof_verify.policy import Policy
from opsproof_verify.policy_parts import ApprovalNeed
from opsproof_verify.register import Severity
from opsproof_verify.run import Run
from opsproof_verify.slotted import field, slotted
from opsproof_verify.state import Actor, Deviation
from opsproof_verify.validity import Signer, Validity, Witnessed

#: Decisions that change what is recorded: a last word has seen them (SPEC 8.5-1).
CHANGES = frozenset({"supply", "remediate", "attest"})

#: For each need the sign-offs that count for it.
Counted = Mapping[str, Sequence[SignedOff]]


@slotted()
class Closure:
    """What approvals there are, and for each need the sign-offs that count."""

    case: Case
    run: Run
    graph: Graph
    policy: Policy
    witnessed: Witnessed
    sealed_ms: int
    sealer: Actor | None
    frame: int = 0  # of the seal
    needs: tuple[ApprovalNeed, ...] = ()
    counted: dict[str, list[SignedOff]] = field(default_factory=dict)
    naming: dict[int, list[SignedOff]] = field(default_factory=dict)  # approvals by the entries that they cover
    selves: list[tuple[SignedOff, str]] = field(default_factory=list)
    flaws: dict[bytes, dict[str, dict[str, Fact]]] = field(default_factory=dict)  # of approvals: rules, and the facts
    latest: int = 0  # the bits of the sign-offs that changed the record, which a last word has seen

    def __post_init__(self) -> None:
        """Find which sign-offs count for which need (SPEC 8.5-1, 8.5-4)."""
        matched = self._matched()
        self.needs = tuple(need for need in self.policy.approvals if self._exists(need, matched[need.id]))
        self.latest = self._changes()
        excluded, approvals = self._excluded(), self.graph.standing("approve")
        self.flaws = {node.hash: self._flaws(node) for node in approvals}
        wanted = Numbers()
        for seq in chain((seq for seq, _, _ in self.case.coverable), self.run.deviations):
            wanted.add(seq)
        for node in approvals:
            for seq in filter(wanted.__contains__, node.record.covers):
                self.naming.setdefault(seq, []).append(node)
        for need in self.needs:
            out = {person for who in need.independent_of for person in excluded[who]}
            meant = [node for node in approvals if self._is_for(need, node)]
            self.selves += [(node, need.id) for node in meant if not persons_of(node).isdisjoint(out)]
            others = [node for node in meant if persons_of(node).isdisjoint(out)]
            self.counted[need.id] = [node for node in others if self._fits(need, node)]
        counts = {node.hash for nodes in self.counted.values() for node in nodes}
        self.selves = [(node, need) for node, need in self.selves if node.hash not in counts]

    def _matched(self) -> Counter[str]:
        """Count the deviations that each need exists for (SPEC 8.5-4)."""
        rows = [(need.id, need.when_deviation.where) for need in self.policy.approvals if need.when_deviation]
        matters = map(self.run.matter_of, self.run.deviations.values() if rows else ())
        return Counter(name for matter in matters for name, where in rows if where.holds(matter))

    def _exists(self, need: ApprovalNeed, matched: int) -> bool:
        """Tell whether a need exists in this run (SPEC 8.5-4)."""
        if need.when_deviation is not None and matched >= need.when_deviation.count:
            return True
        if need.when_work is not None:
            return need.id in self.run.needed
        return not need.conditional

    def _changes(self) -> int:
        """Give the bits of what changed the record after the seal (SPEC 8.5-1, *last word*)."""
        graph = self.graph
        changes = {hash_ for hash_ in graph.effective if graph.nodes[hash_].record.decision in CHANGES}
        # A withdrawal of one is not favourable: it takes the evidence away whatever became of its key (7-5).
        changes |= {node.hash for hash_ in changes for node in graph.withdrawn.get(hash_, ())}
        return sum(graph.bits[hash_] for hash_ in changes)

    def _excluded(self) -> dict[str, set[str]]:
        """Give the persons of each word of ``independent-of`` (SPEC 8.5-2)."""
        wrote = [actor.persons for actor in self.run.actors.values() if actor.last is not None]
        return {
            "author": {self.case.issuer.person if self.case.issuer else ""},
            "performer": set(self.run.worked),
            "checker": self.run.checkers,
            "recorder": set().union(*wrote),
            "sealer": {self.sealer.person} if self.sealer else set(),
        }

    def _is_for(self, need: ApprovalNeed, node: SignedOff) -> bool:
        """Tell whether a sign-off is meant for a need: in its role and with its meaning (SPEC 8.5-1, 9.11-11)."""
        role = self.run.role(node.record.role)
        return role == need.role and need.meaning in (None, node.record.meaning.id)

    def _fits(self, need: ApprovalNeed, node: SignedOff) -> bool:
        """Tell whether a sign-off that is meant for a need counts for it, independence aside (SPEC 8.5-1)."""
        record, rules = node.record, self.policy.rules
        if record.viewed is None:
            looked = need.blind
        else:
            looked = need.redacted or (record.viewed.withheld == 0 and record.viewed.absent == 0)
        return (
            looked
            and node.hash in self.graph.effective
            and self._holds_role(need.role, node)
            and all(rules[rule].level in (None, Severity.NOTE) for rule in self.flaws[node.hash])
            and not (need.last_word and self.latest & ~self.graph.ancestors[node.hash])
            and self.in_order(need, node, self.counted)
        )

    def in_order(self, need: ApprovalNeed, node: SignedOff, counted: Counted) -> bool:
        """Tell whether a signer had seen an approval for each earlier need, if that need exists (SPEC 8.5-1)."""
        return all(
            any(self.graph.has_seen(node.hash, one.hash) for one in counted[before])
            for before in need.after
            if before in counted
        )

    def _holds_role(self, role: str, node: SignedOff) -> bool:
        """Tell whether a signer holds a role, or somebody who holds it delegated it (SPEC 8.5-1)."""
        held = self._roles(node.signer)
        member = node.signer.member if node.signer else None
        if self.policy.approvers == "roster" and member is not None and member.kind == "human":
            held |= {self.run.role(name) for name in member.roles}
        if node.delegated is not None and self.undelegated(node) is None:
            held.add(role)
        return role in held

    def _roles(self, signer: Signer | None) -> set[str]:
        """Give the roles that the trust store gives a signer (SPEC 7-6)."""
        return {self.run.role(name) for name in signer.roles} if signer else set()

    def undelegated(self, node: SignedOff) -> str | None:
        """Tell why the delegation that a sign-off carries does not hold; None if it does (SPEC 6.11-2)."""
        if node.delegated is None or node.signer is None:
            return None
        given, giver = node.delegated
        ms, role = node.record.time.ms, self.run.role(node.record.role)
        validity = Validity(self.case.trust, retired_witnessed=self.policy.retired_keys == "witnessed")
        if giver is None or giver.person != given.giver or role not in self._roles(giver):
            return "giver"
        if given.to != node.signer.person or (node.signer.member and node.signer.member.kind != "human"):
            return "to"
        if self.run.role(given.role) != role:
            return "role"
        if not fields.is_among(given.contracts, self.run.contract.id):
            return "contract"
        if not given.not_before.ms <= ms <= given.not_after.ms:
            return "time"
        witnessed = self.witnessed.signoffs.get(node.hash)
        return None if validity.holds(giver.key, ms, witnessed, giver.window) else "key"

    def _flaws(self, node: SignedOff) -> dict[str, dict[str, Fact]]:
        """Find the rules that an approval violates, by which it may not count (SPEC 9.11-20 to 9.11-22)."""
        record, flaws = node.record, dict[str, dict[str, Fact]]()
        setting, claim = self.policy.rules["signoff.not-authenticated"], record.authentication
        age = record.time.ms - claim.time.ms if claim else -1
        if claim is None or len(claim.factors) < setting.number("min-factors"):
            flaws["signoff.not-authenticated"] = {"why": "factors", "claimed": len(claim.factors) if claim else 0}
        elif not 0 <= age <= setting.number("max-age"):
            flaws["signoff.not-authenticated"] = {"why": "age", "age": age}
        broken = self.undelegated(node)
        if broken is not None:
            flaws["signoff.delegation-invalid"] = {"why": broken}
        if record.viewed is not None and record.viewed.policy not in (self.policy.digest, self.run.pinned.digest):
            flaws["signoff.other-policy"] = {"policy": record.viewed.policy.hex()}
        return flaws

    def rejections(self) -> list[SignedOff]:
        """Give the rejections that stand: to withdraw one is favourable, and needs a valid key (SPEC 7-5, 9.11-5)."""
        return [
            node
            for hash_, node in sorted(self.graph.nodes.items())
            if node.record.decision == "reject"
            and not any(one.hash in self.graph.effective for one in self.graph.withdrawn.get(hash_, ()))
        ]

    def coverers(self, seq: int) -> set[str]:
        """Give the needs whose approvals may cover what was found at an entry (SPEC 8.5-5)."""
        deviation = self.run.deviations.get(seq)
        matter = self.run.matter_of(deviation) if deviation is not None else None
        for need in self.needs:
            if matter is not None and need.covers is not None and need.covers.holds(matter):
                return {need.id}
        return {need.id for need in self.needs if need.covers is None}


def persons_of(node: SignedOff) -> set[str]:
    """Give the persons behind a sign-off: the signer, and who delegated to the signer (SPEC 8.5-2)."""
    return {node.record.person} | ({node.delegated.record.giver} if node.delegated else set())


class Tally:
    """What some counted sign-offs amount to: the needs that they serve, and the entries that they cover."""

    def __init__(self, closure: Closure, counted: Counted) -> None:
        """Take the sign-offs that count for each need."""
        self.closure = closure
        self.counted = counted
        self._for: dict[bytes, set[str]] = {}
        for need, nodes in counted.items():
            for node in nodes:
                self._for.setdefault(node.hash, set()).add(need)

    def served(self) -> dict[str, int]:
        """Give, for each need, how many people serve it when people are assigned best (SPEC 8.5-3).

        Needs are served in order; a person serves one. Augmenting paths keep each slot that was filled filled.
        """
        needs = self.closure.needs
        slots = [need.id for need in needs for _ in range(need.count)]
        people = {name: sorted({node.record.person for node in nodes}) for name, nodes in self.counted.items()}
        serving: dict[str, int] = {}
        for slot in range(len(slots)):
            _augment(slot, slots, people, serving)
        filled = [slots[slot] for slot in serving.values()]
        return {need.id: filled.count(need.id) for need in needs}

    def covers(self, seq: int, barred: Iterable[str]) -> bool:
        """Tell whether an approval covers what was found at an entry, of nobody who is barred (SPEC 8.5-5)."""
        needs = self.closure.coverers(seq)
        return any(
            not needs.isdisjoint(self._for.get(node.hash, ())) and persons_of(node).isdisjoint(barred)
            for node in self.closure.naming.get(seq, ())
        )

    def closes(self, deviation: Deviation) -> bool:
        """Tell whether a deviation is closed (SPEC 8.4-5)."""
        run, barred = self.closure.run, {deviation.raiser.person, *deviation.remediators}
        closed = any(person not in barred and not run.performed(deviation, person) for person in deviation.closers)
        return closed or self.covers(deviation.seq, deviation.remediators)


def _augment(slot: int, slots: list[str], people: dict[str, list[str]], serving: dict[str, int]) -> None:
    """Fill one slot if an augmenting path exists (breadth first)."""
    reached: dict[str, int] = {}  # person: the slot from which it was reached
    queue = [slot]
    for current in queue:
        for person in people[slots[current]]:
            if person in reached:
                continue
            reached[person] = current
            if person not in serving:
                _switch(person, slot, reached, serving)
                return
            queue.append(serving[person])


def _switch(person: str, slot: int, reached: dict[str, int], serving: dict[str, int]) -> None:
    """Move people along an augmenting path that ends at a free person."""
    held = {taken: who for who, taken in serving.items()}
    while True:
        taken = reached[person]
        serving[person] = taken
        if taken == slot:
            return
        person = held[taken]
