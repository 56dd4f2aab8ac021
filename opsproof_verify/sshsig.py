"""Detached signatures in OpenSSH's format (PROTOCOL.sshsig), armored, as `ssh-keygen -Y sign` writes them (SPEC 7-8).

The one shape that is accepted: version 1, key type `ssh-ed25519`, nothing reserved, SHA-512 or SHA-256, and the very
armor of OpenSSH: base64 in lines of 70 characters, each ended by a line feed. So :func:`marshal` of what :func:`parse`
gives is the text again, and a signature has one form.
"""

from __future__ import annotations

import binascii
import hashlib
import struct

from opsproof_verify.ed25519 import admission_flaw, verify
from opsproof_verify.slotted import slotted

#: Far more than a signature of one Ed25519 key has, whatever its namespace.
MAX_SIGNATURE = 4_096

HASHES = {"sha512": hashlib.sha512, "sha256": hashlib.sha256}

_BEGIN, _END = b"-----BEGIN SSH SIGNATURE-----\n", b"-----END SSH SIGNATURE-----\n"
_LINE = 70
_MAGIC = b"SSHSIG"
_VERSION = b"\x00\x00\x00\x01"
_KEY_TYPE = b"ssh-ed25519"
_KEY_SIZE, _SIGNATURE_SIZE = 32, 64


class SignatureError(ValueError):
    """A signature that does not do what was asked of it: what is wrong, and what to do."""

    def __init__(self, what: str, remedy: str) -> None:
        """Keep both parts of the sentence."""
        super().__init__(f"{what}; {remedy}")
        self.what = what
        self.remedy = remedy


@slotted(frozen=True)
class Signature:
    """The parts of a signature that vary; nothing about them is verified yet."""

    key: bytes
    namespace: str
    hash: str
    signature: bytes


def parse(armored: bytes) -> Signature:
    """Take a signature apart; raise :class:`SignatureError` unless it has exactly the accepted shape."""
    blob = _Blob(_dearmor(armored))
    if blob.take(len(_MAGIC)) != _MAGIC or blob.take(len(_VERSION)) != _VERSION:
        raise _malformed("it is no SSHSIG of version 1")
    key = _typed(blob.text(), _KEY_SIZE, "key")
    namespace, reserved, hash_name = blob.text(), blob.text(), blob.text()
    signature = _typed(blob.text(), _SIGNATURE_SIZE, "signature")
    if reserved or blob.rest:
        raise _malformed("it holds more than a signature does")
    if not (namespace.isascii() and hash_name.isascii()):
        raise _malformed("its namespace or hash is no ASCII")
    found = Signature(key, namespace.decode("ascii"), hash_name.decode("ascii"), signature)
    if marshal(found) != armored:  # other line lengths or ends, or bits that base64 leaves over
        raise _malformed("it is not laid out as OpenSSH does")
    return found


def marshal(signature: Signature) -> bytes:
    """Write a signature out, armored."""
    head = _MAGIC + _VERSION + _string(_string(_KEY_TYPE) + _string(signature.key))
    words = _string(signature.namespace.encode("ascii")) + _string(b"") + _string(signature.hash.encode("ascii"))
    body = head + words + _string(_string(_KEY_TYPE) + _string(signature.signature))
    text = binascii.b2a_base64(body, newline=False)
    lines = (text[at : at + _LINE] + b"\n" for at in range(0, len(text), _LINE))
    return _BEGIN + b"".join(lines) + _END


def signing_input(data: bytes, namespace: str, hash_name: str) -> bytes:
    """Give the bytes that a signature over ``data`` covers; the name is one of :data:`HASHES`."""
    digest = HASHES[hash_name](data).digest()
    return b"".join((_MAGIC, *map(_string, (namespace.encode("ascii"), b"", hash_name.encode("ascii"), digest))))


def check(data: bytes, armored: bytes, key: bytes, namespace: str) -> None:
    """Hold a signature over ``data`` to one key and one namespace (SPEC 7-8, 7-9); raise :class:`SignatureError`."""
    found = parse(armored)
    if found.namespace != namespace:
        raise SignatureError(
            f"signed for the namespace {found.namespace!r}, not for {namespace!r}",
            f"have it signed by `ssh-keygen -Y sign -n {namespace}`",
        )
    if found.hash not in HASHES:
        raise SignatureError(f"the hash {found.hash!r} is neither sha512 nor sha256", "have it signed with one of them")
    if found.key != key:
        raise SignatureError(
            f"signed with the key {fingerprint(found.key)}, not with {fingerprint(key)}",
            "use a file that the expected key has signed, or find out why there is another key",
        )
    if admission_flaw(key) is not None:
        raise SignatureError(f"the key is not admissible ({admission_flaw(key)})", "use another key")
    if not verify(key, found.signature, signing_input(data, namespace, found.hash)):
        raise SignatureError(
            "does not fit the file: the file or the signature is not as it was when signed",
            "get both again from whoever signed them, and do not use this copy",
        )


def fingerprint(key: bytes) -> str:
    """Give the fingerprint of a key as `ssh-keygen -l` prints it."""
    digest = hashlib.sha256(_string(_KEY_TYPE) + _string(key)).digest()
    return f"SHA256:{binascii.b2a_base64(digest, newline=False).decode('ascii').rstrip('=')}"


class _Blob:
    """Bytes that are taken from the front."""

    def __init__(self, data: bytes) -> None:
        self.rest = data

    def take(self, size: int) -> bytes:
        if size > len(self.rest):
            raise _malformed("it is cut short")
        taken, self.rest = self.rest[:size], self.rest[size:]
        return taken

    def text(self) -> bytes:
        """Take a string of RFC 4251 §5: its length, then its bytes."""
        return self.take(struct.unpack(">I", self.take(4))[0])


def _string(data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + data


def _typed(data: bytes, size: int, what: str) -> bytes:
    """Read a key or a signature of the one type."""
    blob = _Blob(data)
    kind, value = blob.text(), blob.text()
    if kind != _KEY_TYPE:
        name = ascii(kind.decode("latin-1"))
        raise SignatureError(f"the {what} has the type {name}, not 'ssh-ed25519'", "have it signed with an Ed25519 key")
    if len(value) != size or blob.rest:
        raise _malformed(f"its {what} has another size")
    return value


def _dearmor(armored: bytes) -> bytes:
    if len(armored) > MAX_SIGNATURE or not (armored.startswith(_BEGIN) and armored.endswith(_END)):
        raise _malformed("it does not begin and end as one does")
    try:
        return binascii.a2b_base64(armored[len(_BEGIN) : -len(_END)].replace(b"\n", b""), strict_mode=True)
    except binascii.Error:
        raise _malformed("between its first and last line is no base64") from None


def _malformed(why: str) -> SignatureError:
    return SignatureError(
        f"no signature as `ssh-keygen -Y sign` writes it: {why}", "get the signature again, unchanged"
    )
