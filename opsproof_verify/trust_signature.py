"""The signature beside a trust file (SPEC 7-8, 7-9), looked at only if the caller names the key that made it."""

from __future__ import annotations

from opsproof_verify import sshsig
from opsproof_verify.ed25519 import admission_flaw
from opsproof_verify.findings import Rejected
from opsproof_verify.problems import InputError, Problem
from opsproof_verify.toml_input import REMEDIES
from opsproof_verify.trust_values import read_key

NAMESPACE = "opsproof-trust"


def check_signature(file: str, data: bytes, signed_by: bytes | str) -> None:
    """Hold a trust file's bytes to the signature in the file of the same name with ``.sig`` behind it.

    ``signed_by`` is the raw key, or its text (SPEC 7-2). Raises ``InputError`` if the key or the signature is not good
    or the signature is not there, ``OSError`` if it cannot be read.
    """
    key, beside = signer(signed_by), f"{file}.sig"
    try:
        with open(beside, "rb") as stream:
            armored = stream.read(sshsig.MAX_SIGNATURE + 1)
    except FileNotFoundError:
        remedy = "get it from whoever signed the trust file, and put it beside that file under this name"
        raise InputError(
            beside, (Problem("", "no such file, and a key was named that must have signed", remedy),)
        ) from None
    try:
        sshsig.check(data, armored, key, NAMESPACE)
    except sshsig.SignatureError as error:
        raise InputError(beside, (Problem("", error.what, error.remedy),)) from None


def signer(key: bytes | str, name: str = "signed_by") -> bytes:
    """Give the raw key that a caller names, admitted (SPEC 5.3-1); ``name`` is what a refusal calls it."""
    if isinstance(key, bytes):
        good = key if admission_flaw(key) is None else None
    else:
        try:
            good = read_key(key)
        except Rejected:
            good = None
    if good is None:
        raise InputError(name, (Problem("", "no key that can be used", REMEDIES["key"]),))
    return good
