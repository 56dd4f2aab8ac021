"""`start`: a package becomes the journal of a run (SPEC 6.3-3)."""

from __future__ import annotations

import io
from pathlib import Path

from opsproof_verify import fields
from opsproof_verify.canonical import Value
from opsproof_verify.container import FrameType
from opsproof_verify.fields import Ref
from opsproof_verify.findings import Rejected
from opsproof_verify.merkle import leaf_hash

from opsproof_record.clock import now
from opsproof_record.errors import Closed, Unfit, Unknown
from opsproof_record.log import frames, torn
from opsproof_record.log.journal import create
from opsproof_record.log.state import RunState
from opsproof_record.run.levels import described_agent
from opsproof_record.run.recorder import CLOCK, build_entry, enrolled
from opsproof_record.signing.keys import Signer
from opsproof_record.signing.pending import Pending
from opsproof_record.version import RECORDER

RELATIONS = ("rework", "continuation")


def start(
    package: Path,
    path: Path,
    actor: str,
    signer: Signer,
    subject: dict[str, str],
    related: tuple[tuple[str, Path], ...] = (),
    *,
    clock: str = CLOCK,
) -> Ref:
    """Start a run: copy the package into a new journal and write entry 0.

    ``related`` names sealed bundles that this run reworks or continues, as ``(relation, bundle)``; ``clock`` says by
    which clock times are, and nothing more is claimed for it than that text.
    """
    try:
        content = package.read_bytes()
    except OSError as error:
        raise Unknown(f"{package}: {error.strerror}", "Name a package (.lep) that `opsproof author` made.") from error
    found = frames.scan(io.BytesIO(content), str(package))
    state = found.state
    try:
        if state.run is not None:
            raise Closed(f"{package} is a run already", "Start from the package (.lep) that `opsproof author` made.")
        described_agent(state, enrolled(state, actor, signer))
        _check_in_force(state)
        _check_place(path)
        _check_subject({param.id: param.optional for param in state.contract.params.values()}, subject)
        told: dict[str, Value | None] = {
            "subject": dict(subject),
            "approvals": list(state.approvals),
            "recorder": RECORDER,
            "clock": clock,
            "related": [_relate(relation, bundle) for relation, bundle in related] or None,
        }
        body = build_entry(state, actor, "run-started", told, now())
    finally:
        state.close()
    leaf = leaf_hash(body)
    Pending(signer.path).add(leaf, leaf)
    create(path, content[: found.end] + frames.frame(FrameType.ENTRY, body))
    return Ref(0, leaf)


def _check_place(path: Path) -> None:
    """Refuse a name beside which an earlier journal left a torn tail: a gap would be recorded for it."""
    if (kept := torn.named(path, 1)).exists():
        raise Unfit(f"{kept} is of an earlier journal of that name", "Move it away, or choose another name.")


def _check_in_force(state: RunState) -> None:
    """Refuse a contract that is not valid now (SPEC 9.10-2)."""
    contract, ms = state.contract, now()[0]
    first = max(contract.issued.ms, contract.not_before.ms if contract.not_before else 0)
    if ms < first:
        raise Closed("this contract is not in force yet", "Start later, or let its issuer author it anew.")
    if contract.not_after and ms > contract.not_after.ms:
        raise Closed("this contract is not in force any more", "Ask its issuer for the version in force.")


def _check_subject(params: dict[str, bool], subject: dict[str, str]) -> None:
    """Hold the run parameters to the contract (SPEC 6.3-3)."""
    lacking = [name for name, optional in params.items() if not optional and name not in subject]
    if lacking:
        raise Unfit(f"the contract asks for {', '.join(lacking)}", f"Give --param {lacking[0]}=VALUE.")
    for name, text in subject.items():
        if name not in params:
            raise Unknown(
                f'"{name}" is no parameter of this contract',
                "Its parameters: " + (", ".join(params) or "none"),
            )
        try:
            fields.token(text)
        except Rejected:
            raise Unfit(f"{name}: not a token", "Write 1 to 128 printable ASCII characters.") from None


def _relate(relation: str, bundle: Path) -> dict[str, Value]:
    """Name a sealed bundle by its run and seal (SPEC 6.3, `related`)."""
    try:
        with bundle.open("rb") as stream:
            state = frames.scan(stream, str(bundle)).state
    except OSError as error:
        raise Unknown(f"{bundle}: {error.strerror}", "Name a sealed bundle (.opb).") from error
    try:
        if state.seal is None:
            raise Closed(f"{bundle} is not sealed", "A run is reworked or continued after it was sealed.")
        return {"relation": relation, "run": state.seal.run, "seal": state.seal_hash}
    finally:
        state.close()
