"""Writes what was found as a page: machine, what had to be reached, and the tables of each case."""

from __future__ import annotations

import json
import platform
import ssl
import subprocess
from importlib.metadata import version
from pathlib import Path
from typing import Any

from cryptography.hazmat.backends.openssl import backend
from measuring import GIB, PEERS, peer

_HEAD = """\
# Results

Written by `make bench` (`benchmarks/bench.py`); `README.md` tells how to read it. Times are medians of whole processes,
ratios are medians of the ratios of each round. A ratio above 1 is faster than what it is compared with.
"""
_MARKS = {True: "reached", False: "**not reached**", None: "not measured"}


def facts() -> dict[str, str]:
    """Give what the figures depend on."""
    cpu = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    said = dict(line.replace("\t", "").split(":", 1) for line in cpu if ":" in line)
    flags = said.get("flags", "").split()
    memory = int(Path("/proc/meminfo").read_text(encoding="ascii").split()[1]) * 1024
    sums = said_by("sha256sum", "--version").split("\n")[0]
    peers = json.loads(said_by(*peer("versions").words))
    return {
        "processor": f"{said.get('model name', platform.machine()).strip()}, {cpu_count(cpu)} cores",
        "SHA-256 instructions": "yes" if "sha_ni" in flags or "sha2" in flags else "no",
        "memory": f"{memory / GIB:.0f} GiB",
        "system": f"{platform.system()} {platform.release()}",
        "Python": f"{platform.python_version()}, {ssl.OPENSSL_VERSION}",
        "verifier": f"opsproof-verify {version('opsproof-verify')}, cbor2 {version('cbor2')}, "
        f"cryptography {version('cryptography')} with {backend.openssl_version_text()}",
        "peers": f"{sums}; " + ", ".join(f"{name} {number}" for name, number in peers.items() if name != "matplotlib"),
    }


def said_by(*words: str) -> str:
    """Give what a command prints."""
    return subprocess.run(words, capture_output=True, text=True, check=True).stdout


def cpu_count(cpu: list[str]) -> int:
    """Count the cores."""
    return sum(line.startswith("processor") for line in cpu)


def page(found: dict[str, Any], notes: list[str]) -> str:
    """Write the page."""
    parts = [_HEAD, *notes, table(["Machine", ""], [[name, text] for name, text in found["facts"].items()])]
    cases = found["cases"]
    goals = [
        [case["title"], goal["what"], goal["need"], goal["got"], _MARKS[goal["reached"]]]
        for case in cases.values()
        for goal in case["goals"]
    ]
    parts += ["## What must be reached\n", table(["", "", "needed", "measured", ""], goals)]
    for case in cases.values():
        parts.append(f"## {case['title']}\n")
        parts += [table(one["head"], one["rows"]) for one in case["tables"]]
        parts += [f"{note}\n" for note in case["notes"]]
    if "growth" in cases:
        parts.append("![How time and memory grow with size](growth.svg)\n")
    return "\n".join(parts)


def table(head: list[str], rows: list[list[str]]) -> str:
    """Write a table."""
    lines = [head, ["---"] * len(head), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def plot(found: Path, image: Path) -> None:
    """Draw the growth, in the environment of the peers, which has what draws."""
    subprocess.run([PEERS / "python", Path(__file__).with_name("plot.py"), found, image], check=True)
