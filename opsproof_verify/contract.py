"""The contract (SPEC 6.1) as frozen values named as there; each field carries its reader."""

from __future__ import annotations

from typing import TypeVar

from opsproof_verify import fields
from opsproof_verify.fields import (
    Reader,
    array,
    blob,
    decimal,
    digest,
    ident,
    line,
    mapping,
    media,
    nonce,
    positive,
    prose,
    time,
    uint,
    unit,
    word,
)
from opsproof_verify.findings import Rejected, Time
from opsproof_verify.schema import flag, may, need, reader, record, some, table

T = TypeVar("T")
Scalar = str | int | bool

SEVERITIES = ("minor", "major", "critical")
ACTOR_KINDS = ("human", "agent", "device")
VALUE_TYPES = ("decimal", "integer", "text", "boolean", "choice")
DEMANDS = ("steps", "values", "evidence", "action", "occurred")  # members of a deviation, named alike
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
    authorise: tuple[str, ...] = some(some_ids)
    max_ms: int | None = may(positive)
    qualifications: tuple[str, ...] = some(some_ids)
    instruments: tuple[str, ...] = some(some_ids)
    tags: tuple[str, ...] = some(some_ids)

    @property
    def passes(self) -> tuple[int, int]:
        """The least and the greatest number of passes (SPEC 6.3-4)."""
        return (self.repeat.min, self.repeat.max) if self.repeat else (1, 1)


@record
class Qualification:
    """A qualification or licence that a person holds, and from when to when."""

    id: str = need(ident)
    number: str | None = may(line)
    not_before: Time | None = may(time)
    not_after: Time | None = may(time)

    def holds_at(self, ms: int) -> bool:
        """Tell whether it is held at a time; its last millisecond belongs to it."""
        return (self.not_before is None or self.not_before.ms <= ms) and (
            self.not_after is None or ms <= self.not_after.ms
        )


@record
class Member:
    """An enrolled actor, by roster or assignment."""

    id: str = need(ident)
    person: str = need(ident)
    name: str = need(line)
    kind: str = need(word(*ACTOR_KINDS))
    roles: tuple[str, ...] = need(some_ids)
    key: bytes = need(digest)
    not_before: Time | None = may(time)
    not_after: Time | None = may(time)
    principal: str | None = may(ident)
    software: str | None = may(line)
    config: bytes | None = may(digest)
    qualifications: tuple[Qualification, ...] = some(array(reader(Qualification), 1))


@record
class Reason:
    """A deviation reason of a pack."""

    code: str = need(ident)
    title: str = need(line)
    severity: str = need(severity)
    demands: tuple[str, ...] = some(array(word(*DEMANDS), 1, distinct=True))
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
    """Roles that may assign, release, rule, seal and make entries void."""

    assign: tuple[str, ...] = need(ids)
    release: tuple[str, ...] = need(ids)
    rule: tuple[str, ...] = need(ids)
    seal: tuple[str, ...] = need(some_ids)
    void: tuple[str, ...] = some(some_ids)


@record
class Retention:
    """How long the record is to be kept, in the issuer's words."""

    id: str = need(ident, "class")
    years: int | None = may(positive)


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
    introduction: str | None = may(prose)
    retention: Retention | None = may(reader(Retention))
    params: dict[str, Param] = need(keyed(Param, "id"))
    steps: dict[str, Step] = need(keyed(Step, "id", 1, MAX_STEPS))
    roster: tuple[Member, ...] = need(array(reader(Member), 1, MAX_ROSTER))
    authority: Authority = need(reader(Authority))
    pack: Pack | None = may(_pack)
    policy: bytes = need(blob)
