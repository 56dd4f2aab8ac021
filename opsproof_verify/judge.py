"""The ladder (SPEC 9): phases 1 to 6 in one pass, then what can be judged only when all is read.

A pure function of its arguments. Whatever the bytes, there is a judgement; this is the last floor of the trusted core.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import BinaryIO

from opsproof_verify import signoffs
from opsproof_verify.approvals import Closure, Tally
from opsproof_verify.case import Case
from opsproof_verify.findings import Fact, Verdict, decide, finding
from opsproof_verify.graph import Graph
from opsproof_verify.intake import Intake, Sealed
from opsproof_verify.policy import Policy
from opsproof_verify.register import NOT_EVALUATED, RULES, Severity, Stops
from opsproof_verify.rules import actors, contract, deviations, evidence, sealing, steps, time, values
from opsproof_verify.rules import signoffs as signoff_rules
from opsproof_verify.run import Run
from opsproof_verify.slotted import slotted
from opsproof_verify.trust import Issuer
from opsproof_verify.validity import AFTER_ALL, BEFORE_ALL, Validity, Witnessed, member_window
from opsproof_verify.violation import at_each_pass

#: Rules judged when all entries are read.
AT_END = (
    *steps.AT_END,
    at_each_pass(*values.EACH_PASS, *evidence.EACH_PASS, *actors.EACH_PASS),
    *evidence.AT_END,
    *deviations.AT_END,
)
_AT_CLOSURE = (*signoff_rules.AT_CLOSURE, *sealing.AT_CLOSURE)


@slotted(frozen=True)
class Judgement:
    """What was read and judged: the case with its findings, and what the report tells of it."""

    case: Case
    intake: Intake
    graph: Graph
    closure: Closure | None
    ran_rules: bool

    @property
    def verdict(self) -> Verdict:
        """The verdict that the findings leave (SPEC 9.2-2)."""
        return decide(self.case.found.findings())


def judge(case: Case, stream: BinaryIO, expected: Mapping[str, str]) -> Judgement:
    """Read a bundle from its beginning and judge it; ``OSError`` of the stream propagates."""
    intake = Intake(case, stream)
    intake.read()
    graph, closure = Graph(), None
    witnessed = Witnessed()
    if case.run is not None and case.issuer is not None:
        graph = signoffs.build_graph(intake)
        witnessed = signoffs.collect_witnessed(case, intake, graph)
        sealed_ms = intake.sealed.seal.time.ms if intake.sealed else 0
        signoffs.judge_keys(case, case.run, graph, witnessed, sealed_ms)
        signoffs.attest_late(case, intake, case.run, graph)
        signoffs.check_references(case, intake, case.run)
        _check_trust(case, intake, case.run, case.issuer, witnessed)
    _check_expectations(case, intake, expected)
    ran_rules = case.run is not None and not case.found.stopped_by(Stops.RULES)
    if case.run is not None and ran_rules:
        _run_rules(case, intake, case.run, graph, witnessed)
        if not case.found.stopped_by(Stops.CLOSURE) and intake.sealed is not None:
            closure = _make_closure(case, intake.sealed, case.run, graph, witnessed)
            _run_closure(case, intake, case.run, closure, graph)
        else:
            case.settle(lambda _seq, _persons: False)
        _add_not_evaluated(case, intake, case.run.policy, closure=closure is not None)
        case.found.take(case.violated)
    return Judgement(case, intake, graph, closure, ran_rules)


def _check_trust(case: Case, intake: Intake, run: Run, issuer: Issuer, witnessed: Witnessed) -> None:
    """What the trust store says of contract and seal (SPEC 9.6-5 to 9.6-14, 9.8-6)."""
    lep, policy, pinned = run.contract, run.policy, run.pinned
    validity = Validity(case.trust, retired_witnessed=policy.retired_keys == "witnessed")
    if lep.issuer != issuer.person:
        case.add("trust.issuer-mismatch", {"issuer": lep.issuer}, frame=1)
    if not issuer.may_sign(lep.id):
        case.add("trust.issuer-not-for-contract", {"contract": lep.id}, frame=1)
    window = issuer.valid_from, issuer.valid_until
    if not validity.holds(issuer.key, lep.issued.ms, witnessed.position(BEFORE_ALL), window):
        case.add("trust.issuer-not-valid", frame=1)
    withdrawn = case.trust.withdrawn.get(case.contract_hash)
    if withdrawn is not None and run.started is not None and withdrawn <= run.started.ms:
        case.add("contract.withdrawn", frame=1)
    least = issuer.minimum_version.get(lep.id, 1)
    if lep.version < least:
        case.add("contract.version-too-low", {"version": lep.version, "least": least}, frame=1)
    if case.given is None and pinned.digest not in issuer.accepted_policies:
        case.add("policy.not-accepted", {"policy": pinned.digest.hex()})
    if all(need.conditional for need in policy.approvals):
        case.add("policy.never-final")
    for signer, ms, placed in intake.log.assigners:
        if not validity.holds(signer.key, ms, witnessed.position(placed.entry.seq), signer.window):
            case.add("assignment.unauthorised", {"why": "key-not-valid"}, frame=placed.frame, person=signer.person)
    _check_sealer(case, intake, run, validity, witnessed)


def _check_sealer(case: Case, intake: Intake, run: Run, validity: Validity, witnessed: Witnessed) -> None:
    """Who sealed may seal (SPEC 9.8-6)."""
    sealed, policy = intake.sealed, run.policy
    if sealed is None or sealed.seal.actor not in run.actors:
        return
    actor = run.actors[sealed.seal.actor]
    roles = {case.trust.role(run.contract.id, role) for role in actor.member.roles}
    may = actor.holds(run.contract.authority.seal)
    may = may and (policy.sealing_roles is None or not roles.isdisjoint(policy.sealing_roles))
    time_of_seal = witnessed.position(AFTER_ALL)
    if not (may and validity.holds(actor.member.key, sealed.seal.time.ms, time_of_seal, member_window(actor.member))):
        case.add("seal.unauthorised", frame=sealed.frame, actor=sealed.seal.actor)


def _check_expectations(case: Case, intake: Intake, expected: Mapping[str, str]) -> None:
    """Each expectation holds (SPEC 9.6-12); what cannot be read does not."""
    lep, run = case.contract, case.run
    for name, wanted in expected.items():
        if name == "run":
            holds = intake.log.chain.run_id.hex() == wanted
        elif lep is None or run is None:
            holds = False
        elif name == "contract":
            holds = lep.id == wanted
        elif name == "min-version":
            holds = wanted.isascii() and wanted.isdigit() and lep.version >= int(wanted)
        else:
            holds = run.subject.get(name.removeprefix("subject.")) == wanted
        if not holds:
            case.add("expect.mismatch", {"expected": wanted, "what": name})


def _run_rules(case: Case, intake: Intake, run: Run, graph: Graph, witnessed: Witnessed) -> None:
    """Phase 7 at the end of the run (SPEC 9.10); rules on entries were asked as they came."""
    case.violate(signoffs.take_supplies(run, graph))
    for rule in AT_END:
        case.violate(rule(run))
    policy, issuer = run.policy, case.issuer
    validity = Validity(case.trust, retired_witnessed=policy.retired_keys == "witnessed")
    author = issuer.person if issuer else ""
    approvals = [(approval, signer) for approval, signer, _ in case.approvals]
    case.violate(contract.check_approved(run, approvals, policy, validity, witnessed, author))
    case.violate(contract.check_in_force(run))
    case.violate(contract.check_retention(run))
    case.violate(contract.check_fresh(case.trust, case.at))
    case.violate(actors.check_keys(run, validity, witnessed))
    for approval, _, frame in case.approvals:
        case.violate(time.check_record_not_later(run, frame, approval.time))
    for _, record, frame in intake.log.clock:
        case.violate(time.check_record_not_later(run, frame, record.time))
    for one in intake.witnesses:
        case.violate(time.check_record_not_later(run, one.frame, one.record.time))
    if intake.sealed is not None:
        case.violate(time.check_seal_time(run, intake.sealed.frame, intake.sealed.seal.time))
        case.violate(time.check_before_seal(run, intake.sealed.seal.time))
        case.violate(time.check_record_not_later(run, intake.sealed.frame, intake.sealed.seal.time))


def _make_closure(case: Case, sealed: Sealed, run: Run, graph: Graph, witnessed: Witnessed) -> Closure:
    sealer = run.actors[sealed.seal.actor]
    return Closure(case, run, graph, run.policy, witnessed, sealed.seal.time.ms, sealer, sealed.frame)


def _run_closure(case: Case, intake: Intake, run: Run, closure: Closure, graph: Graph) -> None:
    """Phase 8 (SPEC 9.11)."""
    case.found.take(graph.flaws)
    case.found.take(intake.log.chain.withheld_frames)
    for node in closure.rejections():
        case.add("approval.rejected", frame=node.frame, person=node.record.person, signoff=node.hash.hex())
    tally = Tally(closure, closure.counted)
    case.settle(tally.covers)
    signoffs.find_owed(case, run)
    for node in graph.nodes.values():
        case.violate(time.check_record_not_later(run, node.frame, node.record.time))
    for rule in _AT_CLOSURE:
        case.violate(rule(closure))
    case.violate(actors.check_attested(run))
    case.violate(signoff_rules.check_needs(closure, tally))
    case.violate(deviations.check_remediated(run))
    case.violate(deviations.check_closed(run, tally))
    case.violate(sealing.check_explained(closure, _hidden(intake)))


def _hidden(intake: Intake) -> Iterator[tuple[bytes, dict[str, Fact]]]:
    """Give the leaf of each withheld entry, and the digest of each absent item, with the subject."""
    chain = intake.log.chain
    for seq, leaf, frame in chain.withheld:
        yield leaf, {"frame": frame, "seq": seq}
    for digest, frame in intake.bodies.absent:
        yield digest, {"frame": frame, "digest": digest.hex()}


def _add_not_evaluated(case: Case, intake: Intake, policy: Policy, *, closure: bool) -> None:
    """Rules that could not be evaluated (SPEC 8.3-2, 9.11-15)."""
    for name, code in RULES.items():
        level, withheld = policy.rules[name].strictest, code.entries and bool(intake.log.chain.withheld)
        if code.missing and withheld:
            case.violated.drop(name)
        if level is None or name in case.violated.names() or (code.phase == 8 and not closure):
            continue
        if not withheld and not (code.time and case.at is None):
            continue
        if policy.unevaluable == "provisional" and level is Severity.FAIL:
            level = Severity.PROVISIONAL
        subject: dict[str, Fact] = {"rule": name}
        case.found.add(finding(NOT_EVALUATED.name, subject, {"why": "withheld" if withheld else "time"}, level))
