"""Ed25519 key files: PKCS#8 PEM, made, loaded and used; the recorder's only importer of `cryptography`.

A private key is written once, readable by its owner alone, and never over another file.
"""

from __future__ import annotations

import base64
import hashlib
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from opsproof_verify import cose, ed25519

from opsproof_record.errors import Refused

_SSH_TYPE = "ssh-ed25519"
_SSH_PREFIX = bytes.fromhex("0000000b7373682d6564323535313900000020")  # "ssh-ed25519", then 32 bytes (RFC 8709)
_KEY_SIZE = 32


@dataclass(frozen=True, slots=True)
class Signer:
    """A private key in use; knows the file it came from, beside which its pending entries are kept."""

    path: Path
    public: bytes
    _private: Ed25519PrivateKey

    @property
    def kid(self) -> bytes:
        """Thumbprint of the key (SPEC 5.3-2)."""
        return ed25519.thumbprint(self.public)

    def sign(self, record_type: cose.RecordType, payload: bytes) -> bytes:
        """Give the signed record (SPEC 5.4) over a payload."""
        signature = self._private.sign(cose.signing_input(record_type, self.kid, payload))
        return cose.assemble(record_type, self.kid, payload, signature)


def generate(path: Path, passphrase: bytes | None) -> Signer:
    """Make a key and write it to a new file; with a passphrase, encrypted."""
    private = Ed25519PrivateKey.generate()
    encryption = serialization.BestAvailableEncryption(passphrase) if passphrase else serialization.NoEncryption()
    pem = private.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, encryption)
    write_new(path, pem, 0o600)
    return Signer(path, private.public_key().public_bytes_raw(), private)


def check_absent(path: Path) -> None:
    """Refuse a name that is taken, before anything else is made."""
    if path.exists():
        raise Refused(f"{path} exists", "Nothing is overwritten: choose another name or move that file away.")


def write_new(path: Path, data: bytes, mode: int) -> None:
    """Write a file that must not exist yet, and see it onto the disk."""
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    except FileExistsError:
        raise Refused(f"{path} exists", "Nothing is overwritten: choose another name or move that file away.") from None
    except OSError as error:
        raise Refused(f"{path}: {error.strerror}", "Choose a directory that exists and is writable.") from error
    with os.fdopen(handle, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def load(path: Path, ask_passphrase: Callable[[Path], bytes]) -> Signer:
    """Read a key file; ask for the passphrase only if it is encrypted."""
    try:
        pem = path.read_bytes()
    except OSError as error:
        raise Refused(f"{path}: {error.strerror}", "Give the private key file with --key.") from error
    passphrase = ask_passphrase(path) if b"ENCRYPTED PRIVATE KEY" in pem else None
    try:
        private = serialization.load_pem_private_key(pem, passphrase)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        what = "the passphrase is wrong" if passphrase else "not a private key in PKCS#8 PEM"
        raise Refused(f"{path}: {what}", "Try again, or make a key with `opsproof keygen`.") from error
    if not isinstance(private, Ed25519PrivateKey):
        raise Refused(
            f"{path}: not an Ed25519 key", "Proof Bundles know Ed25519 only: make one with `opsproof keygen`."
        )
    return Signer(path, private.public_key().public_bytes_raw(), private)


def public_line(public: bytes, comment: str = "") -> str:
    """Give a public key as an ``ssh-ed25519`` line."""
    blob = base64.b64encode(_SSH_PREFIX + public).decode()
    return f"{_SSH_TYPE} {blob} {comment}".rstrip()


def fingerprint(public: bytes) -> str:
    """Give the fingerprint that ``ssh-keygen -l`` shows."""
    return "SHA256:" + base64.b64encode(hashlib.sha256(_SSH_PREFIX + public).digest()).decode().rstrip("=")


def grouped(kid: bytes) -> str:
    """Give a kid in groups of four hexadecimal digits, for reading aloud."""
    digits = kid.hex()
    return " ".join(digits[at : at + 4] for at in range(0, len(digits), 4))


def parse_public(text: str) -> bytes | None:
    """Read a public key in one of the three forms of SPEC 7-2; None if it is none."""
    text = text.strip()
    try:
        if text.startswith("-----BEGIN PUBLIC KEY-----"):
            loaded = serialization.load_pem_public_key(text.encode())
            return loaded.public_bytes_raw() if isinstance(loaded, Ed25519PublicKey) else None
        if text.startswith(_SSH_TYPE + " "):
            blob = base64.b64decode(text.split()[1], validate=True)
            key = blob.removeprefix(_SSH_PREFIX)
            return key if blob.startswith(_SSH_PREFIX) and len(key) == _KEY_SIZE else None
        key = bytes.fromhex(text)
    except (ValueError, IndexError, UnsupportedAlgorithm):
        return None
    return key if len(text) == 2 * _KEY_SIZE and text == text.lower() else None
