"""Domain packs: a trade's words, tags and deviation reasons, in TOML; each contract carries one whole."""

from __future__ import annotations

import difflib
import hashlib
from importlib.resources import files
from pathlib import Path

from opsproof_verify import fields
from opsproof_verify.canonical import encode
from opsproof_verify.contract import DEMANDS, SEVERITIES, Pack
from opsproof_verify.parse_contract import parse_pack
from opsproof_verify.problems import InputError

from opsproof_record.contracts import profiles
from opsproof_record.contracts.toml_read import Map, Table, as_list, read_bytes, read_source
from opsproof_record.terms import PLAIN

_demands = as_list(fields.array(fields.word(*DEMANDS), 1, distinct=True))
_ids = as_list(fields.array(fields.ident, distinct=True))


def shipped() -> list[str]:
    """Give the names of the packs that come with the recorder."""
    return sorted(
        entry.name.removesuffix(".toml") for entry in files(__name__).iterdir() if entry.name.endswith(".toml")
    )


def parse(data: bytes) -> Pack:
    """Read a pack from its canonical form."""
    return parse_pack(data)


def load(name: str, here: Path) -> bytes:
    """Give the canonical form of a shipped pack, by its bare name, or of a TOML file."""
    if fields.ID.fullmatch(name) and not name.endswith(".toml"):
        if name not in shipped():
            raise KeyError(name)
        return read(Path(str(files(__name__) / f"{name}.toml")))
    return read(here / name)


def digest(data: bytes) -> bytes:
    """Give the digest of a pack in canonical form (SPEC 6.1-3)."""
    return hashlib.sha256(data).digest()


def hints(pack: Pack) -> list[str]:
    """Say which facts that need a deviation no reason of a pack can cover (SPEC 6.7-2, 9.10-24)."""
    reasons = pack.reasons.values()
    hints = []
    if all({"steps", "values", "evidence"} & set(reason.demands) for reason in reasons):
        hints.append("no reason is about the run as a whole, such as its abort: each demands steps, values or evidence")
    if all("values" in reason.demands for reason in reasons):
        hints.append("no reason fits a step without a value, such as one that was skipped: each demands values")
    return hints


def read_named(root: Table, here: Path) -> bytes | None:
    """Read the pack that a procedure names; note what is wrong there."""
    name = root.opt("pack", fields.line)
    found = None
    try:
        found = None if name is None else load(name, here)
    except KeyError:
        near = difflib.get_close_matches(str(name), shipped(), 1)
        remedy = f"use one of: {', '.join(shipped())}; or name a TOML file"
        root.add("pack", f'"{name}" is no shipped pack', f'write "{near[0]}"?' if near else remedy)
    except InputError as error:
        profiles.note_problems(root, "pack", error)
    profiles.check_pin(root, "pack", found)
    return found


def read(path: Path) -> bytes:
    """Read a pack in TOML and give its canonical form; raise :class:`InputError` with all problems."""
    source = read_source(path, read_bytes(path))
    root = source.root()
    pack: Map = {
        "id": root.get("id", fields.ident),
        "version": root.get("version", fields.positive),
        "title": root.get("title", fields.line),
        "terms": _read_terms(root),
        "tags": root.opt("tags", _ids) or [],
        "reasons": [_read_reason(code, table) for code, table in root.named_tables("reasons").items()],
    }
    root.done()
    if not pack["reasons"]:
        root.add("reasons", "are missing", "write [reasons.CODE] for each deviation reason")
    source.stop_if_wrong()
    return encode(pack)


def _read_terms(root: Table) -> Map:
    """Read ``[terms]``; a key that nothing asks for is a slip of the pen."""
    table = root.table("terms")
    if table is None:
        return {}
    terms = {key: table.opt(key, fields.line) for key in PLAIN}
    table.done()
    return {key: word for key, word in terms.items() if word is not None}


def _read_reason(code: str, table: Table) -> Map:
    reason: Map = {
        "code": code,
        "title": table.get("title", fields.line),
        "severity": table.get("severity", fields.word(*SEVERITIES), "choose one of: " + ", ".join(SEVERITIES)),
        "demands": table.opt("demands", _demands),
        "remediation": table.opt("remediation", fields.boolean) or None,
    }
    table.done()
    return {name: value for name, value in reason.items() if value is not None}
