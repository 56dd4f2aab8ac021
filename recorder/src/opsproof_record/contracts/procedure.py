"""A procedure in TOML or Markdown becomes the payload of a contract (SPEC 6.1).

Reading and linting are one: every table is read to its end and everything that is wrong is noted with its
line, key and remedy. Only a file without problems becomes a contract, and that is read once more by the
verifier's own parser.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from opsproof_verify import fields
from opsproof_verify.canonical import CanonicalError, encode
from opsproof_verify.findings import Rejected
from opsproof_verify.parse_contract import parse_contract
from opsproof_verify.problems import Problem

from opsproof_record import packs
from opsproof_record.clock import now
from opsproof_record.contracts import markdown, passages, profiles
from opsproof_record.contracts.hints import note_hints
from opsproof_record.contracts.procedure_checks import check_size, check_whole
from opsproof_record.contracts.procedure_steps import order_steps, read_step
from opsproof_record.contracts.roster import read_member
from opsproof_record.contracts.toml_read import (
    Map,
    Source,
    Table,
    as_list,
    check_window,
    digest,
    moment,
    read_bytes,
    read_source,
)
from opsproof_record.errors import Refused
from opsproof_record.log.evidence import describe

_NONCE_SIZE = 16
_ids = as_list(fields.array(fields.ident, distinct=True))
_some_ids = as_list(fields.array(fields.ident, 1, distinct=True))


@dataclass(frozen=True, slots=True)
class Procedure:
    """A procedure without problems, ready to be signed; ``hints`` are what its author should know."""

    path: Path
    contract: Map
    hints: tuple[Problem, ...]

    def payload(self) -> bytes:
        """Give the payload to sign, after the verifier's parser has accepted it."""
        try:
            payload = encode(self.contract)
            parse_contract(payload)
        except (Rejected, CanonicalError) as refusal:
            facts = refusal.facts if isinstance(refusal, Rejected) else {"path": "", "why": refusal.why}
            raise Refused(
                f"the contract would be refused: {refusal.code} at {facts.get('path')!r} ({facts.get('why')})",
                "Correct the procedure at that place.",
            ) from refusal
        return payload


def read_procedure(
    path: Path, keys: Path | None = None, *, issuer: bytes | None = None, data: bytes | None = None
) -> Procedure:
    """Read a procedure; raise :class:`InputError` with all problems.

    ``keys`` is where key files are, by default beside the procedure; ``issuer`` is the public key that will sign it, if
    it is known; ``data`` the bytes of the file, if it was read already.
    """
    data = read_bytes(path) if data is None else data
    source = markdown.read_document(path, data) if markdown.is_document(path, data) else read_source(path, data)
    contract = _read(source, keys or path.parent)
    check_whole(source, contract, issuer)
    source.stop_if_wrong()
    kept = {name: value for name, value in contract.items() if value is not None}
    check_size(source, kept)
    source.stop_if_wrong()
    note_hints(source, kept)
    return Procedure(path, kept, tuple(sorted(source.hints, key=lambda hint: hint.line)))


def _read(source: Source, keys: Path) -> Map:
    """Read all tables; what is wrong is noted."""
    root, here = source.root(), source.path.parent
    contract: Map = {
        "id": root.get("id", fields.ident),
        "version": root.get("version", fields.positive, "write version = 1, and a higher number for each revision"),
        "title": root.get("title", fields.line),
        "issuer": root.get("issuer", fields.ident, "name the person who issues it, as the trust files do"),
        "nonce": os.urandom(_NONCE_SIZE),
        "issued": now(),
        "not-before": root.opt("not-before", moment),
        "not-after": root.opt("not-after", moment),
        "source": _read_source(root, here) or source.itself,
        "introduction": passages.read(root, "introduction"),
        "params": _read_params(root),
        "roster": [read_member(member, keys) for member in root.tables("roster")],
        "authority": _read_authority(root),
        "retention": _read_retention(root),
        "pack": packs.read_named(root, here),
        "policy": profiles.read_named(root, here),
    }
    order = root.opt("order", fields.word("as-written", "free"))
    contract["steps"] = [_read_step(source, step) for step in root.tables("steps")]
    order_steps(contract["steps"], as_written=order == "as-written")
    root.done()
    check_window(root, contract)
    return contract


def _read_step(source: Source, table: Table) -> Map:
    """Read a step; of one whose TOML cannot be read, only the place is kept."""
    return {"id": table.take("id"), "roles": []} if table.path in source.broken else read_step(table)


def _read_source(root: Table, here: Path) -> Map | None:
    """Read ``[source]``: the document that the procedure was written from, bound by its digest."""
    table = root.table("source")
    if table is None:
        return None
    name, media = table.opt("file", fields.line), table.get("media", fields.media)
    if name is None and not table.has("file"):
        found: Map = {
            "digest": table.get("digest", digest, "name the document with `file`, or give its digest and size"),
            "size": table.get("size", fields.uint),
            "media": media,
            "name": table.opt("name", fields.line),
        }
        table.done()
        return {key: value for key, value in found.items() if value is not None}
    table.done()
    if name is None or media is None:
        return None
    try:
        size, content = describe(here / name)
    except Refused as refusal:
        table.add("file", refusal.what, "name the document, relative to this file")
        return None
    return {"digest": content, "size": size, "media": media, "name": Path(name).name}


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
    """Read ``[authority]``: the roles that may assign, release, rule, seal and make void."""
    table = root.table("authority")
    if table is None:
        if not root.has("authority"):
            root.add("authority", "is missing", 'write [authority] with at least seal = ["ROLE"]')
        return {}
    authority: Map = {name: table.opt(name, _ids) or [] for name in ("assign", "release", "rule")}
    authority["seal"] = table.get("seal", _some_ids, 'name who may seal, such as seal = ["operator"]') or []
    void = table.opt("void", _some_ids)
    table.done()
    return authority | ({"void": void} if void else {})


def _read_retention(root: Table) -> Map | None:
    """Read ``[retention]``: how long records under this contract are to be kept."""
    table = root.table("retention")
    if table is None:
        return None
    kept: Map = {
        "class": table.get("class", fields.ident, 'name it, such as class = "batch-record"'),
        "years": table.opt("years", fields.positive),
    }
    table.done()
    return {name: value for name, value in kept.items() if value is not None}
