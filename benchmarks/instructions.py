"""Counts the instructions of an entry and of a MiB of evidence, and compares them with what is noted.

    .venv/bin/python benchmarks/instructions.py [--write]        or: make instructions

Valgrind counts what one process executes, whatever else the machine does: the same code gives the same number to a few
thousandths. What is noted holds for the interpreter and the packages that it names; with others nothing is compared.
Exit status 1: something costs more than `TOLERANCE` more than is noted. `--write` notes what was counted.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import re
import shutil
import ssl
import subprocess
import sys
import tempfile
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any

from inputs import NARROW, line, scanned, small_bodies
from making import write_trust
from measuring import HERE, MIB, check

NOTED = HERE / "instructions.json"
TOLERANCE = 0.05
#: Sizes of two bundles of each kind; the cost is the slope between them.
ENTRIES = (2_500, 5_000)
ATTESTED = (1_100, 2_100)
ITEMS = (200, 600)
BODY = (1, 9)  # MiB


def main() -> int:
    """Count, compare, and give the exit status."""
    parser = argparse.ArgumentParser(description="Instructions of an entry and of a MiB of evidence.")
    parser.add_argument("--write", action="store_true", help="note what was counted")
    said = parser.parse_args()
    if shutil.which("valgrind") is None:
        print("valgrind is not installed; nothing was counted")
        return 0
    folder = Path(tempfile.mkdtemp(prefix="opsproof-instructions-"))
    try:
        found: dict[str, Any] = {"with": surroundings(), "instructions": counted(folder)}
    finally:
        shutil.rmtree(folder)
    if said.write:
        NOTED.write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")
    return compare(found, json.loads(NOTED.read_text(encoding="utf-8")))


def surroundings() -> dict[str, str]:
    """Give what the numbers depend on, beside the code."""
    named = {name: version(name) for name in ("cbor2", "cryptography")}
    return {"python": platform.python_version(), "openssl": ssl.OPENSSL_VERSION, "machine": platform.machine()} | named


def counted(folder: Path) -> dict[str, int]:
    """Count the instructions of one unit of each kind."""
    bundle = folder / "bundle.opb"

    def items(size: int) -> int:
        scanned(bundle, small_bodies(size, 1024))
        return size

    def body(size: int) -> int:
        scanned(bundle, [((), size * MIB)], zeros=True)
        return size

    kinds: dict[str, tuple[Callable[[int], int], tuple[int, int]]] = {
        "an entry": (lambda size: line(bundle, size).count, ENTRIES),
        "an attested entry or its attestation": (lambda size: line(bundle, size, NARROW, every=1).count, ATTESTED),
        "an evidence item of 1 KiB": (items, ITEMS),
        "a MiB of evidence": (body, BODY),
    }
    trust = write_trust(folder / "trust.toml")
    costs = {}
    for name, (make, sizes) in kinds.items():
        (few, low), (many, high) = ((make(size), executed(bundle, trust)) for size in sizes)
        costs[name] = (high - low) // (many - few)
    scanned(bundle, [])
    return costs | {"the smallest run, from start to end": executed(bundle, trust)}


def executed(bundle: Path, trust: Path) -> int:
    """Count the instructions of a check of a bundle, in one process."""
    words = check(bundle, trust).words
    argv = [
        "valgrind",
        "--tool=cachegrind",
        "--cache-sim=no",
        "--cachegrind-out-file=/dev/null",
        sys.executable,
        *words,
    ]
    steady = os.environ | {"PYTHONHASHSEED": "0", "PYTHONDONTWRITEBYTECODE": "1"}
    if shutil.which("setarch"):
        argv = ["setarch", platform.machine(), "--addr-no-randomize", *argv]
    done = subprocess.run(argv, capture_output=True, text=True, check=False, env=steady)
    total = re.search(r"I +refs: +([0-9,]+)", done.stderr)
    if done.returncode or total is None:
        raise SystemExit(f"{done.stdout}{done.stderr}")
    return int(total[1].replace(",", ""))


def compare(found: dict[str, Any], noted: dict[str, Any]) -> int:
    """Print both, and give 1 if something costs too much more."""
    same, worse = found["with"] == noted["with"], 0
    for name, cost in found["instructions"].items():
        before = noted["instructions"].get(name)
        change = f"{cost / before - 1:+8.1%}" if before else "     new"
        print(f"{name:38} {cost:14,} {change}")
        worse += bool(before and cost > before * (1 + TOLERANCE))
    if not same:
        print(f"noted with {noted['with']}, counted with {found['with']}: not compared")
    return int(same and worse > 0)


if __name__ == "__main__":
    sys.exit(main())
