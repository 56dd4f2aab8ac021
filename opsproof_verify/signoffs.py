"""Sign-offs as a graph (SPEC 6.9, 6.10): who has seen what, what stands, and what stands takes effect.

Sign-offs are a set, in whatever order the file has them; ``seen`` makes it a graph that hashes keep free of cycles.
"""

from __future__ import annotations

from graphlib import TopologicalSorter

from opsproof_verify.case import Case
from opsproof_verify.findings import Fact
from opsproof_verify.graph import Graph, SignedOff
from opsproof_verify.intake import Intake
from opsproof_verify.log import matches
from opsproof_verify.references import names_deviation
from opsproof_verify.run import Run
from opsproof_verify.validity import AFTER_ALL, Validity, Witnessed
from opsproof_verify.violation import Violations, about


def build_graph(intake: Intake) -> Graph:
    """Link the sign-offs of known signers (SPEC 9.11-1 to 9.11-4)."""
    graph = Graph()
    strangers: set[bytes] = set()  # of another seal or run
    everybody: dict[bytes, SignedOff] = {}
    for node in intake.signoffs:
        if node.hash in everybody:
            graph.flaw("signoff.duplicate", node)
            continue
        everybody[node.hash] = node
        if node.record.seal != intake.seal_hash or node.record.run != intake.log.chain.run_id:
            graph.flaw("signoff.wrong-seal", node)
            strangers.add(node.hash)
        for seen in node.record.seen:
            if seen not in intake.signoff_hashes:
                graph.flaw("signoff.seen-missing", node, {"hash": seen.hex()})
    # Hashes of sign-offs that are not here, or not usable, lead nowhere; a file can name millions of them.
    parents = {hash_: [one for one in node.record.seen if one in everybody] for hash_, node in everybody.items()}
    for hash_ in TopologicalSorter(parents).static_order():
        graph.bits[hash_] = 1 << len(graph.bits)
        graph.ancestors[hash_] = 0
        for parent in parents[hash_]:
            graph.ancestors[hash_] |= graph.ancestors[parent] | graph.bits[parent]
    graph.nodes = {hash_: node for hash_, node in everybody.items() if node.signer and hash_ not in strangers}
    for hash_, node in graph.nodes.items():
        if node.record.withdraws is not None:
            _withdraw(graph, hash_, node, node.record.withdraws)
    return graph


def _withdraw(graph: Graph, hash_: bytes, node: SignedOff, target: bytes) -> None:
    """Withdraw a sign-off, if its signer does so having seen it (SPEC 6.9-6)."""
    withdrawn = graph.nodes.get(target)
    if (
        withdrawn is not None
        and withdrawn.record.person == node.record.person
        and withdrawn.record.decision != "withdraw"
        and graph.has_seen(hash_, target)
    ):
        graph.withdrawn.setdefault(target, []).append(node)
    else:
        graph.flaw("signoff.invalid-withdrawal", node)


def judge_keys(case: Case, run: Run, graph: Graph, witnessed: Witnessed, sealed_ms: int) -> None:
    """Find the sign-offs whose key is valid at their time (SPEC 7-4), and which is not earlier than the seal's.

    No other has a favourable effect (SPEC 6.9-10).
    """
    validity = Validity(case.trust, retired_witnessed=run.policy.retired_keys == "witnessed")
    graph.valid = {
        hash_
        for hash_, node in graph.nodes.items()
        if node.signer is not None
        and validity.holds(node.signer.key, node.record.time.ms, witnessed.signoffs.get(hash_), node.signer.window)
    }
    graph.effective = {hash_ for hash_ in graph.valid if graph.nodes[hash_].record.time.ms >= sealed_ms}


def attest_late(case: Case, intake: Intake, run: Run, graph: Graph) -> None:
    """Take late attestations (SPEC 6.9-5); each is held to what was unattested when the run was sealed."""
    attested = []
    for node in graph.standing("attest"):
        late, signer = node.record.attests, node.signer
        actor = run.actors.get(late.actor) if late else None
        if late is None or signer is None or actor is None or actor.member.key != signer.key:
            case.add("signature.wrong-key", frame=node.frame, actor=late.actor if late else "")
        elif not (intake.log.chain.unused or matches(actor, late)):
            case.add("attestation.mismatch", frame=node.frame, actor=late.actor)
        elif node.hash in graph.effective:
            attested.append(actor)
    for actor in attested:
        actor.attest()


def find_owed(case: Case, run: Run) -> None:
    """Find whose entries are never final without their attestation, and wait for it (SPEC 9.11-6)."""
    for name, actor in run.actors.items():
        if actor.accountable:
            case.add("attestation.owed", {"count": actor.count}, actor=name)


def check_references(case: Case, intake: Intake, run: Run) -> None:
    """Refs of sign-offs name what they must (SPEC 6.9-8, 9.5-8)."""
    for node in intake.signoffs:
        record = node.record
        good = all(seq < intake.log.chain.count for seq in record.covers)
        if record.deviation is not None:
            good = good and names_deviation(run, intake.log.chain, record.deviation)
        if not good:
            case.add("reference.broken", frame=node.frame, signoff=node.hash.hex())


def take_supplies(run: Run, graph: Graph) -> Violations:
    """Count supplied evidence for its slots (SPEC 9.10-3, 9.10-22, 9.10-23), and remediation by sign-off (8.4-6)."""
    for node in (one for one in graph.standing("supply", "remediate") if one.hash in graph.effective):
        for item in node.record.evidence:
            subject: dict[str, Fact] = {"frame": node.frame}
            if item.step is not None and item.number is not None and run.step_of(item.step, item.number) is None:
                yield about("step.unknown", {**subject, "step": item.step})
                continue
            flaw = run.unfit(item)
            if flaw is not None:
                yield about("evidence.unfit", subject, slot=item.slot or "", why=flaw)
            run.count_item(item)
        deviation = run.deviations.get(node.record.deviation.seq) if node.record.deviation else None
        if deviation is not None:
            deviation.remediators.add(node.record.person)
            deviation.remediated = deviation.remediated or bool(node.record.evidence)


def collect_witnessed(case: Case, intake: Intake, graph: Graph) -> Witnessed:
    """Gather witnessed times (SPEC 6.10-3), and hold witnesses to 9.8-10 and 9.8-11."""
    taken = {known for known in {known for known, _ in case.clocks} if case.keys.taken(known.key, known.id)}
    bad = {frame for known, frame in case.clocks if known in taken}
    for frame in sorted(bad):
        case.add("witness.not-independent", frame=frame)
    witnessed = Witnessed(
        [(position, record.time.ms) for position, record, frame in intake.log.clock if frame not in bad]
    )
    for one in intake.witnesses:
        record = one.record
        if record.run != intake.log.chain.run_id or record.hash not in _targets(intake, record.target):
            case.add("witness.mismatch", frame=one.frame)
        elif one.frame not in bad:
            witnessed.positions.append((AFTER_ALL, record.time.ms))
            for hash_ in graph.bits if record.target == "signoff" else ():
                if hash_ != record.hash and not graph.has_seen(record.hash, hash_):
                    continue
                witnessed.signoffs[hash_] = min(record.time.ms, witnessed.signoffs.get(hash_, record.time.ms))
    return witnessed


def _targets(intake: Intake, target: str) -> set[bytes]:
    """Give the hashes that a witness after the seal may name."""
    if target == "seal":
        return {intake.seal_hash}
    return {node.hash for node in intake.signoffs} if target == "signoff" else set()
