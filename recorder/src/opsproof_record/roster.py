"""``[[roster]]`` of a procedure: who may act, under which key (SPEC 6.1)."""

from __future__ import annotations

from pathlib import Path

from opsproof_verify import ed25519, fields

from opsproof_record import keys
from opsproof_record.toml_read import Map, Table, as_list, moment

_some_ids = as_list(fields.array(fields.ident, 1, distinct=True))


def read_member(table: Table, key_dir: Path) -> Map:
    """Read one actor; its public key stands in the table or in a file beside."""
    identity = table.get("id", fields.ident)
    member: Map = {
        "id": identity,
        "person": table.opt("person", fields.ident) or identity,
        "name": table.get("name", fields.line),
        "kind": table.get("kind", fields.word("human", "agent", "device")),
        "roles": table.get("roles", _some_ids) or [],
        "key": _read_key(table, key_dir),
        "not-before": table.opt("not-before", moment),
        "not-after": table.opt("not-after", moment),
        "principal": table.opt("principal", fields.ident),
        "software": table.opt("software", fields.line),
        "config": table.opt("config", _digest),
    }
    table.done()
    if member["kind"] == "human" and member["principal"]:
        table.add("principal", "is for agents and devices", "remove it: people answer for themselves")
    return {name: value for name, value in member.items() if value is not None}


def _read_key(table: Table, key_dir: Path) -> bytes | None:
    """Read ``key`` or ``key-file`` and refuse keys that no verifier would admit (SPEC 5.3-1)."""
    text, name = table.opt("key", fields.prose), table.opt("key-file", fields.line)
    if (text is None) == (name is None):
        table.add("key", "is missing or given twice", 'write key = "ssh-ed25519 AAAA..." or key-file = "FILE.pub"')
        return None
    where = "key"
    if name is not None:
        where = "key-file"
        try:
            text = (key_dir / name).read_text()
        except (OSError, UnicodeDecodeError):
            table.add(
                where,
                f"{key_dir / name} cannot be read",
                "make it with `opsproof keygen`, or give --keys DIR",
            )
            return None
    public = keys.parse_public(text or "")
    if public is None:
        table.add(
            where,
            "is no Ed25519 public key",
            "give an ssh-ed25519 line, a PEM PUBLIC KEY or 64 hexadecimal digits",
        )
    elif flaw := ed25519.admission_flaw(public):
        table.add(where, f"is a key that no verifier admits ({flaw})", "make another with `opsproof keygen`")
        return None
    return public


def _digest(value: object) -> bytes:
    """Read a SHA-256 in hexadecimal, as `sha256sum` prints it."""
    try:
        return fields.digest(bytes.fromhex(fields.line(value).removeprefix("sha256:")))
    except ValueError:
        raise fields.malformed("digest") from None
