"""Bodies of entries, those of the vectors, cut into their members; and items on either side of the profile."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from opsproof_verify.container import FrameType, read_frames
from opsproof_verify.findings import Rejected

from .bundles import BUNDLES, cbor

Pair = tuple[bytes, bytes]  # the encodings of a key and of its value

BOUNDARIES = [
    *(
        0,
        1,
        23,
        24,
        255,
        256,
        65_535,
        65_536,
        2**32 - 1,
        2**32,
        2**53 - 2,
        2**53 - 1,
        2**53,
        2**53 + 1,
        2**63,
        2**64 - 1,
    )
]


def wide(major: int, argument: int, info: int) -> bytes:
    """Write a head in as many bytes as its additional information says."""
    return bytes([major << 5 | info]) + (argument % (1 << (8 << (info - 24)))).to_bytes(1 << (info - 24))


def odd_items() -> Iterator[bytes]:
    """Give items on either side of the profile and of the readers."""
    for number in BOUNDARIES:
        yield cbor.head(0, number)
        yield cbor.head(1, number)
        for info in range(24, 28):
            yield wide(0, number, info)
            yield wide(1, number, info)
    for text in (b"", b"a", b"B", b"mass-1", b"a" * 24, b"a" * 64, b"a" * 65, b"a" * 256, b"x" * 257, b"0.10", b"-0"):
        yield cbor.encode(text.decode())
        yield cbor.encode(text)
        yield wide(3, len(text), 24) + text
        yield wide(3, len(text), 25) + text
        yield cbor.head(3, len(text) + 1) + text
        yield cbor.head(3, max(0, len(text) - 1)) + text
    for size in (15, 16, 17, 31, 32, 33):
        yield cbor.encode(bytes(size))
        yield wide(2, size, 25) + bytes(size)
    for text in (
        b"\xff",
        b"\xc3",
        b"\xc0\x80",
        b"\xed\xa0\x80",
        b"\xf4\x90\x80\x80",
        "ü€😀\u2028".encode(),
        b"\x00",
        b"\x7f",
    ):
        yield cbor.head(3, len(text)) + text
        yield cbor.head(3, len(text) + 1) + text + b"a"
    yield from map(bytes.fromhex, [
        "821b00000000ffffffff00", "821b0000000100000000183c", "821b001fffffffffffff00", "821b002000000000000000",
        "821b000001a19b58f1e01805", "821b000001a19b58f1e0390014", "821b000001a19b58f1e01905a0",
        "80", "a0", "8100", "820000", "821b000001a19b58f1e000", "821b000001a19b58f1e0183c",
        "821b000001a19b58f1e03a0000059f", "9fff", "bfff", "7f6161ff", "5f4161ff", "f4", "f5", "f6", "f7", "e0",
        "f820", "f97e00", "fa7fc00000", "fb7ff8000000000000", "c06161", "c249ff", "d82000", "1b", "3b", "5b",
        "7b", "9b", "bb", "ff", "a1616100", "a2616100616100", "a2616200616100", "1c", "1f", "3f", "fc",
    ])  # fmt: skip
    for depth in (14, 15, 16, 17):
        yield b"\x81" * depth + b"\x00"
        yield b"\x81" * depth + b"\x80"


ODD = list(dict.fromkeys(odd_items()))


def entry_bodies() -> list[bytes]:
    """Give the bodies of all entries of the vectors."""
    bodies: dict[bytes, None] = {}
    for path in sorted(BUNDLES.glob("*/*.opb")):
        with path.open("rb") as stream:
            try:
                for frame in read_frames(stream):
                    if frame.type is FrameType.ENTRY:
                        bodies[frame.read()] = None
            except Rejected:
                pass
    return list(bodies)


BODIES = entry_bodies()


def pairs_of(body: bytes) -> list[Pair]:
    """Cut a map that the library wrote into its keys and values, as their bytes."""
    count, at = body[0] - 0xA0, 1
    pairs = []
    for _ in range(count):
        _, end = cbor.read(body, at)
        _, after = cbor.read(body, end)
        pairs.append((body[at:end], body[end:after]))
        at = after
    return pairs


def joined(pairs: list[Pair]) -> bytes:
    """Make a map of keys and values, in this order."""
    return bytes([0xA0 + len(pairs)]) + b"".join(key + one for key, one in pairs)


def crowded(run: bytes) -> bytes:
    """Write a body that looks like a recorded value and holds each of the later keys two hundred times."""
    parts = (b"xdpass\x00dprevX " + bytes(32) + b"dstep", b"xdtime\x82\x1b" + bytes(8) + b"\x00dunit", b"xeactor",
             b"xenonceP" + bytes(16))  # fmt: skip
    start = b"\xaccrunX " + run + b"cseq\x01dkindnvalue-recordeddname"
    return start + b"".join(part * 200 for part in parts)


def tries_one_place(match: Any) -> bool:
    """Tell whether a pattern, given by its method, cuts each piece of any length at the first place and no other."""
    pattern = match.__self__.pattern
    return bool(pattern.count(b".+?") == len(re.findall(rb"\(\?=\(\?P<\w+>\.\+\?\)", pattern)))
