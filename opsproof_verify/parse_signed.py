"""Payloads of signed records from bytes (SPEC 6.2, 6.5 to 6.10), each raising ``Rejected`` with a code of phase 2."""

from __future__ import annotations

from opsproof_verify import fields
from opsproof_verify.cose import CoseError, RecordType, Signed, parse
from opsproof_verify.fields import Fields, malformed
from opsproof_verify.findings import Rejected
from opsproof_verify.parse_contract import read_member
from opsproof_verify.parse_entry import decode_map, read_item
from opsproof_verify.records import (
    Approval,
    Assignment,
    Attestation,
    Item,
    Meaning,
    Seal,
    SignOff,
    Viewed,
    Window,
    Witness,
)

#: Members that a decision may carry beside the common ones, and of these the required ones (SPEC 6.9-1).
DECISIONS: dict[str, tuple[frozenset[str], frozenset[str]]] = {
    "approve": (frozenset({"covers"}), frozenset()),
    "reject": (frozenset(), frozenset()),
    "acknowledge": (frozenset(), frozenset()),
    "withdraw": (frozenset({"withdraws"}), frozenset({"withdraws"})),
    "remediate": (frozenset({"deviation", "evidence"}), frozenset({"deviation"})),
    "supply": (frozenset({"evidence"}), frozenset({"evidence"})),
    "attest": (frozenset({"attests"}), frozenset({"attests"})),
}
_SPECIAL = ("covers", "withdraws", "deviation", "evidence", "attests")


def parse_cose(body: bytes, expected: RecordType) -> Signed:
    """Read a COSE_Sign1 of the expected type (SPEC 9.5-3 to 9.5-5)."""
    try:
        return parse(body, expected)
    except CoseError as error:
        raise Rejected(error.code, why=error.why) from None


def parse_approval(payload: bytes) -> Approval:
    """Read a contract approval (SPEC 6.2)."""
    members = Fields(decode_map(payload))
    approval = Approval(
        contract=members.get("contract", fields.digest),
        person=members.get("person", fields.ident),
        name=members.get("name", fields.line),
        role=members.get("role", fields.ident),
        meaning=members.get("meaning", _meaning),
        time=members.get("time", fields.time),
    )
    members.done()
    return approval


def parse_assignment(payload: bytes) -> Assignment:
    """Read an assignment (SPEC 6.5)."""
    members = Fields(decode_map(payload))
    assignment = Assignment(
        contract=members.get("contract", fields.digest),
        run=members.get("run", fields.digest),
        member=members.get("member", read_member),
        by=members.get("by", fields.ident),
        time=members.get("time", fields.time),
    )
    members.done()
    return assignment


def parse_attestation(payload: bytes) -> Attestation:
    """Read an attestation (SPEC 6.6)."""
    members = Fields(decode_map(payload))
    attestation = Attestation(
        run=members.get("run", fields.digest),
        actor=members.get("actor", fields.ident),
        seq=members.get("seq", fields.uint),
        head=members.get("head", fields.digest),
        count=members.get("count", fields.positive),
        digest=members.get("digest", fields.digest),
    )
    members.done()
    return attestation


def parse_seal(payload: bytes) -> Seal:
    """Read a seal (SPEC 6.8)."""
    members = Fields(decode_map(payload))
    seal = Seal(
        run=members.get("run", fields.digest),
        contract=members.get("contract", fields.digest),
        count=members.get("count", fields.positive),
        head=members.get("head", fields.digest),
        root=members.get("root", fields.digest),
        evidence_count=members.get("evidence-count", fields.uint),
        evidence_bytes=members.get("evidence-bytes", fields.uint),
        attests=members.get("attests", _sealer_window),
        actor=members.get("actor", fields.ident),
        time=members.get("time", fields.time),
    )
    members.done()
    return seal


def parse_signoff(payload: bytes) -> SignOff:
    """Read a sign-off (SPEC 6.9)."""
    members = Fields(decode_map(payload))
    decision = members.get("decision", fields.word(*DECISIONS))
    _check_special(members, decision)
    signoff = SignOff(
        seal=members.get("seal", fields.digest),
        run=members.get("run", fields.digest),
        person=members.get("person", fields.ident),
        name=members.get("name", fields.line),
        role=members.get("role", fields.ident),
        decision=decision,
        meaning=members.get("meaning", _meaning),
        time=members.get("time", fields.time),
        seen=members.get("seen", _ascending),
        viewed=_viewed(members),
        covers=members.opt("covers", fields.array(fields.ref, 1, distinct=True)) or (),
        withdraws=members.opt("withdraws", fields.digest),
        deviation=members.opt("deviation", fields.ref),
        evidence=members.opt("evidence", fields.array(_supplied, 1)) or (),
        attests=members.opt("attests", _late_window),
        text=members.opt("text", fields.prose),
    )
    members.done()
    return signoff


def parse_witness(payload: bytes) -> Witness:
    """Read a witness (SPEC 6.10)."""
    members = Fields(decode_map(payload))
    target = members.get("target", fields.word("entry", "seal", "signoff"))
    witness = Witness(
        run=members.get("run", fields.digest),
        witness=members.get("witness", fields.ident),
        target=target,
        hash=members.get("hash", fields.digest),
        seq=members.get("seq", fields.uint) if target == "entry" else None,
        time=members.get("time", fields.time),
    )
    members.done()
    return witness


def _meaning(value: object) -> Meaning:
    members = Fields(value)
    meaning = Meaning(id=members.get("id", fields.ident), text=members.get("text", fields.line))
    members.done()
    return meaning


def _sealer_window(value: object) -> Window:
    members = Fields(value)
    window = Window(count=members.get("count", fields.uint), digest=members.get("digest", fields.digest))
    members.done()
    return window


def _late_window(value: object) -> tuple[str, Window]:
    members = Fields(value)
    actor = members.get("actor", fields.ident)
    window = Window(count=members.get("count", fields.positive), digest=members.get("digest", fields.digest))
    members.done()
    return actor, window


def _ascending(value: object) -> tuple[bytes, ...]:
    hashes = fields.array(fields.digest, distinct=True)(value)
    if list(hashes) != sorted(hashes):
        raise malformed("order")
    return hashes


def _viewed(members: Fields) -> Viewed | None:
    if members.opt("blind", fields.flag):
        return None
    return Viewed(
        policy=members.get("policy", fields.digest),
        report=members.get("report", fields.digest),
        withheld=members.get("withheld", fields.uint),
        absent=members.get("absent", fields.uint),
    )


def _supplied(value: object) -> Item:
    members = Fields(value)
    item = read_item(members)
    members.done()
    return item


def _check_special(members: Fields, decision: str) -> None:
    """Hold a decision to its own members (SPEC 6.9-1)."""
    allowed, required = DECISIONS[decision]
    for name in _SPECIAL:
        if members.has(name) and name not in allowed:
            raise fields.at(name, malformed("not-for-decision"))
        if name in required and not members.has(name):
            raise fields.at(name, malformed("missing"))
