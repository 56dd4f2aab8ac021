"""Builds wheel and sdist of both distributions.

    python packaging/wheels.py [--output DIR]

It needs no network; the same tree and the same hatchling give the same bytes.
"""

from __future__ import annotations

import argparse
import hashlib
from pathlib import Path

from kitlib import ROOT, as_script
from kitlib.wheels import DISTRIBUTIONS, build


def main() -> None:
    """Build all and print their SHA-256, as `sha256sum` does."""
    parser = argparse.ArgumentParser(description="Build wheels and sdists, the same bytes each time.")
    parser.add_argument("--output", type=Path, default=ROOT / "build" / "wheels", help="default: build/wheels")
    target: Path = parser.parse_args().output
    for folder in DISTRIBUTIONS.values():
        build(ROOT, folder, target)
    for path in sorted(target.glob("opsproof_*")):
        print(f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.name}")


if __name__ == "__main__":
    as_script(main)
