"""JSON from somebody else: one object, each member once, nothing that only some readers take.

What was parsed is read with the verifier's typed readers (`opsproof_verify.fields`), which raise ``Rejected`` with the
path of what is wrong.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from datetime import datetime

from opsproof_verify import fields
from opsproof_verify.fields import MAX_INTEGER, Reader, malformed
from opsproof_verify.findings import Time

from opsproof_record.clock import to_time

_HASH_SIZE = 32
_HEX = re.compile(r"[0-9a-f]*")


def parse(data: bytes) -> object:
    """Read a document; raises ``Rejected`` for what is not strictly JSON (RFC 8259, I-JSON of RFC 7493)."""
    try:
        value: object = json.loads(
            data.decode(), object_pairs_hook=_once, parse_constant=_no_constant, parse_float=_no_constant
        )
        json.dumps(value, ensure_ascii=False).encode()  # a lone surrogate is no text
    except (ValueError, RecursionError):
        raise malformed("json") from None
    return value


def _once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError
    return found


def _no_constant(_text: str) -> object:
    raise ValueError


def base64_bytes(limit: int) -> Reader[bytes]:
    """Make the reader of bytes as base64 text (RFC 4648 section 4), of at most so many."""

    def read(value: object) -> bytes:
        if type(value) is not str or len(value) > (limit + 2) // 3 * 4:
            raise malformed("base64")
        try:
            data = base64.b64decode(value, validate=True)
        except (binascii.Error, ValueError):
            raise malformed("base64") from None
        if to_base64(data) != value:  # bits that no byte holds
            raise malformed("base64")
        return data

    return read


def base64_hash(value: object) -> bytes:
    """Read a hash of 32 bytes as base64 text."""
    hash_ = base64_bytes(_HASH_SIZE)(value)
    if len(hash_) != _HASH_SIZE:
        raise malformed("base64")
    return hash_


def to_base64(data: bytes) -> str:
    """Write bytes as base64 text."""
    return base64.b64encode(data).decode()


def hex_digest(value: object) -> bytes:
    """Read 32 bytes in lower-case hexadecimal."""
    if type(value) is not str or len(value) != 2 * _HASH_SIZE or not _HEX.fullmatch(value):
        raise malformed("digest")
    return bytes.fromhex(value)


def some_text(value: object) -> str:
    """Read any text; it is escaped where it is shown."""
    if type(value) is not str:
        raise malformed("text")
    return value


def or_null(read: Reader[fields.T]) -> Reader[fields.T | None]:
    """Make the reader of something that may be ``null``."""
    return lambda value: None if value is None else read(value)


def moment(value: object) -> Time:
    """Read an RFC 3339 time."""
    try:
        ms, offset = to_time(datetime.fromisoformat(some_text(value)))
    except (ValueError, OverflowError):
        raise malformed("time") from None
    if not 0 <= ms <= MAX_INTEGER:
        raise malformed("time")
    return Time(ms, offset)
