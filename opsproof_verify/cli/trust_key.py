"""`--trust-key`: the key that must have signed a trust file, given as itself or as a file that holds it (SPEC 7-9)."""

from __future__ import annotations

from opsproof_verify.cli.errors import UsageError
from opsproof_verify.trust_signature import signer

_LONGEST = 4_096  # bytes of a public key file
_KEYS = ("ssh-", "sk-", "ecdsa-", "-----BEGIN")


def trust_key(given: str) -> bytes:
    """Give the raw key that ``--trust-key`` names.

    Raises ``InputError`` if it is no key that can be used, ``UsageError`` if it is a private one, ``OSError`` if it is
    a file that cannot be read.
    """
    if given.startswith(_KEYS) or _is_hex(given):
        return signer(given, "--trust-key")
    with open(given, "rb") as file:
        data = file.read(_LONGEST)
    if b"PRIVATE KEY" in data:
        raise UsageError(f"--trust-key {given} holds a private key; give the public one, such as {given}.pub")
    return signer(data.decode("utf-8", "replace").strip(), given)


def _is_hex(text: str) -> bool:
    return len(text) == 64 and not set(text) - set("0123456789abcdef")
