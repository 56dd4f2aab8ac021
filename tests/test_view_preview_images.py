"""Headers of images: what reads well to its end is an image, and no bytes make a reader raise."""

import struct
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opsproof_verify.view.preview.images import read
from opsproof_verify.view.preview.model import Image


def chunk(kind: bytes, data: bytes = b"") -> bytes:
    """Give a chunk of PNG."""
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(
    width: int = 2, height: int = 3, *extra: bytes, depth: int = 8, colour: int = 2, tail: bytes = b"\0\0\0"
) -> bytes:
    """Give a PNG; ``extra`` chunks stand before its pixels."""
    header = chunk(b"IHDR", struct.pack(">IIBB", width, height, depth, colour) + tail)
    return b"\x89PNG\r\n\x1a\n" + header + b"".join(extra) + chunk(b"IDAT", zlib.compress(b"\0" * 21)) + chunk(b"IEND")


def segment(marker: int, data: bytes = b"") -> bytes:
    """Give a segment of JPEG."""
    return bytes((0xFF, marker)) + struct.pack(">H", len(data) + 2) + data


def frame(width: int = 2, height: int = 3, *, marker: int = 0xC0, depth: int = 8, parts: int = 3) -> bytes:
    """Give a frame header of JPEG."""
    return segment(marker, struct.pack(">BHHB", depth, height, width, parts) + b"\1\x11\0" * parts)


SCAN = segment(0xDA, b"\3\1\0\2\x11\3\x11\0\x3f\0") + b"\x12\xff\x00\x34\xff\xd0\x56"
END = b"\xff\xd9"


def jpeg(*parts: bytes, scan: bytes = SCAN, end: bytes = END) -> bytes:
    """Give a JPEG; without parts, one with a frame header alone."""
    return b"\xff\xd8" + segment(0xE0, b"JFIF\0\1\1\0\0\1\0\1\0\0") + b"".join(parts or (frame(),)) + scan + end


def riff(kind: bytes, data: bytes) -> bytes:
    """Give a chunk of WebP."""
    return kind + struct.pack("<I", len(data)) + data + b"\0" * (len(data) % 2)


def lossy(width: int = 2, height: int = 3) -> bytes:
    """Give a lossy image of WebP."""
    return riff(b"VP8 ", b"\x10\0\0\x9d\x01\x2a" + struct.pack("<HH", width, height) + b"\0")


def lossless(width: int = 2, height: int = 3, version: int = 0) -> bytes:
    """Give a lossless image of WebP."""
    return riff(b"VP8L", b"\x2f" + struct.pack("<I", width - 1 | height - 1 << 14 | version << 29) + b"\0\0")


def canvas(width: int = 2, height: int = 3, flags: int = 0) -> bytes:
    """Give the header of an extended WebP."""
    sizes = struct.pack("<I", width - 1)[:3] + struct.pack("<I", height - 1)[:3]
    return riff(b"VP8X", bytes((flags, 0, 0, 0)) + sizes)


def webp(*chunks: bytes) -> bytes:
    """Give a WebP; without chunks, a lossy one."""
    body = b"".join(chunks or (lossy(),))
    return b"RIFF" + struct.pack("<I", len(body) + 4) + b"WEBP" + body


PNG, JPEG, WEBP = "image/png", "image/jpeg", "image/webp"

GOOD = {
    "png": (png(), PNG),
    "png of a palette": (png(2, 3, chunk(b"PLTE", b"\0\0\0"), depth=1, colour=3), PNG),
    "png interlaced": (png(tail=b"\0\0\1"), PNG),
    "jpeg": (jpeg(), JPEG),
    "jpeg progressive": (jpeg(frame(marker=0xC2), scan=SCAN + segment(0xC4, b"\0") + SCAN), JPEG),
    "jpeg grey": (jpeg(frame(parts=1)), JPEG),
    "jpeg with fill bytes": (jpeg(b"\xff\xff" + frame()), JPEG),
    "jpeg with fill bytes at its end": (jpeg(end=b"\xff\xff\xff\xd9"), JPEG),
    "webp": (webp(), WEBP),
    "webp lossless": (webp(lossless()), WEBP),
    "webp extended": (webp(canvas(), riff(b"ICCP", b"abc"), lossless()), WEBP),
}


@pytest.mark.parametrize("name", GOOD)
def test_size_and_end_are_read(name: str) -> None:
    data, media = GOOD[name]
    assert read(data) == Image(media, 2, 3, len(data))
    assert read(data + b"tail") == Image(media, 2, 3, len(data))


def test_the_greatest_sizes_are_read() -> None:
    """What is too large to decode is not for the reader to say."""
    assert read(png(65535, 65535)) == Image(PNG, 65535, 65535, len(png()))
    assert read(png(2**31 - 1, 1)) is not None
    assert read(webp(lossless(16384, 16384))) == Image(WEBP, 16384, 16384, len(webp(lossless())))


@pytest.mark.parametrize(
    "data", [png(1000, 515), jpeg(frame(1000, 515)), webp(lossy(1000, 515)), webp(lossless(1000, 515))]
)
def test_sizes_of_two_bytes_are_read_whole(data: bytes) -> None:
    found = read(data)
    assert found is not None
    assert (found.width, found.height) == (1000, 515)


def test_depths_are_those_of_the_colour_type() -> None:
    """PNG 11.2.1, table 11.1."""
    read_well = {(colour, depth) for colour in range(9) for depth in range(20) if read(png(depth=depth, colour=colour))}
    known = {0: (1, 2, 4, 8, 16), 2: (8, 16), 3: (1, 2, 4, 8), 4: (8, 16), 6: (8, 16)}
    assert read_well == {(colour, depth) for colour, depths in known.items() for depth in depths}


@pytest.mark.parametrize("size", [0, 1, 300, 65_533])
def test_segments_of_any_length_are_passed(size: int) -> None:
    """An end within a segment is none: what stands there is not read."""
    assert read(jpeg(segment(0xFE, (END * size)[:size]), frame())) is not None


def test_the_shortest_streams_of_webp_are_read() -> None:
    assert read(webp(riff(b"VP8 ", b"\x10\0\0\x9d\x01\x2a\2\0\3\0"))) is not None
    assert read(webp(riff(b"VP8L", b"\x2f\1\x80\0\0"))) is not None


ANIMATED = {
    "png": png(2, 3, chunk(b"acTL", b"\0\0\0\2\0\0\0\0")),
    "webp by its flag": webp(canvas(flags=2), lossy()),
    "webp by its chunks": webp(canvas(), riff(b"ANIM", b"\0" * 6), riff(b"ANMF", b"\0" * 24)),
}


@pytest.mark.parametrize("name", ANIMATED)
def test_an_image_that_moves_is_told(name: str) -> None:
    found = read(ANIMATED[name])
    assert found is not None
    assert found.animated
    assert (found.width, found.height) == (2, 3)


BROKEN = {
    "png without end": png()[:-12],
    "png with an end that holds something": png()[:-12] + chunk(b"IEND", b"x"),
    "png without pixels": b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", b"\0\0\0\2\0\0\0\3\x08\2\0\0\0") + chunk(b"IEND"),
    "png with another checksum": png()[:30] + b"\0" + png()[31:],
    "png with a second header": png(2, 3, png()[8:33]),
    "png that begins with something else": b"\x89PNG\r\n\x1a\n" + chunk(b"gAMA", b"\0\0\0\1") + png()[8:],
    "png with a long header": png(tail=b"\0\0\0\0"),
    "png of no width": png(0, 3),
    "png of no height": png(2, 0),
    "png of 2**31 pixels in a line": png(2**31, 1),
    "png of unknown colour": png(colour=5),
    "png of unknown depth": png(depth=4),
    "png of unknown compression": png(tail=b"\1\0\0"),
    "png of unknown filters": png(tail=b"\0\1\0"),
    "png of unknown interlacing": png(tail=b"\0\0\2"),
    "png with a chunk beyond the end": png()[:33] + b"\x7f\xff\xff\xffIDAT",
    "jpeg without end": jpeg(end=b""),
    "jpeg with half a marker at its end": jpeg(end=b"\xff"),
    "jpeg without a frame": jpeg(segment(0xFE, b"text")),
    "jpeg without a scan": jpeg(scan=b""),
    "jpeg with two frames": jpeg(frame(), frame()),
    "jpeg without loss": jpeg(frame(marker=0xC3)),
    "jpeg with arithmetic coding": jpeg(frame(marker=0xC9)),
    "jpeg of twelve bits": jpeg(frame(depth=12)),
    "jpeg of two colours": jpeg(frame(parts=2)),
    "jpeg of no width": jpeg(frame(width=0)),
    "jpeg of a height that comes later": jpeg(frame(height=0)),
    "jpeg with a short frame": jpeg(segment(0xC0, b"\x08\0\3")),
    "jpeg with a frame for more colours": jpeg(segment(0xC0, b"\x08\0\3\0\2\3" + b"\1\x11\0" * 2)),
    "jpeg with a segment of length 0": jpeg(b"\xff\xfe\0\0"),
    "jpeg with a segment of length 1": jpeg(b"\xff\xfe\0\1"),
    "jpeg with a segment beyond the end": b"\xff\xd8\xff\xe0\xff\xff",
    "jpeg with a restart in its header": jpeg(b"\xff\xd0" + frame()),
    "jpeg with something between segments": jpeg(b"x" + frame()),
    "webp of odd length": b"RIFF\x0d\0\0\0WEBPVP8 \1\0\0\0x",
    "webp longer than its bytes": webp()[:-2],
    "webp with a chunk beyond the end": webp(b"VP8 \xff\0\0\0" + b"x" * 20),
    "webp with half a chunk at its end": webp(lossy(), b"ICCP"),
    "webp without an image": webp(riff(b"EXIF", b"ab")),
    "webp with a canvas alone": webp(canvas()),
    "webp with two images": webp(canvas(), lossy(), lossy()),
    "webp with another canvas": webp(canvas(9, 9), lossy()),
    "webp whose canvas comes later": webp(riff(b"EXIF", b"ab"), canvas(), lossy()),
    "webp with a short canvas": webp(riff(b"VP8X", b"\0" * 8), lossy()),
    "webp whose image comes later": webp(riff(b"EXIF", b"ab"), lossy()),
    "webp of no width": webp(lossy(0, 3)),
    "webp that begins within a film": webp(riff(b"VP8 ", b"\x11\0\0\x9d\x01\x2a\2\0\3\0")),
    "webp without a start code": webp(riff(b"VP8 ", b"\x10\0\0\x9d\x01\x2b\2\0\3\0")),
    "webp of few bytes": webp(riff(b"VP8 ", b"\x10\0\0\x9d\x01\x2a")),
    "webp lossless of few bytes": webp(riff(b"VP8L", b"\x2f\0")),
    "webp lossless without a signature": webp(riff(b"VP8L", b"\x2e\0\0\0\0\0")),
    "webp lossless of another version": webp(lossless(version=1)),
    "nothing": b"",
    "a text": b"PNG",
    "a sound": b"RIFF\x04\0\0\0WAVE",
}


@pytest.mark.parametrize("name", BROKEN)
def test_what_does_not_read_well_is_no_image(name: str) -> None:
    assert read(BROKEN[name]) is None


WHOLE = [data for data, _ in GOOD.values()] + list(ANIMATED.values())


@given(st.sampled_from(WHOLE), st.data())
def test_a_cut_image_is_no_image(data: bytes, draw: st.DataObject) -> None:
    assert read(data[: draw.draw(st.integers(0, len(data) - 1))]) is None


@given(st.sampled_from(WHOLE), st.lists(st.tuples(st.integers(0, 200), st.binary(max_size=4)), max_size=6))
def test_bent_bytes_raise_nothing(data: bytes, bends: list[tuple[int, bytes]]) -> None:
    for at, other in bends:
        data = data[: at % len(data)] + other + data[at % len(data) + len(other) :]
    found = read(data)
    assert found is None or (0 < found.end <= len(data) and found.width > 0 and found.height > 0)


@given(st.sampled_from([b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"RIFF\x20\0\0\0WEBP"]), st.binary(max_size=120))
def test_any_bytes_behind_a_beginning_raise_nothing(start: bytes, rest: bytes) -> None:
    found = read(start + rest)
    assert found is None or found.end <= len(start + rest)
