"""Signed records out of frames, read and not judged: whether a signature counts is for the verifier to say."""

from __future__ import annotations

from opsproof_verify.contract import Contract
from opsproof_verify.cose import RecordType
from opsproof_verify.parse_contract import parse_contract
from opsproof_verify.parse_signed import (
    parse_approval,
    parse_assignment,
    parse_cose,
    parse_seal,
    parse_signoff,
    parse_witness,
)
from opsproof_verify.records import Approval, Assignment, Seal, SignOff, Witness

# Each raises `opsproof_verify.findings.Rejected` for bytes that are not such a record (SPEC 9.5).


def read_contract(body: bytes) -> Contract:
    """Read a contract (SPEC 6.1)."""
    return parse_contract(parse_cose(body, RecordType.CONTRACT).payload)


def read_approval(body: bytes) -> Approval:
    """Read a contract approval (SPEC 6.2)."""
    return parse_approval(parse_cose(body, RecordType.APPROVAL).payload)


def read_assignment(body: bytes) -> Assignment:
    """Read an assignment (SPEC 6.5)."""
    return parse_assignment(parse_cose(body, RecordType.ASSIGNMENT).payload)


def read_seal(body: bytes) -> Seal:
    """Read a seal (SPEC 6.8)."""
    return parse_seal(parse_cose(body, RecordType.SEAL).payload)


def read_signoff(body: bytes) -> SignOff:
    """Read a sign-off (SPEC 6.9)."""
    return parse_signoff(parse_cose(body, RecordType.SIGNOFF).payload)


def read_witness(body: bytes) -> Witness:
    """Read a witness (SPEC 6.10)."""
    return parse_witness(parse_cose(body, RecordType.WITNESS).payload)
