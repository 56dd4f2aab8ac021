"""The rules of phase 8 (SPEC 9.11): attestations, sign-offs, approval needs, deviations."""

from __future__ import annotations

from opsproof_verify.approvals import Closure
from opsproof_verify.case import Case
from opsproof_verify.findings import Fact
from opsproof_verify.intake import SignedOff
from opsproof_verify.rules import time
from opsproof_verify.run import Run
from opsproof_verify.signoffs import Graph
from opsproof_verify.violation import Violations, about

FAVOURABLE = frozenset({"approve", "supply", "remediate", "attest"})


def check_signoffs(closure: Closure, graph: Graph) -> Violations:
    """Rules on each standing favourable sign-off (SPEC 9.11-9 to 9.11-11, 9.10-14, 9.10-18)."""
    for node in graph.nodes.values():
        record = node.record
        subject: dict[str, Fact] = {"frame": node.frame, "signoff": node.hash.hex(), "person": record.person}
        yield from time.check_record_not_later(closure.run, node.frame, record.time)
        member = node.signer.member if node.signer else None
        if member is not None and member.kind != "human" and record.decision in ("approve", "reject"):
            yield about("agent.approval", subject)
        if node.hash in graph.withdrawn or not _is_favourable(graph, node):
            continue
        if record.time.ms < closure.sealed_ms:
            yield about("signoff.before-seal", subject)
        if node.hash not in graph.valid:
            yield about("signoff.key-not-valid", subject)
    for node, need in closure.selves:
        yield about(
            "approval.self", {"frame": node.frame, "signoff": node.hash.hex(), "person": node.record.person}, need=need
        )


def _is_favourable(graph: Graph, node: SignedOff) -> bool:
    """Tell whether a sign-off can raise a verdict; a withdrawal can if it withdraws a rejection."""
    target = graph.nodes.get(node.record.withdraws) if node.record.withdraws else None
    return node.record.decision in FAVOURABLE or (target is not None and target.record.decision == "reject")


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
