"""Writes requirements.lock: each wheel that a kit may have, by its SHA-256. Run it when requirements.in has changed.

    python packaging/lock.py

Hashes are those of the files that the package index gives today; whoever reviews the change compares them.
"""

from __future__ import annotations

import argparse
import re
import sys
import tempfile
from pathlib import Path

from kitlib import ROOT, as_script
from kitlib.targets import PLATFORMS, here, targets
from kitlib.wheels import LOCK, fetch, read, requirements, run

SOURCE = ROOT / "packaging" / "requirements.in"
HEAD = "# Every wheel that a kit may have. Written by `make lock` from requirements.in; not edited by hand.\n"


def main() -> None:
    """Resolve for this machine, then fetch the same versions for all targets."""
    argparse.ArgumentParser(description="Write requirements.lock anew.").parse_args()
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        words = ["--quiet", "--only-binary=:all:", "--dest", str(folder / "here"), "--requirement", str(SOURCE)]
        run([sys.executable, "-m", "pip", "download", *words], "the resolution of requirements.in", "pip says")
        pins = folder / "pins"
        found = [read(path) for path in (folder / "here").glob("*.whl")]
        pins.write_text("".join(f"{one.name}=={one.version}\n" for one in found), encoding="utf-8")
        for target in targets(" ".join(PLATFORMS), ""):
            fetch(target, pins, folder / "all")
        text = requirements(read(path) for path in sorted((folder / "all").glob("*.whl")))
    LOCK.write_text(HEAD + text, encoding="utf-8")
    print(f"{LOCK.name}: {len(re.findall('sha256:', text))} wheels, resolved on {here().platform}")


if __name__ == "__main__":
    as_script(main)
