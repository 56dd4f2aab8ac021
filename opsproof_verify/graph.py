"""Sign-offs where they stand, and the graph that ``seen`` makes of them (SPEC 6.9)."""

from __future__ import annotations

from typing import NamedTuple

from opsproof_verify.findings import Collector, Fact, finding
from opsproof_verify.records import Delegation, SignOff
from opsproof_verify.slotted import field, slotted
from opsproof_verify.validity import Signer


class Delegated(NamedTuple):
    """A delegation that a sign-off carries, with who gave it if the trust store knows that key (SPEC 6.11)."""

    record: Delegation
    giver: Signer | None


class SignedOff(NamedTuple):
    """A sign-off where it stands, with its signer if that is known."""

    record: SignOff
    hash: bytes
    frame: int
    signer: Signer | None
    delegated: Delegated | None = None


@slotted()
class Graph:
    """The usable sign-offs by hash, the ancestors of each, and which stand (SPEC 6.9-2, 6.9-6)."""

    nodes: dict[bytes, SignedOff] = field(default_factory=dict)
    bits: dict[bytes, int] = field(default_factory=dict)  # a bit for each sign-off, its ancestors being a set of bits
    ancestors: dict[bytes, int] = field(default_factory=dict)
    valid: set[bytes] = field(default_factory=set)  # those whose key is valid at their time
    effective: set[bytes] = field(default_factory=set)  # of these, those not from before the seal (SPEC 6.9-10)
    withdrawn: dict[bytes, list[SignedOff]] = field(default_factory=dict)  # by which sign-offs
    flaws: Collector = field(default_factory=Collector)  # findings of phase 8, for when it runs

    def has_seen(self, hash_: bytes, other: bytes) -> bool:
        """Tell whether a sign-off is among the ancestors of another (SPEC 6.9-2)."""
        return bool(self.ancestors[hash_] & self.bits[other])

    def flaw(self, name: str, node: SignedOff, facts: dict[str, Fact] | None = None) -> None:
        """Note a flaw of a sign-off."""
        self.flaws.add(finding(name, {"frame": node.frame, "signoff": node.hash.hex()}, facts))

    def standing(self, *decisions: str) -> list[SignedOff]:
        """Give the standing sign-offs of some decisions, in the order of their hashes."""
        return [
            node
            for hash_, node in sorted(self.nodes.items())
            if hash_ not in self.withdrawn and node.record.decision in decisions
        ]
