"""Rules on sign-offs and on the approvals that a policy needs (SPEC 9.11-9 to -12, -20 to -23; 9.10-18)."""

from __future__ import annotations

from collections.abc import Iterator

from opsproof_verify.approvals import CHANGES, Closure, Tally
from opsproof_verify.findings import Fact
from opsproof_verify.graph import SignedOff
from opsproof_verify.violation import Violations, about

#: Decisions that can raise a verdict. A withdrawal can too; it cannot be withdrawn, so one that is late or under a bad
#: key takes no effect, and is no finding.
FAVOURABLE = CHANGES | {"approve", "redact"}


def check_human(closure: Closure) -> Violations:
    """Agents and devices neither approve nor reject (9.10-18)."""
    for node in closure.graph.nodes.values():
        member = node.signer.member if node.signer else None
        if member is not None and member.kind != "human" and node.record.decision in ("approve", "reject"):
            yield about("agent.approval", _subject(node))


def check_after_seal(closure: Closure) -> Violations:
    """No favourable sign-off is from before the seal (9.11-9)."""
    for node in _favourable(closure):
        if node.record.time.ms < closure.sealed_ms:
            yield about("signoff.before-seal", _subject(node))


def check_keys(closure: Closure) -> Violations:
    """The key of each favourable sign-off is valid at its time (9.11-10)."""
    for node in _favourable(closure):
        if node.hash not in closure.graph.valid:
            yield about("signoff.key-not-valid", _subject(node))


def check_not_self(closure: Closure) -> Violations:
    """Nobody approves what they took part in (9.11-11)."""
    for node, need in closure.selves:
        yield about("approval.self", _subject(node), need=need)


def check_authenticated(closure: Closure) -> Violations:
    """Approvals claim how their signer was authenticated (9.11-20)."""
    return _flawed(closure, "signoff.not-authenticated")


def check_delegated(closure: Closure) -> Violations:
    """The delegations that approvals carry hold (9.11-21)."""
    return _flawed(closure, "signoff.delegation-invalid")


def check_looked_at(closure: Closure) -> Violations:
    """Approvals name the policy that judges, or the pinned one (9.11-22)."""
    return _flawed(closure, "signoff.other-policy")


def check_needs(closure: Closure, tally: Tally) -> Violations:
    """The approval needs are met (9.11-12)."""
    served = tally.served()
    for need in closure.needs:
        if served[need.id] < need.count:
            yield about("approval.missing", {}, need=need.id, role=need.role, missing=need.count - served[need.id])


def check_deadlines(closure: Closure) -> Violations:
    """Approvals are given by their deadline (9.11-23)."""
    for need in closure.needs:
        if need.deadline is None:
            continue
        limit, at = closure.sealed_ms + need.deadline, closure.case.at
        nodes = closure.counted[need.id]
        persons = {node.record.person for node in nodes}
        in_time = {node.record.person for node in nodes if node.record.time.ms <= limit}
        if len(in_time) < need.count and (len(persons) >= need.count or (at is not None and at > limit)):
            yield about("approval.late", {}, need=need.id, in_time=len(in_time))


def _favourable(closure: Closure) -> Iterator[SignedOff]:
    """Give the standing favourable sign-offs, withdrawals aside (SPEC 6.9-10)."""
    return (node for node in closure.graph.standing(*FAVOURABLE))


def _flawed(closure: Closure, rule: str) -> Violations:
    """Find the approvals that violate a rule by which they may not count (SPEC 8.5-1)."""
    for hash_, flaws in closure.flaws.items():
        if rule in flaws:
            yield about(rule, _subject(closure.graph.nodes[hash_]), **flaws[rule])


def _subject(node: SignedOff) -> dict[str, Fact]:
    return {"frame": node.frame, "signoff": node.hash.hex(), "person": node.record.person}


AT_CLOSURE = (
    check_human,
    check_after_seal,
    check_keys,
    check_not_self,
    check_authenticated,
    check_delegated,
    check_looked_at,
    check_deadlines,
)
