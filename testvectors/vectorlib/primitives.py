"""Small vectors for the parts of a verifier: CBOR, Ed25519, Merkle tree."""

from __future__ import annotations

from typing import Any

from . import cbor, crypto

GOOD = ("00", "17", "1818", "190100", "1b001fffffffffffff", "20", "3b001ffffffffffffe", "40", "43010203", "60",
        "62c3bc", "64f09f9492", "80", "83010203", "a0", "a2616101616202", "a2616201626161a0", "f4", "f5")  # fmt: skip
NOT_CANONICAL = {
    "1817": "integer not in shortest form", "190018": "integer not in shortest form",
    "3800": "integer not in shortest form",
    "5800": "length not in shortest form", "7800": "length not in shortest form", "9800": "length not in shortest form",
    "b800": "length not in shortest form", "5f4100ff": "indefinite byte string", "7f6161ff": "indefinite text",
    "9fff": "indefinite array", "bfff": "indefinite map", "a2616201616101": "keys out of order",
    "a2626161016162a0": "keys out of order", "a2616101616101": "key twice", "a10101": "key is an integer",
    "a1410101": "key is a byte string", "f6": "null", "f7": "undefined", "f0": "simple value 16",
    "f820": "simple value 32",
    "f93c00": "float", "fa3f800000": "float", "fb3ff0000000000000": "float", "f97e00": "not a number",
    "c001": "tag 0", "c24101": "bignum", "d81c80": "tag 28", "d9d9f700": "tag 55799", "1b0020000000000000": "2^53",
    "3b001fffffffffffff": "-2^53", "62c0af": "overlong UTF-8", "63eda080": "surrogate", "64f4908080": "beyond U+10FFFF",
    "81" * 17 + "00": "nesting 17",
}  # fmt: skip
MALFORMED = {
    "": "empty", "18": "head cut", "1900": "head cut", "41": "string cut", "6261": "string cut", "81": "array cut",
    "a161": "map cut", "a16161": "map cut", "1c": "reserved information", "5d": "reserved information",
    "1f": "indefinite integer", "3f": "indefinite integer", "df00": "indefinite tag", "ff": "break",
    "9f": "array without break", "bf6161ff": "odd indefinite map", "5f6161ff": "text inside a byte string",
    "f818": "simple value 24 in two bytes", "f800": "simple value 0 in two bytes", "0000": "two items",
    "a0ff": "break after an item", "7bffffffffffffffff": "length 2^64 - 1", "9b7fffffffffffffff": "2^63 - 1 items",
}  # fmt: skip


def ed25519() -> list[dict[str, Any]]:
    """Give signatures that are valid, and each way of not being so."""
    key, message = crypto.public("quality"), b"OpsProof"
    good = crypto.sign("quality", message)
    r, s = good[:32], good[32:]
    plus = (int.from_bytes(s, "little") + crypto.ORDER).to_bytes(32, "little")
    rows: list[tuple[str, bytes, bytes, bytes, bool, str]] = [
        ("valid", key, message, good, True, "5.2-5"),
        ("valid-empty", key, b"", crypto.sign("quality", b""), True, "5.2-5"),
        ("r-flipped", key, message, bytes([r[0] ^ 1]) + good[1:], False, "5.2-5"),
        ("s-flipped", key, message, r + bytes([s[0] ^ 1]) + s[1:], False, "5.2-5"),
        ("message-flipped", key, b"OpsProog", good, False, "5.2-5"),
        ("other-key", crypto.public("production"), message, good, False, "5.2-5"),
        ("s-plus-l", key, message, r + plus, False, "5.2-2"),
        ("s-high-bits", key, message, r + s[:31] + bytes([s[31] | 0xE0]), False, "5.2-2"),
        ("s-zero", key, message, r + bytes(32), False, "5.2-5"),
        ("zero", key, message, bytes(64), False, "5.2-4"),
        ("short", key, message, good[:63], False, "5.2-1"),
        ("long", key, message, good + b"\0", False, "5.2-1"),
        ("empty", key, message, b"", False, "5.2-1"),
        ("swapped", key, message, s + r, False, "5.2-2"),
        ("r-identity", key, message, crypto.IDENTITY + s, False, "5.2-4"),
        ("r-small-order", key, message, crypto.SMALL_ORDER + s, False, "5.2-4"),
        ("r-not-canonical", key, message, b"\xee" + b"\xff" * 30 + b"\x7f" + s, False, "5.2-3"),
        ("forged-identity-key", crypto.IDENTITY, message, crypto.IDENTITY + bytes(32), False, "5.2-4"),
        ("forged-small-key", crypto.SMALL_ORDER, message, crypto.IDENTITY + bytes(32), False, "5.2-4"),
    ]
    return [
        {
            "id": name,
            "key": k.hex(),
            "message": m.hex(),
            "signature": g.hex(),
            "valid": valid,
            "clause": f"OPV-{clause}",
        }
        for name, k, m, g, valid, clause in rows
    ]


def keys() -> list[dict[str, Any]]:
    """Give keys that are admitted, and keys that are not (SPEC 5.3-1)."""
    small = [
        "01" + "00" * 31, "00" * 32, "00" * 31 + "80", "ec" + "ff" * 30 + "7f",
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
    ]  # fmt: skip
    rows = [(crypto.public("quality").hex(), True, "an ordinary key")]
    rows += [(key, False, "small order") for key in small]
    rows += [
        ("01" + "00" * 30 + "80", False, "x = 0 with its sign bit set"),
        ("ec" + "ff" * 31, False, "x = 0 with its sign bit set"),
        ("ed" + "ff" * 30 + "7f", False, "y = p"),
        ("ee" + "ff" * 30 + "7f", False, "y = p + 1"),
        ("02" + "00" * 31, False, "not on the curve"),
        ("00" * 31, False, "31 bytes"),
        ("cdb267ce40c5cd45306fa5d2f29731459387dbf9eb933b7bd5aed9a765b88d4d", False, "mixed order"),
    ]
    return [
        {"key": key, "kid": crypto.kid(bytes.fromhex(key)).hex() if good else None, "admitted": good, "why": why}
        for key, good, why in rows
    ]


def merkle() -> dict[str, Any]:
    """Give the roots over the first n leaves, and roots that are wrong."""
    inputs = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"]
    leaves = [crypto.leaf(bytes.fromhex(text)) for text in inputs]
    plain = [crypto.sha256(bytes.fromhex(text)) for text in inputs]
    return {
        "inputs": inputs,
        "leaves": [one.hex() for one in leaves],
        "roots": {str(n): crypto.root(leaves[:n]).hex() for n in range(1, 9)},
        "wrong": {
            "3-last-leaf-twice": crypto.root([*leaves[:3], leaves[2]]).hex(),
            "2-swapped": crypto.root([leaves[1], leaves[0]]).hex(),
            "2-without-prefixes": crypto.sha256(plain[0] + plain[1]).hex(),
            "2-leaf-prefix-on-node": crypto.leaf(leaves[0] + leaves[1]).hex(),
            "1-without-prefix": plain[0].hex(),
        },
    }


def primitives() -> dict[str, Any]:
    """Give the three files."""
    good = [{"cbor": text, "code": None, "why": ""} for text in GOOD]
    bad = [{"cbor": text, "code": "cbor.not-canonical", "why": why} for text, why in NOT_CANONICAL.items()]
    bad += [{"cbor": text, "code": "cbor.malformed", "why": why} for text, why in MALFORMED.items()]
    for row in good:
        assert cbor.encode(cbor.decode(bytes.fromhex(str(row["cbor"])))).hex() == row["cbor"], row
    return {"cbor": good + bad, "ed25519": {"keys": keys(), "signatures": ed25519()}, "merkle": merkle()}
