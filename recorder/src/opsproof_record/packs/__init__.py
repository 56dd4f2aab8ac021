"""Domain packs: a trade's words, tags and deviation reasons, in TOML; each contract carries one whole."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

from opsproof_verify import fields
from opsproof_verify.canonical import encode
from opsproof_verify.contract import SEVERITIES, Pack
from opsproof_verify.parse_contract import parse_pack
from opsproof_verify.problems import InputError

from opsproof_record.toml_read import Map, Source, Table, as_list

_scopes = as_list(fields.array(fields.word("steps", "values", "evidence"), 1, distinct=True))
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


def read_named(root: Table, here: Path) -> bytes | None:
    """Read the pack that a procedure names; note what is wrong there."""
    name = root.opt("pack", fields.line)
    if name is None:
        return None
    try:
        return load(name, here)
    except KeyError:
        root.add("pack", f'"{name}" is no shipped pack', f"use one of: {', '.join(shipped())}; or name a TOML file")
    except InputError as error:
        for problem in error.problems:
            root.add("pack", f"{error.file}:{problem.line}: {problem.path} {problem.what}", problem.remedy)
    return None


def read(path: Path) -> bytes:
    """Read a pack in TOML and give its canonical form; raise :class:`InputError` with all problems."""
    source = Source(path)
    root = source.root()
    pack: Map = {
        "id": root.get("id", fields.ident),
        "version": root.get("version", fields.positive),
        "title": root.get("title", fields.line),
        "terms": root.opt("terms", fields.mapping(fields.ident, fields.line)) or {},
        "tags": root.opt("tags", _ids) or [],
        "reasons": [_read_reason(code, table) for code, table in root.named_tables("reasons").items()],
    }
    root.done()
    if not pack["reasons"]:
        root.add("reasons", "are missing", "write [reasons.CODE] for each deviation reason")
    source.stop_if_wrong()
    return encode(pack)


def _read_reason(code: str, table: Table) -> Map:
    reason: Map = {
        "code": code,
        "title": table.get("title", fields.line),
        "severity": table.get("severity", fields.word(*SEVERITIES)),
        "scope": table.opt("scope", _scopes),
        "remediation": table.opt("remediation", fields.boolean) or None,
    }
    table.done()
    return {name: value for name, value in reason.items() if value is not None}
