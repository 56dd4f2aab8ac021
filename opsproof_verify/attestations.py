"""Attestation entries read whole: the entry, the signed record in it, and its signature (SPEC 5.4, 6.3, 6.6).

A signature takes longer to verify than everything else about an entry, and depends on nothing but a key. So it is
verified where the bytes are read, which may be another process; whether the entry stands where it may, and whether the
window is its actor's, is for `log` to decide.

All attestation entries of a run have the same members, and nearly all of their bytes are the same or of one length. So
one pattern cuts them; what it does not take is read as any other entry is.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TypeAlias

from opsproof_verify import fields
from opsproof_verify.canonical import CanonicalError, encode
from opsproof_verify.compiled import Remembering, cut_by, item, map_of, read_time, read_uint
from opsproof_verify.cose import RecordType, signed_before, stands_before
from opsproof_verify.ed25519 import thumbprint, verify
from opsproof_verify.findings import Rejected

#: The body, `prev`, the time in ms and the actor; `seq`, `head`, `count` and `digest` of the attestation; the key.
Whole: TypeAlias = tuple[bytes, bytes, int, str, int, bytes, int, bytes, bytes]


class Attestations:
    """Reads the attestation entries of one run."""

    def __init__(self, run: bytes, keys: Iterable[bytes]) -> None:
        """Take the run's id, and the keys of those who may attest."""
        self._signers: dict[bytes, tuple[bytes, bytes]] = {}  # by kid: the key, and what it signs before the payload
        self._actors = Remembering(lambda piece: fields.ident(item(piece)))
        self._counts = Remembering(lambda piece: fields.positive(item(piece)))
        self._match = re.compile(_pattern(encode(run)), re.DOTALL).fullmatch
        self.enrol(keys)

    def enrol(self, keys: Iterable[bytes]) -> None:
        """Take further keys."""
        for key in keys:
            kid = thumbprint(key)
            self._signers[kid] = key, signed_before(RecordType.ATTESTATION, kid)

    def read(self, body: bytes, seq: bytes) -> Whole | None:
        """Read an entry whose attestation is signed under a known key; None if it is not one.

        ``seq`` is the entry's number as it is encoded.
        """
        cut = self._match(body)
        if cut is None:
            return None
        own, prev, time, writer, length, kid, signed, size, target, head, count, digest, signature = cut.groups()
        key, before = self._signers.get(kid, (b"", b""))
        if (
            not key
            or own != seq
            or len(signed) != size[0] + 2
            or len(body) - cut.end("length") != int.from_bytes(length)
        ):
            return None
        try:
            ms, actor, at, several = read_time(time).ms, self._actors[writer], read_uint(target), self._counts[count]
        except (CanonicalError, Rejected):
            return None
        if not verify(key, signature, before + signed):
            return None
        return body, prev, ms, actor, at, head, several, digest, key


def _pattern(run: bytes) -> bytes:
    """Give the pattern of an attestation entry (SPEC 6.3) with its record (SPEC 5.4) and the payload of that (6.6)."""
    run, marker = re.escape(run), bytes(32)
    before, after = stands_before(RecordType.ATTESTATION, marker).split(marker)
    payload = {
        "run": run,
        "seq": cut_by(fields.uint),
        "head": cut_by(fields.digest),
        "actor": rb"(?P=actor)",
        "count": cut_by(fields.positive),
        "digest": cut_by(fields.digest),
    }
    signed = rb"(\x58(.)" + map_of(payload) + b")"
    record = re.escape(before) + b"(.{32})" + re.escape(after) + signed + rb"\x58\x40(.{64})"
    entry = {
        "run": run,
        "seq": cut_by(fields.uint),
        "kind": re.escape(encode("attestation")),
        "prev": cut_by(fields.digest),
        "time": cut_by(fields.time),
        "actor": None,
        "nonce": cut_by(fields.nonce, b"?:"),
        "attestation": rb"\x59(?P<length>..)" + record,
    }
    return map_of(entry)
