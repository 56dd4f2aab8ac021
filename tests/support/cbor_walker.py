"""The CBOR profile of SPEC 4.1 read byte by byte, with nothing of OpsProof and no CBOR library.

First `well_formed`, the recursive pseudocode of RFC 8949 Appendix C, and then a reader that knows the profile
alone. Slow, and recursive: for tests.
"""

from typing import Any


class RefusedError(Exception):
    """Carries the code that SPEC 9.5 gives to these bytes."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class Source:
    """Bytes that are taken from the front, and the items that may still begin."""

    def __init__(self, data: bytes, max_items: int) -> None:
        self.rest = memoryview(data)
        self.items_left = max_items

    def take(self, size: int) -> bytes:
        if size > len(self.rest):
            raise RefusedError("cbor.malformed")
        taken, self.rest = self.rest[:size], self.rest[size:]
        return bytes(taken)

    def peek(self) -> int:
        if not self.rest:
            raise RefusedError("cbor.malformed")
        return self.rest[0]

    def count_item(self) -> None:
        if self.items_left == 0:
            raise RefusedError("cbor.not-canonical")
        self.items_left -= 1


def decode(data: bytes, max_items: int | None = None) -> Any:
    """Return the value, or raise `RefusedError`."""
    source = Source(data, len(data) if max_items is None else max_items)
    well_formed(source)
    if source.rest:
        raise RefusedError("cbor.malformed")
    return read(Source(data, len(data)), depth_left=16)


def well_formed(source: Source, depth: int = 1, *, breakable: bool = False) -> bool:
    """RFC 8949 Appendix C: consume one item and return True, or consume a break and return False.

    An array, map or tag deeper than 16 ends it (SPEC 9.5-2).
    """
    initial = source.take(1)[0]
    major, info = initial >> 5, initial & 0x1F
    if info == 31:
        return well_formed_indefinite(source, major, depth, breakable=breakable)
    value = info
    if info in {24, 25, 26, 27}:
        value = int.from_bytes(source.take({24: 1, 25: 2, 26: 4, 27: 8}[info]), "big")
    elif info in {28, 29, 30}:
        raise RefusedError("cbor.malformed")
    if major == 7 and info == 24 and value < 32:
        raise RefusedError("cbor.malformed")
    source.count_item()
    check_depth(major, depth)
    if major in {2, 3}:
        source.take(value)
    children = {4: value, 5: 2 * value, 6: 1}.get(major, 0)
    while children > 0:
        well_formed(source, depth + 1)
        children -= 1
    return True


def check_depth(major: int, depth: int) -> None:
    if major in {4, 5, 6} and depth > 16:
        raise RefusedError("cbor.not-canonical")


def well_formed_indefinite(source: Source, major: int, depth: int, *, breakable: bool) -> bool:
    if major == 7 and breakable:
        return False
    if major in {0, 1, 6, 7}:
        raise RefusedError("cbor.malformed")
    source.count_item()
    check_depth(major, depth)
    if major in {2, 3}:
        while source.peek() != 0xFF:
            if source.peek() >> 5 != major or source.peek() & 0x1F == 31:
                raise RefusedError("cbor.malformed")
            well_formed(source, depth + 1)
        source.take(1)
    else:
        while well_formed(source, depth + 1, breakable=True):
            if major == 5:
                well_formed(source, depth + 1)
    return True


def read(source: Source, depth_left: int) -> Any:
    """Read one well-formed item of the profile; whatever else stands there is not canonical."""
    initial = source.take(1)[0]
    if initial in {0xF4, 0xF5}:
        return initial == 0xF5
    major, argument = initial >> 5, read_argument(source, initial & 0x1F)
    if major in {0, 1} and argument + major < 2**53:
        return argument if major == 0 else -1 - argument
    if major == 2:
        return source.take(argument)
    if major == 3:
        return read_text(source, argument)
    if major == 4 and depth_left > 0:
        return [read(source, depth_left - 1) for _ in range(argument)]
    if major == 5 and depth_left > 0:
        return read_map(source, argument, depth_left - 1)
    raise RefusedError("cbor.not-canonical")


def read_argument(source: Source, info: int) -> int:
    if info < 24:
        return info
    if info <= 27:
        size = 1 << (info - 24)
        argument = int.from_bytes(source.take(size), "big")
        if argument >= (24 if size == 1 else 1 << (4 * size)):
            return argument
    raise RefusedError("cbor.not-canonical")


def read_text(source: Source, size: int) -> str:
    try:
        return source.take(size).decode("utf-8")
    except UnicodeDecodeError:
        raise RefusedError("cbor.not-canonical") from None


def read_map(source: Source, pairs: int, depth_left: int) -> dict[str, Any]:
    found: dict[str, Any] = {}
    last = b""
    for _ in range(pairs):
        before = bytes(source.rest)
        if before[0] >> 5 != 3:
            raise RefusedError("cbor.not-canonical")
        key = read(source, 0)
        encoded = before[: len(before) - len(source.rest)]
        if encoded <= last:
            raise RefusedError("cbor.not-canonical")
        last = encoded
        found[key] = read(source, depth_left)
    return found
