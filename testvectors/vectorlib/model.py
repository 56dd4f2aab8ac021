"""A bundle as a list of labelled items, and how it becomes bytes.

An item may be edited, dropped or moved: hashes, counts, attestations, the seal, sign-offs and signatures outside of it
are computed in :class:`Build` only. Placeholders stand for what is known only then.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import reduce
from typing import Any

from . import cbor, crypto

#: The run starts on 2026-11-02 at 08:00 UTC; every other time is counted from here, in milliseconds.
START, OFFSET = 1793606400000, 60
MINUTE, HOUR, DAY = 60_000, 3_600_000, 86_400_000


@dataclass(frozen=True)
class Ref:
    """A ref to a labelled entry."""

    label: str


@dataclass(frozen=True)
class Seq:
    """The number of a labelled entry."""

    label: str


@dataclass(frozen=True)
class Hash:
    """The record hash of a labelled item."""

    label: str


@dataclass(frozen=True)
class Digest:
    """The plain SHA-256 of a labelled evidence item."""

    label: str


@dataclass(frozen=True)
class Pinned:
    """The digest of the pinned policy."""


@dataclass(frozen=True)
class Key:
    """The public key of a name."""

    name: str


@dataclass
class Enc:
    """A value that is carried encoded, in a byte string."""

    value: Any


Hook = Callable[[bytes], bytes]


@dataclass
class Item:
    """One frame to be: its type, its fields as far as they are given, who signs it, and what is bent."""

    label: str
    type: int
    fields: dict[str, Any] = field(default_factory=dict)
    signer: str | None = None
    kid: str | None = None  # the key that the header names, if it is not the signer's
    body: bytes | None = None  # of evidence
    inner: str | None = None  # the kind of signed record that an entry carries
    inner_fields: dict[str, Any] = field(default_factory=dict)
    without: set[str] = field(default_factory=set)  # fields left out, "@name" of the inner record
    hooks: dict[str, Hook] = field(default_factory=dict)  # payload, header, signature, cose, inner-payload

    def bend(self, stage: str, data: bytes) -> bytes:
        """Apply what a mutation does at a stage."""
        return self.hooks[stage](data) if stage in self.hooks else data


@dataclass
class Frame:
    """A frame of the built file; ``raw`` replaces all of its bytes."""

    label: str
    type: int
    body: bytes
    raw: bytes | None = None

    def data(self) -> bytes:
        """Give the frame's bytes."""
        return self.raw or cbor.encode([self.type, self.body])


LABEL = bytes.fromhex("d9d9f8da4f50423143424f52")


@dataclass
class Subject:
    """All inputs of one verification, to be built."""

    items: list[Item]
    trust: dict[str, Any]
    policy: dict[str, Any] | None = None
    at: int | None = START + 30 * DAY
    expect: dict[str, str] = field(default_factory=dict)
    beside: list[str] = field(default_factory=list)  # evidence beside the bundle: labels; "!" means altered
    frames: list[Callable[[Build], None]] = field(default_factory=list)  # what happens to the finished frames
    final: list[Hook] = field(default_factory=list)  # what happens to the finished bytes
    key_form: str = "ssh"

    def index(self, label: str) -> int:
        """Find an item's place."""
        return [item.label for item in self.items].index(label)

    def item(self, label: str) -> Item:
        """Find an item."""
        return self.items[self.index(label)]


class Build:
    """One pass over the items of a subject."""

    def __init__(self, subject: Subject) -> None:
        """Build the frames."""
        self.subject = subject
        self.frames: list[Frame] = []
        self.hashes: dict[str, bytes] = {}
        self.refs: dict[str, list[Any]] = {}
        self.bodies: dict[str, bytes] = {item.label: item.body for item in subject.items if item.body is not None}
        self.leaves: list[bytes] = []
        self.windows: dict[str, list[bytes]] = {}
        self.approvals: list[bytes] = []
        self.evidence = [0, 0]
        self.seen: list[bytes] = []
        self.signed = 0
        for item in subject.items:
            self._add(item)
        for change in subject.frames:
            change(self)

    def data(self) -> bytes:
        """Give the finished file."""
        data = LABEL + b"".join(frame.data() for frame in self.frames)
        return reduce(lambda whole, change: change(whole), self.subject.final, data)

    def body(self, label: str) -> bytes:
        """Give the body of the frame with a label."""
        return self.frames[self.number(label) - 1].body

    def number(self, label: str) -> int:
        """Give the number of the frame with a label, the first being 1."""
        return next(i for i, frame in enumerate(self.frames, 1) if frame.label == label)

    def resolve(self, value: Any) -> Any:
        """Replace placeholders by what they stand for."""
        if isinstance(value, Ref):
            return self.refs[value.label]
        if isinstance(value, Seq):
            return self.refs[value.label][0]
        if isinstance(value, Hash):
            return self.hashes[value.label]
        if isinstance(value, Digest):
            return crypto.sha256(self.bodies[value.label])
        if isinstance(value, Pinned):
            return self.hashes["pinned"]
        if isinstance(value, Key):
            return crypto.public(value.name)
        if isinstance(value, Enc):
            return cbor.encode(self.resolve(value.value))
        if isinstance(value, dict):
            return {key: self.resolve(part) for key, part in value.items()}
        if isinstance(value, list):
            return [self.resolve(part) for part in value]
        return value

    def _add(self, item: Item) -> None:
        """Build one item."""
        make = {1: self._contract, 2: self._entry, 6: self._seal, 7: self._signoff, 8: self._witness, 9: self._approval}
        body = make[item.type](item) if item.type in make else (item.body or b"")
        if item.type == 5:
            body = crypto.sha256(body)
        self.frames.append(Frame(item.label, item.type, body))
        self.hashes[item.label] = crypto.leaf(body)
        if item.type == 2:
            self.refs[item.label] = [len(self.leaves), crypto.leaf(body)]
            self._count(item)
            self.leaves.append(crypto.leaf(body))
        elif item.type == 9:
            self.approvals.append(crypto.leaf(body))
        elif item.type == 7:
            named = self.resolve(item.fields.get("seen", self.seen))
            self.seen = sorted([*(past for past in self.seen if past not in named), crypto.leaf(body)])

    def _count(self, item: Item) -> None:
        """Put an entry into its actor's window and its evidence into the totals."""
        if item.inner == "attestation":
            self.windows[item.fields["actor"]] = []
        else:
            self.windows.setdefault(item.fields["actor"], []).append(self.hashes[item.label])
        if item.fields["kind"] == "evidence-added":
            self.evidence[0] += 1
            self.evidence[1] += item.fields["size"]

    def _payload(self, item: Item, defaults: dict[str, Any]) -> bytes:
        """Encode defaults and given fields."""
        fields = self.resolve({**defaults, **item.fields})
        return item.bend("payload", cbor.encode({name: fields[name] for name in fields if name not in item.without}))

    def _signed(self, item: Item, record: str, payload: bytes) -> bytes:
        """Sign a payload as a kind of record."""
        assert item.signer is not None, item.label
        header = crypto.protected(record, crypto.kid(crypto.public(item.kid or item.signer)))
        header = item.bend("header", header)
        signer = item.signer if len(item.signer) < 64 else "nobody"
        signature = item.bend("signature", crypto.sign(signer, crypto.to_be_signed(header, payload)))
        return item.bend("cose", crypto.cose(header, payload, signature))

    def _contract(self, item: Item) -> bytes:
        """Build frame 1."""
        self.hashes["pinned"] = crypto.sha256(self.resolve(item.fields["policy"]))
        return self._signed(item, "contract", self._payload(item, {}))

    def _approval(self, item: Item) -> bytes:
        """Build a contract approval."""
        defaults = {"contract": self.hashes["contract"], "time": [START - 20 * DAY, OFFSET]}
        return self._signed(item, "approval", self._payload(item, defaults))

    def _entry(self, item: Item) -> bytes:
        """Build an entry, its signed record included."""
        seq = len(self.leaves)
        defaults: dict[str, Any] = {
            "seq": seq,
            "prev": self.leaves[-1] if self.leaves else self.hashes["contract"],
            "time": [START + seq * MINUTE, OFFSET],
            "nonce": crypto.fixed("nonce/" + item.label, 16),
        }
        if item.fields["kind"] == "run-started":
            defaults["approvals"] = self.approvals
        if self.leaves:
            defaults["run"] = self.leaves[0]
        if item.inner:
            defaults[item.inner] = self._inner(item, seq)
        return self._payload(item, defaults)

    def _inner(self, item: Item, seq: int) -> bytes:
        """Build the signed record that an entry carries."""
        run, actor = self.leaves[0], item.fields["actor"]
        window = self.windows.get(actor, [])
        defaults: dict[str, dict[str, Any]] = {
            "attestation": {
                "run": run, "actor": actor, "seq": seq - 1, "head": self.leaves[-1],
                "count": len(window), "digest": crypto.sha256(b"".join(window)),
            },
            "assignment": {"contract": self.hashes["contract"], "run": run, "time": [START + seq * MINUTE, OFFSET]},
            "witness": {
                "run": run, "target": "entry", "seq": seq - 1, "hash": self.leaves[-1],
                "time": [START + seq * MINUTE, 0],
            },
        }  # fmt: skip
        assert item.inner is not None
        fields = self.resolve({**defaults[item.inner], **item.inner_fields})
        payload = cbor.encode({name: fields[name] for name in fields if f"@{name}" not in item.without})
        return self._signed(item, item.inner, item.bend("inner-payload", payload))

    def _seal(self, item: Item) -> bytes:
        """Build the seal."""
        window = self.windows.get(item.fields["actor"], [])
        defaults = {
            "run": self.leaves[0], "contract": self.hashes["contract"], "count": len(self.leaves),
            "head": self.leaves[-1], "root": crypto.root(self.leaves),
            "evidence-count": self.evidence[0], "evidence-bytes": self.evidence[1],
            "attests": {"count": len(window), "digest": crypto.sha256(b"".join(window))},
            "time": [START + len(self.leaves) * MINUTE, OFFSET],
        }  # fmt: skip
        self.windows[item.fields["actor"]] = []
        return self._signed(item, "seal", self._payload(item, defaults))

    def _signoff(self, item: Item) -> bytes:
        """Build a sign-off; by default its signer has seen all that stands before it."""
        self.signed += 1
        defaults: dict[str, Any] = {
            "seal": self.hashes["seal"], "run": self.leaves[0],
            "time": [START + DAY + self.signed * HOUR, OFFSET], "seen": self.seen,
        }  # fmt: skip
        if "blind" not in item.fields:
            looked = {"policy": self.hashes["pinned"], "report": crypto.fixed("report")}
            defaults |= looked | {"withheld": 0, "absent": 0}
        if item.fields["decision"] == "attest" and "attests" not in item.fields:
            actor = item.inner_fields["actor"]
            window = self.windows.get(actor, [])
            counted = {"actor": actor, "count": len(window), "digest": crypto.sha256(b"".join(window))}
            defaults["attests"] = counted | {k: v for k, v in item.inner_fields.items() if k != "actor"}
        return self._signed(item, "signoff", self._payload(item, defaults))

    def _witness(self, item: Item) -> bytes:
        """Build a witness after the seal."""
        defaults = {"run": self.leaves[0], "time": [START + 2 * DAY, 0]}
        return self._signed(item, "witness", self._payload(item, defaults))
