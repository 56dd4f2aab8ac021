"""Phase 8 (SPEC 9.11): the graph of sign-offs, which of them stand, what approvals count, what is closed.

Favourable effects are granted here and nowhere else: each needs a known signer, a standing sign-off, a valid key.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from graphlib import TopologicalSorter

from opsproof_verify.case import Case
from opsproof_verify.ed25519 import thumbprint
from opsproof_verify.findings import Fact, Finding, finding
from opsproof_verify.intake import Intake, SignedOff
from opsproof_verify.log import matches
from opsproof_verify.parse_entry import SEVERITIES
from opsproof_verify.policy import ApprovalNeed, Policy
from opsproof_verify.rules import time
from opsproof_verify.rules.evidence import unfit
from opsproof_verify.run import Deviation, Run
from opsproof_verify.validity import AFTER_ALL, Validity, Witnessed
from opsproof_verify.violation import Violations, about

FAVOURABLE = frozenset({"approve", "supply", "remediate"})


@dataclass(slots=True)
class Graph:
    """The usable sign-offs by hash, the ancestors of each, and which stand (SPEC 6.9-2, 6.9-6)."""

    nodes: dict[bytes, SignedOff] = field(default_factory=dict)
    ancestors: dict[bytes, frozenset[bytes]] = field(default_factory=dict)
    withdrawn: set[bytes] = field(default_factory=set)
    flaws: list[Finding] = field(default_factory=list)  # findings of phase 8, for when it runs

    def flaw(self, name: str, node: SignedOff, facts: dict[str, Fact] | None = None) -> None:
        """Note a flaw of a sign-off."""
        self.flaws.append(finding(name, {"frame": node.frame, "signoff": node.hash.hex()}, facts))

    def standing(self, *decisions: str) -> list[SignedOff]:
        """Give the standing sign-offs of some decisions, in the order of their hashes."""
        return [
            node
            for hash_, node in sorted(self.nodes.items())
            if hash_ not in self.withdrawn and node.record.decision in decisions
        ]


def build_graph(intake: Intake) -> Graph:
    """Link the sign-offs of known signers (SPEC 9.11-1 to 9.11-4)."""
    graph = Graph()
    present = set(intake.appended)
    everybody: dict[bytes, SignedOff] = {}
    for node in intake.signoffs:
        if node.hash in everybody:
            graph.flaw("signoff.duplicate", node)
            continue
        everybody[node.hash] = node
        if intake.sealed is None or node.record.seal != intake.sealed.hash or node.record.run != intake.log.run_id:
            graph.flaw("signoff.wrong-seal", node)
        for seen in node.record.seen:
            if seen not in present:
                graph.flaw("signoff.seen-missing", node, {"hash": seen.hex()})
    order = TopologicalSorter({hash_: node.record.seen for hash_, node in everybody.items()})
    for hash_ in order.static_order():
        parents = everybody[hash_].record.seen if hash_ in everybody else ()
        graph.ancestors[hash_] = frozenset(parents).union(*(graph.ancestors[one] for one in parents))
    graph.nodes = {hash_: node for hash_, node in everybody.items() if node.signer is not None}
    for hash_, node in graph.nodes.items():
        if node.record.withdraws is not None:
            _withdraw(graph, hash_, node, node.record.withdraws)
    return graph


def _withdraw(graph: Graph, hash_: bytes, node: SignedOff, target: bytes) -> None:
    """Withdraw a sign-off, if its signer does so having seen it (SPEC 6.9-6)."""
    withdrawn = graph.nodes.get(target)
    same = withdrawn is not None and withdrawn.record.person == node.record.person
    if same and target in graph.ancestors[hash_] and withdrawn and withdrawn.record.decision != "withdraw":
        graph.withdrawn.add(target)
    else:
        graph.flaw("signoff.invalid-withdrawal", node)


def attest_late(case: Case, intake: Intake, graph: Graph) -> None:
    """Take late attestations (SPEC 6.9-5); each is held to what was unattested when the run was sealed."""
    run, log = case.run, intake.log
    attested = []
    for node in graph.standing("attest"):
        if run is None or node.record.attests is None or node.signer is None:
            continue
        name, window = node.record.attests
        actor = run.actors.get(name)
        if actor is None or thumbprint(actor.member.key) != thumbprint(node.signer.key):
            case.add("signature.wrong-key", frame=node.frame, actor=name)
        elif not (log.unused or matches(actor, window)):
            case.add("attestation.mismatch", frame=node.frame, actor=name)
        else:
            attested.append(actor)
    for actor in attested:
        actor.attest()


def check_references(case: Case, intake: Intake, run: Run) -> None:
    """Refs of sign-offs name what they must (SPEC 6.9-8, 9.5-8)."""
    for node in intake.signoffs:
        record, withheld = node.record, intake.log.withheld
        good = all(ref.leaf == run.coverable.get(ref.seq, withheld.get(ref.seq)) for ref in record.covers)
        if record.deviation is not None:
            good = good and intake.log.names_deviation(record.deviation)
        if not good:
            case.add("reference.broken", frame=node.frame, signoff=node.hash.hex())


def take_supplies(run: Run, graph: Graph) -> Violations:
    """Count supplied evidence for its slots (SPEC 9.10-3, 9.10-22, 9.10-23), and remediation by sign-off (8.4-6)."""
    for node in graph.standing("supply", "remediate"):
        for item in node.record.evidence:
            subject: dict[str, Fact] = {"frame": node.frame}
            if item.step is not None and item.number is not None and run.step_of(item.step, item.number) is None:
                yield about("step.unknown", {**subject, "step": item.step})
                continue
            flaw = unfit(run, item)
            if flaw is not None:
                yield about("evidence.unfit", subject, slot=item.slot or "", why=flaw)
            run.count_item(item)
        deviation = run.deviations.get(node.record.deviation.seq) if node.record.deviation else None
        if deviation is not None:
            deviation.remediators.add(node.record.person)
            deviation.remediated = deviation.remediated or bool(node.record.evidence)


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

    def __post_init__(self) -> None:
        """Find which sign-offs count for which need (SPEC 8.5-1, 8.5-4)."""
        worst = max((SEVERITIES.index(one.severity) for one in self.run.deviations.values()), default=-1)
        self.needs = tuple(
            need
            for need in self.policy.approvals
            if need.when_severity is None or SEVERITIES.index(need.when_severity) <= worst
        )
        excluded = self._excluded()
        for need in self.needs:
            out = {person for who in need.independent_of for person in excluded[who]}
            fitting = [node for node in self.graph.standing("approve") if self._fits(need, node)]
            self.counted[need.id] = [node for node in fitting if node.record.person not in out]
            self.selves += [(node, need.id) for node in fitting if node.record.person in out]

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
            and self.key_valid(node)
            and all(self._has_seen(node, before) for before in need.after)
        )

    def _has_seen(self, node: SignedOff, before: str) -> bool:
        ancestors = self.graph.ancestors[node.hash]
        return any(one.hash in ancestors for one in self.counted.get(before, ()))

    def _holds_role(self, role: str, node: SignedOff) -> bool:
        """Tell whether a signer acts in a role and holds it (SPEC 7-6, 8.5-1)."""
        trust, contract, signer = self.case.trust, self.run.contract.id, node.signer
        if signer is None or trust.role(contract, node.record.role) != role:
            return False
        held = {trust.role(contract, name) for name in signer.roles}
        if self.policy.approvers == "roster" and signer.member is not None and signer.member.kind == "human":
            held |= {trust.role(contract, name) for name in signer.member.roles}
        return role in held

    def key_valid(self, node: SignedOff) -> bool:
        """Tell whether a sign-off's key is valid at its time (SPEC 7-4)."""
        validity = Validity(self.case.trust, self.policy.retired_keys == "witnessed")
        signer = node.signer
        witnessed = self.witnessed.signoffs.get(node.hash)
        return signer is not None and validity.holds(signer.key, node.record.time.ms, witnessed, signer.window)

    def covering(self, seq: int) -> set[str]:
        """Give the persons whose counted approvals cover an entry (SPEC 6.9)."""
        return {
            node.record.person
            for nodes in self.counted.values()
            for node in nodes
            if any(ref.seq == seq for ref in node.record.covers)
        }

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


def check_signoffs(closure: Closure, graph: Graph) -> Violations:
    """Rules on each standing favourable sign-off (SPEC 9.11-9 to 9.11-11, 9.10-14, 9.10-18)."""
    for node in graph.nodes.values():
        record = node.record
        subject: dict[str, Fact] = {"frame": node.frame, "signoff": node.hash.hex(), "person": record.person}
        yield from time.check_record_not_later(closure.run, node.frame, record.time)
        member = node.signer.member if node.signer else None
        if member is not None and member.kind != "human" and record.decision in ("approve", "reject"):
            yield about("agent.approval", subject)
        if node.hash in graph.withdrawn or record.decision not in FAVOURABLE:
            continue
        if record.time.ms < closure.sealed_ms:
            yield about("signoff.before-seal", subject)
        if not closure.key_valid(node):
            yield about("signoff.key-not-valid", subject)
    for node, need in closure.selves:
        yield about(
            "approval.self", {"frame": node.frame, "signoff": node.hash.hex(), "person": node.record.person}, need=need
        )


def check_needs(closure: Closure) -> Violations:
    """The approval needs are met (SPEC 9.11-12)."""
    served = closure.served()
    for need in closure.needs:
        if served[need.id] < need.count:
            yield about("approval.missing", {}, need=need.id, role=need.role, missing=need.count - served[need.id])


def check_deviations(closure: Closure) -> Violations:
    """Deviations are remediated and closed, gaps and skips explained or covered (SPEC 9.11-13, 9.11-14)."""
    for deviation in closure.run.deviations.values():
        subject: dict[str, Fact] = {"frame": deviation.frame, "seq": deviation.seq}
        demanded = deviation.reason is not None and deviation.reason.remediation
        if demanded and not deviation.remediated:
            yield about("deviation.not-remediated", subject)
        if (demanded or deviation.ruling != "allow") and not closure.closed(deviation):
            yield about("deviation.not-closed", subject, ruling=deviation.ruling)
    for seq, (rule, _leaf, frame) in closure.run.unexplained.items():
        if not closure.covering(seq):
            yield about(rule, {"frame": frame, "seq": seq})


def check_attested(case: Case, run: Run) -> Violations:
    """Nothing waits for its actor's attestation (SPEC 9.11-6, 9.11-8)."""
    for name, actor in run.actors.items():
        if actor.accountable:
            case.add("attestation.owed", {"count": actor.count}, actor=name)
        if actor.others:
            yield about("attestation.missing", {"actor": name}, count=actor.count)


def collect_witnessed(case: Case, intake: Intake, graph: Graph) -> Witnessed:
    """Gather witnessed times (SPEC 6.10-3), and hold witnesses to 9.8-10 and 9.8-11."""
    bad = {frame for known, frame in case.clocks if case.keys.taken(known.key, known.id)}
    for frame in sorted(bad):
        case.add("witness.not-independent", frame=frame)
    witnessed = Witnessed(
        [(position, record.time.ms) for position, record, frame in intake.log.clock if frame not in bad]
    )
    for one in intake.witnesses:
        record, sealed = one.record, intake.sealed
        if sealed is None or record.run != sealed.seal.run or record.hash not in _targets(intake, record.target):
            case.add("witness.mismatch", frame=one.frame)
        elif one.frame not in bad:
            witnessed.positions.append((AFTER_ALL, record.time.ms))
            covered = {record.hash} | graph.ancestors.get(record.hash, frozenset())
            for hash_ in covered if record.target == "signoff" else ():
                witnessed.signoffs[hash_] = min(record.time.ms, witnessed.signoffs.get(hash_, record.time.ms))
    return witnessed


def _targets(intake: Intake, target: str) -> set[bytes]:
    """Give the hashes that a witness after the seal may name."""
    if target == "seal":
        return {intake.sealed.hash} if intake.sealed else set()
    return {node.hash for node in intake.signoffs} if target == "signoff" else set()
