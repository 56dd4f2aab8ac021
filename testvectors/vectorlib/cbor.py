"""Deterministic CBOR (RFC 8949 section 4.2.1): an encoder, and a reader for what this encoder wrote."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Raw:
    """Bytes that stand in an encoding as they are."""

    data: bytes


def head(major: int, value: int) -> bytes:
    """Give the shortest head of a data item."""
    if value < 24:
        return bytes([major << 5 | value])
    for info, size in ((24, 1), (25, 2), (26, 4), (27, 8)):
        if value < 1 << 8 * size:
            return bytes([major << 5 | info]) + value.to_bytes(size, "big")
    message = f"{value} does not fit in a head"
    raise ValueError(message)


def encode(item: Any) -> bytes:
    """Encode maps, lists, texts, bytes, integers, booleans and :class:`Raw`."""
    if isinstance(item, Raw):
        return item.data
    if isinstance(item, bool):
        return b"\xf5" if item else b"\xf4"
    if isinstance(item, int):
        return head(0, item) if item >= 0 else head(1, -1 - item)
    if isinstance(item, bytes):
        return head(2, len(item)) + item
    if isinstance(item, str):
        text = item.encode()
        return head(3, len(text)) + text
    if isinstance(item, list | tuple):
        return head(4, len(item)) + b"".join(encode(part) for part in item)
    if isinstance(item, dict):
        pairs = sorted((encode(key), encode(value)) for key, value in item.items())
        return head(5, len(pairs)) + b"".join(key + value for key, value in pairs)
    message = f"cannot encode {type(item).__name__}"
    raise TypeError(message)


def read_head(data: bytes, at: int) -> tuple[int, int, int]:
    """Read a head: its major type, its value and the offset after it."""
    major, info = data[at] >> 5, data[at] & 31
    if info < 24:
        return major, info, at + 1
    size = 1 << info - 24
    return major, int.from_bytes(data[at + 1 : at + 1 + size], "big"), at + 1 + size


def decode(data: bytes) -> Any:
    """Decode what :func:`encode` wrote; tags are passed over."""
    item, end = read(data, 0)
    if end != len(data):
        message = "bytes after the data item"
        raise ValueError(message)
    return item


def read(data: bytes, at: int) -> tuple[Any, int]:
    """Decode the item at an offset, and give the offset after it."""
    major, value, at = read_head(data, at)
    if major == 0:
        return value, at
    if major == 1:
        return -1 - value, at
    if major in (2, 3):
        part = data[at : at + value]
        return (part if major == 2 else part.decode()), at + value
    if major == 4:
        items = []
        for _ in range(value):
            item, at = read(data, at)
            items.append(item)
        return items, at
    if major == 5:
        pairs = {}
        for _ in range(value):
            key, at = read(data, at)
            pairs[key], at = read(data, at)
        return pairs, at
    if major == 6:
        return read(data, at)
    return value == 21, at
