"""The Report (SPEC 11) from what the phases know; nothing is judged here."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping

from opsproof_verify.approvals import Closure, Tally
from opsproof_verify.case import Case
from opsproof_verify.findings import Time, Verdict
from opsproof_verify.graph import Graph
from opsproof_verify.intake import Intake
from opsproof_verify.judge import Judgement
from opsproof_verify.owed import closing_set
from opsproof_verify.policy import Policy
from opsproof_verify.records import SignOff
from opsproof_verify.register import CODES, NOT_EVALUATED, RULES, Stops
from opsproof_verify.report import (
    BundleFacts,
    CheckOutcome,
    ContractFacts,
    DeviationFacts,
    Outcome,
    PolicyFacts,
    Report,
    RuleOutcome,
    SignOffFacts,
    TrustFacts,
    WitnessFacts,
)


def assemble(judgement: Judgement, expected: Mapping[str, str]) -> Report:
    """Put the report together."""
    case, intake, graph, closure = judgement.case, judgement.intake, judgement.graph, judgement.closure
    ran_rules, ran_closure = judgement.ran_rules, closure is not None
    findings = case.found.findings()
    policy = case.policy
    provisional = judgement.verdict is Verdict.PROVISIONAL
    return Report(
        bundle=_bundle(case, intake),
        trust=TrustFacts(case.trust.id, case.trust.serial, case.trust.digest.hex()),
        contract=_contract(case),
        policy=_policy(policy, given=case.given is not None),
        at=case.at,
        expect=tuple(expected.items()),
        findings=findings,
        counts=case.found.counts(),
        rules=() if policy is None else _rules(case, policy, ran_rules=ran_rules, ran_closure=ran_closure),
        checks=() if policy is None else _checks(case, policy, ran_closure=ran_closure),
        not_run=_not_run(case, ran_rules=ran_rules, ran_closure=ran_closure),
        owed=closing_set(case, closure) if provisional else (),
        deviations=() if closure is None else _deviations(closure),
        signoffs=_signoffs(graph, closure),
        witnessed=_witnessed(intake),
    )


def _bundle(case: Case, intake: Intake) -> BundleFacts:
    log = intake.log.chain
    appended = hashlib.sha256(b"".join(sorted(intake.appended))).hexdigest() if intake.seal_hash else None
    return BundleFacts(
        run=log.run_id.hex() or None,
        seal=intake.seal_hash.hex() or None,
        appended=appended,
        entries=log.count,
        evidence_count=log.evidence_count,
        evidence_bytes=log.evidence_bytes,
        withheld=_ranges(seq for seq, _, _ in log.withheld),
        absent=tuple(digest.hex() for digest in sorted({digest for digest, _ in intake.bodies.absent})),
        subject=tuple(sorted(case.run.subject.items())) if case.run else (),
    )


def _ranges(numbers: Iterable[int]) -> tuple[tuple[int, int], ...]:
    """Give ascending numbers as ranges, first and last."""
    ranges: list[tuple[int, int]] = []
    for number in numbers:
        if ranges and ranges[-1][1] == number - 1:
            ranges[-1] = ranges[-1][0], number
        else:
            ranges.append((number, number))
    return tuple(ranges)


def _contract(case: Case) -> ContractFacts | None:
    lep, issuer = case.contract, case.issuer
    if lep is None or issuer is None:
        return None
    return ContractFacts(lep.id, lep.version, lep.title, case.contract_hash.hex(), issuer.person, issuer.organisation)


def _policy(policy: Policy | None, *, given: bool) -> PolicyFacts | None:
    if policy is None:
        return None
    chosen_by = "caller" if given else "issuer"
    return PolicyFacts(policy.id, policy.version, policy.title, policy.digest.hex(), chosen_by)


def _rules(case: Case, policy: Policy, *, ran_rules: bool, ran_closure: bool) -> tuple[RuleOutcome, ...]:
    """Say what became of each rule of the vocabulary."""
    violated = case.violated.names()
    skipped = {str(dict(found.subject)["rule"]) for found in case.found.findings() if found.code is NOT_EVALUATED}
    outcomes = []
    for name, code in RULES.items():
        setting = policy.rules[name]
        if setting.level is None:
            outcome = Outcome.OFF
        elif not (ran_closure if code.phase == 8 else ran_rules):
            outcome = Outcome.NOT_RUN
        elif name in violated:
            outcome = Outcome.VIOLATED
        else:
            outcome = Outcome.NOT_EVALUATED if name in skipped else Outcome.PASSED
        level = setting.level.value if setting.level else "off"
        outcomes.append(RuleOutcome(name, level, outcome, setting.reason, policy.serves.get(name, ())))
    return tuple(outcomes)


def _checks(case: Case, policy: Policy, *, ran_closure: bool) -> tuple[CheckOutcome, ...]:
    """Say what became of the codes of fixed severity that serve something (SPEC 8.7)."""
    found = case.found.names()
    outcomes = []
    for name, clauses in policy.serves.items():
        code = CODES[name]
        if name in RULES:
            continue
        if name in found:
            outcome = Outcome.VIOLATED
        else:
            ran = (ran_closure or code.phase < 8) and (case.run is not None or code.phase in (1, 2, 4, 6))
            outcome = Outcome.PASSED if ran else Outcome.NOT_RUN
        outcomes.append(CheckOutcome(name, outcome, clauses))
    return tuple(outcomes)


def _not_run(case: Case, *, ran_rules: bool, ran_closure: bool) -> tuple[tuple[int, tuple[str, ...]], ...]:
    """Say which phases did not run, and what stopped them (SPEC 9.3-5)."""
    because = case.found.stopped_by(Stops.CLOSURE)
    phases = []
    if case.run is None:
        phases.append(5)
    if not ran_rules:
        phases.append(7)
    if not ran_closure:
        phases.append(8)
    return tuple((phase, because) for phase in phases)


def _deviations(closure: Closure) -> tuple[DeviationFacts, ...]:
    tally = Tally(closure, closure.counted)
    return tuple(
        DeviationFacts(
            seq=one.seq,
            leaf=one.leaf.hex(),
            reason=one.named,
            severity=one.severity,
            recorded=one.recorded.ruling if one.recorded else None,
            ruling=one.ruling,
            remediated=one.remediated if one.demands_remediation else None,
            closed=tally.closes(one) if one.demands_closing else None,
        )
        for one in closure.run.deviations.values()
    )


def _signoffs(graph: Graph, closure: Closure | None) -> tuple[SignOffFacts, ...]:
    counts: dict[bytes, list[str]] = {}
    for need, nodes in closure.counted.items() if closure else ():
        for node in nodes:
            counts.setdefault(node.hash, []).append(need)
    return tuple(
        SignOffFacts(
            hash=hash_.hex(),
            frame=node.frame,
            person=node.record.person,
            name=node.record.name,
            role=node.record.role,
            decision=node.record.decision,
            meaning=node.record.meaning.id,
            meaning_text=node.record.meaning.text,
            time=node.record.time,
            standing=hash_ not in graph.withdrawn,
            counts_for=tuple(counts.get(hash_, ())),
            covers=node.record.covers,
            authentication=_authentication(node.record),
            delegated_by=node.delegated.record.giver if node.delegated else None,
        )
        for hash_, node in sorted(graph.nodes.items(), key=lambda pair: (pair[1].record.time.ms, pair[0]))
    )


def _authentication(record: SignOff) -> tuple[tuple[str, ...], Time] | None:
    claim = record.authentication
    return None if claim is None else (claim.factors, claim.time)


def _witnessed(intake: Intake) -> tuple[WitnessFacts, ...]:
    records = [record for _, record, _ in intake.log.clock] + [one.record for one in intake.witnesses]
    return tuple(WitnessFacts(one.witness, one.target, one.hash.hex(), one.time) for one in records)
