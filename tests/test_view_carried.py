"""The bundle in the page: its records as they are, large evidence as its digest, the same verdict of its bytes."""

from __future__ import annotations

import base64
import io
from hashlib import sha256
from pathlib import Path

import pytest
from support.bundles import BUNDLES, base, build, frames, verdicts

from opsproof_verify.container import LABEL
from opsproof_verify.findings import Rejected
from opsproof_verify.reading import read_records
from opsproof_verify.records import Item
from opsproof_verify.view import carried as module
from opsproof_verify.view.carried import Carried
from opsproof_verify.view.contents import Contents
from opsproof_verify.view.story import EvidenceStory, When
from opsproof_verify.view.telling import tell


def copy(data: bytes, largest: int | None = None, end: int | None = None) -> tuple[bytes, Carried]:
    carried = Carried(io.BytesIO(data), largest, end)
    lines = list(carried.lines())
    assert all(line.endswith(b"\n") and len(line) <= 1025 for line in lines)
    assert all(len(line) == 1025 for line in lines[:-1])
    made = base64.b64decode(b"".join(lines))
    assert carried.size == len(made)
    return made, carried


def test_small_bundles_are_carried_byte_for_byte() -> None:
    for name in verdicts():
        data = (BUNDLES / name / "bundle.opb").read_bytes()
        made, carried = copy(data, 1024 * 1024)
        assert made == data, name
        assert (carried.left_out, carried.too_large) == ([], False)


def test_large_evidence_is_left_out_as_an_absent_item() -> None:
    data = build(base.rich())
    made, carried = copy(data, len(base.PHOTO) - 1)
    digest = sha256(base.PHOTO).hexdigest()
    assert carried.left_out.count(digest) == data.count(base.PHOTO)
    assert not carried.too_large
    assert base.PHOTO not in made
    for ours, theirs in zip(frames(made), frames(data), strict=True):
        assert ours == theirs or (theirs[1] == 4 and ours == b"\x82\x05\x58\x20" + bytes.fromhex(digest))
    records = [read.record for read in read_records(io.BytesIO(data))]
    assert [read.record for read in read_records(io.BytesIO(made))] == records
    assert copy(data, len(base.PHOTO))[1].left_out == []
    assert copy(data)[0] == data


def test_nothing_is_carried_that_is_too_large(monkeypatch: pytest.MonkeyPatch) -> None:
    data = build(base.minimal())
    monkeypatch.setattr(module, "MAX_CARRIED", len(data) - 1)
    made, carried = copy(data)
    assert (made, carried.too_large) == (b"", True)
    monkeypatch.setattr(module, "MAX_CARRIED", len(data))
    assert copy(data)[0] == data


def test_only_what_is_carried_is_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    data = build(base.minimal())
    head = data[: len(LABEL) + sum(map(len, frames(data)[:3]))]
    monkeypatch.setattr(module, "MAX_CARRIED", len(head))
    assert copy(data, end=3)[0] == head
    monkeypatch.setattr(module, "_TORN", 4)
    monkeypatch.setattr(module, "MAX_CARRIED", len(head) + 4)
    assert copy(head + b"\x82\x04\x5a\x00\x0f\xff\xff" + bytes(1_000))[0] == head + b"\x82\x04\x5a\x00"


def test_a_torn_file_is_carried_from_where_it_is_torn(monkeypatch: pytest.MonkeyPatch) -> None:
    data = build(base.minimal())
    monkeypatch.setattr(module, "_TORN", 20)
    for end in (len(LABEL) + 3, len(data) - 1):
        torn = data[:end]
        made, _ = copy(torn)
        assert torn.startswith(made)
        with pytest.raises(Rejected) as refused:
            list(read_records(io.BytesIO(made)))
        with pytest.raises(Rejected) as original:
            list(read_records(io.BytesIO(torn)))
        assert refused.value.code == original.value.code
    assert copy(b"this is no bundle at all")[0] == b"this is no bundle at"


def test_carrying_ends_where_verification_ended() -> None:
    data = build(base.minimal())
    made, _ = copy(data, end=3)
    assert made == LABEL + b"".join(frames(data)[:3])


def evidence(data: bytes, size: int | None = None, place: tuple[int, int] | None = None) -> EvidenceStory:
    known = {"media": "text/plain", "name": None, "step": None, "number": None, "slot": None}
    item = Item(digest=sha256(data).digest(), size=len(data) if size is None else size, **known)  # type: ignore[arg-type]
    return EvidenceStory(item, When(1, None, "a"), None, place, None)  # type: ignore[arg-type]  # no time is looked at


def test_contents_are_those_of_the_bundle() -> None:
    data = build(base.rich())
    contents = Contents(io.BytesIO(data))
    assert next(contents.of(item) for item in tell(io.BytesIO(data)).evidence if item.place) == base.PHOTO


@pytest.mark.parametrize("largest,most,shown", [(3, 100, True), (2, 100, False), (None, 0, True), (3, 2, False)])
def test_contents_have_bounds(largest: int | None, most: int, *, shown: bool) -> None:
    contents = Contents(io.BytesIO(b"..abc"), None, largest, most)
    assert contents.of(evidence(b"abc", place=(2, 3))) == (b"abc" if shown else None)


def test_contents_have_room_for_so_much_altogether() -> None:
    contents = Contents(io.BytesIO(b"abcdefgh"), None, 10, 5)
    asked = [(b"abcd", 0), (b"efgh", 4), (b"abcd", 0), (b"e", 4), (b"f", 5)]
    given = [contents.of(evidence(data, place=(at, len(data)))) for data, at in asked]
    assert given == [b"abcd", None, b"abcd", b"e", None], "what a page shows already takes no more room"


@pytest.mark.parametrize(
    "item",
    [
        evidence(b"abd", place=(2, 3)),  # altered
        evidence(b"abc", place=(2, 4)),  # of another size
        evidence(b"abc", size=4, place=(2, 3)),
        evidence(b"abc"),  # absent
    ],
)
def test_what_is_not_as_recorded_is_not_shown(item: EvidenceStory) -> None:
    assert Contents(io.BytesIO(b"..abc...")).of(item) is None


def test_contents_beside_the_bundle(tmp_path: Path) -> None:
    item, other = evidence(b"abc"), evidence(b"xyz")
    (tmp_path / sha256(b"abc").hexdigest()).write_bytes(b"abc")
    contents = Contents(io.BytesIO(), str(tmp_path))
    assert contents.of(item) == b"abc"
    assert contents.of(other) is None
    (tmp_path / sha256(b"xyz").hexdigest()).write_bytes(b"xyz and more")
    assert contents.of(other) is None
