"""Signed records: COSE_Sign1 of RFC 9052 §4.2, in the one shape of SPEC 5.4.

    18([ << {1: -8, 4: kid, 16: typ} >>, {}, payload, signature ])

Of all these bytes only type, kid, payload and signature vary, each at a known place. So a record is cut by
position, and accepted if and only if its parts make up the very bytes received. Then the protected header
that is verified is the one that was received, and no decoder runs before the signature is checked.
"""

from enum import StrEnum
from functools import lru_cache

from opsproof_verify.canonical import CanonicalError, decode, encode
from opsproof_verify.slotted import slotted

_START = b"\xd2\x84"  # tag 18, and the head of the array
_UNPROTECTED = b"\xa0"
_SIGNATURE1 = b"\x84\x6aSignature1"  # the head of the array, and the context of RFC 9052 §4.4
_EMPTY = b"\x40"
_ALG_LABEL = b"\xa3\x01"  # the head of the map, and label 1 (RFC 9052 §3.1)
_KID_LABEL = b"\x04"
_TYP_LABEL = b"\x10"  # RFC 9596
_EDDSA = b"\x27"  # -8 (RFC 9053 §2.2)

_ALG_AT = len(b"\xd2\x84\x58\x4f\xa3\x01")  # behind the heads of tag, array, protected header and its map
_INTEGER_SIZES = (1, 2, 3, 5, 9)
_KID_HEAD = 2
_KID_SIZE = 32
_UNPROTECTED_SIZE = 1
_BYTES_HEADS = {b"\x58": 2, b"\x59": 3, b"\x5a": 5}  # size of a byte string's head, by its first byte
_SIGNATURE_HEAD = 2
_SIGNATURE_SIZE = 64

_KINDS_KEPT = 4_096  # signers times types of record, of which a run has few


class RecordType(StrEnum):
    """What a signature says it is about: the `typ` of its protected header."""

    CONTRACT = "application/vnd.opsproof.contract+cose"
    APPROVAL = "application/vnd.opsproof.approval+cose"
    ASSIGNMENT = "application/vnd.opsproof.assignment+cose"
    ATTESTATION = "application/vnd.opsproof.attestation+cose"
    WITNESS = "application/vnd.opsproof.witness+cose"
    SEAL = "application/vnd.opsproof.seal+cose"
    SIGNOFF = "application/vnd.opsproof.signoff+cose"
    DELEGATION = "application/vnd.opsproof.delegation+cose"


class CoseError(ValueError):
    """Bytes that are not the signed record expected.

    `code` is "cose.malformed", "cose.wrong-type" or "cose.wrong-algorithm". The last two are for bytes in
    which nothing differs but `typ`, being another of `RecordType`, or `alg`, being another integer. `why` is
    for people; no decision depends on it.
    """

    def __init__(self, code: str, why: str) -> None:
        super().__init__(f"{code}: {why}")
        self.code = code
        self.why = why


@slotted(frozen=True)
class Signed:
    """The parts of a record; its signature is not verified yet."""

    type: RecordType
    kid: bytes
    payload: bytes
    signature: bytes

    def signing_input(self) -> bytes:
        """Return the bytes that the signature has to cover."""
        return signing_input(self.type, self.kid, self.payload)


def parse(body: bytes, expected: RecordType) -> Signed:
    """Take a record of the expected type apart; `assemble` of the parts is `body` again."""
    signed = _cut(body, expected, _EDDSA)
    if signed is None:
        raise _refusal(body, expected)
    return signed


def assemble(record_type: RecordType, kid: bytes, payload: bytes, signature: bytes) -> bytes:
    """Return the record that these parts make up."""
    return _join(_protected(record_type, kid, _EDDSA), payload, signature)


def signing_input(record_type: RecordType, kid: bytes, payload: bytes) -> bytes:
    """Return the Sig_structure of RFC 9052 §4.4, without external_aad."""
    return signed_before(record_type, kid) + encode(payload)


def signed_before(record_type: RecordType, kid: bytes) -> bytes:
    """Return what stands in a Sig_structure before the payload."""
    return _SIGNATURE1 + encode(_protected(record_type, kid, _EDDSA)) + _EMPTY


def stands_before(record_type: RecordType, kid: bytes) -> bytes:
    """Return what stands in a record before the payload."""
    return _START + encode(_protected(record_type, kid, _EDDSA)) + _UNPROTECTED


@lru_cache(maxsize=_KINDS_KEPT)
def _protected(record_type: RecordType, kid: bytes, alg: bytes) -> bytes:
    return b"".join((_ALG_LABEL, alg, _KID_LABEL, encode(kid), _TYP_LABEL, encode(record_type.value)))


def _join(protected: bytes, payload: bytes, signature: bytes) -> bytes:
    return _START + encode(protected) + _UNPROTECTED + encode(payload) + encode(signature)


def _cut(body: bytes, record_type: RecordType, alg: bytes) -> Signed | None:
    """Cut a body where a record with this `typ` and `alg` has its parts; None if they do not make it up."""
    kid_at = _ALG_AT + len(alg) + len(_KID_LABEL) + _KID_HEAD
    kid = body[kid_at : kid_at + _KID_SIZE]
    protected = _protected(record_type, kid, alg)
    payload_at = _ALG_AT - len(_ALG_LABEL) + len(protected) + _UNPROTECTED_SIZE
    payload_at += _BYTES_HEADS.get(body[payload_at : payload_at + 1], 1)
    payload = body[payload_at : -_SIGNATURE_SIZE - _SIGNATURE_HEAD]
    signature = body[-_SIGNATURE_SIZE:]
    return Signed(record_type, kid, payload, signature) if _join(protected, payload, signature) == body else None


def _refusal(body: bytes, expected: RecordType) -> CoseError:
    """Say which of the three refusals of SPEC 9.5 a body deserves."""
    for other in RecordType:
        if _cut(body, other, _EDDSA):
            return CoseError("cose.wrong-type", other.value)
    for size in _INTEGER_SIZES:
        alg = body[_ALG_AT : _ALG_AT + size]
        if _is_integer(alg) and _cut(body, expected, alg):
            return CoseError("cose.wrong-algorithm", str(decode(alg)))
    return CoseError("cose.malformed", "shape")


def _is_integer(encoded: bytes) -> bool:
    try:
        return type(decode(encoded)) is int
    except CanonicalError:
        return False
