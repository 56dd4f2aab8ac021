"""Signed records from bytes (SPEC 5.4, 6.2, 6.5 to 6.10), each raising ``Rejected`` with a code of phase 2."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from opsproof_verify.cose import CoseError, RecordType, Signed, parse
from opsproof_verify.fields import decoded
from opsproof_verify.findings import Rejected
from opsproof_verify.records import Approval, Assignment, Attestation, Delegation, Seal, SignOff, Witness
from opsproof_verify.schema import reader

T = TypeVar("T")


def parse_cose(body: bytes, expected: RecordType) -> Signed:
    """Read a COSE_Sign1 of the expected type (SPEC 9.5-3 to 9.5-5)."""
    try:
        return parse(body, expected)
    except CoseError as error:
        raise Rejected(error.code, why=error.why) from None


def _payload(cls: type[T]) -> Callable[[bytes], T]:
    """Make the parser of a payload."""
    read = reader(cls)
    return lambda payload: read(decoded(payload))


parse_approval = _payload(Approval)
parse_assignment = _payload(Assignment)
parse_attestation = _payload(Attestation)
parse_delegation = _payload(Delegation)
parse_seal = _payload(Seal)
parse_signoff = _payload(SignOff)
parse_witness = _payload(Witness)
