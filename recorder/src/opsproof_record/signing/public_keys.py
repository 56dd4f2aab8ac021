"""Public keys in the forms that people already have (SPEC 7-2), and why other keys are refused.

Written as an ``ssh-ed25519`` line, as the fingerprint that ``ssh-keygen -l`` shows, and as the kid that signatures
carry (SPEC 5.3-2).
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from dataclasses import dataclass

from opsproof_verify import ed25519

from opsproof_record.errors import Refused
from opsproof_record.signing.ssh_wire import Malformed, Reader, string

SSH_TYPE = "ssh-ed25519"
_SSH_TYPE_BYTES = SSH_TYPE.encode()
_KEY_SIZE = 32
_DER_HEAD = bytes.fromhex("302a300506032b6570032100")  # SubjectPublicKeyInfo of an Ed25519 key (RFC 8410 §4)
_PEM = re.compile(r"-----BEGIN PUBLIC KEY-----\s+([A-Za-z0-9+/=\s]+?)\s+-----END PUBLIC KEY-----")
_HEX = re.compile(r"[0-9a-f]{64}")
_TYPE_NAME = re.compile(rb"[a-z0-9][a-z0-9.@-]{0,63}")
_CERTIFICATE = "-cert-v01@openssh.com"
_OTHERS = {"ssh-rsa": "an RSA key", "ssh-dss": "a DSA key", "ecdsa-": "an ECDSA key", "ssh-ed448": "an Ed448 key"}

FORMS = "Give an ssh-ed25519 line, a PEM PUBLIC KEY or 64 lower-case hexadecimal digits."
MAKE_ONE = "Proof Bundles know Ed25519 only (SPEC 5.2-6): make such a key with `opsproof keygen`."
_FIDO_WHY = (
    "it signs the hashes of an application name and of the message with flags and a counter around them, never the "
    "record itself, so no signature of it can stand in a Proof Bundle (SPEC 5.4-2)"
)
_FIDO_REMEDY = (
    "Sign with a plain Ed25519 key in an agent that asks before each signature (`ssh-add -c FILE`, a password "
    "manager), or on a smart card behind gpg-agent. A FIDO key may still unlock what holds that key."
)


@dataclass(frozen=True, slots=True)
class PublicKey:
    """A public key as it was found: its 32 bytes and the comment that followed it, or an empty one."""

    public: bytes
    comment: str = ""


def blob(public: bytes) -> bytes:
    """Give a public key as SSH encodes it (RFC 8709 §4)."""
    return string(_SSH_TYPE_BYTES) + string(public)


def public_line(public: bytes, comment: str = "") -> str:
    """Give a public key as an ``ssh-ed25519`` line; white space in the comment becomes single spaces."""
    encoded = base64.b64encode(blob(public)).decode()
    return " ".join([SSH_TYPE, encoded, *comment.split()])


def fingerprint(public: bytes) -> str:
    """Give the fingerprint that ``ssh-keygen -l`` shows."""
    return blob_fingerprint(blob(public))


def blob_fingerprint(encoded: bytes) -> str:
    """Give the fingerprint of a public key of any type, as SSH encodes it."""
    return "SHA256:" + base64.b64encode(hashlib.sha256(encoded).digest()).decode().rstrip("=")


def grouped(kid: bytes) -> str:
    """Give a kid in groups of four hexadecimal digits, for reading aloud."""
    digits = kid.hex()
    return " ".join(digits[at : at + 4] for at in range(0, len(digits), 4))


def parse_public(text: str) -> bytes | None:
    """Read a public key in one of the three forms of SPEC 7-2; None if it is none."""
    text = text.strip()
    if _HEX.fullmatch(text):
        return bytes.fromhex(text)
    if pem := _PEM.fullmatch(text):
        der = _decoded("".join(pem[1].split()))
        head, key = der[: len(_DER_HEAD)], der[len(_DER_HEAD) :]
        return key if head == _DER_HEAD and len(key) == _KEY_SIZE else None
    if "\n" in text or not text.startswith(SSH_TYPE + " "):
        return None
    encoded = _decoded(text.split()[1])
    key = encoded[-_KEY_SIZE:]
    return key if encoded == blob(key) else None


def read_public(text: str, where: str) -> PublicKey:
    """Read a public key that a verifier admits; raises ``Refused``, which says what the text is instead."""
    text = text.strip()
    public = parse_public(text)
    if public is None:
        raise _refusal(text, where)
    if flaw := ed25519.admission_flaw(public):
        raise Refused(f"{where}: a key that no verifier admits ({flaw}, SPEC 5.3-1)", MAKE_ONE)
    comment = text.split(None, 2)[2:] if text.startswith(SSH_TYPE) else []
    return PublicKey(public, *comment)


def blob_type(encoded: bytes) -> str:
    """Name the type that an encoded public key says it has; "unknown" for what is no name."""
    try:
        name = Reader(encoded).string()
    except Malformed:
        return "unknown"
    return name.decode() if _TYPE_NAME.fullmatch(name) else "unknown"


def type_refusal(key_type: str, where: str) -> Refused:
    """Say why keys of another type than ``ssh-ed25519`` cannot sign, and what to do instead."""
    if key_type.startswith("sk-"):
        return Refused(f"{where}: a FIDO key ({key_type}); {_FIDO_WHY}", _FIDO_REMEDY)
    if key_type.endswith(_CERTIFICATE):
        return Refused(
            f"{where}: a certificate ({key_type}); contract and trust file name keys, no SSH authority counts",
            "Give the plain public key that it certifies: the file without `-cert` in its name.",
        )
    kind = next((kind for start, kind in _OTHERS.items() if key_type.startswith(start)), f"a key of type {key_type}")
    return Refused(f"{where}: {kind}", MAKE_ONE)


def _refusal(text: str, where: str) -> Refused:
    """Say what a text is that is none of the three forms."""
    if text.startswith("-----BEGIN PUBLIC KEY-----"):
        return Refused(f"{where}: a public key, but not one Ed25519 key", MAKE_ONE)
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
    words = lines[0].split() if lines else []
    if len(lines) > 1 and all(parse_public(line) for line in lines):
        return Refused(
            f"{where}: {len(lines)} keys", "Give a file with one key: signing takes one, and it must be yours."
        )
    key_type = blob_type(_decoded(words[1])) if len(words) > 1 else "unknown"
    if len(lines) == 1 and key_type not in ("unknown", SSH_TYPE) and words[0] == key_type:
        return type_refusal(key_type, where)
    return Refused(f"{where}: not a private key, and no public key of a form that is known", FORMS)


def _decoded(text: str) -> bytes:
    """Decode base64; nothing if it is none."""
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return b""
