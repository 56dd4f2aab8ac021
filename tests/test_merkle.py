"""The hash tree against known answers and against the recursive definition of RFC 9162 §2.1.1."""

import hashlib
import json
import random
from collections.abc import Sequence
from pathlib import Path

import pytest

from opsproof_verify.merkle import EMPTY_ROOT, Frontier, leaf_hash, node_hash

KNOWN = json.loads((Path(__file__).parent / "data" / "merkle_rfc9162.json").read_text(encoding="utf-8"))
LEAVES = [bytes.fromhex(leaf) for leaf in KNOWN["leaves_hex"]]
ROOTS = [KNOWN["empty_root"], *(KNOWN["roots"][str(size)] for size in range(1, 9))]


def root_of(bodies: Sequence[bytes]) -> bytes:
    frontier = Frontier()
    for body in bodies:
        frontier.append(leaf_hash(body))
    assert frontier.size == len(bodies)
    return frontier.root()


def defined_root(bodies: Sequence[bytes]) -> bytes:
    """MTH(D[n]) as written in RFC 9162 §2.1.1."""
    if not bodies:
        return hashlib.sha256().digest()
    if len(bodies) == 1:
        return hashlib.sha256(b"\x00" + bodies[0]).digest()
    k = 1
    while 2 * k < len(bodies):
        k *= 2
    return hashlib.sha256(b"\x01" + defined_root(bodies[:k]) + defined_root(bodies[k:])).digest()


@pytest.mark.parametrize("size", range(9))
def test_known_answers(size: int) -> None:
    assert root_of(LEAVES[:size]).hex() == ROOTS[size]


def test_the_empty_root_is_the_hash_of_nothing() -> None:
    assert EMPTY_ROOT == Frontier().root() == hashlib.sha256(b"").digest()


@pytest.mark.parametrize("name", KNOWN["wrong_roots"])
def test_wrong_roots_are_those_of_no_prefix(name: str) -> None:
    """Made by doubling the last leaf, without prefixes, with the wrong prefix, and with children swapped."""
    assert KNOWN["wrong_roots"][name] not in {root_of(LEAVES[:size]).hex() for size in range(9)}


def test_a_doubled_last_leaf_is_another_leaf() -> None:
    assert root_of([*LEAVES[:3], LEAVES[2]]).hex() == KNOWN["wrong_roots"]["n4_of_leaves_0_1_2_2"]


def test_every_size_has_the_root_that_the_definition_gives() -> None:
    rng = random.Random(9162)
    bodies = [rng.randbytes(rng.randrange(40)) for _ in range(300)]
    frontier = Frontier()
    for size, body in enumerate(bodies):
        assert frontier.root() == defined_root(bodies[:size])
        frontier.append(leaf_hash(body))


def test_asking_for_the_root_changes_nothing() -> None:
    frontier = Frontier()
    for body in LEAVES[:7]:
        frontier.append(leaf_hash(body))
        assert frontier.root() == frontier.root()
    assert frontier.root().hex() == ROOTS[7]


def test_memory_is_one_hash_for_each_binary_digit() -> None:
    frontier = Frontier()
    for size in range(1, 5_000):
        frontier.append(leaf_hash(b""))
        assert len(frontier._subtrees) == size.bit_count()


def test_leaf_and_node_are_told_apart() -> None:
    left, right = leaf_hash(b"left"), leaf_hash(b"right")
    assert node_hash(left, right) != leaf_hash(left + right)
    assert node_hash(left, right) != node_hash(right, left)
