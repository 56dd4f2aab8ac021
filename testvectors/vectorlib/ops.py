"""Mutations: each is data (``op`` and arguments, shipped in vector.json) and what it does to a subject."""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from . import cbor
from .model import Digest, Enc, Hash, Item, Key, Pinned, Ref, Seq, Subject


@dataclass(frozen=True)
class Mutation:
    """One change to a twin: its description, whether what is outside was signed again, and the change."""

    data: dict[str, Any]
    resigned: bool
    apply: Callable[[Subject], None]


def show(value: Any) -> Any:
    """Describe a value as JSON."""
    if isinstance(value, bytes):
        return {"hex": value.hex()}
    if isinstance(value, cbor.Raw):
        return {"raw": value.data.hex()}
    if isinstance(value, Ref | Seq | Hash | Digest):
        return {type(value).__name__.lower(): value.label}
    if isinstance(value, Key):
        return {"key": value.name}
    if isinstance(value, Pinned):
        return {"digest": "pinned policy"}
    if isinstance(value, Enc):
        return {"encoded": show(value.value)}
    if isinstance(value, dict):
        return {key: show(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [show(part) for part in value]
    return value


def walk(tree: Any, path: str) -> tuple[Any, Any]:
    """Give the container and the last key of a path."""
    parts = path.split("/")
    for part in parts[:-1]:
        tree = tree.value if isinstance(tree, Enc) else tree
        tree = tree[int(part)] if isinstance(tree, list) else tree[part]
    tree = tree.value if isinstance(tree, Enc) else tree
    return tree, int(parts[-1]) if isinstance(tree, list) and parts[-1] != "+" else parts[-1]


def put(tree: Any, path: str, value: Any) -> None:
    """Set what a path names; a last part ``+`` appends to a list."""
    where, last = walk(tree, path)
    if last == "+":
        where.append(copy.deepcopy(value))
    else:
        where[last] = copy.deepcopy(value)


def edit(label: str, path: str, value: Any) -> Mutation:
    """Set a field of a record; ``@`` before the path means the signed record inside an entry."""

    def apply(subject: Subject) -> None:
        item = subject.item(label)
        put(item.inner_fields if path.startswith("@") else item.fields, path.removeprefix("@"), value)

    return Mutation({"op": "set", "record": label, "path": path, "value": show(value)}, True, apply)


def omit(label: str, path: str) -> Mutation:
    """Leave a field of a record out."""

    def apply(subject: Subject) -> None:
        item = subject.item(label)
        if "/" in path:
            where, last = walk(item.fields, path)
            del where[last]
        else:
            item.without.add(path)

    return Mutation({"op": "omit", "record": label, "path": path}, True, apply)


def drop(*labels: str) -> Mutation:
    """Leave records out, as if they had never been written."""

    def apply(subject: Subject) -> None:
        subject.items = [item for item in subject.items if item.label not in labels]

    return Mutation({"op": "drop", "records": list(labels)}, True, apply)


def insert(after: str, *items: Item) -> Mutation:
    """Write further records after one."""

    def apply(subject: Subject) -> None:
        at = subject.index(after) + 1
        subject.items[at:at] = copy.deepcopy(list(items))

    told = [{"label": item.label, "type": item.type, "fields": show(item.fields)} for item in items]
    return Mutation({"op": "insert", "after": after, "records": told}, True, apply)


def move(label: str, after: str) -> Mutation:
    """Write a record at another place."""

    def apply(subject: Subject) -> None:
        item = subject.items.pop(subject.index(label))
        subject.items.insert(subject.index(after) + 1, item)

    return Mutation({"op": "move", "record": label, "after": after}, True, apply)


def signer(label: str, name: str, kid: str | None = None) -> Mutation:
    """Sign with another key; ``kid`` is the key that the header names, if it is not that one."""

    def apply(subject: Subject) -> None:
        subject.item(label).signer = name
        subject.item(label).kid = kid

    return Mutation({"op": "sign", "record": label, "key": name, "kid": kid or name}, True, apply)


def enrol(number: int, key: bytes, label: str) -> Mutation:
    """Enrol another key for an actor of the roster, and name it where the actor signs."""

    def apply(subject: Subject) -> None:
        subject.item("contract").fields["roster"][number]["key"] = key
        subject.item(label).kid = key.hex()

    return Mutation({"op": "enrol", "roster": number, "key": key.hex(), "signs": label}, True, apply)


def hook(label: str, stage: str, name: str, change: Callable[[bytes], bytes]) -> Mutation:
    """Change bytes while they are built: before they are signed or hashed by what is outside."""

    def apply(subject: Subject) -> None:
        subject.item(label).hooks[stage] = change

    return Mutation({"op": name, "record": label, "stage": stage}, True, apply)


def once(data: bytes, old: bytes, new: bytes) -> bytes:
    """Replace bytes that occur exactly once."""
    assert data.count(old) == 1, (data.hex(), old.hex(), data.count(old))
    return data.replace(old, new)


def patch(label: str, old: str, new: str, stage: str = "payload") -> Mutation:
    """Replace bytes, given in hexadecimal, of an encoding before it is hashed and signed."""
    a, b = bytes.fromhex(old), bytes.fromhex(new)
    made = hook(label, stage, "patch", lambda data: once(data, a, b))
    return Mutation(made.data | {"old": a.hex(), "new": b.hex()}, True, made.apply)


def flip(label: str, stage: str = "signature", at: int = 0) -> Mutation:
    """Flip the lowest bit of a byte while the record is built."""

    def change(data: bytes) -> bytes:
        bent = bytearray(data)
        bent[at] ^= 1
        return bytes(bent)

    made = hook(label, stage, "flip", change)
    return Mutation(made.data | {"byte": at}, True, made.apply)


def replace(label: str, new: Item) -> Mutation:
    """Write another record in the place of one."""

    def apply(subject: Subject) -> None:
        subject.items[subject.index(label)] = copy.deepcopy(new)

    told = {"type": new.type, "signer": new.signer, "fields": show(new.fields)}
    return Mutation({"op": "replace", "record": label, "by": told}, True, apply)


def given(name: str, path: str, value: Any) -> Mutation:
    """Change an input beside the bundle: ``trust``, ``at``, ``policy``, ``expect`` or ``beside``."""

    def apply(subject: Subject) -> None:
        if path:
            put(getattr(subject, name), path, value)
        else:
            setattr(subject, name, copy.deepcopy(value))

    return Mutation({"op": "input", "input": name, "path": path, "value": show(value)}, True, apply)


def forget(path: str) -> Mutation:
    """Take something out of the trust store."""

    def apply(subject: Subject) -> None:
        where, last = walk(subject.trust, path)
        del where[last]

    return Mutation({"op": "input-omit", "input": "trust", "path": path}, True, apply)
