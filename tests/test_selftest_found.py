"""`selftest`: whatever does not agree is named, and vectors that are not whole are not run."""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from support.selftests import Row, chosen, installed, junit, record, start, use, vectors, write

import opsproof_verify
from opsproof_verify import ed25519
from opsproof_verify.cli import main, selftest_run
from opsproof_verify.findings import Verdict


@pytest.fixture
def few(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Let a few vectors be those that ship."""
    return use(monkeypatch, vectors(tmp_path / "few", chosen()))


# --- what disagrees


def first_verdict(row: Row) -> None:
    row["expect"]["verdict"] = "FINAL"


def first_primary(row: Row) -> None:
    row["expect"]["primary"] = "chain.wrong-run"


def first_frame(row: Row) -> None:
    row["expect"]["findings"][0][1] += 1


def frame_to_none(row: Row) -> None:
    row["expect"]["findings"][0][1] = None


def one_more(row: Row) -> None:
    row["expect"]["findings"].append(["chain.wrong-run", None])


def one_less(row: Row) -> None:
    row["expect"]["findings"].pop()


BENT = [first_verdict, first_primary, first_frame, frame_to_none, one_more, one_less]


@pytest.mark.parametrize("bend", BENT, ids=lambda bend: bend.__name__)
def test_a_changed_expectation_is_found_and_named(
    bend: Callable[[Row], None],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsysbinary: pytest.CaptureFixture[bytes],
) -> None:
    rows = chosen()
    original = json.loads(json.dumps(rows[1]["expect"]))
    bend(rows[1])
    use(monkeypatch, vectors(tmp_path, rows))
    status, value = record(capsysbinary)
    (one,) = value["disagreements"]
    assert (status, value["agrees"], one["id"], one["class"]) == (1, False, "chain-prev", "chain")
    assert (one["found"], one["error"]) == (original, None)
    assert one["wanted"]["verdict"] == rows[1]["expect"]["verdict"]
    assert value["vectors"]["classes"]["chain"] == {"count": 1, "agreed": 0}
    assert (value["vectors"]["count"], value["vectors"]["agreed"]) == (7, 6)
    assert main(["selftest"]) == 1
    page = capsysbinary.readouterr().out.decode()
    assert "NOT PASSED: 6 of 7 vectors and 7 of 7 known answers agree." in page
    assert "\n  chain-prev (chain): wanted " in page


def test_a_changed_bundle_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    rows = chosen()
    rows[0]["files"]["bundle.opb"] = rows[1]["files"]["bundle.opb"]
    use(monkeypatch, vectors(tmp_path, rows))
    status, value = record(capsysbinary)
    assert (status, [one["id"] for one in value["disagreements"]]) == (1, ["minimal"])
    assert main(["selftest"]) == 1
    page = " ".join(capsysbinary.readouterr().out.decode().split())
    assert "minimal (sound): wanted FINAL with no finding; found FAIL with chain.broken-link@" in page


def test_a_verifier_that_lies_is_found(
    few: Path, monkeypatch: pytest.MonkeyPatch, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    honest = opsproof_verify.verify

    def lie(*arguments: Any, **options: Any) -> Any:
        report = honest(*arguments, **options)
        return SimpleNamespace(verdict=Verdict.FINAL, primary=report.primary, findings=report.findings)

    monkeypatch.setattr(selftest_run, "verify", lie)
    status, value = record(capsysbinary)
    wrong = [row["id"] for row in chosen() if row["expect"]["verdict"] != "FINAL"]
    assert (status, [one["id"] for one in value["disagreements"]]) == (1, wrong)
    assert len(wrong) > 1
    suite = junit(capsysbinary)[1]
    failed = [case.get("name") for case in suite.findall("testcase") if case.find("failure") is not None]
    assert failed == wrong
    assert suite.find(".//failure").get("message").startswith("wanted FAIL with ")


def test_a_verifier_that_falls_over_is_found_and_the_run_goes_on(
    few: Path, monkeypatch: pytest.MonkeyPatch, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    honest, calls = opsproof_verify.verify, iter(range(7))

    def fall(*arguments: Any, **options: Any) -> Any:
        if next(calls) == 2:
            raise RecursionError("a secret of this machine")
        return honest(*arguments, **options)

    monkeypatch.setattr(selftest_run, "verify", fall)
    status, value = record(capsysbinary)
    (one,) = value["disagreements"]
    assert (status, one["id"], one["found"], one["error"]) == (1, chosen()[2]["id"], None, "RecursionError")
    assert "secret" not in json.dumps(value)
    calls = iter(range(7))
    suite = junit(capsysbinary)[1]
    (error,) = suite.findall(".//error")
    assert (error.get("type"), error.getparent().get("name")) == ("RecursionError", one["id"])
    assert error.get("message").endswith("; the verifier stopped with RecursionError")


def test_evidence_stands_beside_its_bundle_and_is_gone_afterwards(
    few: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    honest, seen = opsproof_verify.verify, []

    def look(*arguments: Any, evidence: str | None, **options: Any) -> Any:
        seen.append(None if evidence is None else (evidence, [path.name for path in Path(evidence).iterdir()]))
        return honest(*arguments, evidence=evidence, **options)

    monkeypatch.setattr(selftest_run, "verify", look)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    assert main(["selftest", "--output", os.devnull]) == 0
    (given,) = [one for one in seen if one is not None]
    (name,) = [file for file in chosen()[3]["files"] if file.startswith("evidence/")]
    assert given[1] == [name.removeprefix("evidence/")]
    assert not Path(given[0]).exists()


# --- known answers


def wrong_hash(data: bytes) -> Any:
    return hashlib.sha256(data + b"x")


LIES: list[tuple[Any, str, Any, list[str]]] = [
    (selftest_run, "sha256", wrong_hash, ["SHA-256 of nothing", "SHA-256 of abc", "SHA-256 of two blocks"]),
    (ed25519, "verify", lambda *_: True, ["Ed25519, a bit of a signature changed"]),
    (ed25519, "verify", lambda *_: False, [f"Ed25519, RFC 8032 test {number}" for number in (1, 2, 3)]),
    (
        ed25519,
        "admission_flaw",
        lambda _: "length",
        [f"Ed25519, RFC 8032 test {number}" for number in (1, 2, 3)],
    ),
]


@pytest.mark.parametrize("home,name,lie,found", LIES, ids=["hash", "all valid", "none valid", "no key"])
def test_a_primitive_that_lies_is_found(
    home: Any, name: str, lie: Any, found: list[str], few: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(home, name, lie)
    assert [one.name for one in selftest_run.known_answers() if not one.agrees] == found


def test_a_primitive_that_lies_is_told(
    few: Path, monkeypatch: pytest.MonkeyPatch, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    monkeypatch.setattr(selftest_run, "sha256", wrong_hash)
    status, value = record(capsysbinary)
    assert (status, value["agrees"], value["disagreements"]) == (1, False, [])
    assert [one["agrees"] for one in value["known-answers"]] == [False] * 3 + [True] * 4
    assert main(["selftest"]) == 1
    page = capsysbinary.readouterr().out.decode()
    assert "NOT PASSED: 7 of 7 vectors and 4 of 7 known answers agree." in page
    assert "  DIFFERS: SHA-256 of abc\n" in page
    assert junit(capsysbinary)[0].find(".//failure").get("message") == "another answer"


def test_a_primitive_that_falls_over_is_told(
    few: Path, monkeypatch: pytest.MonkeyPatch, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    def fall(_: bytes) -> None:
        raise MemoryError

    monkeypatch.setattr(selftest_run, "sha256", fall)
    assert record(capsysbinary)[1]["known-answers"][0]["error"] == "MemoryError"
    assert main(["selftest"]) == 1
    assert b"  STOPPED WITH MemoryError: SHA-256 of abc\n" in capsysbinary.readouterr().out
    assert junit(capsysbinary)[0].find(".//error").get("message") == "stopped with MemoryError"


# --- what cannot be run


def refused(capsys: pytest.CaptureFixture[str]) -> str:
    """Run here; give the one line that says why nothing was run, which says what to do."""
    assert main(["selftest"]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    (line,) = said.err.splitlines()
    assert line.endswith("(pip install --force-reinstall --no-deps WHEEL)")
    return line


def test_missing_vectors_are_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    package = tmp_path / "opsproof_verify"
    monkeypatch.setattr(selftest_run, "__file__", str(package / "cli" / "selftest_run.py"))
    missing = f"{package}/testvectors/all.jsonl: the vectors that ship with the verifier are missing; install "
    assert f": {missing}" in refused(capsys)
    vectors(package / "testvectors", chosen())
    assert selftest_run.folder() == f"{package}/testvectors"
    (package / "testvectors" / "manifest.json").unlink()
    assert missing in refused(capsys)


def test_an_installation_without_vectors_says_so(tmp_path: Path) -> None:
    done = start(at=installed(tmp_path, with_vectors=False))
    assert (done.returncode, done.stdout) == (2, "")
    assert "all.jsonl: the vectors that ship with the verifier are missing; install opsproof-verify" in done.stderr


@pytest.mark.parametrize("cut", [1, 1_000, 10_000])
def test_truncated_vectors_are_not_run(cut: int, few: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data = (few / "all.jsonl").read_bytes()
    (few / "all.jsonl").write_bytes(data[:-cut])
    assert f"{few}/all.jsonl: the vectors are damaged: {len(data) - cut} bytes with SHA-256 " in refused(capsys)


def test_vectors_cut_between_two_of_them_are_not_run(few: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = (few / "all.jsonl").read_bytes().splitlines(keepends=True)
    (few / "all.jsonl").write_bytes(b"".join(rows[:-1]))
    assert "the vectors are damaged" in refused(capsys)


def test_damaged_vectors_are_not_run(
    few: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    data = bytearray((few / "all.jsonl").read_bytes())
    data[len(data) // 2] ^= 1
    (few / "all.jsonl").write_bytes(data)
    monkeypatch.setattr(selftest_run, "run_vector", None)  # it would not be called
    assert "the vectors are damaged" in refused(capsys)


@pytest.mark.parametrize("count", [0, 6, 8])
def test_another_number_of_vectors_than_the_manifest_says_is_refused(
    count: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = use(monkeypatch, vectors(tmp_path, chosen()))
    write(tmp_path, (folder / "all.jsonl").read_bytes(), count)
    assert f"all.jsonl: 7 vectors, where the manifest beside it has {count}; install" in refused(capsys)


def test_no_vectors_are_no_test(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    use(monkeypatch, write(tmp_path, b"", 0))
    assert "all.jsonl: 0 vectors, where the manifest beside it has 0; install" in refused(capsys)


ODD_LINES = [
    b"\n",
    b"{}\n",
    b"[]\n",
    b"7\n",
    b"\xff\n",
    b'{"a":' * 100_000 + b"\n",
    json.dumps(chosen()[1] | {"files": {"bundle.opb": "AA"}}).encode() + b"\n",
    json.dumps(chosen()[1] | {"files": {"bundle.opb": 7}}).encode() + b"\n",
    json.dumps(chosen()[1] | {"expect": {"verdict": "FAIL", "primary": None, "findings": [[]]}}).encode() + b"\n",
]


@pytest.mark.parametrize("odd", ODD_LINES, ids=range(len(ODD_LINES)))
def test_a_line_that_is_no_vector_is_named(
    odd: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    use(monkeypatch, write(tmp_path, json.dumps(chosen()[0]).encode() + b"\n" + odd, 2))
    assert "all.jsonl:2: no vector that this release can read; install" in refused(capsys)


ROW = {"path": "all.jsonl", "sha256": "00", "size": 1}
ODD_MANIFESTS = [
    b"",
    b"[]",
    b"\xff",
    b"[" * 100_000,
    b"{}",
    json.dumps({"files": []}).encode(),
    json.dumps({"files": [ROW, ROW], "suite": "1", "spec": "1", "root": "", "vectors": 1}).encode(),
    json.dumps({"files": [ROW | {"size": 1.5}], "suite": "1", "spec": "1", "root": "", "vectors": 1}).encode(),
    json.dumps({"files": [ROW], "suite": "1", "spec": "1", "root": "", "vectors": "many"}).encode(),
]


@pytest.mark.parametrize("odd", ODD_MANIFESTS, ids=range(len(ODD_MANIFESTS)))
def test_a_manifest_that_is_none_is_refused(odd: bytes, few: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (few / "manifest.json").write_bytes(odd)
    assert "manifest.json: the list of the vectors is damaged; install" in refused(capsys)


def test_a_manifest_that_contradicts_its_root_is_refused(few: Path, capsys: pytest.CaptureFixture[str]) -> None:
    manifest = json.loads((few / "manifest.json").read_text())
    manifest["files"][0]["sha256"] = "00" * 32
    (few / "manifest.json").write_text(json.dumps(manifest))
    line = refused(capsys)
    assert "manifest.json: the list of the vectors is damaged: it has the root " in line
    assert f", and says {manifest['root']}; install" in line
