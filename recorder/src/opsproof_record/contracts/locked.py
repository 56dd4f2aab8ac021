"""A contract as a map, from wherever it is: a package, a run, or the text of a procedure.

What is read here is shown, compared or written as text. Signatures are not verified: that is the verifier's work.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from opsproof_verify.container import LABEL, FrameType, read_frames
from opsproof_verify.cose import RecordType
from opsproof_verify.fields import MAX_ITEMS, decoded
from opsproof_verify.findings import Rejected
from opsproof_verify.merkle import leaf_hash
from opsproof_verify.parse_contract import parse_contract
from opsproof_verify.parse_signed import parse_cose

from opsproof_record.contracts.procedure import read_procedure
from opsproof_record.contracts.toml_read import MAX_TEXT, Map
from opsproof_record.errors import Refused


@dataclass(frozen=True, slots=True)
class Locked:
    """A contract, its hash if it is signed, and the file that it came from."""

    path: Path
    contract: Map
    hash: bytes | None = None


def read_any(path: Path, keys: Path | None = None) -> Locked:
    """Read the contract of a package or run, or the one that a procedure's text would give.

    ``keys`` is where the key files that a text names are. Raises :class:`Refused` or :class:`InputError`.
    """
    with path.open("rb") as stream:
        head = stream.read(len(LABEL))
        if head == LABEL:  # SPEC 3.1
            return read_locked(path)
        data = head + stream.read(MAX_TEXT + 1)
    return Locked(path, read_procedure(path, keys, data=data).contract)


def read_locked(path: Path) -> Locked:
    """Read the contract of a package or a run; raise :class:`Refused` if there is none that a verifier can read."""
    try:
        with path.open("rb") as stream:
            first = next(iter(read_frames(stream)), None)
            body = first.read() if first is not None and first.type is FrameType.CONTRACT else None
        if body is None:
            raise Refused(f"{path} holds no whole contract", "Name a package (.lep) or a run (.opb).")
        payload = parse_cose(body, RecordType.CONTRACT).payload
        parse_contract(payload)
    except Rejected as refusal:
        why = f"{refusal.code} {refusal.facts.get('path', '')} {refusal.facts.get('why', '')}".strip()
        raise Refused(f"{path} holds no contract that can be read: {why}", "See `opsproof-verify check`.") from refusal
    contract = decoded(payload, MAX_ITEMS)
    if not isinstance(contract, dict):  # parse_contract has read it as a map
        raise TypeError(type(contract).__name__)
    return Locked(path, contract, leaf_hash(body))
