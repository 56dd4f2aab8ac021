"""`selftest`: all vectors agree on this machine, and the record says what was tested, in each form."""

from __future__ import annotations

import hashlib
import json
import sys
from collections import Counter
from importlib.metadata import PackageNotFoundError
from pathlib import Path

import jsonschema
import pytest
from support.selftests import ROOT, SCHEMA, VECTORS, chosen, installed, junit, record, start, use, vectors
from test_cli_check import Terminal

import opsproof_verify
from opsproof_verify.cli import main, selftest, software


@pytest.fixture
def few(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Let a few vectors be those that ship."""
    return use(monkeypatch, vectors(tmp_path / "few", chosen()))


# --- on this machine


@pytest.mark.untraced
@pytest.mark.xdist_group("selftest")
def test_all_vectors_agree_on_this_machine(tmp_path: Path) -> None:
    done = start("--format", "json", "--output", str(tmp_path / "record.json"))
    value = json.loads((tmp_path / "record.json").read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    jsonschema.Draft202012Validator(SCHEMA).validate(value)
    assert (value["disagreements"], value["agrees"], value["at"]) == ([], True, None)
    rows = [json.loads(path.read_text(encoding="utf-8")) for path in sorted(VECTORS.glob("bundles/*/vector.json"))]
    assert done.stdout == f"PASSED: {len(rows)} of {len(rows)} vectors and 7 of 7 known answers agree\n"
    assert (done.returncode, done.stderr) == (0, "")
    told, manifest = value["vectors"], json.loads((VECTORS / "manifest.json").read_text(encoding="utf-8"))
    assert (told["count"], told["agreed"]) == (len(rows), len(rows))
    assert {name: row["count"] for name, row in told["classes"].items()} == Counter(row["class"] for row in rows)
    assert {name: row["agreed"] for name, row in told["classes"].items()} == Counter(row["class"] for row in rows)
    assert told["clauses"] == len({clause for row in rows for clause in row["clauses"]})
    assert (told["suite"], told["spec"], told["root"]) == tuple(manifest[name] for name in ("suite", "spec", "root"))
    assert told["digest"] == hashlib.sha256((VECTORS / "all.jsonl").read_bytes()).hexdigest()
    assert value["verifier"]["version"] == opsproof_verify.__version__


def test_an_installed_verifier_finds_its_vectors_and_has_the_digest_of_the_checkout(tmp_path: Path) -> None:
    done = start("--format", "json", at=installed(tmp_path))
    assert (done.returncode, done.stderr) == (0, "")
    value = json.loads(done.stdout)
    assert value["vectors"]["suite"] == "9.9"
    files = {path.relative_to(ROOT).as_posix(): path for top in ("opsproof_verify", "policies") for path in here(top)}
    named = sorted((name.removeprefix("opsproof_verify/"), path) for name, path in files.items())
    listed = "".join(f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {name}\n" for name, path in named)
    assert value["verifier"]["code"] == {"digest": hashlib.sha256(listed.encode()).hexdigest(), "files": len(named)}
    code = selftest.installation()
    assert (code.code, code.files) == (value["verifier"]["code"]["digest"], len(named))


def here(top: str) -> list[Path]:
    found = [path for path in (ROOT / top).rglob("*") if path.suffix in {".py", ".json", ".toml"}]
    return [path for path in found if "__pycache__" not in path.parts]


def test_the_digest_knows_each_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = installed(tmp_path) / "opsproof_verify"
    monkeypatch.setattr(selftest, "__file__", str(package / "cli" / "selftest.py"))
    assert selftest.installation() == selftest.installation()
    before = selftest.installation().code
    for name in ("judge.py", "render/report-1.schema.json", "policies/baseline.toml"):
        (package / name).write_bytes((package / name).read_bytes() + b"\n")
        after = selftest.installation().code
        assert after != before, name
        before = after
    for name in ("policies/README.md", "__pycache__/judge.py", "testvectors/manifest.json"):
        (package / name).parent.mkdir(exist_ok=True)
        (package / name).write_bytes(b"other")
        assert selftest.installation().code == before, name


def test_what_is_not_known_is_said_to_be_unknown(
    few: Path, monkeypatch: pytest.MonkeyPatch, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    def unknown(name: str) -> str:
        raise PackageNotFoundError(name)

    monkeypatch.setattr(software, "version", unknown)
    monkeypatch.setitem(sys.modules, "cryptography.hazmat.bindings._rust", None)
    assert record(capsysbinary)[1]["libraries"] == {"cbor2": None, "cryptography": None, "openssl": None}
    assert main(["selftest"]) == 0
    assert b"cbor2 unknown, cryptography unknown\n              OpenSSL unknown\n" in capsysbinary.readouterr().out


# --- the record


def test_the_same_machine_gives_the_same_bytes(few: Path, capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    for form in ("text", "json", "junit"):
        said = []
        for _ in range(2):
            assert main(["selftest", "--format", form]) == 0
            said.append(capsysbinary.readouterr().out)
        assert said[0] == said[1] != b""


def test_the_time_is_the_callers(few: Path, capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    assert record(capsysbinary, "--at", "2026-11-30T13:00:00+01:00")[1]["at"] == "2026-11-30T12:00:00.000Z"
    assert main(["selftest", "--at", "2026-11-30T12:00:00Z"]) == 0
    assert b"  Time        2026-11-30T12:00:00.000Z, as the caller says\n" in capsysbinary.readouterr().out
    assert main(["selftest", "--at", "noon"]) == 2
    assert capsysbinary.readouterr().err.startswith(b"opsproof-verify: --at noon is no time since 1970; write ")


def test_the_page_can_be_signed(few: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["selftest"]) == 0
    page = capsys.readouterr().out
    assert max(map(len, page.splitlines())) <= 80
    assert page.splitlines()[1] == "PASSED: 7 of 7 vectors and 7 of 7 known answers agree."
    assert page.endswith("\n\n  Run by ______________________   Date ____________   Signature ____________\n")
    assert "\nDISAGREEMENTS\n  None.\n" in page
    assert "\n  agrees: Ed25519, RFC 8032 test 3\n" in page
    assert "\n  Time        not given\n" in page
    assert "  chain          1 of    1" in page


def test_the_record_goes_to_a_file(few: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "record.txt"
    assert main(["selftest", "--output", str(file)]) == 0
    assert capsys.readouterr().out == "PASSED: 7 of 7 vectors and 7 of 7 known answers agree\n"
    assert main(["selftest"]) == 0
    assert file.read_text(encoding="utf-8") == capsys.readouterr().out
    assert main(["selftest", "--output", str(tmp_path)]) == 2
    assert capsys.readouterr().err == f"opsproof-verify: --output {tmp_path} is a folder; name a file in it\n"


def test_progress_is_told_at_a_terminal(few: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    assert main(["selftest"]) == 0
    shown = [part.strip() for part in terminal.getvalue().split("\r")]
    assert shown == ["", *(f"{number} of 7 vectors" for number in range(1, 8)), "", ""]


def test_junit_has_a_case_for_each_vector(few: Path, capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    known, ran = junit(capsysbinary)
    assert (known.get("name"), known.get("tests")) == ("known answers", "7")
    assert [(case.get("classname"), case.get("name")) for case in ran.findall("testcase")] == [
        (row["class"], row["id"]) for row in chosen()
    ]
    properties = {one.get("name"): one.get("value") for one in ran.find("properties")}
    assert properties["at"] == "2026-11-30T12:00:00.000Z"
    assert properties["vectors.digest"] == hashlib.sha256((few / "all.jsonl").read_bytes()).hexdigest()
    assert properties["code.digest"] == selftest.installation().code
