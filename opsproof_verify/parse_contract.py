"""The contract from bytes (SPEC 6.1): schema first (``record.malformed``), then ``contract.inconsistent``."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from graphlib import CycleError, TopologicalSorter

from opsproof_verify.contract import Contract, Pack, Step, ValueSpec, inconsistent
from opsproof_verify.fields import MAX_ITEMS, decoded
from opsproof_verify.findings import Time
from opsproof_verify.schema import reader

_NUMBERS = frozenset({"decimal", "integer"})


def parse_contract(payload: bytes) -> Contract:
    """Read the payload of a contract whose signature was verified."""
    contract = reader(Contract)(decoded(payload, MAX_ITEMS))
    _check_consistency(contract)
    return contract


def parse_pack(data: bytes) -> Pack:
    """Read a domain pack in canonical CBOR (SPEC 6.1)."""
    return reader(Pack)(decoded(data, MAX_ITEMS))


def _check_consistency(contract: Contract) -> None:
    """Hold a contract to SPEC 6.1-2."""
    if not _ordered(contract.not_before, contract.not_after):
        raise inconsistent("window", "not-after")
    members = contract.roster
    for what in ("id", "key"):
        if len({getattr(member, what) for member in members}) != len(members):
            raise inconsistent(f"duplicate-{what}", "roster")
    for member in members:
        windows = [(member.not_before, member.not_after)]
        windows += [(held.not_before, held.not_after) for held in member.qualifications]
        if not all(_ordered(first, last) for first, last in windows):
            raise inconsistent("window", f"roster.{member.id}")
    tags = None if contract.pack is None else frozenset(contract.pack.tags)
    for step in contract.steps.values():
        _check_step(step, contract, tags)
    try:
        TopologicalSorter({step.id: step.after for step in contract.steps.values()}).prepare()
    except CycleError:
        raise inconsistent("cycle", "steps.after") from None


def _check_step(step: Step, contract: Contract, tags: frozenset[str] | None) -> None:
    """Hold one step to SPEC 6.1-2."""
    path = f"steps.{step.id}"
    if not set(step.after) <= contract.steps.keys():
        raise inconsistent("unknown-step", f"{path}.after")
    if step.passes[0] > step.passes[1]:
        raise inconsistent("window", f"{path}.repeat")
    if step.check is not None and not step.critical:
        raise inconsistent("check-not-critical", f"{path}.check")
    if tags is not None and not tags.issuperset(step.tags):
        raise inconsistent("unknown-tag", f"{path}.tags")
    _check_specs(step.values.values(), path)
    for slot in step.evidence.values():
        if slot.min > slot.max:
            raise inconsistent("window", f"{path}.{slot.id}")


def _check_specs(specs: Iterable[ValueSpec], path: str) -> None:
    """Hold the value-specs of a step to SPEC 6.1-2."""
    for spec in specs:
        limited = spec.min is not None or spec.max is not None or spec.unit is not None
        if limited and spec.type not in _NUMBERS:
            raise inconsistent("limits", f"{path}.{spec.id}")
        if spec.min is not None and spec.max is not None and Decimal(spec.min) > Decimal(spec.max):
            raise inconsistent("window", f"{path}.{spec.id}")
        if (spec.choices is not None) != (spec.type == "choice"):
            raise inconsistent("choices", f"{path}.{spec.id}")


def _ordered(first: Time | None, last: Time | None) -> bool:
    """Tell whether a window is open or its ends are in order."""
    return first is None or last is None or first.ms <= last.ms
