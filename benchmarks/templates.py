"""What writing many entries fast takes: encodings with gaps, and a Merkle tree that grows leaf by leaf."""

from __future__ import annotations

import hashlib
import importlib
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "testvectors"))

cbor: Any = importlib.import_module("vectorlib.cbor")


class _Gap:
    """What differs from entry to entry."""


GAP = _Gap()


def bytes32(data: bytes) -> bytes:
    """Encode 32 bytes: a hash, a digest."""
    return b"\x58\x20" + data


class Template:
    """The encoding of a map that has gaps: ``fill`` puts encoded values into them, in the order of the keys."""

    def __init__(self, fields: dict[str, Any]) -> None:
        """Encode what is given."""
        parts = [cbor.head(5, len(fields))]
        for key in sorted(fields, key=cbor.encode):
            parts[-1] += cbor.encode(key)
            value = fields[key]
            if isinstance(value, _Gap):
                parts += [b"", b""]
            elif isinstance(value, list) and any(isinstance(part, _Gap) for part in value):
                parts[-1] += cbor.head(4, len(value))
                for part in value:
                    if isinstance(part, _Gap):
                        parts += [b"", b""]
                    else:
                        parts[-1] += cbor.encode(part)
            else:
                parts[-1] += cbor.encode(value)
        self._parts = parts

    def fill(self, *values: bytes) -> bytes:
        """Fill the gaps."""
        self._parts[1::2] = values
        return b"".join(self._parts)


class Tree:
    """The Merkle root over leaves that come one by one (SPEC 5.1-1)."""

    def __init__(self) -> None:
        """Begin with no leaf."""
        self.count = 0
        self._nodes: list[bytes] = []

    def add(self, leaf: bytes) -> None:
        """Add a leaf: whole subtrees of the same size are joined."""
        self._nodes.append(leaf)
        self.count += 1
        full = self.count
        while not full & 1:
            right = self._nodes.pop()
            self._nodes[-1] = hashlib.sha256(b"\x01" + self._nodes[-1] + right).digest()
            full >>= 1

    def root(self) -> bytes:
        """Give the root."""
        root = self._nodes[-1]
        for left in reversed(self._nodes[:-1]):
            root = hashlib.sha256(b"\x01" + left + root).digest()
        return root
