"""The rules of phase 8 (SPEC 9.11): attestations, sign-offs, approval needs, deviations."""

from __future__ import annotations

from opsproof_verify.approvals import CHANGES, Closure, Tally
from opsproof_verify.case import Case
from opsproof_verify.chain import Chain
from opsproof_verify.ed25519 import thumbprint
from opsproof_verify.findings import Fact
from opsproof_verify.intake import SignedOff
from opsproof_verify.rules import time
from opsproof_verify.run import Run
from opsproof_verify.signoffs import Graph
from opsproof_verify.validity import AFTER_ALL
from opsproof_verify.violation import Violations, about

#: Decisions that can raise a verdict. A withdrawal can too; it cannot be withdrawn, so one that is late or under a bad
#: key takes no effect, and is no finding.
FAVOURABLE = CHANGES | {"approve", "redact"}


def check_signoffs(closure: Closure, graph: Graph) -> Violations:
    """Rules on each standing favourable sign-off (SPEC 9.11-9 to 9.11-11, 9.10-14, 9.10-18)."""
    for node in graph.nodes.values():
        record, subject = node.record, _subject(node)
        yield from time.check_record_not_later(closure.run, node.frame, record.time)
        member = node.signer.member if node.signer else None
        if member is not None and member.kind != "human" and record.decision in ("approve", "reject"):
            yield about("agent.approval", subject)
        if node.hash in graph.withdrawn or record.decision not in FAVOURABLE:
            continue
        if record.time.ms < closure.sealed_ms:
            yield about("signoff.before-seal", subject)
        if node.hash not in graph.valid:
            yield about("signoff.key-not-valid", subject)
    for node, need in closure.selves:
        yield about("approval.self", _subject(node), need=need)


def check_approvals(closure: Closure, graph: Graph) -> Violations:
    """Approvals say how their signer was authenticated, by whose leave, and what was looked at (9.11-20 to 9.11-22)."""
    for hash_, flaws in closure.flaws.items():
        for rule, facts in flaws.items():
            yield about(rule, _subject(graph.nodes[hash_]), **facts)


def check_seal(closure: Closure) -> Violations:
    """The seal's key is the trust store's, and a witness signed it soon (SPEC 9.11-16 to 9.11-18)."""
    subject: dict[str, Fact] = {"frame": closure.frame}
    kid = thumbprint(closure.sealer.member.key) if closure.sealer else b""
    if closure.case.keys.trusted(kid) is None:
        yield about("seal.key-not-trusted", subject, kid=kid.hex())
    witnessed = closure.witnessed.position(AFTER_ALL)
    limit = closure.sealed_ms + closure.policy.rules["seal.witnessed-late"].number("within")
    if witnessed is None:
        yield about("seal.not-witnessed", subject)
    known = closure.case.at if witnessed is None else witnessed
    if known is not None and known > limit:
        yield about("seal.witnessed-late", subject, late=known - limit)


def check_redactions(closure: Closure, withheld: Chain, absent: list[tuple[bytes, int]]) -> Violations:
    """Who withholds an entry or evidence says so and why (SPEC 9.11-19)."""
    redacting = (node for node in closure.graph.standing("redact") if node.hash in closure.graph.effective)
    named = {one for node in redacting for one in node.record.withholds}
    for seq, leaf in withheld.withheld.items():
        if leaf not in named:
            yield about("redaction.unexplained", {"frame": withheld.withheld_at[seq], "seq": seq})
    for digest, frame in absent:
        if digest not in named:
            yield about("redaction.unexplained", {"frame": frame, "digest": digest.hex()})


def check_deadlines(closure: Closure) -> Violations:
    """Approvals are given by their deadline (SPEC 9.11-23)."""
    for need in closure.needs:
        if need.deadline is None:
            continue
        limit, at = closure.sealed_ms + need.deadline, closure.case.at
        nodes = closure.counted[need.id]
        persons = {node.record.person for node in nodes}
        in_time = {node.record.person for node in nodes if node.record.time.ms <= limit}
        if len(in_time) < need.count and (len(persons) >= need.count or (at is not None and at > limit)):
            yield about("approval.late", {}, need=need.id, in_time=len(in_time))


def _subject(node: SignedOff) -> dict[str, Fact]:
    return {"frame": node.frame, "signoff": node.hash.hex(), "person": node.record.person}


def check_needs(closure: Closure, tally: Tally) -> Violations:
    """The approval needs are met (SPEC 9.11-12)."""
    served = tally.served()
    for need in closure.needs:
        if served[need.id] < need.count:
            yield about("approval.missing", {}, need=need.id, role=need.role, missing=need.count - served[need.id])


def check_deviations(run: Run, tally: Tally) -> Violations:
    """Deviations are remediated and closed (SPEC 9.11-13, 9.11-14)."""
    for deviation in run.deviations.values():
        subject: dict[str, Fact] = {"frame": deviation.frame, "seq": deviation.seq}
        if deviation.demands_remediation and not deviation.remediated:
            yield about("deviation.not-remediated", subject).by(deviation.raiser).of(deviation)
        if deviation.demands_closing and not tally.closes(deviation):
            yield about("deviation.not-closed", subject, ruling=deviation.ruling).by(deviation.raiser).of(deviation)


def check_attested(case: Case, run: Run) -> Violations:
    """Nothing waits for its actor's attestation (SPEC 9.11-6, 9.11-8)."""
    for name, actor in run.actors.items():
        if actor.accountable:
            case.add("attestation.owed", {"count": actor.count}, actor=name)
        if actor.others:
            yield about("attestation.missing", {"actor": name}, count=actor.count).by(actor)
