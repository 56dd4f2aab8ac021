"""Evidence hashed by other processes: the same report to the byte, whatever they do and when (SPEC 9.1-1)."""

from __future__ import annotations

import gzip
import io
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

import pytest
from support.bundles import LABEL, base, build, changed, codes, crypto, ops, runs, trust_of
from support.late import Late, LateAnswer

from opsproof_verify import Report, TrustStore, bodies, source, verify
from opsproof_verify.container import SLICE
from opsproof_verify.findings import Verdict
from opsproof_verify.pool import Pool
from opsproof_verify.render.json_report import render_json
from opsproof_verify.workers import Workers

MIB = 1024 * 1024
AT: int = base.minimal().at


@pytest.fixture(autouse=True)
def _low(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hand all that can be handed over to others."""
    monkeypatch.setattr(source, "LARGE", 0)
    monkeypatch.setattr(source, "TASK", 0)


def judged(bundle: Any, trust: TrustStore, *, pool: Pool | None = None, evidence: Path | None = None) -> Report:
    """Verify a bundle at the time of the vectors."""
    return verify(bundle, None, trust, at=AT, evidence=evidence, workers=pool)


def photos(*sizes: int) -> Any:
    """Give a run with evidence of these sizes."""
    return base.minimal(
        *(one for at, size in enumerate(sizes) for one in base.photo(f"p{at}", body=bytes([at]) * size))
    )


SIZES = [0, 1, MIB - 1, MIB, MIB + 1, SLICE, 3]


@pytest.fixture(scope="module")
def large() -> tuple[bytes, TrustStore]:
    """A bundle with bodies of all sizes."""
    subject = photos(*SIZES)
    return build(subject), trust_of(subject)


def everywhere(path: Path, data: bytes, trust: TrustStore, *pools: Pool) -> Report:
    """Verify a file with and without others; give the one report."""
    path.write_bytes(data)
    alone = judged(path, trust)
    assert {render_json(judged(path, trust, pool=pool)) for pool in pools} == {render_json(alone)}
    return alone


def places(data: bytes) -> Iterator[int]:
    """Give where a cut may tell: around each head and end of an evidence frame, and inside its body."""
    for size in SIZES:
        body = bytes([SIZES.index(size)]) * size
        at = data.index(body) if size > 3 else len(LABEL)
        yield from (at - 8, at - 1, at, at + 1, at + size // 2, at + size - 1, at + size, at + size + 1)


def test_truncated_bundles_are_truncated_where_they_are(tmp_path: Path, large: tuple[bytes, TrustStore]) -> None:
    data, trust = large
    found = [everywhere(tmp_path / "run.opb", data[:end], trust, Late()) for end in sorted(set(places(data)))]
    missing = {dict(one.facts).get("missing") for report in found for one in report.findings}
    assert missing > {1, MIB, MIB - 1, MIB // 2}


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_large_bodies_in_processes(tmp_path: Path, large: tuple[bytes, TrustStore]) -> None:
    data, trust = large
    with Workers(2) as workers:
        for end in (len(data), data.index(bytes([3]) * MIB) + MIB - 1, data.index(bytes([4]) * MIB) + 7):
            everywhere(tmp_path / "run.opb", data[:end], trust, workers, Late())


def test_a_bent_body_is_found(tmp_path: Path, large: tuple[bytes, TrustStore]) -> None:
    data, trust = large
    at = data.index(bytes([3]) * MIB)
    report = everywhere(tmp_path / "run.opb", data[:at] + b"!" + data[at + 1 :], trust, Late())
    assert codes(report) == ["evidence.wrong-digest"]


NAMED = ops.edit("photo-entry", "digest", crypto.sha256(base.PHOTO))


@pytest.mark.parametrize(
    "mutations,code,bodies_read",
    [
        ((ops.edit("photo-entry", "size", 8),), "evidence.wrong-size", 1),
        ((ops.drop("photo-entry"),), "evidence.unlisted", 1),
        ((NAMED, ops.drop("photo")), "evidence.frame-missing", 0),
        ((ops.insert("signoff", base.photo("late")[0]),), "evidence.unlisted", 2),
        ((ops.hook("photo-entry", "payload", "cut", lambda body: body[:-1]),), "cbor.malformed", 1),
    ],
)
def test_what_records_say_is_held_against_bodies(
    tmp_path: Path, mutations: tuple[Any, ...], code: str, bodies_read: int
) -> None:
    subject = changed(base.minimal(*base.photo("photo")), *mutations)
    pool = Late()
    assert code in codes(everywhere(tmp_path / "run.opb", build(subject), trust_of(subject), pool))
    assert pool.asked == [("part", len(base.PHOTO))] * bodies_read


def test_more_bodies_than_may_wait(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bodies, "MAX_WAITING", 2)
    subject = photos(*range(1, 9))
    for mutation in ((), (ops.edit("p3-entry", "size", 9), ops.edit("p7-entry", "digest", bytes(32)))):
        pool = Late()
        everywhere(tmp_path / "run.opb", build(changed(subject, *mutation)), trust_of(subject), pool)
        assert pool.most_open == 3  # two wait, and one was just asked for


def test_bodies_that_no_sign_off_has_room_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bodies, "MAX_BODIES", 2)
    subject = changed(base.minimal(), ops.insert("signoff", *(base.photo(f"p{at}")[0] for at in range(5))))
    report = everywhere(tmp_path / "run.opb", build(subject), trust_of(subject), Late())
    assert [one.code.name for one in report.findings] == ["evidence.unlisted"] * 5


# --- files beside the bundle


def test_evidence_beside_the_bundle_is_hashed_by_others_too(tmp_path: Path) -> None:
    """Once, however often it is named; and if it is altered, each time that it is named."""
    subject = runs.beside()
    body: bytes = subject.item("photo").body
    named = crypto.sha256(body)
    frame = b"\x82\x05\x58\x20" + named
    for beside, wrong in ((body, False), (body + b"!", True)):
        (tmp_path / named.hex()).write_bytes(beside)
        reports = []
        for pool in (None, Late(), Late(willing=False)):
            data = build(subject) + frame * 3
            reports.append(judged(data, trust_of(subject), evidence=tmp_path, pool=pool))
            assert pool is None or pool.asked == ([("beside", len(beside))] if pool.willing else [])
        assert {render_json(one) for one in reports} == {render_json(reports[0])}
        assert codes(reports[0]) == ["evidence.unlisted"] + wrong * ["evidence.wrong-digest", "evidence.wrong-size"]
        assert len([one for one in reports[0].findings if one.code.name == "evidence.wrong-digest"]) == 4 * wrong


def test_files_beside_the_bundle_are_remembered_up_to_a_bound(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    subject = photos(1, 2, 3)
    for at, size in enumerate((1, 2, 3)):
        subject.item(f"p{at}").type = 5
        (tmp_path / crypto.sha256(bytes([at]) * size).hex()).write_bytes(bytes([at]) * size)
    monkeypatch.setattr(bodies, "MAX_REMEMBERED", 1)
    for pool in (None, Late()):
        assert judged(build(subject), trust_of(subject), evidence=tmp_path, pool=pool).verdict is Verdict.FINAL


def test_a_name_that_leads_nowhere_is_absent_and_one_that_cannot_be_looked_at_is_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    subject = runs.beside()
    data, trust = build(subject), trust_of(subject)
    link = tmp_path / crypto.sha256(subject.item("photo").body).hex()
    link.symlink_to(link)
    assert codes(judged(data, trust, evidence=tmp_path)) == ["evidence.absent"]
    assert codes(judged(data, trust, evidence=link)) == ["evidence.absent"]
    link.unlink()
    link.write_bytes(b"")
    assert codes(judged(data, trust, evidence=link)) == ["evidence.absent"]

    def refuse(path: str) -> None:
        raise PermissionError(13, "Permission denied", path)

    monkeypatch.setattr(os, "stat", refuse)
    with pytest.raises(PermissionError):
        judged(data, trust, evidence=tmp_path)


# --- what goes wrong while a bundle is read


class Shrinking(Late):
    """Cuts the bundle when it is first asked for evidence."""

    def __init__(self, path: Path, size: int) -> None:
        super().__init__()
        self._cut = path, size

    def submit(self, name: str, /, *arguments: object, cost: int = 0) -> LateAnswer:
        answer = super().submit(name, *arguments, cost=cost)

        def late() -> object:
            if name == "part":
                os.truncate(*self._cut)
            return answer.result()

        return LateAnswer(late)


@pytest.mark.parametrize(
    "mutations",
    [
        (),
        (ops.drop("p1-entry"),),
        (ops.hook("p1-entry", "payload", "cut", lambda body: body[:-1]),),
    ],
    ids=["named", "unlisted", "named by what cannot be read"],
)
def test_a_file_that_becomes_shorter_gives_no_verdict(tmp_path: Path, mutations: tuple[Any, ...]) -> None:
    subject = changed(photos(1, MIB), *mutations)
    path, data = tmp_path / "run.opb", build(subject)
    path.write_bytes(data)
    with pytest.raises(OSError, match="became shorter"):
        judged(path, trust_of(subject), pool=Shrinking(path, data.index(bytes([1]) * MIB) + MIB // 2))


# --- what can be handed over


def pipe(data: bytes) -> BinaryIO:
    """Give a stream that cannot seek."""
    read, write = os.pipe()
    with os.fdopen(write, "wb") as sink:
        sink.write(data)
    return os.fdopen(read, "rb")


def test_only_an_ordinary_file_is_read_by_others(tmp_path: Path) -> None:
    subject = photos(100, 200)
    data, trust = build(subject), trust_of(subject)
    (tmp_path / "run.opb").write_bytes(b"before" + data)
    (tmp_path / "run.gz").write_bytes(gzip.compress(data, 0))
    with (tmp_path / "run.opb").open("rb") as file, gzip.open(tmp_path / "run.gz") as packed, pipe(data) as piped:
        file.seek(6)
        for stream, read in ((file, True), (packed, False), (piped, False), (io.BytesIO(data), False)):
            pool = Late()
            assert judged(stream, trust, pool=pool).verdict is Verdict.FINAL
            assert pool.asked == ([("part", 100), ("part", 200)] if read else [])


@pytest.mark.parametrize("pool", [None, Late()])
def test_a_bundle_is_read_once_more_where_it_is(tmp_path: Path, pool: Pool | None) -> None:
    (tmp_path / "run.opb").write_bytes(b"before0123456789")
    with (tmp_path / "run.opb").open("rb") as stream:
        stream.seek(6)
        again = source.Source(stream, pool)
        assert stream.read(2) == b"01"
        assert again.read_at(0, 4) == b"0123"
        assert stream.read(2) == b"23"


@pytest.mark.parametrize("large,task,asked", [(1_000_000, 0, 0), (300, 0, 2), (300, 200, 1), (300, 201, 0)])
def test_little_is_done_here(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, large: int, task: int, asked: int
) -> None:
    subject = photos(100, 200)
    data = build(subject)
    monkeypatch.setattr(source, "LARGE", len(data) + large - 300)
    monkeypatch.setattr(source, "TASK", task)
    (tmp_path / "run.opb").write_bytes(data)
    pool = Late()
    assert judged(tmp_path / "run.opb", trust_of(subject), pool=pool).verdict is Verdict.FINAL
    assert len(pool.asked) == asked


def test_where_no_process_starts_all_is_done_here(tmp_path: Path) -> None:
    subject = photos(100, 200)
    everywhere(tmp_path / "run.opb", build(subject), trust_of(subject), Late(willing=False))


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_others_read_the_file_that_was_opened_whatever_becomes_of_its_name(tmp_path: Path) -> None:
    subject = photos(100, 200)
    (tmp_path / "run.opb").write_bytes(build(subject))
    with (tmp_path / "run.opb").open("rb") as stream, Workers(1) as workers:
        (tmp_path / "run.opb").unlink()
        assert judged(stream, trust_of(subject), pool=workers).verdict is Verdict.FINAL


@pytest.mark.parametrize("large,started", [(1_600, 1), (1_601, 0)])
def test_entries_are_more_work_than_evidence(
    large: int, started: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "run.opb").write_bytes(bytes(100))
    monkeypatch.setattr(source, "LARGE", large)
    monkeypatch.setattr(source, "TASK", 160)
    with (tmp_path / "run.opb").open("rb") as stream:
        one = source.Source(stream, Late())
        assert one.helpers(9, 16) is None
        assert one.helpers(10) is None
        assert (one.helpers(10, 16) is not None) == started
