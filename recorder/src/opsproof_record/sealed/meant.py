"""What a person wants to sign (SPEC 6.9), as values; `intent` refuses what would be in vain or do harm."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from opsproof_verify.contract import Member
from opsproof_verify.records import Delegation, Late

from opsproof_record.clock import Time


@dataclass(frozen=True, slots=True)
class Target:
    """What supplied evidence is for: the run, a pass of a step, or a slot of it; and its media type if not guessed."""

    step: str | None = None
    number: int = 1
    slot: str | None = None
    media: str | None = None


@dataclass(frozen=True, slots=True)
class Supply:
    """A file to add after the seal, as it was when the signer looked at it."""

    path: Path
    media: str
    size: int
    digest: bytes
    target: Target


@dataclass(frozen=True, slots=True)
class Claim:
    """How the signer was authenticated, as the signer or the calling system says (SPEC 6.9-9)."""

    factors: tuple[str, ...]
    time: Time


@dataclass(frozen=True, slots=True)
class Given:
    """A delegation (SPEC 6.11): its exact bytes, what they say, and the thumbprint of the key that signed them."""

    body: bytes
    record: Delegation
    kid: bytes


@dataclass(frozen=True, slots=True)
class Redaction:
    """What somebody says that this copy withholds (SPEC 6.9-11): leaves and digests, and how people call them."""

    hashes: tuple[bytes, ...]
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Intent:
    """What a person wants to sign; ``member`` is the actor enrolled with the key, if there is one."""

    person: str
    key: bytes
    name: str
    role: str
    decision: str
    meaning: tuple[str, str]
    time: Time
    member: Member | None = None
    authentication: Claim | None = None
    delegation: Given | None = None
    covers: tuple[int, ...] = ()
    withdraws: bytes | None = None
    deviation: int | None = None
    evidence: tuple[Supply, ...] = ()
    attests: Late | None = None
    withholds: Redaction | None = None
    text: str | None = None

    @property
    def persons(self) -> tuple[str, ...]:
        """The persons behind the signature: the signer, and who delegated to the signer (SPEC 8.5-1)."""
        return (self.person,) if self.delegation is None else (self.person, self.delegation.record.giver)
