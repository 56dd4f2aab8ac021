"""Values as people write them in a trust file (SPEC 7): keys, times, digests, patterns of contract ids."""

from __future__ import annotations

import binascii
import datetime as dt
import re

from opsproof_verify.ed25519 import admission_flaw
from opsproof_verify.fields import malformed

_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_MILLISECOND = dt.timedelta(milliseconds=1)
_SSH_HEAD = b"\x00\x00\x00\x0bssh-ed25519\x00\x00\x00\x20"
_DER_HEAD = bytes.fromhex("302a300506032b6570032100")
_HEX = r"[0-9a-f]{64}"
_PEM = r"-----BEGIN PUBLIC KEY-----\s+([A-Za-z0-9+/=\s]+?)\s+-----END PUBLIC KEY-----\s*"
_SSH = r"ssh-ed25519 ([A-Za-z0-9+/=]+)(?: [^\n]*)?\n?"


def read_key(value: object) -> bytes:
    """Read a public key in one of the three forms of SPEC 7-2."""
    if type(value) is not str:
        raise malformed("key")
    key = _decode_key(value)
    if key is None or admission_flaw(key) is not None:
        raise malformed("key")
    return key


def _decode_key(text: str) -> bytes | None:
    if re.fullmatch(_HEX, text):
        return bytes.fromhex(text)
    for pattern, head in ((_SSH, _SSH_HEAD), (_PEM, _DER_HEAD)):
        if found := re.fullmatch(pattern, text):
            try:
                blob = binascii.a2b_base64("".join(found[1].split()), strict_mode=True)
            except binascii.Error:
                return None
            return blob[len(head) :] if blob.startswith(head) else None
    return None


def read_time(value: object) -> int:
    """Read an offset date-time as milliseconds."""
    if not isinstance(value, dt.datetime) or value.tzinfo is None:
        raise malformed("time")
    ms, rest = divmod(value - _EPOCH, _MILLISECOND)
    if rest or ms < 0:
        raise malformed("time")
    return ms


def read_hash(value: object) -> bytes:
    """Read a record hash in hexadecimal."""
    if type(value) is not str or not re.fullmatch(_HEX, value):
        raise malformed("hash")
    return bytes.fromhex(value)


def read_digest(value: object) -> bytes:
    """Read ``sha256:`` and a digest in hexadecimal."""
    if type(value) is not str or not value.startswith("sha256:") or not re.fullmatch(_HEX, value[7:]):
        raise malformed("digest")
    return bytes.fromhex(value[7:])
