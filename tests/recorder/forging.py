"""Somebody at work who can write the journal's file: entries changed, added, taken out, and signed again.

``keys`` are the actors whose keys that is done with. Sequence numbers, chain, references and, under those keys,
attestations and the seal are made to fit; whatever others have signed stays as they signed it.
"""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass, field
from typing import Any

from opsproof_record.log import frames
from recorder.crew import Map, private
from recorder.reading import payload, read

from opsproof_verify import cose, ed25519
from opsproof_verify.canonical import encode
from opsproof_verify.container import LABEL, FrameType
from opsproof_verify.cose import RecordType
from opsproof_verify.merkle import Frontier

_T = FrameType
_REFS = ("corrects", "deviation", "authorised")


@dataclass
class Forged:
    """An entry, the evidence before it, and the leaf that it had."""

    map: Map
    evidence: list[bytes] = field(default_factory=list)
    leaf: bytes = b""


def sign(name: str, record: RecordType, content: bytes) -> bytes:
    """Sign a record with somebody's key."""
    key = private(name)
    kid = ed25519.thumbprint(key.public_key().public_bytes_raw())
    return cose.assemble(record, kid, content, key.sign(cose.signing_input(record, kid, content)))


class Forger:
    """A sealed bundle taken apart; ``bundle`` puts it together again."""

    def __init__(self, data: bytes, *keys: str) -> None:
        self.keys = keys
        found = read(data)
        bodies = [(kind, data[start:end]) for kind, start, end in found.frames]
        self.front = [frame for kind, frame in bodies if kind in {_T.CONTRACT, _T.APPROVAL}]
        self.seal = next((frame for kind, frame in bodies if kind == _T.SEAL), b"")
        self.entries: list[Forged] = []
        evidence: list[bytes] = []
        for kind, frame in bodies:
            if kind in {_T.EVIDENCE, _T.ABSENT}:
                evidence.append(frame)
            elif kind == _T.ENTRY:
                number = len(self.entries)
                self.entries.append(Forged(found.entries[number], evidence, found.leaves[number]))
                evidence = []

    def find(self, kind: str, last: int = 1, **fields: Any) -> Forged:
        """Give an entry of a kind, the last or one before it, with these fields."""
        fit = [one for one in self.entries if one.map["kind"] == kind and fields.items() <= one.map.items()]
        return fit[-last]

    def drop(self, *entries: Forged) -> None:
        """Take entries out."""
        self.entries = [one for one in self.entries if one not in entries]

    def add(self, before: Forged, actor: str, kind: str, **fields: Any) -> None:
        """Put an entry in."""
        time = before.map["time"]
        entry = {"time": time, "nonce": os.urandom(16), "actor": actor, "kind": kind}
        self.entries.insert(self.entries.index(before), Forged(entry | fields))

    def bundle(self) -> bytes:
        """Put it together, everything signed again that the keys allow."""
        data, run, prev = LABEL + b"".join(self.front), b"", b""
        places: dict[bytes, list[Any]] = {}
        windows: dict[str, list[bytes]] = {}
        tree = Frontier()
        items: list[Map] = []
        seq = -1
        for one in self.entries:
            window = windows.setdefault(one.map["actor"], [])
            if one.map["kind"] == "attestation" and one.map["actor"] in self.keys and not window:
                continue  # there is nothing left to sign
            seq += 1
            entry = self._fit(one.map, places) | {"seq": seq, "prev": prev or one.map["prev"]}
            entry |= {"run": run} if seq else {}
            if entry["kind"] == "attestation":
                if entry["actor"] in self.keys:
                    entry["attestation"] = self._attest(entry["actor"], run, seq, prev, window)
                windows[entry["actor"]] = []
            body = encode(entry)
            prev = hashlib.sha256(b"\0" + body).digest()
            run = run or prev
            places[one.leaf] = [seq, prev]
            tree.append(prev)
            if entry["kind"] != "attestation":
                window.append(prev)
            items += [entry] if entry["kind"] == "evidence-added" else []
            data += b"".join(one.evidence) + frames.frame(_T.ENTRY, body)
        totals = {"run": run, "head": prev, "root": tree.root(), "count": seq + 1}
        totals |= {"evidence-count": len(items), "evidence-bytes": sum(item["size"] for item in items)}
        return data + self._seal(totals, windows)

    def _fit(self, entry: Map, places: dict[bytes, list[Any]]) -> Map:
        """Let references name what they named, where it stands now."""
        fit = {name: places.get(entry[name][1], entry[name]) for name in _REFS if name in entry}
        if entry["kind"] == "deviation-raised":
            fit["values"] = [places.get(ref[1], ref) for ref in entry["values"]]
        return entry | fit

    def _attest(self, actor: str, run: bytes, seq: int, prev: bytes, window: list[bytes]) -> bytes:
        record: Map = {"run": run, "actor": actor, "seq": seq - 1, "head": prev} | _digest(window)
        return sign(actor, RecordType.ATTESTATION, encode(record))

    def _seal(self, totals: Map, windows: dict[str, list[bytes]]) -> bytes:
        """Seal it again under the key of who sealed it; otherwise the old seal stays."""
        if not self.seal:
            return b""
        said = payload(self.seal[5:])  # behind a head of five bytes: it has more than 255 and less than 65,536
        if said["actor"] not in self.keys:
            return self.seal
        record = said | totals | {"attests": _digest(windows.get(said["actor"], []))}
        return frames.frame(_T.SEAL, sign(said["actor"], RecordType.SEAL, encode(record)))


def _digest(window: list[bytes]) -> Map:
    return {"count": len(window), "digest": hashlib.sha256(b"".join(window)).digest()}
