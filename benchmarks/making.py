"""Writes Proof Bundles fast: a million signed and chained entries in seconds.

    with path.open("wb", 1 << 20) as stream:
        run = Run(stream, contract)
        started = run.kind("step-started", step="fill", pass_=GAP)
        run.write(started, (cbor.head(0, number),))
        run.finish()

What the entries of one kind share is encoded once, as a template with gaps; an entry is a join of its parts and a hash.
Encoding, keys and signed records are those of the vectors' library, which shares no code with the verifier.
"""

from __future__ import annotations

import hashlib
import importlib
import os
import random
from collections.abc import Iterable
from pathlib import Path
from typing import Any, BinaryIO

from templates import GAP, Template, Tree, bytes32, cbor

from opsproof_verify import Policy

crypto: Any = importlib.import_module("vectorlib.crypto")

LABEL = bytes.fromhex("d9d9f8da4f50423143424f52")
#: The run starts on 2026-11-02 at 08:00 UTC, and each entry comes so many milliseconds later.
START, OFFSET, SPACING = 1_793_606_400_000, 60, 29
DAY = 86_400_000
ATTEST_EVERY = 500
OWNER, QUALITY, AGENT, HUMAN = "owner", "qa-lead", "line-agent", "operator-1"
MIB = 1 << 20
_CONTRACT, _ENTRY, _EVIDENCE, _SEAL, _SIGNOFF, _APPROVAL = 1, 2, 4, 6, 7, 9


class Key:
    """A private key with the name of its holder."""

    def __init__(self, name: str) -> None:
        """Derive the key from the name."""
        self.private = crypto.private(name)
        self.public: bytes = crypto.public(name)
        self.kid: bytes = crypto.kid(self.public)

    def sign(self, record: str, payload: bytes) -> bytes:
        """Make a signed record."""
        header = crypto.protected(record, self.kid)
        signed: bytes = crypto.cose(header, payload, self.private.sign(crypto.to_be_signed(header, payload)))
        return signed


def member(name: str, kind: str = "human", roles: tuple[str, ...] = ("operator",), **more: Any) -> dict[str, Any]:
    """Give a member of a roster; person and key have the name of the actor."""
    named = {"id": name, "person": name, "name": name.capitalize(), "kind": kind, "roles": [*roles]}
    return named | {"key": crypto.public(name)} | more


def contract(name: str, steps: list[dict[str, Any]]) -> dict[str, Any]:
    """Give a contract for these steps: an agent performs, a human answers for it and does nothing."""
    agent = {"principal": HUMAN, "software": "line control 4.2", "config": crypto.sha256(b"configuration")}
    return {
        "id": f"bench.{name}",
        "version": 1,
        "title": "An automated line",
        "issuer": OWNER,
        "nonce": bytes(range(16)),
        "issued": [START - 30 * DAY, OFFSET],
        "params": [{"id": "batch"}],
        "steps": steps,
        "roster": [member(AGENT, "agent", **agent), member(HUMAN)],
        "authority": {"assign": [], "release": [], "rule": [], "seal": ["operator"]},
        "retention": {"class": "batch-record", "years": 10},
        "policy": Policy.load("baseline").encode(),
    }


def write_trust(path: Path) -> Path:
    """Write the trust store of all these bundles."""
    path.write_text(
        f"""\
id = "bench"
serial = 1
issued = 2026-10-01T00:00:00Z
next-update = 2030-01-01T00:00:00Z

[[issuer]]
person = "{OWNER}"
key = "{crypto.ssh(crypto.public(OWNER), "bench")}"
contracts = ["*"]

[[approver]]
person = "{QUALITY}"
roles = ["quality"]
key = "{crypto.ssh(crypto.public(QUALITY), "bench")}"
""",
        encoding="utf-8",
    )
    return path


class Run:
    """A run that is being written: its chain, its tree, the window of its agent."""

    def __init__(self, stream: BinaryIO, fields: dict[str, Any], every: int = ATTEST_EVERY) -> None:
        """Write label, contract, approval and entry 0; the agent attests ``every`` so many entries."""
        self._stream, self._every = stream, every
        self._draw = random.Random(0)
        self._nonces, self._at = b"", 0
        self._key, self._quality = Key(AGENT), Key(QUALITY)
        self.policy: bytes = crypto.sha256(fields["policy"])
        self._tree, self._window, self._waiting = Tree(), hashlib.sha256(), 0
        self._items, self._bytes = 0, 0
        self.sealed, self.signoff, self.signed_off = b"", b"", 0  # hashes, and a time in milliseconds
        self.signatures: list[tuple[bytes, bytes]] = []  # of the attestations: what was signed, and the signature
        stream.write(LABEL)
        self._contract = self._frame(_CONTRACT, Key(OWNER).sign("contract", cbor.encode(fields)))
        meaning = {"id": "approved", "text": "I approve this contract for use."}
        approval: dict[str, Any] = {"contract": self._contract, "role": "quality", "time": [START - 20 * DAY, OFFSET]}
        approval |= {"person": QUALITY, "name": "Quality lead", "meaning": meaning}
        approved = self._frame(_APPROVAL, self._quality.sign("approval", cbor.encode(approval)))
        self.leaf, self.run = self._contract, b""
        first = {"subject": {"batch": "B-1"}, "approvals": [approved], "recorder": "bench 1", "clock": "line clock"}
        self.run = self.write(self.kind("run-started", **first))
        self._attested = self.kind("attestation", attestation=GAP)
        self._attestation = Template(
            {"run": self.run, "actor": AGENT, "seq": GAP, "head": GAP, "count": GAP, "digest": GAP}
        )
        self._header = crypto.protected("attestation", self._key.kid)

    @property
    def count(self) -> int:
        """The number of entries so far."""
        return self._tree.count

    def kind(self, kind: str, **fields: Any) -> Template:
        """Make the template of a kind of entry; ``_`` stands for ``-`` in the names of fields."""
        named = {name.rstrip("_").replace("_", "-"): value for name, value in fields.items()}
        head = {"seq": GAP, "prev": GAP, "time": [GAP, OFFSET], "nonce": GAP, "actor": AGENT, "kind": kind}
        return Template(head | ({"run": self.run} if self.run else {}) | named)

    def write(
        self,
        template: Template,
        inside: tuple[bytes, ...] = (),
        *,
        before: tuple[bytes, ...] = (),
        after: tuple[bytes, ...] = (),
    ) -> bytes:
        """Write an entry; its gaps before the number, between number and predecessor (the pass), and at the end."""
        if self._waiting == self._every:
            self.attest()
        leaf = self._entry(template, inside, before, after)
        self._window.update(leaf)
        self._waiting += 1
        return leaf

    def evidence(self, template: Template, inside: tuple[bytes, ...], slices: Iterable[bytes], size: int) -> None:
        """Write an evidence frame from slices of its body, and its entry, which has a gap for the digest."""
        if self._waiting == self._every:
            self.attest()
        self._stream.write(b"\x82\x04" + cbor.head(2, size))
        state = hashlib.sha256()
        for piece in slices:
            state.update(piece)
            self._stream.write(piece)
        self._name(template, inside, state.digest(), size)

    def zeros(self, template: Template, inside: tuple[bytes, ...], size: int) -> None:
        """Write evidence of so many zeros as a hole of a sparse file."""
        if self._waiting == self._every:
            self.attest()
        self._stream.write(b"\x82\x04" + cbor.head(2, size))
        self._stream.seek(size, os.SEEK_CUR)
        state, left = hashlib.sha256(), size
        while left:
            state.update(bytes(min(left, MIB)))
            left -= min(left, MIB)
        self._name(template, inside, state.digest(), size)

    def _name(self, template: Template, inside: tuple[bytes, ...], digest: bytes, size: int) -> None:
        self._items += 1
        self._bytes += size
        self.write(template, inside, after=(bytes32(digest),))

    def attest(self) -> None:
        """Let the agent sign its window."""
        payload = self._attestation.fill(
            cbor.head(0, self.count - 1),
            bytes32(self.leaf),
            cbor.head(0, self._waiting),
            bytes32(self._window.digest()),
        )
        message = crypto.to_be_signed(self._header, payload)
        signature = self._key.private.sign(message)
        self.signatures.append((message, signature))
        self._waiting, self._window = 0, hashlib.sha256()
        self._entry(self._attested, after=(cbor.encode(crypto.cose(self._header, payload, signature)),))

    def finish(self) -> None:
        """End the run, seal it, and let quality approve it."""
        self.write(self.kind("run-ended", outcome="completed"))
        seal = {
            "run": self.run, "contract": self._contract, "count": self.count, "head": self.leaf,
            "root": self._tree.root(), "evidence-count": self._items, "evidence-bytes": self._bytes,
            "attests": {"count": self._waiting, "digest": self._window.digest()}, "actor": AGENT, "time": self._now(),
        }  # fmt: skip
        self.sealed = self._frame(_SEAL, self._key.sign("seal", cbor.encode(seal)))
        self.signed_off = self._ms() + DAY
        meaning = {"id": "release", "text": "I reviewed the record and release it."}
        signoff = {
            "seal": self.sealed, "run": self.run, "person": QUALITY, "name": "Quality lead", "role": "quality",
            "decision": "approve", "meaning": meaning, "time": [self.signed_off, OFFSET], "seen": [],
            "policy": self.policy, "report": bytes(32), "withheld": 0, "absent": 0,
        }  # fmt: skip
        self.signoff = self._frame(_SIGNOFF, self._quality.sign("signoff", cbor.encode(signoff)))

    def _entry(
        self,
        template: Template,
        inside: tuple[bytes, ...] = (),
        before: tuple[bytes, ...] = (),
        after: tuple[bytes, ...] = (),
    ) -> bytes:
        """Fill a template in the order of the keys, and write it as the next entry."""
        if self._at == len(self._nonces):
            self._nonces, self._at = self._draw.randbytes(1 << 16), 0
        self._at += 16
        body = template.fill(
            *before,
            cbor.head(0, self._tree.count),
            *inside,
            b"\x58\x20" + self.leaf,
            b"\x1b" + self._ms().to_bytes(8, "big"),
            b"\x50" + self._nonces[self._at - 16 : self._at],
            *after,
        )
        self.leaf = self._frame(_ENTRY, body)
        self._tree.add(self.leaf)
        return self.leaf

    def _frame(self, kind: int, body: bytes) -> bytes:
        """Write a frame and give the record hash of its body."""
        self._stream.write(bytes((0x82, kind)) + cbor.head(2, len(body)))
        self._stream.write(body)
        return hashlib.sha256(b"\x00" + body).digest()

    def _ms(self) -> int:
        """Give the time of the next entry."""
        return START + SPACING * self._tree.count

    def _now(self) -> list[int]:
        return [self._ms(), OFFSET]
