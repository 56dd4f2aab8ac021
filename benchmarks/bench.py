"""`make bench`: what verifying costs, beside other tools and beside what the hardware allows.

    .venv/bin/python benchmarks/bench.py [--only CASE ...] [--rounds 5] [--quick] [--folder DIR]

Inputs are made in a temporary folder and deleted. Results go to benchmarks/RESULTS.md and benchmarks/growth.svg; those
of cases that were not run again are kept, as long as the machine is the same. `--quick` tries it all with small sizes,
and writes to build/bench instead, since such figures mean nothing.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cases_bytes
import cases_entries
from bench_case import QUICK, Bench, Result, Sizes
from making import write_trust
from measuring import HERE, ROOT
from results import facts, page, plot

CASES: dict[str, Callable[[Bench], Result]] = {
    "evidence": cases_bytes.evidence,
    "items": cases_bytes.items,
    "entries": cases_entries.entries,
    "attestations": cases_entries.attestations,
    "startup": cases_bytes.startup,
    "many": cases_bytes.many,
    "growth": cases_entries.growth,
    "hostile": cases_entries.hostile,
}
_QUICK_NOTE = "**These are figures of `--quick`: sizes so small that start-up is most of them.**\n"


def main() -> None:
    """Run the cases that are asked for."""
    parser = argparse.ArgumentParser(description="What verifying costs.")
    parser.add_argument("--only", nargs="+", choices=CASES, default=list(CASES), metavar="CASE", help=", ".join(CASES))
    parser.add_argument("--rounds", type=int, default=5, help="rounds that count, behind one that warms up")
    parser.add_argument("--quick", action="store_true", help="small sizes, to try the benchmarks themselves")
    parser.add_argument("--folder", type=Path, help="where the temporary folder is made; it takes up to 12 GiB")
    said = parser.parse_args()
    build = ROOT / "build" / "bench"
    build.mkdir(parents=True, exist_ok=True)
    store = build / ("quick.json" if said.quick else "results.json")
    found: dict[str, Any] = {"facts": facts(), "cases": {}}
    if store.exists():
        before = json.loads(store.read_text(encoding="utf-8"))
        found["cases"] = before["cases"] if before["facts"] == found["facts"] else {}
    for name, call in CASES.items():
        if name in said.only:
            print(name, file=sys.stderr, flush=True)
            found["cases"][name] = case(call, said)
            found["cases"] = {one: found["cases"][one] for one in CASES if one in found["cases"]}
            store.write_text(json.dumps(found, indent=1), encoding="utf-8")
    write(found, store, build if said.quick else HERE, [_QUICK_NOTE] if said.quick else [])


def case(call: Callable[[Bench], Result], said: argparse.Namespace) -> dict[str, Any]:
    """Run one case in a folder of its own."""
    folder = Path(tempfile.mkdtemp(prefix="opsproof-bench-", dir=said.folder))
    try:
        sizes = QUICK if said.quick else Sizes()
        return call(Bench(folder, write_trust(folder / "trust.toml"), sizes, said.rounds)).plain()
    finally:
        shutil.rmtree(folder)


def write(found: dict[str, Any], store: Path, target: Path, notes: list[str]) -> None:
    """Write page and image."""
    (target / "RESULTS.md").write_text(page(found, notes), encoding="utf-8")
    if "growth" in found["cases"]:
        plot(store, target / "growth.svg")
    print(f"written: {target / 'RESULTS.md'}", file=sys.stderr)


if __name__ == "__main__":
    main()
