"""Signed records (SPEC 5.4) by whoever holds the private key: a file read into memory, or an agent that is asked."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from opsproof_verify import cose, ed25519

from opsproof_record.errors import Refused


@dataclass(frozen=True, slots=True)
class Signer:
    """A key in use. ``path`` names it: beside that file its unsigned entries are remembered (``pending.py``).

    ``holder`` says in words who signs; ``raw`` gives the 64 bytes over a message, or raises ``Refused``.
    """

    path: Path
    public: bytes
    holder: str
    raw: Callable[[bytes], bytes] = field(repr=False)

    @property
    def kid(self) -> bytes:
        """Thumbprint of the key (SPEC 5.3-2)."""
        return ed25519.thumbprint(self.public)

    def sign(self, record_type: cose.RecordType, payload: bytes) -> bytes:
        """Give the signed record (SPEC 5.4) over a payload; no signature leaves here that a verifier would refuse."""
        message = cose.signing_input(record_type, self.kid, payload)
        signature = self.raw(message)
        if not ed25519.verify(self.public, signature, message):
            raise Refused(
                f"{self.holder} gave a wrong signature for {self.path}",
                "It was thrown away. Try again; if it happens again, do not use it: give another agent or key file.",
            )
        return cose.assemble(record_type, self.kid, payload, signature)
