"""Builds the verifier as one file, build/opsproof-verify.pyz, for this platform and this version of Python (shiv).

    python packaging/single.py [--output FILE]

It needs a package index; the same tree and Python give the same bytes.
"""

from __future__ import annotations

import argparse
import hashlib
import shutil
import sys
import tempfile
from pathlib import Path
from string import Template

from kitlib import ROOT, as_script
from kitlib.kit import TEMPLATES
from kitlib.targets import here
from kitlib.wheels import LOCK, build, fetch, read, requirements, run


def install(folder: Path) -> Path:
    """Install the verifier and what it needs into a folder of its own, without what differs from machine to machine."""
    wheels, site = folder / "wheels", folder / "site"
    build(ROOT, ".", wheels, ["wheel"])
    fetch(here(), LOCK, wheels, "--require-hashes")
    listed = folder / "requirements.txt"
    listed.write_text(requirements(read(path) for path in sorted(wheels.glob("*.whl"))), encoding="utf-8")
    words = ["install", "--quiet", "--no-index", "--require-hashes", "--find-links", str(wheels), "--no-compile"]
    run(
        [sys.executable, "-m", "pip", *words, "--target", str(site), "-r", str(listed)],
        "the installation of wheels",
        "pip says",
    )
    # Start scripts begin with the path of an interpreter; the file has a start of its own.
    shutil.rmtree(site / "bin", ignore_errors=True)
    for record in site.glob("*.dist-info/RECORD"):
        lines = record.read_text(encoding="utf-8").splitlines(keepends=True)
        kept = [line for line in lines if not line.startswith(("bin/", "../"))]
        record.write_text("".join(kept), encoding="utf-8")
    return site


def main() -> None:
    """Build the file."""
    parser = argparse.ArgumentParser(description="Build the verifier as one file for this platform and Python.")
    parser.add_argument("--output", type=Path, default=ROOT / "build" / "opsproof-verify.pyz")
    output: Path = parser.parse_args().output
    output.parent.mkdir(parents=True, exist_ok=True)
    target = here()
    with tempfile.TemporaryDirectory() as place:
        site = install(Path(place))
        guard = Path(place) / "guard.py"
        text = (TEMPLATES / "guard.py").read_text(encoding="utf-8")
        guard.write_text(Template(text).substitute(platform=target.platform, python=target.python), encoding="utf-8")
        guard.chmod(0o755)
        words = ["--reproducible", "--compressed", "--site-packages", str(site), "--preamble", str(guard)]
        entry = ["--entry-point", "opsproof_verify.cli:command", "--output-file", str(output.resolve())]
        run([sys.executable, "-m", "shiv", *words, *entry], "the build of the single file", "shiv says")
    print(f"{output}: for {target.platform} with Python {target.python}")
    print(f"SHA-256 {hashlib.sha256(output.read_bytes()).hexdigest()}")


if __name__ == "__main__":
    as_script(main)
