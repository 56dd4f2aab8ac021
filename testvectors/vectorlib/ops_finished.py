"""Mutations of the finished file: nothing outside of them is hashed or signed again."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from . import cbor, crypto
from .model import Build, Frame, Hook, Subject
from .ops import Mutation, once


def finished(data: dict[str, Any], change: Callable[[Build], None]) -> Mutation:
    """Change the frames of the finished file; nothing is hashed or signed again."""
    return Mutation(data, False, lambda subject: subject.frames.append(change))


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


def file(name: str, change: Hook, **data: Any) -> Mutation:
    """Change the finished file's bytes."""
    return Mutation({"op": name, **data}, False, lambda subject: subject.final.append(change))
