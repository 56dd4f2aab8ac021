"""Bundles that are not what they were: a byte, a frame, or a member of one record is changed.

Where a record is changed, all that hashes or signs it is made anew with the keys of the vectors, so that what looks at
meaning is reached and not the chain alone. All draws are seeded.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from hashlib import sha256
from typing import Any

from support.bundles import crypto

from opsproof_verify import cose
from opsproof_verify.canonical import CanonicalError, decode, encode

LABEL = 12
PEOPLE = ("operator-a", "operator-b", "operator-c", "operator-d", "supervisor-1", "agent-1")
NAMES = (*PEOPLE, "issuer", "quality", "quality-2", "production", "clock")
KEYS = {crypto.kid(crypto.public(name)): name for name in NAMES}
RECORDS = {1: "contract", 6: "seal", 7: "signoff", 8: "witness", 9: "approval"}
INNER = {"assigned": "assignment", "attestation": "attestation", "witnessed": "witness"}
#: What stands in place of a value.
ODD: tuple[Any, ...] = (
    *(0, 1, 2, -1, 2**53 - 1, -(2**53) + 1, True, False, b"", bytes(16), bytes(32)),
    *("", "a", "A b", "ü", "-0", "-0.0", "1.50", "0" * 65, "\u2028", "a\nb", "a" * 257, "x" * 1025),
    *("*", "a/b", "human", "completed", "note", [], {}, [0, 0], [1, 60]),
    *([1, 1440], [0, bytes(32)], ["a"], ["a", "a"], ["b", "a"], [{}]),
)

WORDS = (*PEOPLE, "fail", "provisional", "note", "off", "tech-a", "nobody", "decimal", "choice", "signoff", "attest")

Frames = list[tuple[int, bytes]]
Edit = Callable[[Any], Any]


def split(data: bytes) -> Frames:
    """Give types and bodies of a well-formed bundle."""
    at, frames = LABEL, []
    while at < len(data):
        info = data[at + 2] & 31
        size = 0 if info < 24 else 1 << info - 24
        length = info if info < 24 else int.from_bytes(data[at + 3 : at + 3 + size], "big")
        begin = at + 3 + size
        frames.append((data[at + 1], data[begin : begin + length]))
        at = begin + length
    return frames


def join(data: bytes, frames: Frames) -> bytes:
    """Put frames behind the label of a bundle."""
    return data[:LABEL] + b"".join(bytes((0x82, kind)) + encode(body) for kind, body in frames)


def of_bytes(rng: random.Random, data: bytes) -> bytes:
    """Change some bytes, more often near the beginning of a frame."""
    bent, frames = bytearray(data), split(data)
    place = LABEL
    for kind, body in frames[: rng.randrange(len(frames))]:
        place += len(join(b"", [(kind, body)]))
    for _ in range(rng.choice((1, 1, 1, 2, 3))):
        at = min(place + rng.randrange(6), len(bent) - 1) if rng.random() < 0.4 else rng.randrange(len(bent))
        match rng.randrange(5):
            case 0 | 1:
                bent[at] ^= 1 << rng.randrange(8)
            case 2:
                bent[at] = rng.choice(b"\x00\x18\x1b\x3b\x40\x5f\x7f\x80\x9f\xa0\xbf\xc0\xf4\xf6\xf9\xff")
            case 3:
                bent[at:at] = rng.randbytes(rng.randrange(1, 4))
            case _:
                del bent[at : at + rng.randrange(1, 40)]
    return bytes(bent[: rng.randrange(len(bent) + 1)]) if rng.random() < 0.15 else bytes(bent)


def of_frames(rng: random.Random, data: bytes, other: bytes) -> bytes:
    """Drop, repeat, exchange, change or insert whole frames; ``other`` is a bundle to take some from."""
    frames, more = split(data), split(other)
    for _ in range(rng.choice((1, 1, 2))):
        at, to = rng.randrange(len(frames)), rng.randrange(len(frames))
        kind, body = frames[at]
        match rng.randrange(7):
            case 0 if len(frames) > 1:
                del frames[at]
            case 1:
                frames.insert(to, (kind, body))
            case 2:
                frames[at], frames[to] = frames[to], frames[at]
            case 3:
                frames[at] = rng.randrange(1, 10), body
            case 4:
                frames[at] = kind, body[: rng.randrange(len(body) + 1)]
            case 5:
                frames[at] = kind, body + rng.randbytes(rng.randrange(1, 3))
            case _:
                frames.insert(at, rng.choice(more))
    return join(data, frames)


def of_record(rng: random.Random, data: bytes, other: bytes) -> bytes:
    """Change one record, or the order of the frames, and make anew what hashes or signs it."""
    frames = split(data)
    if rng.random() < 0.25:
        frames = split(of_frames(rng, data, other)) if rng.random() < 0.5 else _stirred(rng, frames)
    target = 0 if rng.random() < 0.15 else rng.randrange(len(frames))  # a contract has most to be changed
    return join(data, Remade(rng).all(frames, target))


def _stirred(rng: random.Random, frames: Frames) -> Frames:
    """Drop or repeat an entry, or turn it into a withheld one."""
    entries = [index for index, (kind, _) in enumerate(frames) if kind == 2]
    at = rng.choice(entries)
    stirred = list(frames)
    match rng.randrange(3):
        case 0:
            del stirred[at]
        case 1:
            stirred.insert(at, frames[at])
        case _:
            actor = decode(frames[at][1])
            assert isinstance(actor, dict)
            stirred[at] = 3, encode({"leaf": bytes(32), "actor": actor["actor"]})
    return stirred


def changed(rng: random.Random, value: Any) -> Any:
    """Change one place of a decoded value."""
    if isinstance(value, dict) and value and rng.random() < 0.9:
        copy = dict(value)
        name = rng.choice(sorted(copy))
        draw = rng.random()
        if draw < 0.12:
            del copy[name]
        elif draw < 0.18:
            copy[rng.choice(("zz", "step", "slot", "run", "blind", "text", "covers", "max-same"))] = rng.choice(ODD)
        elif draw < 0.24:
            copy[name] = copy[rng.choice(sorted(copy))]
        else:
            copy[name] = changed(rng, copy[name])
        return copy
    if isinstance(value, list) and value and rng.random() < 0.9:
        items, at = list(value), rng.randrange(len(value))
        draw = rng.random()
        if draw < 0.12:
            del items[at]
        elif draw < 0.24:
            items.insert(rng.randrange(len(items)), items[at])
        elif draw < 0.3:
            rng.shuffle(items)
        else:
            items[at] = changed(rng, items[at])
        return items
    return _near(rng, value) if rng.random() < 0.7 else rng.choice(ODD)


def _near(rng: random.Random, value: Any) -> Any:
    """Give a value of the same type, or one inside a byte string that is CBOR again."""
    if isinstance(value, bool) or not isinstance(value, int | str | bytes):
        return rng.choice((True, False))
    if isinstance(value, int):
        return max(0, value + rng.choice((-1, 1, 1000)))
    if isinstance(value, str):
        return rng.choice((value + "x", value[:-1], value + "*", value.upper(), *WORDS))
    try:
        return encode(changed(rng, decode(value)))
    except CanonicalError:
        return bytes(len(value)) if rng.random() < 0.5 else value[:-1]


class Remade:
    """Makes the frames of a bundle anew, one record changed."""

    def __init__(self, rng: random.Random) -> None:
        self.rng = rng
        self.contract = b""
        self.leaves: list[bytes] = []
        self.approvals: list[bytes] = []
        self.windows: dict[str, list[bytes]] = {}
        self.evidence = [0, 0]
        self.seal = b""

    def all(self, frames: Frames, target: int) -> Frames:
        """Make all frames anew; that with the index ``target`` is changed."""
        made = []
        for index, (kind, body) in enumerate(frames):
            edit = (lambda value: changed(self.rng, value)) if index == target else (lambda value: value)
            made.append((kind, self._take(kind, body, edit)))
        return made

    def _take(self, kind: int, body: bytes, edit: Edit) -> bytes:
        try:
            if kind == 2:
                return self._entry(body, edit)
            if kind == 3:
                return self._withheld(body, edit)
            if kind in RECORDS:
                return self._record(kind, body, edit)
        except (CanonicalError, cose.CoseError):
            if kind == 2:
                self.leaves.append(crypto.leaf(body))
        return body

    def _signed(self, record: str, body: bytes, edit: Callable[[dict[str, Any]], Any]) -> bytes:
        """Change the payload of a signed record and sign it, if its key is one of ours."""
        kind = cose.RecordType[record.upper()]
        old = cose.parse(body, kind)
        payload = decode(old.payload)
        assert isinstance(payload, dict)
        new = encode(edit(payload))
        name = KEYS.get(old.kid)
        message = cose.signing_input(kind, old.kid, new)
        return cose.assemble(kind, old.kid, new, crypto.sign(name, message) if name else old.signature)

    def _record(self, kind: int, body: bytes, edit: Edit) -> bytes:
        record = RECORDS[kind]
        new = self._signed(record, body, lambda payload: edit(payload | self._right(record, payload)))
        if record == "contract":
            self.contract = crypto.leaf(new)
        elif record == "approval":
            self.approvals.append(crypto.leaf(new))
        elif record == "seal":
            self.seal = crypto.leaf(new)
        return new

    def _right(self, record: str, payload: dict[str, Any]) -> dict[str, Any]:
        """Give the members that follow from what stands before."""
        run = self.leaves[0] if self.leaves else bytes(32)
        if record == "approval":
            return {"contract": self.contract}
        if record == "seal":
            window = self.windows.get(payload["actor"], [])
            return {
                "run": run,
                "contract": self.contract,
                "count": len(self.leaves),
                "head": self.leaves[-1] if self.leaves else bytes(32),
                "root": crypto.root(self.leaves),
                "evidence-count": self.evidence[0],
                "evidence-bytes": self.evidence[1],
                "attests": {"count": len(window), "digest": sha256(b"".join(window)).digest()},
            }
        if record == "signoff":
            return {"seal": self.seal, "run": run}
        if record == "witness":
            return {"run": run} | ({"hash": self.seal} if payload["target"] == "seal" else {})
        return {}

    def _entry(self, body: bytes, edit: Edit) -> bytes:
        entry = decode(body)
        assert isinstance(entry, dict)
        first = entry["kind"] == "run-started"
        entry |= {"seq": len(self.leaves), "prev": self.leaves[-1] if self.leaves else self.contract}
        entry |= {"approvals": list(self.approvals)} if first else {"run": self.leaves[0] if self.leaves else bytes(32)}
        record = INNER.get(str(entry["kind"]))
        if record is not None:
            within = edit if self.rng.random() < 0.7 else lambda payload: payload
            entry[record] = self._inner(record, entry, within)
            edit = edit if within is not edit else (lambda value: value)
        entry = edit(entry)
        self.leaves.append(crypto.leaf(encode(entry)))
        self._count(entry)
        return encode(entry)

    def _inner(self, record: str, entry: dict[str, Any], edit: Edit) -> bytes:
        window = self.windows.get(entry["actor"], [])
        if not self.leaves:
            return bytes(entry[record])
        right: dict[str, Any] = {"run": self.leaves[0]}
        if record == "attestation":
            right |= {
                "seq": len(self.leaves) - 1,
                "head": self.leaves[-1],
                "count": max(1, len(window)),
                "digest": sha256(b"".join(window)).digest(),
            }
        elif record == "assignment":
            right |= {"contract": self.contract}
        elif record == "witness":
            right |= {"seq": len(self.leaves) - 1, "hash": self.leaves[-1]}
        return self._signed(record, entry[record], lambda payload: edit(payload | right))

    def _count(self, entry: Any) -> None:
        """Keep windows and totals as a verifier does, as far as the entry can be read."""
        if not isinstance(entry, dict) or not isinstance(entry.get("actor"), str):
            return
        if entry.get("kind") == "attestation":
            self.windows[entry["actor"]] = []
        else:
            self.windows.setdefault(entry["actor"], []).append(self.leaves[-1])
        if entry.get("kind") == "evidence-added" and type(entry.get("size")) is int:
            self.evidence = [self.evidence[0] + 1, self.evidence[1] + entry["size"]]

    def _withheld(self, body: bytes, edit: Edit) -> bytes:
        withheld = edit(decode(body))
        if isinstance(withheld, dict) and isinstance(withheld.get("leaf"), bytes):
            self.leaves.append(withheld["leaf"])
            if isinstance(withheld.get("actor"), str):
                self.windows.setdefault(withheld["actor"], []).append(withheld["leaf"])
        return encode(withheld)
