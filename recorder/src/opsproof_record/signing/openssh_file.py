"""What an OpenSSH private key file says in the clear (PROTOCOL.key of OpenSSH).

That is its public key and whether the rest is encrypted: enough to know whether a passphrase is worth asking for.
"""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass

from opsproof_record.signing.ssh_wire import Malformed, Reader

_BODY = re.compile(rb"-----BEGIN OPENSSH PRIVATE KEY-----\s+([A-Za-z0-9+/=\s]+?)-----END OPENSSH PRIVATE KEY-----")
_MAGIC = b"openssh-key-v1\0"
_MAX_ROUNDS = 10_000  # of bcrypt, about a minute; a damaged number must not hold a command up for years


@dataclass(frozen=True, slots=True)
class Header:
    """The public key as SSH encodes it, and whether a passphrase is needed for the private half."""

    public: bytes
    encrypted: bool


def parse(data: bytes) -> Header | None:
    """Read the clear part of a file with one key; None if it is none."""
    found = _BODY.search(data)
    if not found:
        return None
    try:
        body = base64.b64decode(b"".join(found[1].split()), validate=True)
        if not body.startswith(_MAGIC):
            return None
        reader = Reader(body[len(_MAGIC) :])
        encrypted = reader.string() != b"none"
        derivation, options = reader.string(), Reader(reader.string())
        if derivation == b"bcrypt":
            options.string()  # the salt
            if options.uint32() > _MAX_ROUNDS:
                return None
        if reader.uint32() != 1:  # keys in the file
            return None
        return Header(reader.string(), encrypted)
    except (binascii.Error, Malformed):
        return None


def line(header: Header) -> str:
    """Give the public key as a line of a ``.pub`` file; its type must have been looked at."""
    return f"ssh-ed25519 {base64.b64encode(header.public).decode()}"
