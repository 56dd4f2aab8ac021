"""The contract from bytes (SPEC 6.1): schema first (``record.malformed``), then ``contract.inconsistent``."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from decimal import Decimal
from graphlib import CycleError, TopologicalSorter
from typing import TypeVar

from opsproof_verify import fields
from opsproof_verify.fields import Fields
from opsproof_verify.findings import Rejected, Time
from opsproof_verify.parse_entry import SEVERITIES, decode_map
from opsproof_verify.records import (
    Authority,
    Contract,
    Member,
    Pack,
    Param,
    Reason,
    Slot,
    Source,
    Step,
    ValueSpec,
)

MAX_ITEMS = 200_000
MAX_STEPS = 2_000
MAX_ROSTER = 1_000

VALUE_TYPES = ("decimal", "integer", "text", "boolean", "choice")
_NUMBERS = frozenset({"decimal", "integer"})

_ids = fields.array(fields.ident, distinct=True)
_some_ids = fields.array(fields.ident, 1, distinct=True)

R = TypeVar("R")


def parse_contract(payload: bytes) -> Contract:
    """Read the payload of a contract whose signature was verified."""
    members = Fields(decode_map(payload, MAX_ITEMS))
    pack = members.opt("pack", fields.blob)
    contract = Contract(
        id=members.get("id", fields.ident),
        version=members.get("version", fields.positive),
        title=members.get("title", fields.line),
        issuer=members.get("issuer", fields.ident),
        nonce=members.get("nonce", fields.nonce),
        issued=members.get("issued", fields.time),
        not_before=members.opt("not-before", fields.time),
        not_after=members.opt("not-after", fields.time),
        source=members.opt("source", _source),
        params=members.get("params", _table(_param, lambda param: param.id)),
        steps=members.get("steps", _table(_step, lambda step: step.id, 1, MAX_STEPS)),
        roster=members.get("roster", fields.array(read_member, 1, MAX_ROSTER)),
        authority=members.get("authority", _authority),
        pack=None if pack is None else _in("pack", parse_pack, pack),
        policy=members.get("policy", fields.blob),
    )
    members.done()
    _check_consistency(contract)
    return contract


def parse_pack(data: bytes) -> Pack:
    """Read a domain pack in canonical CBOR (SPEC 6.1)."""
    members = Fields(decode_map(data, MAX_ITEMS))
    pack = Pack(
        id=members.get("id", fields.ident),
        version=members.get("version", fields.positive),
        title=members.get("title", fields.line),
        terms=members.get("terms", fields.mapping(fields.ident, fields.line)),
        tags=members.get("tags", _ids),
        reasons=members.get("reasons", _table(_reason, lambda reason: reason.code, 1)),
    )
    members.done()
    return pack


def read_member(value: object) -> Member:
    """Read an enrolled actor, of a roster or an assignment (SPEC 6.1)."""
    members = Fields(value)
    member = Member(
        id=members.get("id", fields.ident),
        person=members.get("person", fields.ident),
        name=members.get("name", fields.line),
        kind=members.get("kind", fields.word("human", "agent", "device")),
        roles=members.get("roles", _some_ids),
        key=members.get("key", fields.digest),
        not_before=members.opt("not-before", fields.time),
        not_after=members.opt("not-after", fields.time),
        principal=members.opt("principal", fields.ident),
        software=members.opt("software", fields.line),
        config=members.opt("config", fields.digest),
    )
    members.done()
    return member


def _in(name: str, read: Callable[[bytes], R], data: bytes) -> R:
    """Read something nested, with its member's name in the path of a refusal."""
    try:
        return read(data)
    except Rejected as refusal:
        raise fields.at(name, refusal) from None


def _table(
    read: fields.Reader[R], key: Callable[[R], str], least: int = 0, most: int = fields.MAX_INTEGER
) -> fields.Reader[dict[str, R]]:
    """Make the reader of an array of maps that are told apart by an identifier."""
    read_rows = fields.array(read, least, most)

    def read_table(value: object) -> dict[str, R]:
        rows = read_rows(value)
        table = {key(row): row for row in rows}
        if len(table) != len(rows):
            raise _inconsistent("duplicate-id", "")
        return table

    return read_table


def _param(value: object) -> Param:
    members = Fields(value)
    param = Param(
        id=members.get("id", fields.ident),
        title=members.opt("title", fields.line),
        optional=bool(members.opt("optional", fields.flag)),
    )
    members.done()
    return param


def _step(value: object) -> Step:
    members = Fields(value)
    step = Step(
        id=members.get("id", fields.ident),
        title=members.get("title", fields.line),
        instruction=members.opt("instruction", fields.prose),
        roles=members.get("roles", _some_ids),
        after=members.opt("after", _some_ids) or (),
        optional=bool(members.opt("optional", fields.flag)),
        repeat=members.opt("repeat", _repeat) or (1, 1),
        values=members.opt("values", _table(_value_spec, lambda spec: spec.id, 1)) or {},
        evidence=members.opt("evidence", _table(_slot, lambda slot: slot.id, 1)) or {},
        critical=bool(members.opt("critical", fields.flag)),
        check=members.opt("check", _some_ids),
        hold=members.opt("hold", _some_ids),
        max_ms=members.opt("max-ms", fields.positive),
        tags=members.opt("tags", _some_ids) or (),
    )
    members.done()
    return step


def _repeat(value: object) -> tuple[int, int]:
    members = Fields(value)
    repeat = members.get("min", fields.positive), members.get("max", fields.positive)
    members.done()
    return repeat


def _value_spec(value: object) -> ValueSpec:
    members = Fields(value)
    spec = ValueSpec(
        id=members.get("id", fields.ident),
        title=members.opt("title", fields.line),
        type=members.get("type", fields.word(*VALUE_TYPES)),
        unit=members.opt("unit", fields.unit),
        min=members.opt("min", fields.decimal),
        max=members.opt("max", fields.decimal),
        choices=members.opt("choices", fields.array(fields.line, 1, distinct=True)),
        optional=bool(members.opt("optional", fields.flag)),
    )
    members.done()
    return spec


def _slot(value: object) -> Slot:
    members = Fields(value)
    slot = Slot(
        id=members.get("id", fields.ident),
        title=members.opt("title", fields.line),
        media=members.get("media", fields.array(fields.media, 1, distinct=True)),
        min=members.get("min", fields.uint),
        max=members.get("max", fields.positive),
    )
    members.done()
    return slot


def _source(value: object) -> Source:
    members = Fields(value)
    source = Source(
        digest=members.get("digest", fields.digest),
        size=members.get("size", fields.uint),
        media=members.get("media", fields.media),
        name=members.opt("name", fields.line),
    )
    members.done()
    return source


def _authority(value: object) -> Authority:
    members = Fields(value)
    authority = Authority(
        assign=members.get("assign", _ids),
        release=members.get("release", _ids),
        rule=members.get("rule", _ids),
        seal=members.get("seal", _some_ids),
    )
    members.done()
    return authority


def _reason(value: object) -> Reason:
    members = Fields(value)
    reason = Reason(
        code=members.get("code", fields.ident),
        title=members.get("title", fields.line),
        severity=members.get("severity", fields.word(*SEVERITIES)),
        scope=members.opt("scope", fields.array(fields.word("steps", "values", "evidence"), 1, distinct=True)) or (),
        remediation=bool(members.opt("remediation", fields.flag)),
    )
    members.done()
    return reason


def _inconsistent(why: str, path: str) -> Rejected:
    return Rejected("contract.inconsistent", why=why, path=path)


def _check_consistency(contract: Contract) -> None:
    """Hold a contract to SPEC 6.1-2."""
    if not _ordered(contract.not_before, contract.not_after):
        raise _inconsistent("window", "not-after")
    members = contract.roster
    for what in ("id", "key"):
        if len({getattr(member, what) for member in members}) != len(members):
            raise _inconsistent(f"duplicate-{what}", "roster")
    for member in members:
        if not _ordered(member.not_before, member.not_after):
            raise _inconsistent("window", f"roster.{member.id}")
    for step in contract.steps.values():
        _check_step(step, contract)
    try:
        TopologicalSorter({step.id: step.after for step in contract.steps.values()}).prepare()
    except CycleError:
        raise _inconsistent("cycle", "steps.after") from None


def _check_step(step: Step, contract: Contract) -> None:
    """Hold one step to SPEC 6.1-2."""
    path = f"steps.{step.id}"
    if not set(step.after) <= contract.steps.keys():
        raise _inconsistent("unknown-step", f"{path}.after")
    if step.repeat[0] > step.repeat[1]:
        raise _inconsistent("window", f"{path}.repeat")
    if step.check is not None and not step.critical:
        raise _inconsistent("check-not-critical", f"{path}.check")
    if contract.pack is not None and not set(step.tags) <= set(contract.pack.tags):
        raise _inconsistent("unknown-tag", f"{path}.tags")
    _check_specs(step.values.values(), path)
    for slot in step.evidence.values():
        if slot.min > slot.max:
            raise _inconsistent("window", f"{path}.{slot.id}")


def _check_specs(specs: Iterable[ValueSpec], path: str) -> None:
    """Hold the value-specs of a step to SPEC 6.1-2."""
    for spec in specs:
        limited = spec.min is not None or spec.max is not None or spec.unit is not None
        if limited and spec.type not in _NUMBERS:
            raise _inconsistent("limits", f"{path}.{spec.id}")
        if spec.min is not None and spec.max is not None and Decimal(spec.min) > Decimal(spec.max):
            raise _inconsistent("window", f"{path}.{spec.id}")
        if (spec.choices is not None) != (spec.type == "choice"):
            raise _inconsistent("choices", f"{path}.{spec.id}")


def _ordered(first: Time | None, last: Time | None) -> bool:
    """Tell whether a window is open or its ends are in order."""
    return first is None or last is None or first.ms <= last.ms
