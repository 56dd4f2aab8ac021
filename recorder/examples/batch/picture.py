"""A picture as a thermal camera takes one of the dryer's bed, so that the example has an image to look at.

picture.py FILE.png        draws it: the same bytes on each machine

It is computed, not taken: nobody's dryer is in it. Only sums, products, quotients and square roots are used, which give
the same on each platform, and the data of the PNG are stored rather than compressed, since compressors differ.
"""

from __future__ import annotations

import math
import struct
import sys
import zlib
from pathlib import Path

WIDTH, HEIGHT, STRIP = 256, 192, 15
CENTRE, RADIUS = (108, 88), 74
COLDEST, HOTTEST, SPOT = "24", "43", "38.6"
CAPTION = f"DRYER 2  BED {SPOT} C  B-1042"

BLACK, WHITE = 0, 255
#: From cold to hot, as red, green and blue; what stands between two is mixed.
COLOURS = ((5, 3, 26), (54, 10, 105), (140, 26, 118), (219, 72, 58), (250, 160, 24), (254, 244, 190))

#: Where hot air comes up, and a lump that is not dry yet: x, y, how far it is felt, and how much.
SPOTS = (
    (84, 70, 11, 0.20),
    (128, 62, 9, 0.17),
    (112, 104, 13, 0.22),
    (146, 98, 8, 0.15),
    (78, 112, 9, 0.14),
    (131, 125, 10, -0.26),
)

#: Seven rows of five dots, a number each, for the letters that are needed.
LETTERS = {
    "0": (14, 17, 19, 21, 25, 17, 14),
    "1": (4, 12, 4, 4, 4, 4, 14),
    "2": (14, 17, 1, 6, 8, 16, 31),
    "3": (31, 2, 4, 2, 1, 17, 14),
    "4": (2, 6, 10, 18, 31, 2, 2),
    "6": (6, 8, 16, 30, 17, 17, 14),
    "8": (14, 17, 17, 14, 17, 17, 14),
    "B": (30, 17, 17, 30, 17, 17, 30),
    "C": (14, 17, 16, 16, 16, 17, 14),
    "D": (28, 18, 17, 17, 17, 18, 28),
    "E": (31, 16, 16, 30, 16, 16, 31),
    "R": (30, 17, 17, 30, 20, 18, 17),
    "Y": (17, 17, 10, 4, 4, 4, 4),
    "-": (0, 0, 0, 31, 0, 0, 0),
    ".": (0, 0, 0, 0, 0, 12, 12),
    " ": (0, 0, 0, 0, 0, 0, 0),
}


def draw() -> bytes:
    """Draw the picture and give it as PNG."""
    rows = [bytearray(_shade(x, y) for x in range(WIDTH)) for y in range(HEIGHT - STRIP)]
    rows += [bytearray(WIDTH) for _ in range(STRIP)]
    _write(rows, 6, HEIGHT - 11, CAPTION)
    _scale(rows)
    _cross(rows, 112, 104)
    return _png(rows)


def _shade(x: int, y: int) -> int:
    """Give the shade of a point: 1 is the coldest, 254 the hottest."""
    warm = _room(x, y) + 0.025 * (_noise(x, y, 1, 7) - 0.5)  # each camera has some noise
    return 1 + int(253 * min(max(warm, 0.0), 1.0))


def _room(x: int, y: int) -> float:
    """Give the warmth of a point between 0 and 1: the room, the wall of the vessel, or the bed in it."""
    away = math.sqrt(_square(x - CENTRE[0]) + _square(y - CENTRE[1]))
    glow = 0.22 / (1 + _square(max(away - RADIUS, 0.0) / 16))  # what the wall warms
    room = 0.07 + 0.05 * y / HEIGHT + 0.05 * _noise(x, y, 34, 1) + glow + _duct(x, y)
    wall = 0.36 + 0.05 * _noise(x, y, 20, 2)
    bed = _bed(x, y, away)
    return _mix(_mix(bed, wall, (away - RADIUS + 9) / 2.5), room, (away - RADIUS) / 2.5)


def _bed(x: int, y: int, away: float) -> float:
    """Give the warmth of the granulate: grainy, hottest over the jets, cooler at the wall."""
    grain = 0.13 * _noise(x, y, 9, 3) + 0.09 * _noise(x, y, 4, 4) + 0.06 * _noise(x, y, 2, 5)
    near = sum(much / (1 + _square((x - at) / wide) + _square((y - down) / wide)) for at, down, wide, much in SPOTS)
    return 0.52 + grain + near - 0.16 * _square(away / RADIUS)


def _duct(x: int, y: int) -> float:
    """Give what the exhaust duct, which leaves to the upper right, adds to the room."""
    if x < CENTRE[0]:
        return 0.0
    across = (y - 40 + (x - CENTRE[0]) * 0.32) / 13
    return 0.34 / (1 + _square(_square(_square(across)))) * (1 - (x - CENTRE[0]) / 420)


def _square(number: float) -> float:
    """Give the square; `**` leaves it to the platform how it rounds."""
    return number * number


def _mix(inside: float, outside: float, where: float) -> float:
    """Go over from one to another while ``where`` goes from 0 to 1."""
    part = min(max(where, 0.0), 1.0)
    return inside + (outside - inside) * part


def _noise(x: int, y: int, wide: int, seed: int) -> float:
    """Give a smooth random field between 0 and 1, whose grain is so many points wide."""
    column, row = x // wide, y // wide
    part, below = (x % wide) / wide, (y % wide) / wide
    above = _mix(_chance(column, row, seed), _chance(column + 1, row, seed), part)
    under = _mix(_chance(column, row + 1, seed), _chance(column + 1, row + 1, seed), part)
    return _mix(above, under, below)


def _chance(column: int, row: int, seed: int) -> float:
    """Give a number between 0 and 1 that is as good as random, and always the same."""
    mixed = (column * 374_761_393 + row * 668_265_263 + seed * 2_147_483_647) & 0xFFFFFFFF
    mixed = (mixed ^ mixed >> 13) * 1_274_126_177 & 0xFFFFFFFF
    return ((mixed ^ mixed >> 16) & 0xFFFF) / 0xFFFF


def _scale(rows: list[bytearray]) -> None:
    """Draw which colour is which temperature, at the right edge."""
    left, top, high = WIDTH - 17, 24, 120
    for y in range(top - 1, top + high + 1):
        rows[y][left - 1 : left + 9] = bytes([WHITE]) * 10
    for y in range(high):
        rows[top + y][left : left + 8] = bytes([1 + 253 * (high - 1 - y) // (high - 1)]) * 8
    _write(rows, left - 2, top - 12, HOTTEST)
    _write(rows, left - 2, top + high + 5, COLDEST)


def _cross(rows: list[bytearray], x: int, y: int) -> None:
    """Mark the point that was measured."""
    for away in (*range(-8, -2), *range(3, 9)):
        rows[y][x + away] = rows[y + away][x] = WHITE


def _write(rows: list[bytearray], left: int, top: int, text: str) -> None:
    """Write a text in dots."""
    for place, letter in enumerate(text):
        for y, dots in enumerate(LETTERS[letter]):
            for x in range(5):
                if dots >> (4 - x) & 1:
                    rows[top + y][left + 6 * place + x] = WHITE


def _palette() -> bytes:
    """Give 256 colours: black, from cold to hot, white."""
    steps = len(COLOURS) - 1
    colours: list[tuple[int, ...]] = [(0, 0, 0)]
    for shade in range(254):
        first, part = divmod(shade * steps, 254)
        pairs = zip(COLOURS[first], COLOURS[first + 1], strict=True)
        colours.append(tuple(one + (other - one) * part // 254 for one, other in pairs))
    return b"".join(bytes(colour) for colour in [*colours, (255, 255, 255)])


def _png(rows: list[bytearray]) -> bytes:
    """Give rows of shades as PNG (ISO/IEC 15948) with a palette; each row with filter 0."""
    header = struct.pack(">IIBBBBB", WIDTH, len(rows), 8, 3, 0, 0, 0)
    data = b"".join(b"\x00" + row for row in rows)
    parts = ((b"IHDR", header), (b"PLTE", _palette()), (b"IDAT", _stored(data)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(name, body) for name, body in parts)


def _chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def _stored(data: bytes) -> bytes:
    """Wrap data as zlib does (RFC 1950) in blocks that are stored (RFC 1951, 3.2.4)."""
    pieces = [data[at : at + 0xFFFF] for at in range(0, len(data), 0xFFFF)]
    blocks = [
        struct.pack("<BHH", number == len(pieces), len(piece), len(piece) ^ 0xFFFF) + piece
        for number, piece in enumerate(pieces, 1)
    ]
    return b"\x78\x01" + b"".join(blocks) + struct.pack(">I", zlib.adler32(data))


if __name__ == "__main__":
    Path(sys.argv[1]).write_bytes(draw())
