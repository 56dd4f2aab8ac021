"""Requests made of a bundle: what others need to sign it elsewhere, or to witness the head of a running journal."""

from __future__ import annotations

from collections.abc import Iterator

from opsproof_verify.container import FrameType, read_frames
from opsproof_verify.contract import Contract
from opsproof_verify.findings import Verdict
from opsproof_verify.policy import Policy
from opsproof_verify.render.json_report import render_json
from opsproof_verify.report import Report
from opsproof_verify.trust import TrustStore
from opsproof_verify.verify import verify

from opsproof_record.clock import Time
from opsproof_record.errors import Closed, Unfit
from opsproof_record.log.reading import Bundle
from opsproof_record.log.state import RunState
from opsproof_record.sealed import matters, proofs
from opsproof_record.sealed.matters import Matters
from opsproof_record.sealed.request import MAX_REQUEST, HeadRequest, Proven, Request, encode
from opsproof_record.sealed.view import coverable

_T = FrameType
_MAX_ABOUT = 4_000  # characters
_NOT_ENTRIES = frozenset({_T.CONTRACT, _T.APPROVAL, _T.SEAL, _T.SIGNOFF, _T.WITNESS})


def ask_signature(
    bundle: Bundle, trust: TrustStore, policy: Policy | None, at: Time, text: str | None
) -> tuple[Request, Report]:
    """Make a request for signatures on a sealed bundle, with the report of a verification made now."""
    report = verify(bundle.stream(), policy, trust, at=at[0])
    _check_worth(report)
    found = matters.collect(bundle, coverable(report))
    bodies: dict[FrameType, list[bytes]] = {one: [] for one in _NOT_ENTRIES}
    for frame in read_frames(bundle.stream()):
        if frame.type in _NOT_ENTRIES:
            bodies[frame.type].append(frame.read())
    request = Request(
        contract=bodies[_T.CONTRACT][0],
        approvals=tuple(bodies[_T.APPROVAL]),
        entries=tuple(_prove(bundle.state, found)),
        left_out=found.left_out,
        seal=bodies[_T.SEAL][0],
        signoffs=tuple(bodies[_T.SIGNOFF]),
        witnesses=tuple(bodies[_T.WITNESS]),
        report=render_json(report),
        text=text,
    )
    if len(encode(request)) > MAX_REQUEST:
        raise Unfit(f"this run needs a request of more than {MAX_REQUEST} bytes", "Send the bundle itself.")
    return request, report


def _check_worth(report: Report) -> None:
    """Refuse a bundle of which no request could be answered: its contract is none under the signer's own trust file."""
    if report.verdict is Verdict.FAIL and (report.contract is None or report.bundle.run is None):
        raise Unfit("this bundle's contract is none under your trust file", "See `opsproof-verify check`.")


def _prove(state: RunState, found: Matters) -> Iterator[Proven]:
    """Give the entries with their proofs; the leaves come out of the index one by one."""
    leaves = (leaf for (leaf,) in state.db.execute("SELECT leaf FROM entry ORDER BY seq"))
    paths = proofs.prove(leaves, [one.entry.seq for one in found.entries])
    for one in found.entries:
        yield Proven(one.entry.seq, one.body, tuple(paths[one.entry.seq]))


def ask_witness(bundle: Bundle, text: str | None) -> HeadRequest:
    """Make a request for a witness of the head of a running journal."""
    state = bundle.state
    check_head(state, str(bundle.path))
    return HeadRequest(
        run=state.run or b"",
        seq=state.count - 1,
        head=state.head,
        about=about(state.contract, state.subject)[:_MAX_ABOUT],
        text=text,
    )


def about(contract: Contract, subject: dict[str, str]) -> str:
    """Say in a line which run something is about."""
    params = ", ".join(f"{name} {value}" for name, value in subject.items())
    return f"{contract.id} version {contract.version}, {contract.title}: {params or 'no parameters'}"


def check_head(state: RunState, name: str) -> None:
    """Refuse to have a head witnessed that nobody could write the witness behind."""
    if state.run is None:
        raise Closed(f"{name} is a package, no run", "Start a run from it: `opsproof start PACKAGE --run FILE ...`.")
    if state.seal is not None:
        raise Closed(f"{name} is sealed", "A witness of the seal covers all of it: --target seal.")
    if state.ended is not None:
        raise Closed("the run has ended, and nothing can follow", "Seal it, and let the seal be witnessed.")
