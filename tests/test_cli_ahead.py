"""Evidence hashed ahead: guesses that are right save time, and those that are wrong change nothing."""

from __future__ import annotations

import builtins
import os
from pathlib import Path
from typing import Any

import pytest
from support.bundles import base, build, changed, model, ops, toml
from support.late import Late
from support.lower import lower
from test_cli import AT, bundle

from opsproof_verify import source, verify, workers
from opsproof_verify.cli import ahead, bundles, main, sources
from opsproof_verify.cli.ahead import Ahead, evidence
from opsproof_verify.hashing import hash_part
from opsproof_verify.trust import TrustStore

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")

SIZES = (9, 10, 300, 70_000)


@pytest.fixture(autouse=True)
def _low(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take bundles for large that are not."""
    lower(monkeypatch, large=10_000, task=10, share=1_000)


@pytest.fixture
def run(tmp_path: Path) -> Path:
    """Write a bundle with some evidence."""
    return write(tmp_path / "run.opb")


def write(path: Path, *mutations: Any) -> Path:
    """Write a bundle with evidence of several sizes, and a trust file beside it."""
    photos = (base.photo(f"p{at}", body=bytes([at]) * size) for at, size in enumerate(SIZES))
    subject = changed(base.minimal(*(item for pair in photos for item in pair)), *mutations)
    path.write_bytes(build(subject))
    trust = toml.trust(model.Build(subject).resolve(subject.trust), "hex")
    (path.parent / "trust.toml").write_text(trust, encoding="utf-8")
    return path


def check(path: Path, count: int = 2) -> int:
    return main(["check", str(path), "--trust", str(path.parent / "trust.toml"), "--at", AT, "--workers", str(count)])


def guessed(path: Path) -> list[tuple[int, int]]:
    """Give what is guessed about a file."""
    with path.open("rb") as file:
        return list(evidence(file.fileno(), path.stat().st_size))


def test_large_evidence_is_found_by_its_heads(run: Path) -> None:
    data = run.read_bytes()
    assert guessed(run) == [(data.index(bytes([at]) * size), size) for at, size in enumerate(SIZES) if size >= 10]


@pytest.mark.parametrize("cut", [0, 5, 12, 13, 14, 2_000, 4_700, 10_000, 70_000])
def test_what_is_not_there_is_not_guessed(run: Path, cut: int) -> None:
    whole, data = guessed(run), run.read_bytes()
    for end in (cut, *(at + size for at, size in whole)):
        run.write_bytes(data[:end])
        assert guessed(run) == [(at, size) for at, size in whole if at + size <= end]


def test_what_is_no_frame_ends_the_guessing(run: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = guessed(run)
    monkeypatch.setattr(ahead, "MOST_PARTS", 2)
    assert guessed(run) == whole[:2]
    monkeypatch.setattr(ahead, "MOST_FRAMES", 3)
    assert guessed(run) == []
    monkeypatch.undo()
    data = run.read_bytes()
    for odd in (b"\x82\x04\x5f", b"\x82\x04\x61", b"\x82\x04\xff"):
        run.write_bytes(data[:12] + odd + data[12:])
        assert guessed(run) == []


def test_answers_are_those_of_the_same_part_alone(run: Path) -> None:
    early, late = Late(), Late()
    with run.open("rb") as file, run.open("rb") as again, (run.parent / "trust.toml").open("rb") as other:
        early.start({"part": lambda place, size: hash_part(file.fileno(), place, size)})
        pool = Ahead(file.fileno(), early, late, iter([(20, 30), (40, 50)]))
        handlers = {"part": lambda *part: part, "more": lambda *part: part}
        assert pool.start(handlers)
        pool.use_for(again.fileno())
        assert pool.submit("part", 40, 50).result() == hash_part(file.fileno(), 40, 50)
        assert late.asked == []
        assert pool.submit("part", 40, 51, cost=7).result() == (40, 51)
        assert pool.submit("more", 40, 50).result() == (40, 50)
        assert late.asked == [("part", 7), ("more", 0)]
        pool.use_for(other.fileno())
        assert pool.submit("part", 40, 50).result() == (40, 50)


def test_where_no_further_process_starts_the_rest_is_done_here(run: Path) -> None:
    pool = Ahead(0, Late(), Late(willing=False), iter(()))
    assert pool.start({"part": lambda *part: part})
    assert pool.submit("part", 1, 2).result() == (1, 2)


@pytest.mark.parametrize("willing", ["early and late", "late", "none"])
def test_whoever_starts_the_verdict_is_the_same(
    willing: str, run: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(ahead, "MOST_PARTS", 1)
    start, calls = workers.Workers.start, []

    def seldom(self: workers.Workers, handlers: workers.Handlers) -> bool:
        calls.append(sorted(handlers))
        return willing != "none" and (willing != "late" or len(calls) > 1) and start(self, handlers)

    monkeypatch.setattr(workers.Workers, "start", seldom)
    assert check(run) == 0
    assert calls[0] == ["part"]
    assert "entries" in calls[1]
    shared = capsys.readouterr()
    assert check(run, 1) == 0
    assert capsys.readouterr() == shared


def test_altered_evidence_is_found(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = write(tmp_path / "run.opb", ops.edit("p3-entry", "size", 8))
    for count in (1, 2):
        assert check(path, count) == 1
    data = write(path).read_bytes()
    path.write_bytes(data.replace(bytes([3]) * 70_000, bytes([3]) * 69_999 + b"!"))
    for count in (1, 2):
        assert check(path, count) == 1
    assert capsys.readouterr().out.count("evidence.wrong-digest") >= 2


def test_a_file_that_takes_the_place_of_another_is_read_itself(
    run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The one that was guessed about is not the one that is verified."""
    (tmp_path / "other").mkdir()
    bent = run.read_bytes().replace(bytes([3]) * 70_000, bytes([3]) * 69_999 + b"!")
    open_bundle = sources.open_bundle

    def late(name: str, **more: Any) -> Any:
        (tmp_path / "bent").write_bytes(bent)
        (tmp_path / "bent").replace(run)
        return open_bundle(name, **more)

    monkeypatch.setattr(sources, "open_bundle", late)
    assert check(run) == 1


def test_several_policies_and_nothing_large(run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    trust = [
        "--trust",
        str(run.parent / "trust.toml"),
        "--at",
        AT,
        "--policy",
        "baseline",
        "--policy",
        "integrity-only",
    ]
    main(["check", str(run), *trust, "--workers", "2"])
    two = capsys.readouterr()
    main(["check", str(run), *trust, "--workers", "1"])
    assert capsys.readouterr() == two


def test_a_bundle_that_cannot_be_opened_is_told_once(
    run: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    real = builtins.open

    def refuse(path: Any, *rest: Any, **more: Any) -> Any:
        if path == str(run):
            raise PermissionError(13, "Permission denied", path)
        return real(path, *rest, **more)

    monkeypatch.setattr(builtins, "open", refuse)
    assert check(run) == 2
    assert capsys.readouterr().err == f"opsproof-verify: {run}: permission denied; check permissions and disk\n"


def test_nothing_starts_for_what_is_small_or_no_file(
    run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(workers.Workers, "start", lambda *_: pytest.fail("started"))
    trust = ["--trust", str(run.parent / "trust.toml"), "--at", AT, "--workers"]
    assert main(["check", str(run), *trust, "1"]) == 0
    assert main(["check", str(run), *trust, "none"]) == 2
    monkeypatch.setattr(ahead, "LARGE", 10_000_000)
    monkeypatch.setattr(source, "LARGE", 10_000_000)
    monkeypatch.setattr(bundles, "LARGE", 10_000_000)
    assert main(["check", str(run), *trust, "2"]) == 0
    assert main(["check", str(tmp_path), *trust, "2"]) == 0
    assert main(["check", str(run), bundle("minimal"), *trust, "2"]) in (0, 1)
    assert capsys.readouterr().err.count("\n") == 1
    store = TrustStore.load(run.parent / "trust.toml")
    assert verify(run, None, store).bundle.evidence_count == len(SIZES)
