"""Label and frames: what is read, what is refused with which code, and that bodies pass in slices (SPEC 3, 9.4)."""

import io
from hashlib import sha256
from typing import Any

import pytest
from support.bundles import LABEL, frame

from opsproof_verify.container import LIMITS, SLICE, FrameType, read_frames
from opsproof_verify.findings import Rejected

CONTRACT = frame(1, b"c")
ENTRY = frame(2, b"e")


def refusal(data: bytes) -> tuple[str, dict[str, Any]]:
    try:
        for one in read_frames(io.BytesIO(data)):
            one.read()
    except Rejected as rejected:
        return rejected.code, rejected.facts
    return "", {}


REFUSED: list[tuple[bytes, str, dict[str, Any]]] = [
    (b"", "label.missing", {"found": ""}),
    (LABEL[:11], "label.missing", {"found": LABEL[:11].hex()}),
    (b"\x00" + LABEL[1:], "label.missing", {}),
    (LABEL[:11] + b"\x00", "label.missing", {}),
    (LABEL[:4] + b"OPB2" + LABEL[8:], "label.unsupported", {}),
    (LABEL + b"\x81", "frame.malformed", {"frame": 1, "offset": 12, "why": "array-of-two"}),
    (LABEL + b"\x82", "frame.truncated", {"frame": 1}),
    (LABEL + b"\x82\x41", "frame.malformed", {"why": "major-type"}),
    (LABEL + b"\x82\x01\x61", "frame.malformed", {"why": "major-type"}),
    (LABEL + b"\x82\x1c", "frame.malformed", {"why": "additional-information"}),
    (LABEL + b"\x82\x01\x5f", "frame.malformed", {"why": "additional-information"}),
    (LABEL + b"\x82\x18\x01", "frame.malformed", {"why": "not-shortest"}),
    (LABEL + b"\x82\x01\x59\x00\xff", "frame.malformed", {"why": "not-shortest"}),
    (LABEL + b"\x82\x01\x5a\x00\x00\xff\xff", "frame.malformed", {"why": "not-shortest"}),
    (LABEL + b"\x82\x01\x5b\x00\x00\x00\x00\xff\xff\xff\xff", "frame.malformed", {"why": "not-shortest"}),
    (LABEL + b"\x82\x01\x59\x01", "frame.truncated", {"frame": 1}),
    (LABEL + b"\x82\x01", "frame.truncated", {"frame": 1}),
    (LABEL + CONTRACT[:-1], "frame.truncated", {"frame": 1, "offset": 12, "missing": 1}),
    (LABEL + b"\x82\x00\x40", "frame.unknown-type", {"type": "0"}),
    (LABEL + b"\x82\x1b" + b"\xff" * 8 + b"\x40", "frame.unknown-type", {"type": str(2**64 - 1)}),
    (LABEL + frame(5, bytes(31)), "frame.malformed", {"why": "digest-size"}),
    (LABEL + frame(3, bytes(257)), "frame.too-large", {"size": "257", "limit": 256}),
    (LABEL + ENTRY, "frame.out-of-order", {"type": 2}),
    (LABEL + CONTRACT + CONTRACT, "frame.out-of-order", {"frame": 2, "offset": 16}),
]


@pytest.mark.parametrize("data, code, told", REFUSED)
def test_what_is_not_a_frame_is_refused(data: bytes, code: str, told: dict[str, Any]) -> None:
    found, facts = refusal(data)
    assert (found, {name: facts.get(name) for name in told}) == (code, told)


ORDER = {  # SPEC 3.3-1, as it stands there; "s" marks what stands after the seal
    "": "1", "1": "92", "9": "92", "2": "23456", "3": "2345", "4": "2", "5": "2",
    "6": "4578", "7": "4578", "8": "4578", "4s": "457", "5s": "457",
}  # fmt: skip
PATHS = {"": "", "1": "1", "9": "19", "2": "12", "3": "123", "4": "124", "5": "125", "6": "126", "7": "1267",
         "8": "1268",
         "4s": "1264", "5s": "1265"}  # fmt: skip
BODIES = {kind: bytes(32) if kind == 5 else b"" for kind in range(1, 10)}


@pytest.mark.parametrize("before", ORDER)
@pytest.mark.parametrize("kind", range(1, 10))
def test_the_order_of_frames_is_the_table(before: str, kind: int) -> None:
    data = (
        LABEL + b"".join(frame(int(digit), BODIES[int(digit)]) for digit in PATHS[before]) + frame(kind, BODIES[kind])
    )
    assert (refusal(data)[0] == "") == (str(kind) in ORDER[before])


@pytest.mark.parametrize(
    "kind", [kind for kind, limit in LIMITS.items() if limit < 10**7 and kind is not FrameType.ABSENT]
)
def test_a_body_may_have_its_limit_and_no_byte_more(kind: FrameType) -> None:
    path = next(path for path in PATHS.values() if path.endswith(str(int(kind))))[:-1]
    before = LABEL + b"".join(frame(int(digit), b"") for digit in path)
    assert refusal(before + frame(kind, bytes(LIMITS[kind])))[0] == ""
    assert refusal(before + frame(kind, bytes(LIMITS[kind] + 1)))[0] == "frame.too-large"


def test_frames_know_their_place() -> None:
    data = LABEL + CONTRACT + frame(9, bytes(300)) + ENTRY
    places = [
        (one.number, one.offset, one.body_offset, one.end, one.type, one.size) for one in read_frames(io.BytesIO(data))
    ]
    assert places == [
        (1, 12, 15, 16, FrameType.CONTRACT, 1),
        (2, 16, 21, 321, FrameType.APPROVAL, 300),
        (3, 321, 324, 325, FrameType.ENTRY, 1),
    ]


LONG = LABEL + CONTRACT + ENTRY + frame(4, bytes(3 * SLICE + 5)) + ENTRY


class OneWay(io.BytesIO):
    """A stream that cannot seek."""

    def seekable(self) -> bool:
        return False

    def seek(self, *_: int) -> int:
        raise io.UnsupportedOperation


@pytest.mark.parametrize("kind", [io.BytesIO, OneWay])
def test_a_body_that_nobody_reads_is_passed_over(kind: type[io.BytesIO]) -> None:
    assert [one.type for one in read_frames(kind(LONG))] == [1, 2, 4, 2]
    with pytest.raises(Rejected) as caught:
        list(read_frames(kind(LONG[: -len(ENTRY) - 1])))
    assert caught.value.code == "frame.truncated"


def test_a_body_passes_in_slices() -> None:
    sizes = [[len(piece) for piece in one.slices()] for one in read_frames(io.BytesIO(LONG))]
    assert sizes == [[1], [1], [SLICE, SLICE, SLICE, 5], [1]]


class Plain:
    """A stream that can only be read."""

    def __init__(self, data: bytes) -> None:
        self._stream = io.BytesIO(data)

    def read(self, size: int) -> bytes:
        return self._stream.read(min(size, 100_000))


@pytest.mark.parametrize("size", [0, 1, SLICE - 1, SLICE, SLICE + 1, 3 * SLICE, 3 * SLICE + 7])
@pytest.mark.parametrize("stream", [io.BytesIO, Plain])
def test_a_body_is_hashed_in_slices(size: int, stream: Any) -> None:
    body = bytes(range(256)) * (size // 256) + b"!" * (size % 256)
    data = LABEL + CONTRACT + ENTRY + frame(4, body) + ENTRY
    digests = [one.digest() for one in read_frames(stream(data)) if one.type is FrameType.EVIDENCE]
    assert digests == [sha256(body).digest()]
    for missing in {1, SLICE} if size > SLICE else {1} & {size}:
        cut = stream(data[: -len(ENTRY) - missing])
        with pytest.raises(Rejected) as refused:
            _ = [one.digest() for one in read_frames(cut)]
        assert (refused.value.code, refused.value.facts["missing"]) == ("frame.truncated", missing)
