"""Wheels: ours built, those of others fetched against the hashes in requirements.lock, their metadata read."""

from __future__ import annotations

import hashlib
import os
import re
import subprocess
import sys
import zipfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from email.parser import Parser
from pathlib import Path

from kitlib import EPOCH, ROOT, KitError
from kitlib.targets import Target

LOCK = ROOT / "packaging" / "requirements.lock"

#: The distributions of this repository, and where they are built.
DISTRIBUTIONS = {"opsproof-verify": ".", "opsproof-record": "recorder"}


@dataclass(frozen=True)
class Wheel:
    """A wheel and what its METADATA says."""

    path: Path
    name: str
    version: str
    licence: str
    requires: tuple[str, ...]
    boms: tuple[str, ...]

    @property
    def sha256(self) -> str:
        """The SHA-256 of the file."""
        return hashlib.sha256(self.path.read_bytes()).hexdigest()


def build(root: Path, folder: str, target: Path, kinds: Sequence[str] = ("sdist", "wheel")) -> None:
    """Build one distribution of the tree `root` into `target`, without a network: hatchling is what .venv has.

    hatchling writes sorted names, one time and modes that do not depend on the umask. Raises KitError.
    """
    target.mkdir(parents=True, exist_ok=True)
    options = [word for kind in kinds for word in ("-t", kind)]
    run(
        [sys.executable, "-m", "hatchling", "build", "-d", str(target.resolve()), *options],
        f"{folder}: the build of a wheel",
        "what hatchling says is",
        cwd=root / folder,
    )


def fetch(target: Target, requirements: Path, folder: Path, *options: str) -> None:
    """Fetch the wheels of one target from the package index that pip is set up for. Raises KitError."""
    words = ["download", "--quiet", "--no-deps", "--dest", str(folder), "--requirement", str(requirements)]
    run(
        [sys.executable, "-m", "pip", *words, *target.pip_options(), *options],
        f"{target.platform} with Python {target.python}: the download of wheels",
        "check the package index that pip is set up for; what is not in requirements.lock is refused (`make lock`)",
    )


def run(command: list[str], what: str, remedy: str, cwd: Path = ROOT) -> str:
    """Run a command with the fixed time and give what it says. Raises KitError with what it said, shortened."""
    settings = os.environ | {"SOURCE_DATE_EPOCH": str(EPOCH), "PIP_DISABLE_PIP_VERSION_CHECK": "1"}
    done = subprocess.run(command, capture_output=True, check=False, cwd=cwd, env=settings, text=True)
    if done.returncode != 0:
        # pip lists all hashes that would have done, one a line.
        told = [line for line in done.stderr.splitlines() if line.strip() and not line.lstrip().startswith("Expected ")]
        raise KitError("\n".join([f"{what} failed; {remedy}:", *told[-20:]]))
    return done.stdout


def read(path: Path) -> Wheel:
    """Read the metadata of a wheel."""
    with zipfile.ZipFile(path) as archive:
        names = archive.namelist()
        inner = next(name for name in names if re.fullmatch(r"[^/]+\.dist-info/METADATA", name))
        fields = Parser().parsestr(archive.read(inner).decode())
    requires = [
        re.split(r"[^A-Za-z0-9._-]", line)[0] for line in fields.get_all("Requires-Dist", []) if "extra" not in line
    ]
    return Wheel(
        path=path,
        name=normal(fields["Name"]),
        version=fields["Version"],
        licence=fields.get("License-Expression") or fields.get("License") or "",
        requires=tuple(sorted({normal(name) for name in requires})),
        boms=tuple(sorted(name for name in names if re.fullmatch(r"[^/]+\.dist-info/sboms/[^/]+", name))),
    )


def normal(name: str) -> str:
    """Give the name of a distribution as indexes compare it (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name).lower()


def requirements(wheels: Iterable[Wheel]) -> str:
    """Write requirements with the hash of every wheel. Raises KitError if a distribution has two versions."""
    found: dict[str, tuple[str, list[str]]] = {}
    for wheel in wheels:
        version, hashes = found.setdefault(wheel.name, (wheel.version, []))
        if version != wheel.version:
            raise KitError(f"{wheel.path.name}: {wheel.name} is there as {version} too; remove one of the wheels")
        hashes.append(wheel.sha256)
    return "".join(
        " \\\n    ".join([f"{name}=={version}", *(f"--hash=sha256:{one}" for one in sorted(set(hashes)))]) + "\n"
        for name, (version, hashes) in sorted(found.items())
    )
