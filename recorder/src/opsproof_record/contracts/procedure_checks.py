"""What no table of a procedure can see by itself (SPEC 6.1-2, 3.4): order, identifiers, keys, tags, sizes."""

from __future__ import annotations

import difflib
from graphlib import CycleError, TopologicalSorter

from opsproof_verify.canonical import CanonicalError, decode, encode
from opsproof_verify.container import MAX_CONTRACT, MAX_RECORD
from opsproof_verify.contract import MAX_ROSTER, MAX_STEPS
from opsproof_verify.cose import RecordType, assemble
from opsproof_verify.fields import MAX_ITEMS
from opsproof_verify.policy import MAX_POLICY

from opsproof_record import packs
from opsproof_record.contracts.toml_read import Map, Source

_SIGNED = len(assemble(RecordType.CONTRACT, bytes(32), bytes(MAX_RECORD), bytes(64))) - MAX_RECORD


def check_whole(source: Source, contract: Map, issuer: bytes | None = None) -> None:
    """Note what is wrong between tables; ``issuer`` is the public key that will sign, if it is known."""
    steps, roster = contract["steps"], contract["roster"]
    if not 1 <= len(steps) <= MAX_STEPS:
        source.add("steps", f"there are {len(steps)} steps", f"write 1 to {MAX_STEPS} steps")
    if not 1 <= len(roster) <= MAX_ROSTER:
        source.add("roster", f"there are {len(roster)} actors", f"write 1 to {MAX_ROSTER} [[roster]] tables")
    _check_distinct(source, "steps", [step.get("id") for step in steps], "id")
    _check_distinct(source, "roster", [member.get("id") for member in roster], "id")
    _check_keys(source, roster, issuer)
    _check_order(source, steps)
    _check_tags(source, steps, contract["pack"])


def check_size(source: Source, contract: Map) -> None:
    """Note what goes beyond the limits of SPEC 3.4 as a whole."""
    payload = encode(contract)
    size = len(payload) + _SIGNED
    if size > MAX_CONTRACT:
        remedy = "split the procedure, or move long texts into documents that are attached"
        source.add("", f"the contract has {size} bytes, allowed are {MAX_CONTRACT}", remedy)
    if len(contract["policy"]) > MAX_POLICY:
        source.add("policy", f"has {len(contract['policy'])} bytes, allowed are {MAX_POLICY}", "shorten it")
    for path, data in (("", payload), ("pack", contract.get("pack")), ("policy", contract["policy"])):
        if data is not None and _too_many_items(data):
            source.add(path, f"has more than {MAX_ITEMS} data items", "split the procedure, or shorten its lists")


def _too_many_items(data: bytes) -> bool:
    try:
        decode(data, max_items=MAX_ITEMS)
    except CanonicalError:
        return True
    return False


def _check_distinct(source: Source, table: str, values: list[object], key: str) -> None:
    first: dict[object, int] = {}
    for index, value in enumerate(values):
        if value is None or first.setdefault(value, index) == index:
            continue
        line = source.line(f"{table}[{first[value]}].{key}")
        what = f'is "{value}", as in line {line}' if line else f'is "{value}", as in {table}[{first[value]}]'
        source.add(f"{table}[{index}].{key}", what, f"give each an {key} of its own")


def _check_keys(source: Source, roster: list[Map], issuer: bytes | None) -> None:
    """Note keys that two actors share (SPEC 6.1-2), and the issuer's own."""
    holders: dict[bytes, Map] = {}
    for index, member in enumerate(roster):
        key = member.get("key")
        if key is None:
            continue
        other = holders.setdefault(key, member)
        at = f"roster[{index}].key"
        if not source.line(at) or source.line(at) == source.line(f"roster[{index}]"):
            at = f"roster[{index}].key-file"
        if other is not member:
            owner = "" if other.get("person") == member.get("person") else f", another person ({other.get('person')})"
            what = f"is the key of {other.get('id')} too{owner}"
            source.add(at, what, "give each actor a key of its own: a signature must say who signed")
        if key == issuer:
            remedy = "who issues contracts signs them with a key that is used for nothing else"
            source.add(at, "is the issuer's key", remedy)


def _check_order(source: Source, steps: list[Map]) -> None:
    """Note unknown predecessors and cycles of ``after``; not when a step could not be read."""
    if any(path.startswith("steps") for path in source.broken):
        return
    index_of = {step.get("id"): index for index, step in enumerate(steps)}
    for index, step in enumerate(steps):
        for name in step.get("after", ()):
            if name not in index_of:
                near = difflib.get_close_matches(name, [known for known in index_of if known], 1)
                remedy = f'write "{near[0]}"?' if near else "name steps of this procedure"
                source.add(f"steps[{index}].after", f'names "{name}", which is no step', remedy)
    graph = {step["id"]: step.get("after", ()) for step in steps if step.get("id")}
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        cycle = list(reversed(error.args[1]))
        at = min(index_of[name] for name in cycle)
        source.add(f"steps[{at}].after", f"goes in a circle: {' → '.join(cycle)}", "remove one of these")


def _check_tags(source: Source, steps: list[Map], pack: bytes | None) -> None:
    if pack is None:
        return
    known = packs.parse(pack).tags
    for index, step in enumerate(steps):
        for place, tag in enumerate(step.get("tags", ())):
            if tag not in known:
                near = difflib.get_close_matches(tag, known, 1)
                remedy = f'write "{near[0]}"?' if near else f"use one of: {', '.join(known) or '(the pack has none)'}"
                source.add(f"steps[{index}].tags[{place}]", f'"{tag}" is no tag of the domain pack', remedy)
