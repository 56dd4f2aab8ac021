"""A few vectors in a folder of their own, for `selftest`, and its records in the forms that it has."""

from __future__ import annotations

import hashlib
import importlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from opsproof_verify.cli import main, selftest_run

ROOT = Path(__file__).parent.parent.parent
VECTORS = ROOT / "testvectors"
PACKAGE = ROOT / "opsproof_verify"

etree: Any = importlib.import_module("lxml.etree")  # it has no types
SCHEMA = json.loads((PACKAGE / "render/selftest-1.schema.json").read_text(encoding="utf-8"))
JUNIT = etree.XMLSchema(etree.parse(str(ROOT / "tests" / "schemas" / "junit-10.xsd")))
Row = dict[str, Any]


@cache
def lines() -> dict[str, str]:
    """Give the lines of all vectors by their ids."""
    with (VECTORS / "all.jsonl").open(encoding="utf-8") as file:
        return {json.loads(line)["id"]: line for line in file}


def chosen() -> list[Row]:
    """Give a few vectors of each kind of input."""
    rows = [json.loads(line) for line in lines().values()]
    wanted: list[Callable[[Row], object]] = [
        lambda row: row["id"] == "minimal",
        lambda row: row["id"] == "chain-prev",
        lambda row: row["input"]["policy"],
        lambda row: row["input"]["evidence"] and row["expect"]["verdict"] == "FINAL",
        lambda row: row["input"]["at"] is None,
        lambda row: row["input"]["expect"],
        lambda row: row["expect"]["verdict"] == "PROVISIONAL",
    ]
    return [next(row for row in rows if fits(row)) for fits in wanted]


def tree(leaves: list[bytes]) -> bytes:
    """Give the root of RFC 9162 §2.1.1, as it is written there."""
    if len(leaves) == 1:
        return leaves[0]
    split = 1 << (len(leaves) - 1).bit_length() - 1
    return hashlib.sha256(b"\1" + tree(leaves[:split]) + tree(leaves[split:])).digest()


def cbor(path: str, size: int, digest: str) -> bytes:
    """Give a row of the manifest in deterministic CBOR, by hand: shorter keys come first."""
    length = 0 if size < 24 else 1 if size < 256 else 2 if size < 65_536 else 4
    number = bytes([23 + length.bit_length()]) + size.to_bytes(length, "big") if length else bytes([size])
    name = bytes([0x60 + len(path)]) + path.encode()
    return b"\xa3\x64path" + name + b"\x64size" + number + b"\x66sha256\x78\x40" + digest.encode()


def write(folder: Path, data: bytes, count: int) -> Path:
    """Write a file of vectors, and a manifest that fits it, but perhaps for their number."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "all.jsonl").write_bytes(data)
    rows, leaves = [], []
    for path, body in (("all.jsonl", data), ("codes.json", b"[]"), ("odd.json", b"")):
        size, digest = len(body), hashlib.sha256(body).hexdigest()
        rows.append({"path": path, "sha256": digest, "size": size})
        leaves.append(hashlib.sha256(b"\0" + cbor(path, size, digest)).digest())
    manifest = {"suite": "9.9", "spec": "1", "root": tree(leaves).hex(), "vectors": count, "files": rows}
    (folder / "manifest.json").write_text(json.dumps(manifest))
    return folder


def vectors(folder: Path, rows: list[Row]) -> Path:
    """Write some vectors."""
    return write(folder, b"".join(json.dumps(row).encode() + b"\n" for row in rows), len(rows))


def use(monkeypatch: pytest.MonkeyPatch, folder: Path) -> Path:
    monkeypatch.setattr(selftest_run, "folder", lambda: str(folder))
    return folder


def record(capsysbinary: pytest.CaptureFixture[bytes], *arguments: str) -> tuple[int, Any]:
    """Run here; give the status, and the record, which keeps its schema."""
    status = main(["selftest", "--format", "json", *arguments])
    said = capsysbinary.readouterr()
    assert said.err == b""
    value = json.loads(said.out)
    jsonschema.Draft202012Validator(SCHEMA).validate(value)
    return status, value


def start(*arguments: str, at: Path = ROOT) -> subprocess.CompletedProcess[str]:
    """Run the command as a user does, without the tracing, which would triple its time."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("COV")}
    return subprocess.run(
        [sys.executable, "-m", "opsproof_verify", "selftest", *arguments],
        capture_output=True,
        check=False,
        cwd=at,
        env=environment | {"PYTHONPATH": str(at)},
        text=True,
    )


def installed(folder: Path, *, with_vectors: bool = True) -> Path:
    """Lay the package out as a wheel does, with a few vectors."""
    package = folder / "opsproof_verify"
    shutil.copytree(PACKAGE, package, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copytree(ROOT / "policies", package / "policies")
    if with_vectors:
        vectors(package / "testvectors", chosen())
    return folder


def junit(capsysbinary: pytest.CaptureFixture[bytes]) -> Any:
    """Give the record as JUnit XML that keeps the schema and counts right."""
    main(["selftest", "--format", "junit", "--at", "2026-11-30T12:00:00Z"])
    root = etree.fromstring(capsysbinary.readouterr().out)
    JUNIT.assertValid(root)
    for suite in [root, *root]:
        for name, element in (("tests", "testcase"), ("failures", "failure"), ("errors", "error")):
            assert suite.get(name) == str(len(suite.findall(f".//{element}")))
    return root
