"""Makes pictures of pages small: a palette of 256 colours instead of one of millions, which few pages need."""

from __future__ import annotations

import struct
import zlib
from collections import Counter
from collections.abc import Iterator

_MAGIC = b"\x89PNG\r\n\x1a\n"
_COLOURS = 256
_CHANNELS = {2: 3, 6: 4}  # RGB, RGBA


def small(picture: bytes) -> bytes:
    """Give an opaque PNG of eight bits a channel, not interlaced, with a palette of its most frequent colours."""
    chunks = list(_chunks(picture))
    width, height, depth, kind, _, _, interlaced = struct.unpack(">IIBBBBB", chunks[0][1])
    if depth != 8 or kind not in _CHANNELS or interlaced:
        raise ValueError("only pictures as browsers make them: eight bits a channel, not interlaced")
    size = _CHANNELS[kind]
    raw = zlib.decompress(b"".join(data for name, data in chunks if name == b"IDAT"))
    rows = [_colours(row, size) for row in _unfiltered(raw, width * size, size)]
    count = Counter(colour for row in rows for colour in row)
    palette = [colour for colour, _ in sorted(count.items(), key=lambda one: (-one[1], one[0]))[:_COLOURS]]
    number = {colour: index for index, colour in enumerate(palette)}
    for colour in count:
        if colour not in number:
            number[colour] = _nearest(colour, palette)
    data = b"".join(b"\0" + bytes(map(number.__getitem__, row)) for row in rows)
    head = struct.pack(">IIBBBBB", width, height, 8, 3, 0, 0, 0)
    return _MAGIC + b"".join(
        _chunk(name, body)
        for name, body in [
            (b"IHDR", head), (b"PLTE", b"".join(palette)), (b"IDAT", zlib.compress(data, 9)), (b"IEND", b""),
        ]
    )  # fmt: skip


def _chunks(picture: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Give the chunks of a PNG, by name."""
    at = len(_MAGIC)
    while at < len(picture):
        (size,) = struct.unpack_from(">I", picture, at)
        yield picture[at + 4 : at + 8], picture[at + 8 : at + 8 + size]
        at += size + 12


def _chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def _unfiltered(raw: bytes, width: int, size: int) -> Iterator[bytes]:
    """Undo the filters of PNG (its clause 9.2), row by row; ``size`` is that of a pixel."""
    above = bytearray(width)
    for start in range(0, len(raw), width + 1):
        row = bytearray(raw[start + 1 : start + 1 + width])
        match raw[start]:
            case 1:
                for at in range(size, width):
                    row[at] = (row[at] + row[at - size]) & 255
            case 2:
                row = bytearray((one + up) & 255 for one, up in zip(row, above, strict=True))
            case 3:
                for at in range(width):
                    left = row[at - size] if at >= size else 0
                    row[at] = (row[at] + (left + above[at]) // 2) & 255
            case 4:
                for at in range(width):
                    left, corner = (row[at - size], above[at - size]) if at >= size else (0, 0)
                    row[at] = (row[at] + _paeth(left, above[at], corner)) & 255
        yield bytes(row)
        above = row


def _paeth(left: int, up: int, corner: int) -> int:
    """Give the neighbour nearest to what a straight line through them predicts."""
    guess = left + up - corner
    by = abs(guess - left), abs(guess - up), abs(guess - corner)
    if by[0] <= by[1] and by[0] <= by[2]:
        return left
    return up if by[1] <= by[2] else corner


def _colours(row: bytes, size: int) -> list[bytes]:
    """Give the colours of a row without their opacity."""
    return [row[at : at + 3] for at in range(0, len(row), size)]


def _nearest(colour: bytes, palette: list[bytes]) -> int:
    """Give the number of the colour that is nearest."""
    red, green, blue = colour
    return min(
        range(len(palette)),
        key=lambda index: (
            (palette[index][0] - red) ** 2 + (palette[index][1] - green) ** 2 + (palette[index][2] - blue) ** 2
        ),
    )
