"""The records of SPEC 6 but entries, as frozen values named as there; each field carries its reader."""

from __future__ import annotations

from typing import TypeVar

from opsproof_verify import fields
from opsproof_verify.fields import (
    Fields,
    Reader,
    Ref,
    array,
    at,
    blob,
    decimal,
    digest,
    ident,
    line,
    malformed,
    mapping,
    media,
    nonce,
    positive,
    prose,
    ref,
    time,
    uint,
    unit,
    word,
)
from opsproof_verify.findings import Rejected, Time
from opsproof_verify.schema import fill, flag, flat, may, need, reader, record, some, table

T = TypeVar("T")
Scalar = str | int | bool

SEVERITIES = ("minor", "major", "critical")
RULINGS = ("allow", "review", "block")
VALUE_TYPES = ("decimal", "integer", "text", "boolean", "choice")
MAX_STEPS = 2_000
MAX_ROSTER = 1_000

ids = array(ident, distinct=True)
some_ids = array(ident, 1, distinct=True)
severity = word(*SEVERITIES)


def inconsistent(why: str, path: str) -> Rejected:
    """Make the refusal of a contract that contradicts itself (SPEC 6.1-2)."""
    return Rejected("contract.inconsistent", why=why, path=path)


def keyed(cls: type[T], key: str, least: int = 0, most: int = fields.MAX_INTEGER) -> Reader[dict[str, T]]:
    """Make the reader of an array of records that an identifier tells apart (SPEC 6.1-2)."""
    read_rows = array(reader(cls), least, most)

    def read_keyed(value: object) -> dict[str, T]:
        rows = read_rows(value)
        result: dict[str, T] = {getattr(row, key): row for row in rows}
        if len(result) != len(rows):
            raise inconsistent("duplicate-id", "")
        return result

    return read_keyed


# --- the contract (SPEC 6.1)


@record
class Param:
    """A run parameter that the contract declares."""

    id: str = need(ident)
    title: str | None = may(line)
    optional: bool = flag()


@record
class ValueSpec:
    """A value that a step asks for."""

    id: str = need(ident)
    title: str | None = may(line)
    type: str = need(word(*VALUE_TYPES))
    unit: str | None = may(unit)
    min: str | None = may(decimal)
    max: str | None = may(decimal)
    choices: tuple[str, ...] | None = may(array(line, 1, distinct=True))
    optional: bool = flag()


@record
class Slot:
    """Evidence that a step asks for: media types and how many items."""

    id: str = need(ident)
    title: str | None = may(line)
    media: tuple[str, ...] = need(array(media, 1, distinct=True))
    min: int = need(uint)
    max: int = need(positive)


@record
class Repeat:
    """How many passes a step has, at least and at most."""

    min: int = need(positive)
    max: int = need(positive)


@record
class Step:
    """A step of the contract."""

    id: str = need(ident)
    title: str = need(line)
    instruction: str | None = may(prose)
    roles: tuple[str, ...] = need(some_ids)
    after: tuple[str, ...] = some(some_ids)
    optional: bool = flag()
    repeat: Repeat | None = may(reader(Repeat))
    values: dict[str, ValueSpec] = table(keyed(ValueSpec, "id", 1))
    evidence: dict[str, Slot] = table(keyed(Slot, "id", 1))
    critical: bool = flag()
    check: tuple[str, ...] | None = may(some_ids)
    hold: tuple[str, ...] | None = may(some_ids)
    max_ms: int | None = may(positive)
    tags: tuple[str, ...] = some(some_ids)

    @property
    def passes(self) -> tuple[int, int]:
        """The least and the greatest number of passes (SPEC 6.3-4)."""
        return (self.repeat.min, self.repeat.max) if self.repeat else (1, 1)


@record
class Member:
    """An enrolled actor, by roster or assignment."""

    id: str = need(ident)
    person: str = need(ident)
    name: str = need(line)
    kind: str = need(word("human", "agent", "device"))
    roles: tuple[str, ...] = need(some_ids)
    key: bytes = need(digest)
    not_before: Time | None = may(time)
    not_after: Time | None = may(time)
    principal: str | None = may(ident)
    software: str | None = may(line)
    config: bytes | None = may(digest)


@record
class Reason:
    """A deviation reason of a pack."""

    code: str = need(ident)
    title: str = need(line)
    severity: str = need(severity)
    scope: tuple[str, ...] = some(array(word("steps", "values", "evidence"), 1, distinct=True))
    remediation: bool = flag()


@record
class Pack:
    """A domain pack: the trade's words, tags and deviation reasons."""

    id: str = need(ident)
    version: int = need(positive)
    title: str = need(line)
    terms: dict[str, str] = need(mapping(ident, line))
    tags: tuple[str, ...] = need(ids)
    reasons: dict[str, Reason] = need(keyed(Reason, "code", 1))


@record
class Source:
    """The document that a contract was written from."""

    digest: bytes = need(digest)
    size: int = need(uint)
    media: str = need(media)
    name: str | None = may(line)


@record
class Authority:
    """Roles that may assign, release, rule and seal."""

    assign: tuple[str, ...] = need(ids)
    release: tuple[str, ...] = need(ids)
    rule: tuple[str, ...] = need(ids)
    seal: tuple[str, ...] = need(some_ids)


def _pack(value: object) -> Pack:
    """Read a pack carried as canonical CBOR (SPEC 6.1-3)."""
    return reader(Pack)(fields.decoded(blob(value), fields.MAX_ITEMS))


@record
class Contract:
    """The Locked Execution Package; ``policy`` is the pinned policy's exact bytes."""

    id: str = need(ident)
    version: int = need(positive)
    title: str = need(line)
    issuer: str = need(ident)
    nonce: bytes = need(nonce)
    issued: Time = need(time)
    not_before: Time | None = may(time)
    not_after: Time | None = may(time)
    source: Source | None = may(reader(Source))
    params: dict[str, Param] = need(keyed(Param, "id"))
    steps: dict[str, Step] = need(keyed(Step, "id", 1, MAX_STEPS))
    roster: tuple[Member, ...] = need(array(reader(Member), 1, MAX_ROSTER))
    authority: Authority = need(reader(Authority))
    pack: Pack | None = may(_pack)
    policy: bytes = need(blob)


# --- signed records (SPEC 6.2, 6.5 to 6.10)


@record
class Meaning:
    """What a signature means: an id to compare and a text to print."""

    id: str = need(ident)
    text: str = need(line)


@record
class Approval:
    """An approval of a contract (SPEC 6.2)."""

    contract: bytes = need(digest)
    person: str = need(ident)
    name: str = need(line)
    role: str = need(ident)
    meaning: Meaning = need(reader(Meaning))
    time: Time = need(time)


@record
class Assignment:
    """A further actor for this run (SPEC 6.5)."""

    contract: bytes = need(digest)
    run: bytes = need(digest)
    member: Member = need(reader(Member))
    by: str = need(ident)
    time: Time = need(time)


@record
class Attestation:
    """An actor's signature over its own entries (SPEC 6.6)."""

    run: bytes = need(digest)
    actor: str = need(ident)
    seq: int = need(uint)
    head: bytes = need(digest)
    count: int = need(positive)
    digest: bytes = need(digest)


@record
class Window:
    """The sealing actor's last window: the number of its entries and the digest of their leaves (SPEC 6.8-2)."""

    count: int = need(uint)
    digest: bytes = need(digest)


@record
class Seal:
    """The seal (SPEC 6.8)."""

    run: bytes = need(digest)
    contract: bytes = need(digest)
    count: int = need(positive)
    head: bytes = need(digest)
    root: bytes = need(digest)
    evidence_count: int = need(uint)
    evidence_bytes: int = need(uint)
    attests: Window = need(reader(Window))
    actor: str = need(ident)
    time: Time = need(time)


@record
class Item:
    """Evidence as a record names it (SPEC 6.3, 6.9); ``step`` and ``number``, its pass, are None for the run's."""

    digest: bytes = need(digest)
    size: int = need(uint)
    media: str = need(media)
    name: str | None = may(line)
    step: str | None = may(ident)
    number: int | None = may(positive, "pass")
    slot: str | None = may(ident)

    def check_members(self) -> None:
        """Step and pass stand together, and a slot only with them (SPEC 6.3-4)."""
        if (self.step is None) != (self.number is None):
            raise at("step", malformed("step-and-pass"))
        if self.slot is not None and self.step is None:
            raise at("slot", malformed("slot-without-step"))


@record
class Viewed:
    """What a signer looked at (SPEC 6.9-4)."""

    policy: bytes = need(digest)
    report: bytes = need(digest)
    withheld: int = need(uint)
    absent: int = need(uint)


@record
class Late:
    """A late attestation: the actor, and all of its entries that none covered (SPEC 6.9-5)."""

    actor: str = need(ident)
    count: int = need(positive)
    digest: bytes = need(digest)


#: Members that a decision may carry beside the common ones, and of these the required ones (SPEC 6.9-1).
DECISIONS: dict[str, tuple[frozenset[str], frozenset[str]]] = {
    "approve": (frozenset({"covers"}), frozenset()),
    "reject": (frozenset(), frozenset()),
    "acknowledge": (frozenset(), frozenset()),
    "withdraw": (frozenset({"withdraws"}), frozenset({"withdraws"})),
    "remediate": (frozenset({"deviation", "evidence"}), frozenset({"deviation"})),
    "supply": (frozenset({"evidence"}), frozenset({"evidence"})),
    "attest": (frozenset({"attests"}), frozenset({"attests"})),
}


def _ascending(value: object) -> tuple[bytes, ...]:
    hashes = array(digest, distinct=True)(value)
    if list(hashes) != sorted(hashes):
        raise malformed("order")
    return hashes


def _viewed(members: Fields) -> Viewed | None:
    return None if members.flag("blind") else fill(Viewed, members)


@record
class SignOff:
    """A sign-off (SPEC 6.9); ``viewed`` is None for a blind one."""

    seal: bytes = need(digest)
    run: bytes = need(digest)
    person: str = need(ident)
    name: str = need(line)
    role: str = need(ident)
    decision: str = need(word(*DECISIONS))
    meaning: Meaning = need(reader(Meaning))
    time: Time = need(time)
    seen: tuple[bytes, ...] = need(_ascending)
    viewed: Viewed | None = flat(_viewed)
    covers: tuple[Ref, ...] = some(array(ref, 1, distinct=True))
    withdraws: bytes | None = may(digest)
    deviation: Ref | None = may(ref)
    evidence: tuple[Item, ...] = some(array(reader(Item), 1))
    attests: Late | None = may(reader(Late))
    text: str | None = may(prose)

    def check_members(self) -> None:
        """Hold a decision to its own members (SPEC 6.9-1)."""
        allowed, required = DECISIONS[self.decision]
        for name in ("covers", "withdraws", "deviation", "evidence", "attests"):
            if getattr(self, name) and name not in allowed:
                raise at(name, malformed("not-for-decision"))
            if name in required and not getattr(self, name):
                raise at(name, malformed("missing"))


@record
class Witness:
    """An independent clock's signature (SPEC 6.10)."""

    run: bytes = need(digest)
    witness: str = need(ident)
    target: str = need(word("entry", "seal", "signoff"))
    hash: bytes = need(digest)
    seq: int | None = may(uint)
    time: Time = need(time)

    def check_members(self) -> None:
        """``seq`` is present exactly for an entry (SPEC 6.10-1)."""
        if (self.seq is not None) != (self.target == "entry"):
            raise at("seq", malformed("not-for-target"))


@record
class Withheld:
    """What stands for a withheld entry (SPEC 3.2-2)."""

    leaf: bytes = need(digest)
    actor: str = need(ident)
