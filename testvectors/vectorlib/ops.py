"""Mutations: each is data (``op`` and arguments, shipped in vector.json) and what it does to a subject."""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from . import cbor, crypto
from .model import Build, Digest, Enc, Frame, Hash, Item, Key, Pinned, Ref, Subject


@dataclass(frozen=True)
class Mutation:
    """One change to a twin: its description, whether what is outside was signed again, and the change."""

    data: dict[str, Any]
    resigned: bool
    apply: Callable[[Subject], None]


def show(value: Any) -> Any:  # noqa: PLR0911 - one return a type
    """Describe a value as JSON."""
    if isinstance(value, bytes):
        return {"hex": value.hex()}
    if isinstance(value, cbor.Raw):
        return {"raw": value.data.hex()}
    if isinstance(value, Ref | Hash | Digest):
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


def finished(data: dict[str, Any], change: Callable[[Build], None]) -> Mutation:
    """Change the frames of the finished file; nothing is hashed or signed again."""
    return Mutation(data, False, lambda subject: subject.frames.append(change))


def replace(label: str, new: Item) -> Mutation:
    """Write another record in the place of one."""

    def apply(subject: Subject) -> None:
        subject.items[subject.index(label)] = copy.deepcopy(new)

    told = {"type": new.type, "signer": new.signer, "fields": show(new.fields)}
    return Mutation({"op": "replace", "record": label, "by": told}, True, apply)


def find(build: Build, label: str) -> Frame:
    """Find a finished frame."""
    return build.frames[build.number(label) - 1]


def cut(*labels: str) -> Mutation:
    """Cut frames out of the finished file."""

    def change(build: Build) -> None:
        build.frames = [frame for frame in build.frames if frame.label not in labels]

    return finished({"op": "cut", "frames": list(labels)}, change)


def cut_after(label: str) -> Mutation:
    """End the finished file after a frame."""

    def change(build: Build) -> None:
        del build.frames[build.number(label) :]

    return finished({"op": "cut-after", "frame": label}, change)


def swap(first: str, second: str) -> Mutation:
    """Swap two finished frames."""

    def change(build: Build) -> None:
        a, b = build.number(first) - 1, build.number(second) - 1
        build.frames[a], build.frames[b] = build.frames[b], build.frames[a]

    return finished({"op": "swap", "frames": [first, second]}, change)


def paste(after: str | None, *frames: Frame) -> Mutation:
    """Put frames into the finished file after a frame, or at its front."""

    def change(build: Build) -> None:
        at = build.number(after) if after else 0
        build.frames[at:at] = frames

    told = [{"type": frame.type, "bytes": len(frame.data())} for frame in frames]
    return finished({"op": "paste", "after": after, "frames": told}, change)


def repeat(label: str, after: str | None = None) -> Mutation:
    """Put a copy of a finished frame after it, or after another one."""

    def change(build: Build) -> None:
        frame = find(build, label)
        build.frames.insert(build.number(after or label), Frame(label + "-again", frame.type, frame.body))

    return finished({"op": "repeat", "frame": label, "after": after or label}, change)


def graft(label: str, other: Subject, source: str) -> Mutation:
    """Replace a finished frame by one of another run."""

    def change(build: Build) -> None:
        build.frames[build.number(label) - 1] = Frame(label, 0, b"", find(Build(other), source).data())

    return finished({"op": "graft", "frame": label, "from": "another run", "source": source}, change)


def bytes_of(label: str, old: str, new: str) -> Mutation:
    """Replace bytes of a finished frame, heads included."""
    a, b = bytes.fromhex(old), bytes.fromhex(new)

    def change(build: Build) -> None:
        frame = find(build, label)
        frame.raw = once(frame.data(), a, b)

    return finished({"op": "patch-finished", "frame": label, "old": a.hex(), "new": b.hex()}, change)


def flip_finished(label: str) -> Mutation:
    """Flip the lowest bit of the last byte of a finished frame."""

    def change(build: Build) -> None:
        frame = find(build, label)
        frame.body = frame.body[:-1] + bytes([frame.body[-1] ^ 1])

    return finished({"op": "flip-finished", "frame": label, "byte": -1}, change)


def head_of(label: str, head: str) -> Mutation:
    """Replace the two heads of a finished frame; ``..`` is the right length, ``~~`` a longer form of it."""

    def change(build: Build) -> None:
        frame = find(build, label)
        length = len(frame.body)
        forms = {"..": cbor.head(2, length).hex(), "~~": f"5a{length:08x}", "tt": cbor.head(3, length).hex()}
        told = head
        for mark, form in forms.items():
            told = told.replace(mark, form)
        frame.raw = bytes.fromhex(told) + frame.body

    return finished({"op": "head", "frame": label, "head": head}, change)


def withhold(label: str, actor: str | None = None, *, evidence: str | None = None) -> Mutation:
    """Replace an entry by its leaf; its evidence frame goes with it."""

    def change(build: Build) -> None:
        hint = actor or build.subject.item(label).fields["actor"]
        frame = find(build, label)
        frame.body = cbor.encode({"leaf": crypto.leaf(frame.body), "actor": hint})
        frame.type = 3
        build.frames = [kept for kept in build.frames if kept.label != evidence]

    return finished({"op": "withhold", "frame": label, "actor": actor or "as it was"}, change)


def detach(label: str) -> Mutation:
    """Replace an evidence frame by its digest."""

    def change(build: Build) -> None:
        frame = find(build, label)
        frame.type, frame.body = 5, crypto.sha256(frame.body)

    return finished({"op": "detach", "frame": label}, change)


def file(name: str, change: Callable[[bytes], bytes], **data: Any) -> Mutation:
    """Change the finished file's bytes."""
    return Mutation({"op": name, **data}, False, lambda subject: subject.final.append(change))


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
