"""Keys by name, hashes, the Merkle root and COSE_Sign1; ``cryptography`` signs and does nothing else."""

from __future__ import annotations

import base64
import hashlib

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from . import cbor

SUITE = "opsproof-tv/v1/"

#: The order of the group of Ed25519.
ORDER = 2**252 + 27742317777372353535851937790883648493

#: A point of order 8, the identity, and further encodings of small order or not canonical.
SMALL_ORDER = bytes.fromhex("c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a")
IDENTITY = bytes.fromhex("01" + "00" * 31)

TYPES = {
    1: "contract",
    2: "entry",
    6: "seal",
    7: "signoff",
    8: "witness",
    9: "approval",
}


def sha256(data: bytes) -> bytes:
    """Give the plain SHA-256 (SPEC 5.1-4)."""
    return hashlib.sha256(data).digest()


def fixed(label: str, size: int = 32) -> bytes:
    """Give bytes that depend on a label only, in place of random ones."""
    return sha256((SUITE + label).encode())[:size]


def leaf(body: bytes) -> bytes:
    """Give the leaf hash of a body (SPEC 5.1-1)."""
    return sha256(b"\x00" + body)


def root(leaves: list[bytes]) -> bytes:
    """Give the Merkle Tree Hash of RFC 9162 section 2.1.1, as it is written there."""
    if not leaves:
        return sha256(b"")
    if len(leaves) == 1:
        return leaves[0]
    split = 1
    while split * 2 < len(leaves):
        split *= 2
    return sha256(b"\x01" + root(leaves[:split]) + root(leaves[split:]))


def private(name: str) -> Ed25519PrivateKey:
    """Give the private key of a name; its seed is SHA-256("opsproof-tv/v1/" + name)."""
    return Ed25519PrivateKey.from_private_bytes(fixed(name))


def public(name: str) -> bytes:
    """Give the public key of a name; a name of 64 hexadecimal digits is the key itself."""
    if len(name) == 64:
        return bytes.fromhex(name)
    return private(name).public_key().public_bytes_raw()


def sign(name: str, message: bytes) -> bytes:
    """Sign with the key of a name."""
    return private(name).sign(message)


def kid(key: bytes) -> bytes:
    """Give the RFC 9679 thumbprint of a key (SPEC 5.3-2)."""
    return sha256(bytes.fromhex("a301012006215820") + key)


def ssh(key: bytes, comment: str) -> str:
    """Write a key as an ``ssh-ed25519`` line."""
    blob = b"".join(len(part).to_bytes(4, "big") + part for part in (b"ssh-ed25519", key))
    return f"ssh-ed25519 {base64.b64encode(blob).decode()} {comment}"


def pem(key: bytes) -> str:
    """Write a key as a PEM ``PUBLIC KEY``."""
    der = bytes.fromhex("302a300506032b6570032100") + key
    return f"-----BEGIN PUBLIC KEY-----\n{base64.b64encode(der).decode()}\n-----END PUBLIC KEY-----\n"


def typ(record: str) -> str:
    """Give the ``typ`` of a kind of record (SPEC 5.4-3)."""
    return f"application/vnd.opsproof.{record}+cose"


def protected(record: str, kid_: bytes) -> bytes:
    """Give the protected header of a signed record (SPEC 5.4-2)."""
    return cbor.encode({1: -8, 4: kid_, 16: typ(record)})


def to_be_signed(header: bytes, payload: bytes) -> bytes:
    """Give the bytes that a COSE_Sign1 signs."""
    return cbor.encode(["Signature1", header, b"", payload])


def cose(header: bytes, payload: bytes, signature: bytes) -> bytes:
    """Assemble a tagged COSE_Sign1."""
    return b"\xd2" + cbor.encode([header, {}, payload, signature])
