"""``[[roster]]`` of a procedure: who may act, under which key (SPEC 6.1)."""

from __future__ import annotations

from pathlib import Path

from opsproof_verify import fields

from opsproof_record.contracts.toml_read import Map, Table, as_list, check_window, digest, moment
from opsproof_record.errors import Refused
from opsproof_record.signing.public_keys import read_public

KINDS = ("human", "agent", "device")
_some_ids = as_list(fields.array(fields.ident, 1, distinct=True))


def read_member(table: Table, key_dir: Path) -> Map:
    """Read one actor; its public key stands in the table or in a file beside."""
    identity = table.get("id", fields.ident)
    member: Map = {
        "id": identity,
        "person": table.opt("person", fields.ident) or identity,
        "name": table.get("name", fields.line),
        "kind": table.get("kind", fields.word(*KINDS), "choose one of: " + ", ".join(KINDS)),
        "roles": table.get("roles", _some_ids) or [],
        "key": _read_key(table, key_dir),
        "not-before": table.opt("not-before", moment),
        "not-after": table.opt("not-after", moment),
        "principal": table.opt("principal", fields.ident),
        "software": table.opt("software", fields.line),
        "config": table.opt("config", digest),
        "qualifications": [_read_held(name, one) for name, one in table.named_tables("qualifications").items()] or None,
    }
    table.done()
    check_window(table, member)
    if member["kind"] == "human" and member["principal"]:
        table.add("principal", "is for agents and devices", "remove it: people answer for themselves")
    return {name: value for name, value in member.items() if value is not None}


def _read_held(name: str, table: Table) -> Map:
    """Read what a person is qualified for: its number, and from when to when it is held."""
    own: Map = {
        "id": name,
        "number": table.opt("number", fields.line),
        "not-before": table.opt("not-before", moment),
        "not-after": table.opt("not-after", moment),
    }
    table.done()
    check_window(table, own)
    return {name: value for name, value in own.items() if value is not None}


def _read_key(table: Table, key_dir: Path) -> bytes | None:
    """Read ``key`` or ``key-file`` and refuse keys that no verifier would admit (SPEC 5.3-1)."""
    text, name = table.opt("key", fields.prose), table.opt("key-file", fields.line)
    if (text is None) == (name is None):
        if name is not None or not table.has("key", "key-file"):
            table.add("key", "is missing or given twice", 'write key = "ssh-ed25519 AAAA..." or key-file = "FILE.pub"')
        return None
    where = "key" if name is None else "key-file"
    try:
        found = text if name is None else (key_dir / name).read_text()
        return read_public(found or "", where).public
    except (OSError, UnicodeDecodeError):
        remedy = "make it with `opsproof keygen`, or give --keys DIR"
        table.add(where, f"{key_dir / (name or '')} cannot be read", remedy)
    except Refused as refusal:
        table.add(where, refusal.what.removeprefix(f"{where}: "), refusal.remedy)
    return None
