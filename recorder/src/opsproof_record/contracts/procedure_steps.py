"""``[[steps]]`` of a procedure: what is done, in which order, with which values and evidence (SPEC 6.1)."""

from __future__ import annotations

from decimal import Decimal

from opsproof_verify import fields
from opsproof_verify.contract import VALUE_TYPES

from opsproof_record.contracts import passages
from opsproof_record.contracts.toml_read import Map, Table, as_list, duration, number

NUMBERS = ("decimal", "integer")
_ids = as_list(fields.array(fields.ident, distinct=True))
_some_ids = as_list(fields.array(fields.ident, 1, distinct=True))
_some_lines = as_list(fields.array(fields.line, 1, distinct=True))
_some_media = as_list(fields.array(fields.media, 1, distinct=True))


def read_step(table: Table) -> Map:
    """Read one step; what is wrong is noted and left out. An empty ``after`` stays, for whoever orders the steps."""
    step: Map = {
        "id": table.get("id", fields.ident),
        "title": table.get("title", fields.line),
        "instruction": passages.read(table, "instruction"),
        "roles": table.get("roles", _some_ids, 'write who may do it, such as roles = ["operator"]') or [],
        "after": table.opt("after", _ids),
        "optional": table.opt("optional", fields.boolean) or None,
        "repeat": _read_repeat(table),
        "values": [_read_value(name, value) for name, value in table.named_tables("values").items()] or None,
        "evidence": [_read_slot(name, slot) for name, slot in table.named_tables("evidence").items()] or None,
        "critical": table.opt("critical", fields.boolean) or None,
        "check": table.opt("check", _some_ids),
        "hold": table.opt("hold", _some_ids),
        "authorise": table.opt("authorise", _some_ids),
        "max-ms": table.opt("time-limit", duration),
        "qualifications": table.opt("qualifications", _some_ids),
        "instruments": table.opt("instruments", _some_ids),
        "tags": table.opt("tags", _some_ids),
    }
    table.done()
    if step["check"] and not step["critical"]:
        table.add("check", "is only for critical steps", "write critical = true, or remove it")
    return {name: value for name, value in step.items() if value is not None}


def _read_repeat(table: Table) -> Map | None:
    inner = table.table("repeat")
    if inner is None:
        return None
    least, most = inner.get("min", fields.positive), inner.get("max", fields.positive)
    inner.done()
    if least and most and least > most:
        inner.add("min", "is above max", "exchange them")
    return {"min": least, "max": most}


def _read_value(name: str, table: Table) -> Map:
    spec: Map = {
        "id": name,
        "title": table.opt("title", fields.line),
        "type": table.get("type", fields.word(*VALUE_TYPES), "choose one of: " + ", ".join(VALUE_TYPES)),
        "unit": table.opt("unit", fields.unit),
        "min": table.opt("min", number),
        "max": table.opt("max", number),
        "choices": table.opt("choices", _some_lines),
        "optional": table.opt("optional", fields.boolean) or None,
    }
    table.done()
    _check_value(table, spec)
    return {key: value for key, value in spec.items() if value is not None}


def _check_value(table: Table, spec: Map) -> None:
    """Note what a type does not allow (SPEC 6.1-2)."""
    if spec["type"] is None:
        return
    for key in ("unit", "min", "max"):
        if spec[key] is not None and spec["type"] not in NUMBERS:
            table.add(key, f"is not for values of type {spec['type']}", "remove it, or use decimal or integer")
    if spec["min"] is not None and spec["max"] is not None and Decimal(spec["min"]) > Decimal(spec["max"]):
        table.add("min", "is above max", "exchange them")
    if (spec["choices"] is not None) != (spec["type"] == "choice"):
        table.add("choices", 'and type = "choice" go together', "write both or neither")


def _read_slot(name: str, table: Table) -> Map:
    least, most = table.opt("min", fields.uint), table.opt("max", fields.positive)
    least = 1 if least is None else least
    most = max(least, 1) if most is None else most
    slot: Map = {
        "id": name,
        "title": table.opt("title", fields.line),
        "media": table.get("media", _some_media, 'write media types, such as media = ["image/jpeg"]') or [],
        "min": least,
        "max": most,
    }
    table.done()
    if least > most:
        table.add("min", "is above max", "exchange them")
    return {key: value for key, value in slot.items() if value is not None}


def order_steps(steps: list[Map], *, as_written: bool) -> None:
    """Let each step without ``after`` come after the one before it, if the author wants that; drop empty ones."""
    for before, step in zip([None, *steps], steps, strict=False):
        if as_written and before is not None and before.get("id") and "after" not in step:
            step["after"] = [before["id"]]
        elif not step.get("after"):
            step.pop("after", None)
