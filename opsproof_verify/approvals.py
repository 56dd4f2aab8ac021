"""Which approvals count, whom they serve, and what they close (SPEC 8.4-5, 8.5).

Favourable effects are granted here and nowhere else: each needs a known signer, a standing sign-off, a valid key.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from opsproof_verify.case import Case
from opsproof_verify.contract import SEVERITIES
from opsproof_verify.intake import SignedOff
from opsproof_verify.policy import Policy
from opsproof_verify.policy_parts import ApprovalNeed
from opsproof_verify.run import Run
from opsproof_verify.signoffs import Graph
from opsproof_verify.state import Deviation
from opsproof_verify.validity import Witnessed


@dataclass(slots=True)
class Closure:
    """What approvals there are: for each need the sign-offs that count, and what they cover."""

    case: Case
    run: Run
    graph: Graph
    policy: Policy
    witnessed: Witnessed
    sealed_ms: int
    sealer: str
    needs: tuple[ApprovalNeed, ...] = ()
    counted: dict[str, list[SignedOff]] = field(default_factory=dict)
    selves: list[tuple[SignedOff, str]] = field(default_factory=list)
    covers: dict[int, set[str]] = field(default_factory=dict)  # seq: the persons whose counted approvals cover it

    def __post_init__(self) -> None:
        """Find which sign-offs count for which need (SPEC 8.5-1, 8.5-4)."""
        worst = max((SEVERITIES.index(one.severity) for one in self.run.deviations.values()), default=-1)
        self.needs = tuple(
            need
            for need in self.policy.approvals
            if need.when_severity is None or SEVERITIES.index(need.when_severity) <= worst
        )
        excluded, approvals = self._excluded(), self.graph.standing("approve")
        for need in self.needs:
            out = {person for who in need.independent_of for person in excluded[who]}
            fitting = [node for node in approvals if self._fits(need, node)]
            self.counted[need.id] = [node for node in fitting if node.record.person not in out]
            self.selves += [(node, need.id) for node in fitting if node.record.person in out]
            for node in self.counted[need.id]:
                for ref in node.record.covers:
                    self.covers.setdefault(ref.seq, set()).add(node.record.person)

    def _excluded(self) -> dict[str, set[str]]:
        """Give the persons of each word of ``independent-of`` (SPEC 8.5-2)."""
        author = self.case.issuer.person if self.case.issuer else ""
        return {
            "author": {author},
            "performer": self.run.performers,
            "checker": self.run.checkers,
            "sealer": {self.sealer},
        }

    def _fits(self, need: ApprovalNeed, node: SignedOff) -> bool:
        """Tell whether a sign-off counts for a need, independence aside (SPEC 8.5-1)."""
        record = node.record
        if need.meaning is not None and record.meaning.id != need.meaning:
            return False
        if record.viewed is None:
            looked = need.blind
        else:
            looked = need.redacted or (record.viewed.withheld == 0 and record.viewed.absent == 0)
        return (
            looked
            and record.time.ms >= self.sealed_ms
            and self._holds_role(need.role, node)
            and node.hash in self.graph.valid
            and all(self._has_seen(node, before) for before in need.after)
        )

    def _has_seen(self, node: SignedOff, before: str) -> bool:
        """Tell whether a signer had seen an approval for an earlier need, if that need exists (SPEC 8.5-1, 8.5-4)."""
        counted = self.counted.get(before)
        return counted is None or any(self.graph.has_seen(node.hash, one.hash) for one in counted)

    def _holds_role(self, role: str, node: SignedOff) -> bool:
        """Tell whether a signer acts in a role and holds it (SPEC 7-6, 8.5-1)."""
        trust, contract, signer = self.case.trust, self.run.contract.id, node.signer
        if signer is None or trust.role(contract, node.record.role) != role:
            return False
        held = {trust.role(contract, name) for name in signer.roles}
        if self.policy.approvers == "roster" and signer.member is not None and signer.member.kind == "human":
            held |= {trust.role(contract, name) for name in signer.member.roles}
        return role in held

    def rejections(self) -> list[SignedOff]:
        """Give the rejections that stand: to withdraw one is favourable, and needs a valid key (SPEC 7-5, 9.11-5)."""
        return [
            node
            for hash_, node in sorted(self.graph.nodes.items())
            if node.record.decision == "reject"
            and not any(one.hash in self.graph.valid for one in self.graph.withdrawn.get(hash_, ()))
        ]

    def covering(self, seq: int) -> set[str]:
        """Give the persons whose counted approvals cover an entry (SPEC 6.9)."""
        return self.covers.get(seq, set())

    def served(self) -> dict[str, int]:
        """Give, for each need, how many people serve it when people are assigned best (SPEC 8.5-3).

        Needs are served in order; a person serves one. Augmenting paths keep each slot that was filled filled.
        """
        slots = [need.id for need in self.needs for _ in range(need.count)]
        people = {name: sorted({node.record.person for node in nodes}) for name, nodes in self.counted.items()}
        serving: dict[str, int] = {}
        for slot in range(len(slots)):
            _augment(slot, slots, people, serving)
        filled = [slots[slot] for slot in serving.values()]
        return {need.id: filled.count(need.id) for need in self.needs}

    def closed(self, deviation: Deviation) -> bool:
        """Tell whether a deviation is closed (SPEC 8.4-5)."""
        barred = deviation.remediators | {deviation.raiser} | self.run.performers_of(deviation)
        inside = set(deviation.closers) - barred
        return bool(inside or self.covering(deviation.seq) - deviation.remediators)


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
