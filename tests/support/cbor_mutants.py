"""Byte strings on either side of the CBOR profile, drawn from a seeded generator.

Half are sound items with a few bytes changed, half are generated item by item, now and then off the straight
path.
"""

import random

TEXTS = ("", "a", "b", "aa", "z", "ü", "zz", "\u20ac", "id", "\x00", "a" * 24)
INTERESTING = bytes.fromhex(
    "00171818191a1b1c1f20383b3f405859 5b5f6078797b7f809899 9b9fa0b8b9bbbfc0c2d8d9dfe0f4f5f6f7f8f9fafbff"
)


def draw(rng: random.Random) -> bytes:
    """Draw one input."""
    if rng.random() < 0.5:
        return loose(rng, 4, 0.06)
    data = bytearray(loose(rng, 4, 0.0))
    for _ in range(rng.choice((0, 1, 1, 1, 2, 3))):
        mutate(rng, data)
    return bytes(data)


def mutate(rng: random.Random, data: bytearray) -> None:
    """Change one place."""
    at = rng.randrange(len(data) + 1)
    byte = rng.choice(INTERESTING)
    match rng.randrange(6):
        case 0 if at < len(data):
            data[at] ^= 1 << rng.randrange(8)
        case 1 if at < len(data):
            data[at] = byte
        case 2:
            data.insert(at, byte)
        case 3:
            del data[at : at + rng.randrange(1, 3)]
        case 4:
            data[at:at] = data[at : at + rng.randrange(1, 9)]
        case 5:
            del data[at:]


def loose(rng: random.Random, depth: int, slip: float) -> bytes:
    """Generate an item; at each step, with the chance `slip`, one that the profile or RFC 8949 refuses."""
    if rng.random() < slip:
        return slipped(rng, depth, slip)
    kind = rng.randrange(7 if depth else 5)
    if kind == 0:
        return rng.choice((b"\xf4", b"\xf5"))
    if kind in {1, 2}:
        size = rng.choice((4, 8, 9, 17, 32, 52, 53))
        return head(rng, kind - 1, rng.randrange(1 << size) - (kind - 1 and size == 53), slip)
    if kind == 3:
        return string(rng, 2, rng.randbytes(rng.choice((0, 1, 5, 23, 24, 30))), slip)
    if kind == 4:
        return string(rng, 3, rng.choice(TEXTS).encode(), slip)
    if kind == 5:
        items = [loose(rng, depth - 1, slip) for _ in range(rng.randrange(4))]
        return head(rng, 4, len(items), slip) + b"".join(items)
    return mapping(rng, depth, slip)


def mapping(rng: random.Random, depth: int, slip: float) -> bytes:
    """Generate a map, its keys in order unless it slips."""
    texts = sorted(rng.sample(TEXTS, rng.randrange(4)), key=lambda text: (len(text.encode()), text))
    if rng.random() < slip:
        texts = rng.choices(TEXTS, k=len(texts))
    pairs = [string(rng, 3, text.encode(), slip) + loose(rng, depth - 1, slip) for text in texts]
    return head(rng, 5, len(pairs), slip) + b"".join(pairs)


def string(rng: random.Random, major: int, content: bytes, slip: float) -> bytes:
    """Write a string, perhaps not of UTF-8."""
    if rng.random() < slip / 2:
        content = rng.choice((b"\xff", b"\xc0\x80", b"\xed\xa0\x80", content[1:]))
    return head(rng, major, len(content), slip) + content


def head(rng: random.Random, major: int, argument: int, slip: float) -> bytes:
    """Write a head, in more bytes than it needs if it slips."""
    widths = [width for width, limit in ((0, 24), (1, 2**8), (2, 2**16), (4, 2**32), (8, 2**64)) if argument < limit]
    width = rng.choice(widths) if rng.random() < slip else widths[0]
    if width == 0:
        return bytes([major << 5 | argument])
    return bytes([major << 5 | (23 + width.bit_length())]) + argument.to_bytes(width, "big")


def slipped(rng: random.Random, depth: int, slip: float) -> bytes:
    """Generate an item that the profile refuses, or that is none."""
    inner = b"".join(loose(rng, max(depth - 1, 0), slip) for _ in range(rng.randrange(4)))
    chunk = string(rng, rng.choice((2, 2, 3)), b"x", slip)
    return rng.choice(
        (
            rng.choice((b"\xc0", b"\xc2", b"\xd8\x1c", b"\xd8\x1d", b"\xd8\x23", b"\xd9\xd9\xf7")) + (inner or b"\x00"),
            b"\x9f" + inner + b"\xff",
            b"\xbf" + inner + b"\xff",
            b"\x5f" + chunk * rng.randrange(3) + b"\xff",
            b"\x7f" + chunk + b"\xff",
            b"\x81" * rng.randrange(10, 20) + b"\x00",
            b"\xfb" + rng.randbytes(8),
            b"\xf9" + rng.randbytes(2),
            b"\xf8" + rng.randbytes(1),
            bytes([0xE0 | rng.randrange(32)]),
            bytes([rng.choice(INTERESTING)]),
            b"\x1b" + rng.randbytes(8),
        )
    )
