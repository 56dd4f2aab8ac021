"""Builds the kit for a machine without a network, as a folder and as one tar file. Needs a package index.

    python packaging/airgap.py [--platforms "NAME..."] [--pythons "VERSION..."] [--key FILE] [--output DIR]

The same tree, targets and Ed25519 key give the same bytes. docs/guides/airgap.md tells how it is used.
"""

from __future__ import annotations

import argparse
import hashlib
import shutil
from pathlib import Path

from kitlib import ROOT, KitError, as_script
from kitlib.kit import SUMS, assemble, pack
from kitlib.targets import DEFAULT_PLATFORMS, PLATFORMS, PYTHONS, targets


def options() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description="Build the kit for a machine without a network.")
    parser.add_argument(
        "--platforms", default="", help=f"of {' '.join(PLATFORMS)}; default: {' '.join(DEFAULT_PLATFORMS)}"
    )
    parser.add_argument("--pythons", default="", help=f"versions of CPython; default: {' '.join(PYTHONS)}")
    parser.add_argument("--key", type=Path, help="an OpenSSH private key to sign with, or its .pub if an agent has it")
    parser.add_argument("--output", type=Path, default=ROOT / "build" / "airgap", help="default: build/airgap")
    return parser.parse_args()


def main() -> None:
    """Build the kit. A folder that is no kit is never replaced."""
    arguments = options()
    wanted = targets(arguments.platforms, arguments.pythons)
    folder: Path = arguments.output
    if folder.exists() and any(folder.iterdir()) and not (folder / SUMS).is_file():
        raise KitError(f"{folder}: is not empty and is no kit; remove it, or name another folder with --output")
    if arguments.key:
        arguments.key = arguments.key.expanduser()  # make gets `KEY=~/...` as it stands from some shells
    if arguments.key and not arguments.key.is_file():
        raise KitError(f"{arguments.key}: no such file; give KEY=FILE, an OpenSSH private key")
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    signer = assemble(folder, wanted, arguments.key)
    name = f"opsproof-kit-{version(folder)}"
    archive = folder.parent / f"{name}.tar"
    pack(folder, name, archive)
    print(f"{folder}: {len(wanted)} targets: {', '.join(f'{one.platform} {one.python}' for one in wanted)}")
    print(f"{archive}: SHA-256 {hashlib.sha256(archive.read_bytes()).hexdigest()}")
    print(f"{SUMS}: SHA-256 {hashlib.sha256((folder / SUMS).read_bytes()).hexdigest()}")
    if signer:
        print(f"signed by {signer}: tell the auditor this fingerprint by another way than the kit")
    else:
        print("NOT SIGNED: tell the auditor the SHA-256 of SHA256SUMS by another way, or sign with KEY=FILE")


def version(folder: Path) -> str:
    """Give the version of the verifier in a kit."""
    return next((folder / "wheels").glob("opsproof_verify-*.whl")).name.split("-")[1]


if __name__ == "__main__":
    as_script(main)
