"""Inclusion proofs (RFC 9162 section 2.1.3): that one leaf is in a tree, by the hashes beside its way to the root.

A proof has one hash for each level, so a request about a run of a million entries carries twenty of them for each entry
that a signer needs, and nothing of the others.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Collection, Iterable, Sequence

from opsproof_verify.merkle import node_hash


def prove(leaves: Iterable[bytes], wanted: Collection[int]) -> dict[int, list[bytes]]:
    """Give the inclusion proofs of some leaves, by number, in one pass over all of them.

    The subtrees in hand are complete ones, the largest first, as the binary digits of the number of leaves so far. When
    two are joined, each is the next hash in the proofs of the other's leaves (RFC 9162 section 2.1.3.1).
    """
    paths: dict[int, list[bytes]] = {number: [] for number in sorted(wanted)}
    numbers = list(paths)
    subtrees: list[tuple[int, int, bytes]] = []  # first leaf, leaf after the last, hash

    def join() -> None:
        right, left = subtrees.pop(), subtrees.pop()
        for inside, beside in ((left, right), (right, left)):
            for number in numbers[bisect_left(numbers, inside[0]) : bisect_left(numbers, inside[1])]:
                paths[number].append(beside[2])
        subtrees.append((left[0], right[1], node_hash(left[2], right[2])))

    for number, leaf in enumerate(leaves):
        subtrees.append((number, number + 1, leaf))
        while len(subtrees) > 1 and _size(subtrees[-2]) == _size(subtrees[-1]):
            join()
    while len(subtrees) > 1:
        join()
    return paths


def _size(subtree: tuple[int, int, bytes]) -> int:
    return subtree[1] - subtree[0]


def is_included(leaf: bytes, number: int, count: int, path: Sequence[bytes], root: bytes) -> bool:
    """Tell whether a proof shows that a leaf is the one with this number of a tree of ``count`` leaves.

    The steps and names are those of RFC 9162 section 2.1.3.2.
    """
    if not 0 <= number < count:
        return False
    fn, sn, r = number, count - 1, leaf
    for p in path:
        if sn == 0:
            return False
        if fn & 1 or fn == sn:
            r = node_hash(p, r)
            while not fn & 1 and fn:
                fn >>= 1
                sn >>= 1
        else:
            r = node_hash(r, p)
        fn >>= 1
        sn >>= 1
    return sn == 0 and r == root
