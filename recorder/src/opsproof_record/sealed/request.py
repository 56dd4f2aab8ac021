"""The request (``opsproof-request/1``): what somebody elsewhere needs to sign a run without having its bundle.

One JSON object, members sorted by name; bodies of frames are base64 of their exact bytes. A request for a signature has
the contract with its approvals, the seal, all sign-offs and witnesses after it, the report of a verification made when
the request was, and the entries to know of (see `matters`), each with an inclusion proof to the seal's root. A request
for a witness of a running journal has the head alone. `docs/guides/closing.md` describes the members. Nothing is judged
here; `answering` does that.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from opsproof_verify import fields
from opsproof_verify.container import MAX_CONTRACT, MAX_RECORD
from opsproof_verify.fields import Fields, Reader
from opsproof_verify.findings import Rejected
from opsproof_verify.intake import MAX_APPROVALS, MAX_SIGNOFFS
from opsproof_verify.log import MAX_ASSIGNMENTS
from opsproof_verify.render.texts.parts import PHRASES

from opsproof_record.errors import Unfit, Unknown
from opsproof_record.sealed.matters import MAX_MATTERS
from opsproof_record.sealed.strict_json import base64_bytes, base64_hash, hex_digest, parse, to_base64

FORMAT = "opsproof-request/1"

#: Bytes of a request file; a bundle that needs more is sent itself.
MAX_REQUEST = 16_777_216
_MAX_ENTRIES = MAX_MATTERS + MAX_ASSIGNMENTS + 2  # with the start and the end of the run
_MAX_PROOF = 53  # hashes: a tree of 2^53 leaves has so many levels
AGAIN = "Ask whoever sent it for the file again, or for the bundle."
_WHY = {
    "array": "no list",
    "map": "no object",
    "base64": "no base64",
    "digest": "no SHA-256 in hexadecimal",
    "fact": "nothing that a report holds",
    "json": "no JSON of texts and whole numbers, each member once",
    "not-of-findings": "not what the findings leave",
    "text": "no text",
}
_SIGNATURE, _WITNESS = "signature", "witness"


class Proven(NamedTuple):
    """An entry of the sealed run and the hashes that show it (RFC 9162 section 2.1.3)."""

    seq: int
    body: bytes
    proof: tuple[bytes, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """A request for a signature on a sealed run, or for a witness of its seal or of a sign-off."""

    contract: bytes
    approvals: tuple[bytes, ...]
    entries: tuple[Proven, ...]
    left_out: int
    seal: bytes
    signoffs: tuple[bytes, ...]
    witnesses: tuple[bytes, ...]
    report: bytes
    text: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class HeadRequest:
    """A request for a witness of the head of a running journal; ``about`` says in words which run it is."""

    run: bytes
    seq: int
    head: bytes
    about: str
    text: str | None


def encode(request: Request | HeadRequest) -> bytes:
    """Write a request out."""
    document: dict[str, object] = {"format": FORMAT}
    if isinstance(request, HeadRequest):
        document |= {"asks": _WITNESS, "run": request.run.hex(), "seq": request.seq, "head": request.head.hex()}
        document |= {"about": request.about}
    else:
        document |= {
            "asks": _SIGNATURE,
            "contract": to_base64(request.contract),
            "approvals": [to_base64(body) for body in request.approvals],
            "entries": [
                {"seq": one.seq, "body": to_base64(one.body), "proof": [to_base64(hash_) for hash_ in one.proof]}
                for one in request.entries
            ],
            "left-out": request.left_out,
            "seal": to_base64(request.seal),
            "signoffs": [to_base64(body) for body in request.signoffs],
            "witnesses": [to_base64(body) for body in request.witnesses],
            "report": to_base64(request.report),
        }
    if request.text is not None:
        document["text"] = request.text
    return json.dumps(document, ensure_ascii=False, sort_keys=True, indent=1).encode() + b"\n"


def load(path: Path) -> Request | HeadRequest:
    """Read a request from a file; raises ``Refused`` for anything else."""
    try:
        with path.open("rb") as file:
            data = file.read(MAX_REQUEST + 1)
    except OSError as error:
        raise Unknown(f"{path}: {error.strerror}", "Name a file that `opsproof request` made.") from error
    if len(data) > MAX_REQUEST:
        raise Unfit(f"{path} has more than {MAX_REQUEST} bytes, so it is no request", "Ask for the bundle itself.")
    try:
        return decode(data)
    except Rejected as refusal:
        raise Unfit(f"{path} is no request: {explain(refusal)}", AGAIN) from refusal


def explain(refusal: Rejected) -> str:
    """Say what was refused, and where."""
    why = str(refusal.facts.get("why", ""))
    where = refusal.facts.get("path")
    what = _WHY.get(why) or PHRASES.get(why) or refusal.code
    return f"{where}: {what}" if where else what


def decode(data: bytes) -> Request | HeadRequest:
    """Read a request; raises ``Rejected``."""
    top = Fields(parse(data))
    top.get("format", fields.word(FORMAT))
    read = _read_head if top.get("asks", fields.word(_SIGNATURE, _WITNESS)) == _WITNESS else _read_sealed
    request = read(top)
    top.done()
    return request


def _read_head(top: Fields) -> HeadRequest:
    return HeadRequest(
        run=top.get("run", hex_digest),
        seq=top.get("seq", fields.uint),
        head=top.get("head", hex_digest),
        about=top.get("about", fields.prose),
        text=top.opt("text", fields.prose),
    )


def _read_sealed(top: Fields) -> Request:
    record = base64_bytes(MAX_RECORD)
    return Request(
        contract=top.get("contract", base64_bytes(MAX_CONTRACT)),
        approvals=top.get("approvals", fields.array(record, most=MAX_APPROVALS)),
        entries=top.get("entries", fields.array(_entry(record), 2, _MAX_ENTRIES)),
        left_out=top.get("left-out", fields.uint),
        seal=top.get("seal", record),
        signoffs=top.get("signoffs", fields.array(record, most=MAX_SIGNOFFS)),
        witnesses=top.get("witnesses", fields.array(record, most=MAX_SIGNOFFS)),
        report=top.get("report", base64_bytes(MAX_REQUEST)),
        text=top.opt("text", fields.prose),
    )


def _entry(record: Reader[bytes]) -> Reader[Proven]:
    def read(value: object) -> Proven:
        members = Fields(value)
        proof = fields.array(base64_hash, most=_MAX_PROOF)
        entry = Proven(members.get("seq", fields.uint), members.get("body", record), members.get("proof", proof))
        members.done()
        return entry

    return read
