"""The hash tree of RFC 9162 §2.1, over SHA-256.

A leaf and a node are hashed under different first bytes, so neither can be passed off as the other. The leaf
hash of an entry is also its link in the chain, and a withheld entry is replaced by it. The root of a growing
log needs only the roots of the complete subtrees along its right edge, at most one for each bit of the size.
"""

from hashlib import sha256

EMPTY_ROOT = sha256(b"").digest()
"""The root of no leaves, HASH() of RFC 9162 §2.1.1."""


def leaf_hash(body: bytes) -> bytes:
    """Return HASH(0x00 || body)."""
    return sha256(b"\x00" + body).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Return HASH(0x01 || left || right)."""
    return sha256(b"\x01" + left + right).digest()


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

    def append(self, leaf: bytes) -> None:
        """Add the next leaf, given by its leaf hash."""
        carries = self.size
        self.size += 1
        while carries & 1:
            leaf = node_hash(self._subtrees.pop(), leaf)
            carries >>= 1
        self._subtrees.append(leaf)

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
