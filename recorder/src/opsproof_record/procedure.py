"""A procedure in TOML becomes the payload of a contract (SPEC 6.1).

Reading and linting are one: every table is read to its end and everything that is wrong is noted with its
line, key and remedy. Only a file without problems becomes a contract, and that is read once more by the
verifier's own parser.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

from opsproof_verify import fields
from opsproof_verify.canonical import encode
from opsproof_verify.contract import MAX_ROSTER, MAX_STEPS
from opsproof_verify.findings import Rejected
from opsproof_verify.parse_contract import parse_contract

from opsproof_record import packs, profiles
from opsproof_record.clock import now
from opsproof_record.errors import Refused
from opsproof_record.evidence import describe
from opsproof_record.procedure_steps import read_step
from opsproof_record.roster import read_member
from opsproof_record.toml_read import Map, Source, Table, as_list, moment

_NONCE_SIZE = 16
_ids = as_list(fields.array(fields.ident, distinct=True))
_some_ids = as_list(fields.array(fields.ident, 1, distinct=True))


@dataclass(frozen=True, slots=True)
class Procedure:
    """A procedure without problems, ready to be signed; ``hints`` are what its author should know."""

    contract: Map
    hints: tuple[str, ...]

    def payload(self) -> bytes:
        """Give the payload to sign, after the verifier's parser has accepted it."""
        payload = encode(self.contract)
        try:
            parse_contract(payload)
        except Rejected as refusal:
            place, why = refusal.facts.get("path"), refusal.facts.get("why")
            raise Refused(
                f"the contract would be refused: {refusal.code} at {place!r} ({why})",
                "Correct the procedure at that place.",
            ) from refusal
        return payload


def read_procedure(path: Path, keys: Path | None = None) -> Procedure:
    """Read a procedure; raise :class:`InputError` with all problems. ``keys`` is where key files are."""
    source = Source(path)
    root = source.root()
    here = path.parent
    contract: Map = {
        "id": root.get("id", fields.ident),
        "version": root.get("version", fields.positive),
        "title": root.get("title", fields.line),
        "issuer": root.get("issuer", fields.ident),
        "nonce": os.urandom(_NONCE_SIZE),
        "issued": now(),
        "not-before": root.opt("not-before", moment),
        "not-after": root.opt("not-after", moment),
        "source": _read_source(root, here),
        "params": _read_params(root),
        "roster": [read_member(member, keys or here) for member in root.tables("roster")],
        "authority": _read_authority(root),
        "pack": packs.read_named(root, here),
        "policy": profiles.read_named(root, here),
    }
    contract["steps"] = [read_step(step) for step in root.tables("steps")]
    root.done()
    _check_whole(source, contract)
    source.stop_if_wrong()
    kept = {name: value for name, value in contract.items() if value is not None}
    return Procedure(kept, tuple(_hints(kept)))


def _read_source(root: Table, here: Path) -> Map | None:
    """Read ``[source]``: the document that the procedure was written from, bound by its digest."""
    table = root.table("source")
    if table is None:
        return None
    name, media = table.get("file", fields.line), table.get("media", fields.media)
    table.done()
    if name is None or media is None:
        return None
    try:
        size, digest = describe(here / name)
    except Refused as refusal:
        table.add("file", refusal.what, "name the document, relative to this file")
        return None
    return {"digest": digest, "size": size, "media": media, "name": Path(name).name}


def _read_params(root: Table) -> list[Map]:
    params = []
    for name, table in root.named_tables("params").items():
        param: Map = {"id": name}
        if title := table.opt("title", fields.line):
            param["title"] = title
        if table.opt("optional", fields.boolean):
            param["optional"] = True
        table.done()
        params.append(param)
    return params


def _read_authority(root: Table) -> Map:
    """Read ``[authority]``: the roles that may assign, release, rule and seal."""
    table = root.table("authority")
    if table is None:
        root.add("authority", "is missing", 'write [authority] with at least seal = ["ROLE"]')
        return {}
    authority: Map = {name: table.opt(name, _ids) or [] for name in ("assign", "release", "rule")}
    authority["seal"] = table.get("seal", _some_ids) or []
    table.done()
    return authority


def _check_whole(source: Source, contract: Map) -> None:
    """Note what no table can see by itself (SPEC 6.1-2)."""
    steps, roster = contract["steps"], contract["roster"]
    if not 1 <= len(steps) <= MAX_STEPS:
        source.add("steps", f"there are {len(steps)} steps", f"write 1 to {MAX_STEPS} [[steps]] tables")
    if not 1 <= len(roster) <= MAX_ROSTER:
        source.add("roster", f"there are {len(roster)} actors", f"write 1 to {MAX_ROSTER} [[roster]] tables")
    first, last = contract["not-before"], contract["not-after"]
    if first and last and first[0] > last[0]:
        source.add("not-after", "is earlier than not-before", "exchange them")
    _check_distinct(source, "steps", [step.get("id") for step in steps], "id")
    _check_distinct(source, "roster", [member.get("id") for member in roster], "id")
    _check_distinct(source, "roster", [member.get("key") for member in roster], "key")
    _check_order(source, steps)
    _check_tags(source, steps, contract["pack"])


def _check_distinct(source: Source, table: str, values: list[object], key: str) -> None:
    for index, value in enumerate(values):
        if value is not None and value in values[:index]:
            first = f"{table}[{values.index(value)}]"
            source.add(f"{table}[{index}].{key}", f"is that of {first} too", "give each its own")


def _check_order(source: Source, steps: list[Map]) -> None:
    """Note unknown predecessors and cycles of ``after``."""
    known = {step.get("id") for step in steps}
    for index, step in enumerate(steps):
        for name in step.get("after", ()):
            if name not in known:
                source.add(
                    f"steps[{index}].after",
                    f'names "{name}", which is no step',
                    "name steps of this procedure",
                )
    try:
        TopologicalSorter({step["id"]: step.get("after", ()) for step in steps if step.get("id")}).prepare()
    except CycleError as error:
        cycle = " → ".join(reversed(error.args[1]))
        source.add("steps", f"`after` goes in a circle: {cycle}", "remove one of these")


def _check_tags(source: Source, steps: list[Map], pack: bytes | None) -> None:
    if pack is None:
        return
    known = packs.parse(pack).tags
    for index, step in enumerate(steps):
        for tag in step.get("tags", ()):
            if tag not in known:
                remedy = "use one of: " + (", ".join(known) or "(the pack has none)")
                source.add(f"steps[{index}].tags", f'"{tag}" is no tag of the domain pack', remedy)


def _hints(contract: Map) -> list[str]:
    """Say what is allowed but worth a second look."""
    hints = []
    if "pack" not in contract:
        hints.append('no domain pack: a run under this contract can record no valid deviation; add pack = "general"')
    held = {role for member in contract["roster"] for role in member["roles"]}
    hints += [
        f"nobody in the roster may perform step {step['id']} (roles {', '.join(step['roles'])})"
        for step in contract["steps"]
        if not held & set(step["roles"])
    ]
    if not held & set(contract["authority"]["seal"]):
        hints.append("nobody in the roster may seal a run")
    return hints
