"""Inputs that burn time or memory in a careless CBOR decoder, and a way to run one under a memory limit.

    python -m support.hostile NAME

decodes one of them with at most 64 MiB more than the interpreter and the decoder take, and prints the code it
is refused with. The slow ones take minutes, or gigabytes, where a tag is built before it is refused.
"""

import resource
import sys
from collections.abc import Callable
from functools import partial
from itertools import product
from pathlib import Path
from typing import NamedTuple

from opsproof_verify.canonical import CanonicalError, decode

HEADROOM = 64 * 2**20
MALFORMED, NOT_CANONICAL = "cbor.malformed", "cbor.not-canonical"
MAX_ITEMS = 200_000


def head(major: int, argument: int) -> bytes:
    """Write a head in its longest form but one, four bytes."""
    return bytes([major << 5 | 26]) + argument.to_bytes(4, "big")


def shared_references(levels: int) -> bytes:
    """Nest arrays that each hold the one before twice: 2^levels leaves once written out."""

    def twice(number: int) -> bytes:
        return b"\xd8\x1c\x82" + (b"\xd8\x1d\x18" + bytes([number])) * 2

    return head(4, levels + 1) + b"\xd8\x1c\x80" + b"".join(map(twice, range(levels)))


def string_references(count: int) -> bytes:
    """50,000 references to one text of 64 KiB."""
    return b"\xd9\x01\x00" + head(4, count + 1) + head(3, 65536) + b"a" * 65536 + b"\xd8\x19\x00" * count


def big(tag: bytes, size: int) -> bytes:
    """A bignum of so many bytes."""
    return tag + head(2, size) + b"\xff" * size


def colliding(keys: list[bytes]) -> bytes:
    """A map of these keys."""
    return head(5, len(keys)) + b"".join(key + b"\x00" for key in keys)


def uint(value: int) -> bytes:
    """Write an integer in eight bytes."""
    return b"\x1b" + value.to_bytes(8, "big")


class Hostile(NamedTuple):
    """How to make the input, the limit of items it is decoded with, and the code it is refused with."""

    build: Callable[[], bytes]
    max_items: int | None = None
    code: str = NOT_CANONICAL


HASH_MODULUS = 2**61 - 1  # of CPython: multiples of it all have the hash 0
COLLIDING = [HASH_MODULUS * n for n in range(1, 8)]
DEEP = 100_000

BUILDERS: dict[str, Hostile] = {
    "shared references": Hostile(lambda: shared_references(26)),
    "cyclic reference": Hostile(lambda: bytes.fromhex("d81c81d81d00")),
    "string references": Hostile(lambda: string_references(50_000)),
    "tag 2": Hostile(lambda: big(b"\xc2", 2**20)),
    "tag 3": Hostile(lambda: big(b"\xc3", 2**20)),
    "tag 4": Hostile(lambda: b"\xc4\x82\x00" + big(b"\xc2", 2**20)),
    "tag 5": Hostile(lambda: b"\xc5\x82\x00" + big(b"\xc2", 2**20)),
    "tag 30": Hostile(lambda: b"\xd8\x1e\x82" + big(b"\xc2", 400_000) * 2),
    "tag 35": Hostile(lambda: b"\xd8\x23" + head(3, 60_000) + b"(" * 60_000),
    "deep arrays": Hostile(lambda: b"\x81" * DEEP + b"\x80"),
    "deep arrays of two": Hostile(lambda: b"\x82" * DEEP + b"\x80" * (DEEP + 1)),
    "deep maps": Hostile(lambda: b"\xa1\x61a" * DEEP + b"\x80"),
    "deep keys": Hostile(lambda: b"\xa1" * DEEP + b"\x80" + b"\x00" * DEEP),
    "deep tags": Hostile(lambda: b"\xc1" * DEEP + b"\x00"),
    "deep indefinite arrays": Hostile(lambda: b"\x9f" * DEEP + b"\xff" * DEEP),
    "deep arrays, cut": Hostile(lambda: b"\x81" * DEEP),
    "deep indefinite maps, cut": Hostile(lambda: b"\xbf\x61a" * DEEP),
    "deep arrays that claim 2^64-1": Hostile(lambda: (b"\x9b" + b"\xff" * 8) * DEEP),
    "10 MB of empty arrays": Hostile(lambda: head(4, 10**7) + b"\x80" * 10**7, MAX_ITEMS),
    "10 MB of empty maps": Hostile(lambda: head(4, 10**7) + b"\xa0" * 10**7, MAX_ITEMS),
    "10 MB of chunks": Hostile(lambda: b"\x5f" + b"\x40" * 10**7 + b"\xff", MAX_ITEMS),
    "colliding bignum keys": Hostile(
        lambda: colliding([b"\xc2\x50" + (HASH_MODULUS * n).to_bytes(16, "big") for n in range(1, 3_000)])
    ),
    "colliding integer keys": Hostile(lambda: colliding([uint(key) for key in COLLIDING])),
    "colliding array keys": Hostile(
        lambda: colliding([b"\x84" + b"".join(map(uint, key)) for key in product(COLLIDING, repeat=4)])
    ),
    "keys that Python takes for one": Hostile(lambda: bytes.fromhex("a30100f500f93c0000")),
}
for kind in (b"\x5b", b"\x7b", b"\x9b", b"\xbb"):
    for claim in (2**40, 2**63 - 1, 2**63, 2**64 - 1):
        BUILDERS[f"{kind.hex()} that claims {claim:#x}"] = Hostile(
            partial(bytes.__add__, kind, claim.to_bytes(8, "big")), code=MALFORMED
        )


def main(name: str) -> None:
    """Decode one input and print how it ends."""
    hostile = BUILDERS[name]
    data = hostile.build()
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
    limit = pages * resource.getpagesize() + HEADROOM
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    try:
        decode(data, max_items=hostile.max_items)
    except CanonicalError as error:
        print(error.code)


if __name__ == "__main__":
    main(sys.argv[1])
