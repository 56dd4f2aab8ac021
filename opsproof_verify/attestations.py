"""Attestation entries read whole: the entry, the signed record in it, and its signature (SPEC 5.4, 6.3, 6.6).

A signature takes longer to verify than everything else about an entry, and depends on nothing but a key. So it is
verified where the bytes are read, which may be another process; whether the entry stands where it may, and whether the
window is its actor's, is for `log` to decide.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeAlias

from opsproof_verify.compiled import Cutter, Shape
from opsproof_verify.cose import CoseError, RecordType, parse
from opsproof_verify.ed25519 import thumbprint, verify
from opsproof_verify.records import Attestation

#: The body, `prev`, the time in ms and the actor; `seq`, `head`, `count` and `digest` of the attestation; the key.
Whole: TypeAlias = tuple[bytes, bytes, int, str, int, bytes, int, bytes, bytes]

_MEMBERS = ("run", "seq", "kind", "prev", "time", "actor", "nonce", "attestation")
_PAYLOAD = ("run", "seq", "head", "actor", "count", "digest")


class Attestations:
    """Reads the attestation entries of one run."""

    def __init__(self, run: bytes, keys: Iterable[bytes]) -> None:
        """Take the run's id, and the keys of those who may attest."""
        self._run = run
        self._keys = {thumbprint(key): key for key in keys}
        self._shape = Shape("attestation", _MEMBERS)
        self._payload = Cutter(_PAYLOAD, (Attestation,))
        self.first = self._shape.first

    def enrol(self, keys: Iterable[bytes]) -> None:
        """Take further keys."""
        for key in keys:
            self._keys[thumbprint(key)] = key

    def read(self, body: bytes, seq: int) -> Whole | None:
        """Read an entry with this number whose attestation is signed under a known key; None if it is not one."""
        entry = self._shape.values(body)
        if entry is None:
            return None
        run, own, prev, time, writer, _, attestation = entry
        if run != self._run or own != seq:
            return None
        try:
            signed = parse(attestation, RecordType.ATTESTATION)
        except CoseError:
            return None
        values, key = self._payload.values(signed.payload), self._keys.get(signed.kid)
        if values is None or key is None:
            return None
        attested, target, head, actor, count, digest = values
        if attested != run or actor != writer or not verify(key, signed.signature, signed.signing_input()):
            return None
        return body, prev, time.ms, actor, target, head, count, digest, key
