"""Packages: a procedure is locked into a signed contract (.lep) and approved (SPEC 6.1, 6.2)."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from opsproof_verify.canonical import Value, encode
from opsproof_verify.container import LABEL, FrameType
from opsproof_verify.cose import RecordType
from opsproof_verify.merkle import leaf_hash

from opsproof_record.clock import now
from opsproof_record.contracts.procedure import Procedure
from opsproof_record.errors import Refused
from opsproof_record.log import frames
from opsproof_record.log.journal import Journal, create
from opsproof_record.signing.keys import Signer


def author(procedure: Procedure, signer: Signer, target: Path) -> bytes:
    """Sign a procedure into a new package; give the contract hash."""
    body = signer.sign(RecordType.CONTRACT, procedure.payload())
    if any(member["key"] == signer.public for member in procedure.contract["roster"]):
        raise Refused(
            "the issuer's key is in the roster too",
            "Who writes the contract signs it with a key that is used for nothing else.",
        )
    create(target, LABEL + frames.frame(FrameType.CONTRACT, body))
    return leaf_hash(body)


@dataclass(frozen=True, slots=True)
class ContractApproval:
    """What an approver of a contract says."""

    person: str
    name: str
    role: str
    meaning: tuple[str, str]


def approve(package: Path, signer: Signer, said: ContractApproval) -> bytes:
    """Append an approval to a package; give its hash."""
    with Journal(package) as journal:
        state = journal.state
        if state.run is not None:
            raise Refused(
                f"{package} is a run already",
                "A contract is approved before its runs, in the package (.lep).",
            )
        if said.person == state.contract.issuer:
            raise Refused(
                f"{said.person} issued this contract",
                "Somebody else has to approve it; the verifier does not count the issuer.",
            )
        if any(member.key == signer.public for member in state.contract.roster):
            raise Refused(
                "this key is in the roster",
                "Contracts are approved with keys of the trust store, not of the run.",
            )
        meaning: dict[str, Value] = {"id": said.meaning[0], "text": said.meaning[1]}
        payload: dict[str, Value] = {
            "contract": state.contract_hash,
            "person": said.person,
            "name": said.name,
            "role": said.role,
            "meaning": meaning,
            "time": list(now()),
        }
        body = signer.sign(RecordType.APPROVAL, encode(payload))
        journal.append(FrameType.APPROVAL, body)
        journal.commit()
        return leaf_hash(body)
