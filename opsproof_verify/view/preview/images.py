"""The headers of PNG, JPEG and WebP, read whole: what does not read well to its end is no image here.

A reader gives None for bytes that are not as the format says. It never raises: the bytes may be anything.
"""

from __future__ import annotations

import re
import zlib

from opsproof_verify.view.preview.model import Image

PNG = b"\x89PNG\r\n\x1a\n"
JPEG = b"\xff\xd8\xff"
_MOST = 0x7FFFFFFF  # PNG 7.1: lengths and sizes are below 2**31

#: Bit depths by colour type (PNG 11.2.1).
_DEPTHS = {0: {1, 2, 4, 8, 16}, 2: {8, 16}, 3: {1, 2, 4, 8}, 4: {8, 16}, 6: {8, 16}}

#: Baseline, extended and progressive DCT: the frames that browsers decode (ITU-T T.81, table B.1).
_FRAMES = frozenset({0xC0, 0xC1, 0xC2})
_OTHER_FRAMES = frozenset({0xC3, 0xC5, 0xC6, 0xC7, 0xC9, 0xCA, 0xCB, 0xCD, 0xCE, 0xCF})
_ALONE = frozenset({0x01, *range(0xD0, 0xD9)})  # markers without a segment, none of which stands in a header
_SCAN, _END = 0xDA, 0xD9

#: The next marker after coded data, where 0xFF is followed by 0 or a restart marker.
_MARKER = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]", re.DOTALL)


def read(data: bytes) -> Image | None:
    """Give the image that bytes begin with, or None."""
    if data.startswith(PNG):
        return _png(data)
    if data.startswith(JPEG):
        return _jpeg(data)
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return _webp(data)
    return None


def _png(data: bytes) -> Image | None:
    """Read chunk by chunk (PNG 5.3), with their CRC, up to IEND."""
    at, size, drawn, animated = len(PNG), None, False, False
    while at + 12 <= len(data):
        length, kind = int.from_bytes(data[at : at + 4]), data[at + 4 : at + 8]
        end = at + 12 + length
        if end > len(data) or zlib.crc32(data[at + 4 : end - 4]) != int.from_bytes(data[end - 4 : end]):
            return None
        if (size is None) != (kind == b"IHDR"):  # it stands first, and once
            return None
        if size is None:
            size = _png_size(data[at + 8 : end - 4])
            if size is None:
                return None
        drawn |= kind == b"IDAT"
        animated |= kind == b"acTL"
        if kind == b"IEND":
            return Image("image/png", *size, end, animated) if drawn and length == 0 else None
        at = end
    return None


def _png_size(header: bytes) -> tuple[int, int] | None:
    """Give width and height of an IHDR (PNG 11.2.1)."""
    if len(header) != 13:
        return None
    width, height = int.from_bytes(header[:4]), int.from_bytes(header[4:8])
    depth, colour, compression, filtering, interlace = header[8:]
    known = depth in _DEPTHS.get(colour, ()) and compression == filtering == 0 and interlace <= 1
    return (width, height) if known and 0 < width <= _MOST and 0 < height <= _MOST else None


def _jpeg(data: bytes) -> Image | None:
    """Read segment by segment (ITU-T T.81, annex B), over coded data, up to EOI."""
    at, size, drawn = 2, None, False
    while True:
        while data[at : at + 2] == b"\xff\xff":  # fill bytes (B.1.1.2)
            at += 1
        if at + 2 > len(data) or data[at] != 0xFF:
            return None
        marker = data[at + 1]
        if marker == _END:
            return Image("image/jpeg", *size, at + 2) if size is not None and drawn else None
        length = int.from_bytes(data[at + 2 : at + 4])
        end = at + 2 + length
        if marker in _ALONE or marker in _OTHER_FRAMES or length < 2 or end > len(data):
            return None
        if marker in _FRAMES:
            size = _jpeg_size(data[at + 4 : end]) if size is None else None
            if size is None:
                return None
        if marker == _SCAN:
            found = _MARKER.search(data, end)
            if found is None:
                return None
            drawn, end = True, found.start()
        at = end


def _jpeg_size(frame: bytes) -> tuple[int, int] | None:
    """Give width and height of a frame header (B.2.2): 8 bits; grey, colour, or four inks."""
    if len(frame) < 6 or frame[0] != 8 or frame[5] not in (1, 3, 4) or len(frame) != 6 + 3 * frame[5]:
        return None
    height, width = int.from_bytes(frame[1:3]), int.from_bytes(frame[3:5])
    return (width, height) if width and height else None


def _webp(data: bytes) -> Image | None:
    """Read chunk by chunk (RFC 9649, 2.3 to 2.7) up to the end of RIFF."""
    end = 8 + int.from_bytes(data[4:8], "little")
    if end > len(data) or end % 2:
        return None
    at, canvas, size, animated = 12, None, None, False
    while at + 8 <= end:
        kind, length = data[at : at + 4], int.from_bytes(data[at + 4 : at + 8], "little")
        body, first, at = data[at + 8 : at + 8 + length], at == 12, at + 8 + length + length % 2
        if at > end:
            return None
        if kind == b"VP8X":
            if not first or length < 10:
                return None
            animated = bool(body[0] & 2)
            canvas = 1 + int.from_bytes(body[4:7], "little"), 1 + int.from_bytes(body[7:10], "little")
        elif kind in (b"VP8 ", b"VP8L"):
            if size is not None or not (first or canvas):
                return None
            size = _lossy(body) if kind == b"VP8 " else _lossless(body)
            if size is None:
                return None
        animated |= kind in (b"ANIM", b"ANMF")
    whole = at == end and (canvas if animated else size is not None and canvas in (None, size))
    shown = size or canvas
    return Image("image/webp", *shown, end, animated) if whole and shown else None


def _lossy(body: bytes) -> tuple[int, int] | None:
    """Give width and height of a key frame of VP8 (RFC 6386, 9.1)."""
    if len(body) < 10 or body[0] & 1 or body[3:6] != b"\x9d\x01\x2a":
        return None
    width, height = int.from_bytes(body[6:8], "little") & 0x3FFF, int.from_bytes(body[8:10], "little") & 0x3FFF
    return (width, height) if width and height else None


def _lossless(body: bytes) -> tuple[int, int] | None:
    """Give width and height of a VP8L stream (RFC 9649, 3.4): version 0."""
    if len(body) < 5 or body[0] != 0x2F:
        return None
    bits = int.from_bytes(body[1:5], "little")
    return (1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)) if bits >> 29 == 0 else None
