"""The records of SPEC 6 as frozen values, named as there; no logic.

``parse_contract``, ``parse_entry`` and ``parse_signed`` make them from bytes; above those nobody touches raw maps.
"""

from __future__ import annotations

from dataclasses import dataclass

from opsproof_verify.fields import Ref
from opsproof_verify.findings import Time

Scalar = str | int | bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Param:
    """A run parameter that the contract declares (SPEC 6.1)."""

    id: str
    title: str | None
    optional: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ValueSpec:
    """A value that a step asks for (SPEC 6.1)."""

    id: str
    title: str | None
    type: str
    unit: str | None
    min: str | None
    max: str | None
    choices: tuple[str, ...] | None
    optional: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Slot:
    """Evidence that a step asks for: media types and how many items (SPEC 6.1)."""

    id: str
    title: str | None
    media: tuple[str, ...]
    min: int
    max: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A step of the contract (SPEC 6.1); ``repeat`` is least and most passes, (1, 1) without one."""

    id: str
    title: str
    instruction: str | None
    roles: tuple[str, ...]
    after: tuple[str, ...]
    optional: bool
    repeat: tuple[int, int]
    values: dict[str, ValueSpec]
    evidence: dict[str, Slot]
    critical: bool
    check: tuple[str, ...] | None
    hold: tuple[str, ...] | None
    max_ms: int | None
    tags: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """An enrolled actor, by roster or assignment (SPEC 6.1, 6.5)."""

    id: str
    person: str
    name: str
    kind: str
    roles: tuple[str, ...]
    key: bytes
    not_before: Time | None
    not_after: Time | None
    principal: str | None
    software: str | None
    config: bytes | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """A deviation reason of a pack (SPEC 6.1)."""

    code: str
    title: str
    severity: str
    scope: tuple[str, ...]
    remediation: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Pack:
    """A domain pack: the trade's words, tags and deviation reasons (SPEC 6.1)."""

    id: str
    version: int
    title: str
    terms: dict[str, str]
    tags: tuple[str, ...]
    reasons: dict[str, Reason]


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """The document that a contract was written from (SPEC 6.1)."""

    digest: bytes
    size: int
    media: str
    name: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Authority:
    """Roles that may assign, release, rule and seal (SPEC 6.1)."""

    assign: tuple[str, ...]
    release: tuple[str, ...]
    rule: tuple[str, ...]
    seal: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Contract:
    """The Locked Execution Package (SPEC 6.1); ``policy`` and ``pack`` keep their exact bytes too."""

    id: str
    version: int
    title: str
    issuer: str
    nonce: bytes
    issued: Time
    not_before: Time | None
    not_after: Time | None
    source: Source | None
    params: dict[str, Param]
    steps: dict[str, Step]
    roster: tuple[Member, ...]
    authority: Authority
    pack: Pack | None
    policy: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Meaning:
    """What a signature means: an id to compare and a text to print (SPEC 6.2)."""

    id: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Approval:
    """An approval of a contract (SPEC 6.2)."""

    contract: bytes
    person: str
    name: str
    role: str
    meaning: Meaning
    time: Time


@dataclass(frozen=True, slots=True, kw_only=True)
class Assignment:
    """A further actor for this run (SPEC 6.5)."""

    contract: bytes
    run: bytes
    member: Member
    by: str
    time: Time


@dataclass(frozen=True, slots=True, kw_only=True)
class Attestation:
    """An actor's signature over its own entries (SPEC 6.6)."""

    run: bytes
    actor: str
    seq: int
    head: bytes
    count: int
    digest: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """A window of an actor's entries: their number and the digest of their leaves (SPEC 6.6-1)."""

    count: int
    digest: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Seal:
    """The seal (SPEC 6.8)."""

    run: bytes
    contract: bytes
    count: int
    head: bytes
    root: bytes
    evidence_count: int
    evidence_bytes: int
    attests: Window
    actor: str
    time: Time


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """Evidence as a record names it (SPEC 6.3, 6.9); ``step`` is None for evidence of the run."""

    digest: bytes
    size: int
    media: str
    name: str | None
    step: str | None
    number: int | None  # the pass
    slot: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Viewed:
    """What a signer looked at (SPEC 6.9-4)."""

    policy: bytes
    report: bytes
    withheld: int
    absent: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SignOff:
    """A sign-off (SPEC 6.9); ``viewed`` is None for a blind one."""

    seal: bytes
    run: bytes
    person: str
    name: str
    role: str
    decision: str
    meaning: Meaning
    time: Time
    seen: tuple[bytes, ...]
    viewed: Viewed | None
    covers: tuple[Ref, ...]
    withdraws: bytes | None
    deviation: Ref | None
    evidence: tuple[Item, ...]
    attests: tuple[str, Window] | None
    text: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Witness:
    """An independent clock's signature (SPEC 6.10)."""

    run: bytes
    witness: str
    target: str
    hash: bytes
    seq: int | None
    time: Time


@dataclass(frozen=True, slots=True, kw_only=True)
class Withheld:
    """What stands for a withheld entry (SPEC 3.2-2)."""

    leaf: bytes
    actor: str
