"""`check` on folders, many bundles and large ones: the same bytes in the same order, whoever works."""

from __future__ import annotations

import io
import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from support.bundles import base, build, crypto, model, toml, vector, verdicts
from support.lower import lower
from test_cli import AT, TRUST, VECTORS, bundle
from test_cli_check import Terminal, check

from opsproof_verify import verify, workers
from opsproof_verify.cli import ahead, bundles, main, sources
from opsproof_verify.cli.ahead import MOST_PROCESSES, processes
from opsproof_verify.cli.passing import pack, unpack

FORKS = pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")

#: Verdicts of all kinds.
MIXED = ["minimal", "chain-prev", "approval-missing", "file-empty", "rich-every-kind", "entry-withheld"]


@pytest.fixture
def many(tmp_path: Path) -> Path:
    """A folder with more bundles than one process is given, in folders of its own, and what is no bundle."""
    folder = tmp_path / "many"
    for number in range(18):
        name = MIXED[number % len(MIXED)]
        place = folder / f"{number % 3}"
        place.mkdir(parents=True, exist_ok=True)
        shutil.copy(bundle(name), place / f"run-{number:02}.opb")
    (folder / "0" / "run-00.lep").write_bytes(b"")
    (folder / "notes.txt").write_bytes(b"")
    return folder


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Note how many processes are asked for, each time."""
    counts: list[int] = []

    class Noted(workers.Workers):
        def start(self, handlers: workers.Handlers) -> bool:
            counts.append(self._count)
            return super().start(handlers)

    monkeypatch.setattr(workers, "Workers", Noted)
    return counts


def test_a_folder_is_all_bundles_in_it_sorted_by_name(many: Path) -> None:
    found = sources.expand([str(many), "-", bundle("minimal"), str(many / "2")])
    names = [f"{place}/run-{number:02}.opb" for place in range(3) for number in range(18) if number % 3 == place]
    there = [str(many / name) for name in names]
    assert found == [*there, "-", bundle("minimal"), *there[12:]]


@pytest.mark.parametrize("name", ["", "with.opb"])
def test_a_folder_without_bundles_is_wrong_usage(name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / name / "empty.opb").mkdir(parents=True)
    assert check(bundle("minimal"), str(tmp_path / name)) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.endswith("is a folder without bundles; their names end in .opb\n")


def test_a_folder_that_cannot_be_looked_into_is_not_taken_for_empty(
    many: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    scan = os.scandir

    def refuse(path: str) -> Any:
        if path == str(many / "1"):
            raise PermissionError(13, "Permission denied", path)
        return scan(path)

    monkeypatch.setattr(os, "scandir", refuse)
    assert check(str(many)) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert "permission denied" in said.err


def test_other_commands_take_one_bundle(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["show", str(tmp_path)]) == 2
    assert "is a folder; give the bundle in it" in capsys.readouterr().err


@FORKS
@pytest.mark.parametrize("form", ["text", "json", "sarif", "junit"])
def test_the_number_of_processes_changes_nothing(
    form: str,
    many: Path,
    started: list[int],
    monkeypatch: pytest.MonkeyPatch,
    capfdbinary: pytest.CaptureFixture[bytes],
) -> None:
    monkeypatch.setattr(bundles, "_AHEAD", 3)
    (many / "1" / "gone.opb").symlink_to(many / "nowhere")
    said = []
    for count in ("1", "2", "3"):
        status = check(str(many), "no-such-file", bundle("minimal"), "--format", form, "--workers", count)
        said.append((status, capfdbinary.readouterr()))
    assert said[0] == said[1] == said[2]
    assert said[0][0] == 1
    assert said[0][1].err.count(b"no such file") == 2
    assert started == [2, 3]


@FORKS
def test_under_several_policies_too(many: Path, capfd: pytest.CaptureFixture[str]) -> None:
    policies = ["--policy", "baseline", "--policy", str(VECTORS / "policy-given" / "policy.toml"), "--format", "json"]
    said = []
    for count in ("1", "2"):
        assert check(str(many), "no-such-file", *policies, "--workers", count) == 1
        said.append(capfd.readouterr())
    assert said[0] == said[1]
    assert said[0].err.count("no-such-file: no such file") == 1
    assert [row["policy"] for row in json.loads(said[0].out)["reports"]] == [policies[1], policies[3]] * 19


@FORKS
@pytest.mark.parametrize(
    "vectors,status",
    [(["minimal"], 0), (["minimal", "approval-missing"], 3), (["minimal", "approval-missing", "chain-prev"], 1)],
)
def test_of_many_the_worst_counts(vectors: list[str], status: int, capsys: pytest.CaptureFixture[str]) -> None:
    assert check(*map(bundle, ["minimal"] * 10 + vectors), "--workers", "2") == status
    assert capsys.readouterr().out.count("\nFINAL  ") == 9 + (len(vectors) == 1) + (len(vectors) > 1)


@FORKS
def test_a_process_that_is_killed_leaves_one_bundle_without_a_verdict(
    many: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    check_one = bundles._check_one

    def killed(task: bundles.Task, name: str, *rest: Any, **more: Any) -> Any:
        if name.endswith("run-04.opb"):
            os.kill(os.getpid(), signal.SIGKILL)
        return check_one(task, name, *rest, **more)

    monkeypatch.setattr(bundles, "_check_one", killed)
    assert check(str(many), "--format", "json", "--workers", "3") == 1
    said = capsys.readouterr()
    rows = json.loads(said.out)["reports"]
    assert [row["bundle"].endswith("run-04.opb") for row in rows] == ["error" in row for row in rows]
    assert "run-04.opb: a worker process was ended from outside" in said.err


@FORKS
def test_an_internal_error_in_another_process_is_told(
    many: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    here = os.getpid()

    def fail_elsewhere(*arguments: Any, **options: Any) -> Any:
        if os.getpid() != here:
            raise KeyError("odd")
        return verify(*arguments, **options)

    monkeypatch.setattr(bundles, "verify", fail_elsewhere)
    assert check(str(many), "--workers", "2") == 2
    said = capsys.readouterr()
    assert said.err.count("internal error: KeyError at cli/bundles.py") == 17
    assert said.out.startswith("FINAL ")


def test_where_no_process_can_be_forked_one_does_all(
    many: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(workers.Workers, "start", lambda *_: False)
    assert check(str(many), "--workers", "2") == 1
    assert capsys.readouterr().out.count("\nFAIL") == 6


def test_few_small_bundles_need_no_process(started: list[int], capsys: pytest.CaptureFixture[str]) -> None:
    assert check(*map(bundle, MIXED), "--workers", "8") == 1
    assert started == []
    assert capsys.readouterr().err == ""


def photos(folder: Path, *sizes: int) -> list[str]:
    """Write bundles with one item of evidence each, and the trust file."""
    paths = []
    for at, size in enumerate(sizes):
        subject = base.minimal(*base.photo("photo", body=bytes([at]) * size))
        (folder / f"{at}.opb").write_bytes(build(subject))
        (folder / "trust.toml").write_text(toml.trust(model.Build(subject).resolve(subject.trust), "hex"))
        paths.append(str(folder / f"{at}.opb"))
    return paths


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take bundles for large that are not."""
    lower(monkeypatch, large=300_000, task=10_000, share=100_000)


@FORKS
@pytest.mark.parametrize(
    "sizes,count,expected",
    [
        ((400_000,), "8", [4]),  # as many as pay for themselves
        ((400_000,), "2", [2]),
        ((400_000,), "1", []),
        ((200_000,), "8", []),
        ((200_000, 200_000, 200_000), "2", [2]),  # one by one of them, but for the first, which is done here
        ((400_000, 400_000), "2", []),  # no larger than a share
        ((10, 900_000, 400_000, 10), "2", [2, 2]),  # the second by all; the others by one of them
    ],
)
def test_large_bundles_are_shared(  # noqa: PLR0917 - fixtures
    sizes: tuple[int, ...],
    count: str,
    expected: list[int],
    tmp_path: Path,
    small: None,
    started: list[int],
    capsys: pytest.CaptureFixture[str],
) -> None:
    given = ["check", *photos(tmp_path, *sizes), "--trust", str(tmp_path / "trust.toml"), "--at", AT]
    assert main([*given, "--workers", count]) == 0
    assert started == expected
    shared = capsys.readouterr()
    assert main([*given, "--workers", "1"]) == 0
    assert capsys.readouterr() == shared


@FORKS
def test_standard_input_and_evidence_beside_are_shared_too(
    tmp_path: Path,
    small: None,
    started: list[int],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    (path,) = photos(tmp_path, 400_000)
    trust = ["--trust", str(tmp_path / "trust.toml"), "--at", AT]
    for count in ("1", "2"):
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(Path(path).read_bytes())))
        assert main(["check", "-", *trust, "--workers", count]) == 0
    assert started == [2]
    subject = base.minimal(*base.photo("photo", body=b"x" * 400_000))
    subject.item("photo").type = 5
    Path(path).write_bytes(build(subject))
    (tmp_path / "beside").mkdir()
    (tmp_path / "beside" / crypto.sha256(b"x" * 400_000).hex()).write_bytes(b"x" * 400_000)
    for count in ("1", "2"):
        assert main(["check", path, *trust, "--evidence-dir", str(tmp_path / "beside"), "--workers", count]) == 0
    assert started == [2, 2]
    assert capsys.readouterr().err == ""


def test_errors_of_standard_input_are_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    class Broken(io.BytesIO):
        def read(self, _: int | None = -1) -> bytes:
            raise OSError(5, "Input/output error")

    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(Broken()))
    assert check("-") == 2
    assert "-: input/output error" in capsys.readouterr().err


@pytest.mark.parametrize("text", ["0", "-1", "", "two", "1.0", " 2", "\uff12", "257", "1000"])
def test_numbers_of_processes_that_cannot_be_meant(text: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert check(bundle("minimal"), "--workers", text) == 2
    assert f"no number from 1 to {MOST_PROCESSES}" in capsys.readouterr().err


def test_as_many_processes_as_processors_that_are_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    assert processes(None) == ahead.usable_processors() >= 1
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {1, 5, 7}, raising=False)
    assert processes(None) == 3
    monkeypatch.delattr(os, "sched_getaffinity")
    monkeypatch.setattr(os, "cpu_count", lambda: 1_000)
    assert processes(None) == processes("256") == MOST_PROCESSES
    monkeypatch.setattr(os, "cpu_count", lambda: None)
    assert processes(None) == 1
    assert processes("257") is None


def test_reports_survive_their_passage() -> None:
    for name in sorted(verdicts())[::20] + MIXED:
        data, policy, trust, given = vector(name)
        report = verify(data, policy, trust, **given)
        again = unpack(pack(report))
        assert again == report
        assert again.verdict is report.verdict
        assert all(one.code is other.code for one, other in zip(again.findings, report.findings, strict=True))


# --- for who waits at a terminal


def watched(monkeypatch: pytest.MonkeyPatch) -> Terminal:
    screen = Terminal()
    monkeypatch.setattr(sys, "stderr", screen)
    return screen


def lines_of(screen: Terminal) -> list[str]:
    """Give what stood on the line, one text after another."""
    return [text.rstrip() for text in screen.getvalue().split("\r")]


def test_how_much_of_a_large_bundle_is_read_is_told(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    screen = watched(monkeypatch)
    check(bundle("minimal"))
    assert screen.getvalue() == ""
    monkeypatch.setattr(sources, "LONG", 1)
    assert check(bundle("minimal")) == 0
    assert lines_of(screen) == ["", "100 % read", "", ""]
    assert capsys.readouterr().out.startswith("FINAL ")
    with sources.open_bundle(bundle("minimal")) as stream:
        assert stream.seekable()
    assert screen.getvalue().count("read") == 1


@FORKS
def test_how_much_is_read_is_told_though_others_read_it(
    tmp_path: Path, small: None, started: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    screen = watched(monkeypatch)
    monkeypatch.setattr(sources, "LONG", 1)
    (path,) = photos(tmp_path, 3_000_000)
    assert main(["check", path, "--trust", str(tmp_path / "trust.toml"), "--at", AT, "--workers", "2"]) == 0
    assert started == [2]
    assert lines_of(screen)[-3] == "100 % read"


@FORKS
@pytest.mark.parametrize("count", ["1", "2"])
def test_how_many_bundles_are_checked_is_told(count: str, many: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    screen = watched(monkeypatch)
    assert check(str(many), "no-such-file", "--workers", count) == 1
    told = lines_of(screen)
    assert told[:2] == ["", "1 of 19 checked"]
    assert told[19:22] == [
        "19 of 19 checked",
        "",
        "opsproof-verify: no-such-file: no such file or directory; check the path",
    ]


@FORKS
def test_no_other_process_tells_anything(many: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    progress, here = sources.Progress, os.getpid()

    def of_this_process(path: str) -> sources.Progress:
        assert os.getpid() == here
        return progress(path)

    screen = watched(monkeypatch)
    monkeypatch.setattr(sources, "LONG", 1)
    monkeypatch.setattr(sources, "Progress", of_this_process)
    assert check(str(many), "--workers", "2") == 1
    assert "internal error" not in screen.getvalue()


@FORKS
def test_an_interrupt_ends_all(many: Path) -> None:
    program = (
        "import os, signal, sys, time\n"
        "signal.signal(signal.SIGINT, signal.default_int_handler)\n"
        "from opsproof_verify.cli import bundles, main\n"
        "check_one, here = bundles._check_one, os.getpid()\n"
        "def slow(task, name, *rest, **more):\n"
        "    if os.getpid() != here:\n"
        "        os.kill(here, signal.SIGINT)\n"
        "        time.sleep(600)\n"
        "    return check_one(task, name, *rest, **more)\n"
        "bundles._check_one = slow\n"
        "sys.exit(main(sys.argv[1:]))\n"
    )
    command = [sys.executable, "-c", program, "check", str(many), "--trust", TRUST, "--workers", "2"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "opsproof-verify: interrupted; no verdict\n"
