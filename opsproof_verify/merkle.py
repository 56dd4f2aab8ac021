"""The hash tree of RFC 9162 §2.1, over SHA-256.

A leaf and a node are hashed under different first bytes, so neither can be passed off as the other. The leaf
hash of an entry is also its link in the chain, and a withheld entry is replaced by it. The root of a growing
log needs only the roots of the complete subtrees along its right edge, at most one for each bit of the size.
"""

from collections.abc import Iterable, Sequence
from hashlib import sha256

EMPTY_ROOT = sha256(b"").digest()
"""The root of no leaves, HASH() of RFC 9162 §2.1.1."""


def leaf_hash(body: bytes) -> bytes:
    """Return HASH(0x00 || body)."""
    return sha256(b"\x00" + body).digest()


def leaf_hashes(bodies: Iterable[bytes]) -> list[bytes]:
    """Return the leaf hashes of some bodies; a call for each would cost as much as a fourth of the hash."""
    return [sha256(b"\x00" + body).digest() for body in bodies]


def node_hash(left: bytes, right: bytes) -> bytes:
    """Return HASH(0x01 || left || right)."""
    return sha256(b"\x01" + left + right).digest()


_SIZE = 32  # bytes of a hash

BLOCK_LEVEL = 5
BLOCK = 1 << BLOCK_LEVEL
"""Leaves of a subtree that is hashed at once, where that many stand together."""


def subtree_root(leaves: Sequence[bytes]) -> bytes:
    """Return the root of a complete subtree, whose number of leaves is a power of two."""
    while len(leaves) > 1:
        pairs = zip(leaves[::2], leaves[1::2], strict=True)
        leaves = [sha256(b"\x01" + left + right).digest() for left, right in pairs]
    return leaves[0]


def block_roots(leaves: Sequence[bytes], first: int) -> list[bytes]:
    """Return the roots of the whole blocks of a log among some of its leaves; ``first`` is the number of the first."""
    begin = -first % BLOCK
    return [subtree_root(leaves[at : at + BLOCK]) for at in range(begin, len(leaves) - BLOCK + 1, BLOCK)]


class Frontier:
    """The root of a log that only grows, in O(log n) memory.

    The subtrees held mirror the binary digits of the size: one of 2^k leaves for each digit k that is set,
    the largest first. Appending a leaf is adding one to that number, and each carry joins two subtrees of
    equal size.
    """

    __slots__ = ("_subtrees", "size")

    def __init__(self) -> None:
        self.size = 0
        self._subtrees: list[bytes] = []

    def append(self, node: bytes, level: int = 0) -> None:
        """Add the next leaf, given by its leaf hash, or the next 2^level leaves, which begin there, by their root."""
        carries = self.size >> level
        self.size += 1 << level
        while carries & 1:
            node = node_hash(self._subtrees.pop(), node)
            carries >>= 1
        self._subtrees.append(node)

    def extend(self, leaves: bytes, roots: bytes) -> None:
        """Add leaves, one after another, given with the `block_roots` of those of them that make up whole blocks."""
        at = block = 0
        while at < len(leaves):
            if self.size % BLOCK or len(leaves) - at < BLOCK * _SIZE:
                self.append(leaves[at : at + _SIZE])
                at += _SIZE
            else:
                self.append(roots[block : block + _SIZE], BLOCK_LEVEL)
                at, block = at + BLOCK * _SIZE, block + _SIZE

    def root(self) -> bytes:
        """Return the Merkle tree hash of all leaves so far.

        RFC 9162 §2.1.1 splits at the largest power of two below the size, so the smaller subtrees join first.
        """
        if not self._subtrees:
            return EMPTY_ROOT
        *larger, root = self._subtrees
        for subtree in reversed(larger):
            root = node_hash(subtree, root)
        return root
