"""The parts of a contract as the TOML that `procedure` reads: the way back from SPEC 6.1."""

from __future__ import annotations

from opsproof_record.contracts.toml_read import Map
from opsproof_record.contracts.toml_write import duration, key, long_text, members, moment, text
from opsproof_record.signing.public_keys import public_line


def head(contract: Map, beside: list[str], *, title: bool) -> list[str]:
    """Write everything but the steps; ``beside`` are the lines that name policy and pack.

    Without ``title`` neither title nor introduction is written.
    """
    lines = members(contract, ("id", "version"))
    lines += members(contract, ("title",)) if title else []
    lines += members(contract, ("issuer",)) + _window(contract) + beside
    steps = contract["steps"]
    if len(steps) > 1 and not any("after" in step for step in steps):
        lines.append('order = "free"')
    if title and "introduction" in contract:
        lines.append(f"introduction = {long_text(contract['introduction'])}")
    if "source" in contract:
        source = {**contract["source"], "digest": contract["source"]["digest"].hex()}
        lines += ["", "[source]", *members(source, ("name", "media", "size", "digest"))]
    for param in contract["params"]:
        lines += ["", f"[params.{key(param['id'])}]", *members(param, ("title", "optional"))]
    lines += ["", "[authority]", *members(contract["authority"], ("assign", "release", "rule", "seal", "void"))]
    if "retention" in contract:
        lines += ["", "[retention]", *members(contract["retention"], ("class", "years"))]
    for member in contract["roster"]:
        lines += ["", "[[roster]]", *_member(member)]
    return lines


def _member(member: Map) -> list[str]:
    lines = members(member, ("id",))
    if member["person"] != member["id"]:
        lines += members(member, ("person",))
    lines += members(member, ("name", "kind", "principal", "roles", "software"))
    if "config" in member:
        lines.append(f"config = {text(member['config'].hex())}")
    lines += [f"key = {text(public_line(member['key']))}", *_window(member)]
    for own in member.get("qualifications", ()):
        lines += ["", f"[roster.qualifications.{key(own['id'])}]", *members(own, ("number",)), *_window(own)]
    return lines


def _window(table: Map) -> list[str]:
    return [f"{name} = {moment(table[name])}" for name in ("not-before", "not-after") if name in table]


def step(of: Map, texts: list[str], path: str = "") -> list[str]:
    """Write a step; ``texts`` are lines that come after its id, ``path`` is that of its table, such as ``steps.``."""
    lines = members(of, ("id",)) + texts
    lines += members(of, ("roles", "after", "optional", "critical", "check", "hold", "authorise"))
    if "max-ms" in of:
        lines.append(f"time-limit = {duration(of['max-ms'])}")
    lines += members(of, ("qualifications", "instruments", "tags"))
    if "repeat" in of:
        lines.append(f"repeat = {{ min = {of['repeat']['min']}, max = {of['repeat']['max']} }}")
    for spec in of.get("values", ()):
        lines += ["", f"[{path}values.{key(spec['id'])}]", *_value(spec)]
    for slot in of.get("evidence", ()):
        lines += ["", f"[{path}evidence.{key(slot['id'])}]", *_slot(slot)]
    return lines


def _value(spec: Map) -> list[str]:
    whole: Map = {name: int(spec[name]) for name in ("min", "max") if name in spec and "." not in spec[name]}
    return members({**spec, **whole}, ("title", "type", "unit", "min", "max", "choices", "optional"))


def _slot(slot: Map) -> list[str]:
    names = ["title", "media"]
    names += ["min"] if slot["min"] != 1 else []
    names += ["max"] if slot["max"] != max(slot["min"], 1) else []
    return members(slot, names)


def instruction(of: Map) -> list[str]:
    """Write a step's instruction as a member, if it has one."""
    return [f"instruction = {long_text(of['instruction'])}"] if "instruction" in of else []
