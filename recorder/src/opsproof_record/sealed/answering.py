"""A request looked at by somebody who has no bundle (see `request`): what it proves, and what it only says.

Proven are the contract, the subject, the seal and the entries in the request. The verifier judges them, as it judges a
bundle, over the frames that there are; what is missing between them shows as breaks in the chain, as a wrong count and
the like. These findings are set aside, because the inclusion proofs stand in for them: each entry is in the tree whose
root the seal signs. Any other failure refuses the request.

The report in it is only said: verdict, findings, what is owed, and that nothing else happened. It is held to the rest:
it must be about this very run, seal, contract and set of sign-offs, and know the deviations that are proven.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

from opsproof_verify.container import LABEL, FrameType
from opsproof_verify.contract import Contract, Member
from opsproof_verify.cose import RecordType
from opsproof_verify.findings import Finding, Rejected
from opsproof_verify.kinds import Assigned, DeviationRaised, EvidenceAdded, RunStarted
from opsproof_verify.merkle import leaf_hash
from opsproof_verify.parse_entry import parse_entry
from opsproof_verify.parse_signed import parse_cose, parse_signoff
from opsproof_verify.policy import Policy
from opsproof_verify.records import Seal, SignOff
from opsproof_verify.register import Severity
from opsproof_verify.render.messages import sentence
from opsproof_verify.report import Report
from opsproof_verify.trust import TrustStore
from opsproof_verify.verify import verify

from opsproof_record.clock import Time
from opsproof_record.errors import Refused, Unfit
from opsproof_record.log import frames, signed
from opsproof_record.sealed import proofs
from opsproof_record.sealed.matters import Matter, Matters, is_matter, matter, named_by
from opsproof_record.sealed.report_reading import read_report
from opsproof_record.sealed.request import Proven, Request, explain
from opsproof_record.sealed.view import Said, View, coverable, vouched

_T = FrameType

#: What a part of a run cannot but show; the inclusion proofs say that the part is the seal's.
_OF_A_PART = frozenset(
    {
        "attestation.mismatch",
        "chain.broken-link",
        "chain.wrong-seq",
        "reference.broken",
        "seal.wrong-count",
        "seal.wrong-evidence",
        "seal.wrong-head",
        "seal.wrong-root",
    }
)
_LAST_PROVEN_PHASE = 5
_CLOSURE = 8
_ASK = "Do not sign. Ask for the bundle itself, or for a new request by somebody you trust."


def answer(request: Request, path: Path, trust: TrustStore | None, policy: Policy | None, at: Time) -> View:
    """Look at a request; without a trust file nothing is proven, and the signer goes blind. Raises ``Refused``."""
    try:
        proven = _judge(request, trust, policy, at) if trust else None
        return _view(request, path, trust, proven, policy)
    except Rejected as refusal:
        raise Unfit(f"{path}: this request holds what it should not: {explain(refusal)}", _ASK) from refusal


def _judge(request: Request, trust: TrustStore, policy: Policy | None, at: Time) -> Report:
    """Let the verifier judge the frames that there are."""
    report = verify(_frames(request), policy, trust, at=at[0])
    broken = [found for found in report.findings if _disproves(found)]
    if broken or report.contract is None:
        what = "; ".join(f"{found.code.name}: {sentence(found)}" for found in broken[:5])
        raise Refused(f"what this request holds does not verify under your trust file: {what}", _ASK)
    return report


def _disproves(found: Finding) -> bool:
    return (
        found.severity is Severity.FAIL and found.code.phase <= _LAST_PROVEN_PHASE and found.code.name not in _OF_A_PART
    )


def _frames(request: Request) -> bytes:
    """Put the frames together as a bundle has them; evidence stands there by its digest."""
    parts = [LABEL, frames.frame(_T.CONTRACT, request.contract)]
    parts += [frames.frame(_T.APPROVAL, body) for body in request.approvals]
    for one in request.entries:
        what = parse_entry(one.body).what
        parts += [frames.frame(_T.ABSENT, what.item.digest)] if isinstance(what, EvidenceAdded) else []
        parts.append(frames.frame(_T.ENTRY, one.body))
    parts.append(frames.frame(_T.SEAL, request.seal))
    for body in request.signoffs:
        parts += [frames.frame(_T.ABSENT, item.digest) for item in _signoff(body).evidence]
        parts.append(frames.frame(_T.SIGNOFF, body))
    parts += [frames.frame(_T.WITNESS, body) for body in request.witnesses]
    return b"".join(parts)


def _signoff(body: bytes) -> SignOff:
    return parse_signoff(parse_cose(body, RecordType.SIGNOFF).payload)


def _view(request: Request, path: Path, trust: TrustStore | None, proven: Report | None, given: Policy | None) -> View:
    """Read what was judged, and hold its parts to one another."""
    contract, seal = signed.read_contract(request.contract), signed.read_seal(request.seal)
    entries = tuple(_include(one, seal) for one in request.entries)
    start = _check_ends(entries, seal, leaf_hash(request.contract))
    report = read_report(request.report)
    signoffs = {leaf_hash(body): _signoff(body) for body in request.signoffs}
    _check_report(request, report, seal, entries)
    _check_chosen(entries, coverable(report))
    return View(
        name=str(path),
        contract=contract,
        seal=seal,
        seal_hash=leaf_hash(request.seal),
        subject=start.subject,
        members=_members(contract, entries),
        signoffs=signoffs,
        vouched=vouched(proven),
        matters=Matters(entries, request.left_out),
        trust=trust,
        policy=_policy_of(report, given, Policy.parse_canonical(contract.policy)),
        pinned=hashlib.sha256(contract.policy).digest(),
        report=report if trust else None,
        report_digest=hashlib.sha256(request.report).digest(),
        said=Said(f"{report.trust.id} serial {report.trust.serial}", report.trust.digest, request.text),
    )


def _include(one: Proven, seal: Seal) -> Matter:
    """Read an entry, which the tree of the seal must hold at its number."""
    found = matter(one.body)
    if found.entry.seq != one.seq or not proofs.is_included(found.leaf, one.seq, seal.count, one.proof, seal.root):
        raise Unfit(f"e{one.seq} of this request is not in the sealed run: its proof does not hold", _ASK)
    return found


def _check_ends(entries: tuple[Matter, ...], seal: Seal, contract: bytes) -> RunStarted:
    """Entry 0 and the last one are there, in ascending order with the others, and are the seal's and the contract's."""
    seqs = [one.entry.seq for one in entries]
    first, last = entries[0], entries[-1]
    if seqs != sorted(set(seqs)) or not isinstance(first.entry.what, RunStarted) or last.entry.kind != "run-ended":
        raise Unfit("this request lacks the start or the end of the run, or its order", _ASK)
    if (first.leaf, first.entry.prev, seal.contract) != (seal.run, contract, contract) or last.leaf != seal.head:
        raise Unfit("contract, run and seal of this request do not belong together", _ASK)
    return first.entry.what


def _check_chosen(entries: tuple[Matter, ...], found: set[int]) -> None:
    """Refuse entries that no request has: they could only mislead."""
    known = found | named_by(one.entry for one in entries)
    for one in entries:
        if not (is_matter(one.entry) or one.entry.seq in known):
            raise Unfit(f"e{one.entry.seq} ({one.entry.kind}) has no place in a request", _ASK)


def _check_report(request: Request, report: Report, seal: Seal, entries: tuple[Matter, ...]) -> None:
    """The report is about this contract, run and seal, these sign-offs and witnesses, and knows these deviations."""
    bundle = report.bundle
    hashes = sorted(leaf_hash(body) for body in request.signoffs + request.witnesses)
    contract = report.contract.hash if report.contract else None
    for what, said, here in (
        ("contract", contract, leaf_hash(request.contract).hex()),
        ("run", bundle.run, seal.run.hex()),
        ("seal", bundle.seal, leaf_hash(request.seal).hex()),
        ("number of entries", bundle.entries, seal.count),
        ("set of sign-offs", bundle.appended, hashlib.sha256(b"".join(hashes)).hexdigest()),
    ):
        if said != here:
            raise Unfit(f"the report in this request is about another {what}", _ASK)
    if any(last >= seal.count for _, last in bundle.withheld):
        raise Unfit("the report in this request withholds entries that the run does not have", _ASK)
    if _CLOSURE in dict(report.not_run):
        return  # it lists no deviations
    told = {(one.seq, one.leaf) for one in report.deviations}
    known = {(one.entry.seq, one.leaf.hex()) for one in entries if isinstance(one.entry.what, DeviationRaised)}
    if known - told:
        raise Unfit("the report in this request does not know deviations that are in the run", _ASK)
    if told - known and not request.left_out:
        first = min(told - known)
        raise Unfit(f"the report in this request speaks of a deviation e{first[0]} that is not proven here", _ASK)


def _policy_of(report: Report, given: Policy | None, pinned: Policy) -> Policy | None:
    """Find the policy that the report was made under; None if only its maker has it."""
    digest = bytes.fromhex(report.policy.digest) if report.policy else pinned.digest
    if given is not None and given.digest != digest:
        raise Unfit(
            f"the verification in this request was made under another policy than {given.id} {given.version}",
            "Leave --policy out to sign on the policy that it names, or ask for a request made under yours.",
        )
    return next((policy for policy in (given, pinned) if policy is not None and policy.digest == digest), None)


def _members(contract: Contract, entries: tuple[Matter, ...]) -> dict[str, Member]:
    """Give the actors of roster and assignments."""
    members = {member.id: member for member in contract.roster}
    for one in entries:
        if isinstance(one.entry.what, Assigned):
            member = signed.read_assignment(one.entry.what.assignment).member
            members[member.id] = member
    return members
