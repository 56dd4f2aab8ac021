"""Signed records: one shape, each byte of it under control (SPEC 5.4, 9.5)."""

import cbor2
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from opsproof_verify.cose import CoseError, RecordType, Signed, assemble, parse, signing_input
from opsproof_verify.ed25519 import thumbprint, verify

SECRET = Ed25519PrivateKey.from_private_bytes(b"\x2a" * 32)
KEY = SECRET.public_key().public_bytes_raw()
KID = thumbprint(KEY)
PAYLOAD = b"\xa1\x64what\x64done"


def signed(record_type: RecordType = RecordType.SEAL, payload: bytes = PAYLOAD) -> bytes:
    return assemble(record_type, KID, payload, SECRET.sign(signing_input(record_type, KID, payload)))


def refusal(body: bytes, expected: RecordType = RecordType.SEAL) -> str | None:
    try:
        parse(body, expected)
    except CoseError as error:
        return error.code
    return None


def verifies(body: bytes) -> bool:
    record = parse(body, RecordType.SEAL)
    return record.kid == KID and verify(KEY, record.signature, record.signing_input())


def sign1(protected: object, unprotected: object, *rest: object, tag: int = 18) -> bytes:
    """Encode with cbor2 alone, to see the templates from outside."""
    header = protected if isinstance(protected, bytes) else cbor2.dumps(protected)
    return cbor2.dumps(cbor2.CBORTag(tag, [header, unprotected, *rest]))


SIGNATURE = bytes(range(64))
HEADER = {1: -8, 4: KID, 16: RecordType.SEAL.value}


@pytest.mark.parametrize("record_type", RecordType)
@pytest.mark.parametrize("size", [0, 1, 23, 24, 255, 256, 65_535, 65_536])
def test_a_record_is_what_cbor2_makes_of_rfc_9052(record_type: RecordType, size: int) -> None:
    payload = bytes(size)
    header = cbor2.dumps({1: -8, 4: KID, 16: record_type.value})
    body = sign1(header, {}, payload, SIGNATURE)
    assert parse(body, record_type) == Signed(record_type, KID, payload, SIGNATURE)
    assert assemble(record_type, KID, payload, SIGNATURE) == body
    assert signing_input(record_type, KID, payload) == cbor2.dumps(["Signature1", header, b"", payload])


def test_the_types() -> None:
    names = ["contract", "approval", "assignment", "attestation", "witness", "seal", "signoff", "delegation"]
    assert list(RecordType) == [f"application/vnd.opsproof.{name}+cose" for name in names]


@pytest.mark.parametrize("record_type", RecordType)
def test_sound_record_verifies(record_type: RecordType) -> None:
    record = parse(signed(record_type), record_type)
    assert record.payload == PAYLOAD
    assert verify(KEY, record.signature, record.signing_input())


@pytest.mark.parametrize("size", [0, 8, 24, 300])
def test_every_flipped_bit_is_refused_or_breaks_the_signature(size: int) -> None:
    body = signed(payload=bytes(size))
    assert verifies(body)
    for position in range(len(body)):
        for bit in range(8):
            damaged = bytearray(body)
            damaged[position] ^= 1 << bit
            assert refusal(bytes(damaged)) or not verifies(bytes(damaged))


def test_refused_at_every_cut_and_with_bytes_after_it() -> None:
    body = signed()
    assert {refusal(body[:size]) for size in range(len(body))} == {"cose.malformed"}
    assert {refusal(body + extra) for extra in (b"\x00", b"\xff", body)} == {"cose.malformed"}


@pytest.mark.parametrize("found", RecordType)
@pytest.mark.parametrize("expected", RecordType)
def test_each_type_stands_for_itself_alone(found: RecordType, expected: RecordType) -> None:
    assert refusal(signed(found), expected) == (None if found is expected else "cose.wrong-type")


@pytest.mark.parametrize("found", RecordType)
@pytest.mark.parametrize("claimed", RecordType)
def test_the_type_is_signed(found: RecordType, claimed: RecordType) -> None:
    record = parse(signed(found), found)
    renamed = parse(assemble(claimed, record.kid, record.payload, record.signature), claimed)
    assert verify(KEY, renamed.signature, renamed.signing_input()) is (found is claimed)


@pytest.mark.parametrize("alg", [-19, -7, -9, 0, 1, 5, 23, 24, -24, -25, 255, 256, -257, -65_537, 2**40, 2**53 - 1])
def test_wrong_algorithm(alg: int) -> None:
    assert refusal(sign1({**HEADER, 1: alg}, {}, PAYLOAD, SIGNATURE)) == "cose.wrong-algorithm"


def test_wrong_algorithm_names_it() -> None:
    with pytest.raises(CoseError, match=r"cose\.wrong-algorithm: -19"):
        parse(sign1({**HEADER, 1: -19}, {}, PAYLOAD, SIGNATURE), RecordType.SEAL)
    with pytest.raises(CoseError, match=r"cose\.wrong-type: application/vnd\.opsproof\.seal\+cose"):
        parse(signed(), RecordType.SIGNOFF)


def test_both_wrong_is_malformed() -> None:
    assert refusal(sign1({**HEADER, 1: -19}, {}, PAYLOAD, SIGNATURE), RecordType.WITNESS) == "cose.malformed"


MALFORMED = {
    "no tag": sign1(HEADER, {}, PAYLOAD, SIGNATURE)[1:],
    "tag in two bytes": b"\xd8\x12" + sign1(HEADER, {}, PAYLOAD, SIGNATURE)[1:],
    "tag of COSE_Mac0": sign1(HEADER, {}, PAYLOAD, SIGNATURE, tag=17),
    "tag 55799 before it": b"\xd9\xd9\xf7" + sign1(HEADER, {}, PAYLOAD, SIGNATURE),
    "three elements": sign1(HEADER, {}, PAYLOAD),
    "five elements": sign1(HEADER, {}, PAYLOAD, SIGNATURE, b""),
    "empty protected header": sign1(b"", {}, PAYLOAD, SIGNATURE),
    "protected header is a map": cbor2.dumps(cbor2.CBORTag(18, [HEADER, {}, PAYLOAD, SIGNATURE])),
    "no alg": sign1({4: KID, 16: RecordType.SEAL.value}, {}, PAYLOAD, SIGNATURE),
    "no kid": sign1({1: -8, 16: RecordType.SEAL.value}, {}, PAYLOAD, SIGNATURE),
    "no typ": sign1({1: -8, 4: KID}, {}, PAYLOAD, SIGNATURE),
    "another header": sign1({**HEADER, 2: [16]}, {}, PAYLOAD, SIGNATURE),
    "headers in another order": sign1({4: KID, 1: -8, 16: RecordType.SEAL.value}, {}, PAYLOAD, SIGNATURE),
    "alg is text": sign1({**HEADER, 1: "EdDSA"}, {}, PAYLOAD, SIGNATURE),
    "alg is true": sign1({**HEADER, 1: True}, {}, PAYLOAD, SIGNATURE),
    "alg in two bytes": sign1(
        cbor2.dumps(HEADER).replace(b"\xa3\x01\x27", b"\xa3\x01\x38\x07"), {}, PAYLOAD, SIGNATURE
    ),
    "alg beyond the profile": sign1({**HEADER, 1: 2**53}, {}, PAYLOAD, SIGNATURE),
    "short kid": sign1({**HEADER, 4: KID[:31]}, {}, PAYLOAD, SIGNATURE),
    "long kid": sign1({**HEADER, 4: KID + b"\x00"}, {}, PAYLOAD, SIGNATURE),
    "kid is text": sign1({**HEADER, 4: "k" * 32}, {}, PAYLOAD, SIGNATURE),
    "typ is no record": sign1({**HEADER, 16: "application/vnd.opsproof.sealed+cose"}, {}, PAYLOAD, SIGNATURE),
    "typ in capitals": sign1({**HEADER, 16: RecordType.SEAL.value.upper()}, {}, PAYLOAD, SIGNATURE),
    "typ is bytes": sign1({**HEADER, 16: RecordType.SEAL.value.encode()}, {}, PAYLOAD, SIGNATURE),
    "something unprotected": sign1(HEADER, {4: KID}, PAYLOAD, SIGNATURE),
    "unprotected is an array": sign1(HEADER, [], PAYLOAD, SIGNATURE),
    "detached payload": sign1(HEADER, {}, None, SIGNATURE),
    "payload is text": sign1(HEADER, {}, "done", SIGNATURE),
    "payload head not shortest": sign1(HEADER, {}, PAYLOAD, SIGNATURE).replace(
        b"\xa0" + cbor2.dumps(PAYLOAD), b"\xa0\x58" + bytes([len(PAYLOAD)]) + PAYLOAD
    ),
    "short signature": sign1(HEADER, {}, PAYLOAD, SIGNATURE[:63]),
    "long signature": sign1(HEADER, {}, PAYLOAD, SIGNATURE + b"\x00"),
    "no signature": sign1(HEADER, {}, PAYLOAD, b""),
    "signature is text": sign1(HEADER, {}, PAYLOAD, "s" * 64),
}


@pytest.mark.parametrize("name", MALFORMED)
def test_malformed(name: str) -> None:
    assert refusal(MALFORMED[name]) == "cose.malformed"


def test_the_twin_of_all_these_is_sound() -> None:
    assert refusal(sign1(HEADER, {}, PAYLOAD, SIGNATURE)) is None


@given(st.sampled_from(RecordType), st.binary(min_size=32, max_size=32), st.binary(max_size=300))
def test_what_is_assembled_parses_to_its_parts(record_type: RecordType, kid: bytes, payload: bytes) -> None:
    body = assemble(record_type, kid, payload, SIGNATURE)
    assert parse(body, record_type) == Signed(record_type, kid, payload, SIGNATURE)


@given(st.binary(max_size=400))
def test_any_bytes_are_answered(body: bytes) -> None:
    """Alone, and behind a sound beginning."""
    assert refusal(body) == "cose.malformed"
    head = signed()[: -2 - 64 - len(PAYLOAD) - 1]
    code = refusal(head + body)
    assert code == "cose.malformed" or assemble(*parts(head + body)) == head + body


def parts(body: bytes) -> tuple[RecordType, bytes, bytes, bytes]:
    record = parse(body, RecordType.SEAL)
    return record.type, record.kid, record.payload, record.signature
