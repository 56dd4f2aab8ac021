"""The kit as a folder and as one file: what goes in, sums over all of it, a signature over the sums."""

from __future__ import annotations

import hashlib
import re
import shutil
import subprocess
import tarfile
from collections.abc import Sequence
from pathlib import Path
from string import Template

from kitlib import EPOCH, ROOT, KitError
from kitlib.sbom import sbom
from kitlib.targets import Target
from kitlib.wheels import LOCK, build, fetch, read, requirements, run

#: The namespace of the signature (`ssh-keygen -Y sign -n`), and the principal under which the guide verifies it.
NAMESPACE = "opsproof-kit"
SUMS = "SHA256SUMS"
SIGNATURE = "SHA256SUMS.sig"

TEMPLATES = ROOT / "packaging" / "templates"

#: What is copied from the repository, as it is and to the same place.
COPIED = (
    "LICENSE",
    "LICENSES",
    "SPEC.md",
    "policies",
    *(f"testvectors/{name}" for name in ("LICENSE", "README.md", "manifest.json", "classes.json", "codes.json")),
    *(f"testvectors/{name}" for name in ("all.jsonl", "primitives", "schema", "run.py", "adapter_opsproof.py")),
)


def assemble(folder: Path, wanted: Sequence[Target], key: Path | None) -> str:
    """Make the kit for some targets in an empty folder and give the fingerprint of its signer, empty without a key.

    Raises KitError.
    """
    wheels_folder = folder / "wheels"
    wheels_folder.mkdir()
    build(ROOT, ".", wheels_folder, ["wheel"])
    for target in wanted:
        fetch(target, LOCK, wheels_folder, "--require-hashes")
    wheels = [read(path) for path in sorted(wheels_folder.glob("*.whl"))]
    (folder / "requirements.txt").write_text(requirements(wheels), encoding="utf-8")
    (folder / "sbom.cdx.json").write_text(sbom(wheels, "opsproof-verify"), encoding="utf-8")
    for name in COPIED:
        copy(ROOT / name, folder / name)
    copy(TEMPLATES / "unpack.py", folder / "testvectors" / "unpack.py")
    version = next(wheel.version for wheel in wheels if wheel.name == "opsproof-verify")
    (folder / "INSTALL.txt").write_text(install_text(version, wanted, signed=key is not None), encoding="utf-8")
    if key is not None:
        (folder / "SIGNER.pub").write_text(public_key(key), encoding="utf-8")
    (folder / SUMS).write_text(sums(folder), encoding="utf-8")
    return sign(folder, key) if key else ""


def copy(source: Path, target: Path) -> None:
    """Copy a file, or a folder without what Python keeps beside its sources."""
    target.parent.mkdir(parents=True, exist_ok=True)
    if source.is_dir():
        shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
    else:
        shutil.copyfile(source, target)


def install_text(version: str, wanted: Sequence[Target], *, signed: bool) -> str:
    """Fill in INSTALL.txt: who made the kit is another step where it is not signed."""
    who = (TEMPLATES / ("signed.txt" if signed else "unsigned.txt")).read_text(encoding="utf-8")
    return Template((TEMPLATES / "INSTALL.txt").read_text(encoding="utf-8")).substitute(
        version=version,
        platforms=", ".join(sorted({target.platform for target in wanted})),
        pythons=", ".join(sorted({target.python for target in wanted})),
        who=who.rstrip("\n"),
    )


def files(folder: Path) -> list[Path]:
    """Give all files of a kit by their paths in it, bytewise sorted."""
    found = (path.relative_to(folder) for path in folder.rglob("*") if not path.is_dir())
    return sorted(found, key=lambda path: path.as_posix().encode())


def sums(folder: Path) -> str:
    """Write the SHA-256 of every file, as `sha256sum` does. Sums and signature are not among them."""
    names = [path for path in files(folder) if path.as_posix() not in {SUMS, SIGNATURE}]
    return "".join(f"{hashlib.sha256((folder / path).read_bytes()).hexdigest()}  {path.as_posix()}\n" for path in names)


def public_key(key: Path) -> str:
    """Give the public key to a private one (or, for keys in an agent, to a .pub file), without its comment.

    The comment is often a person's account and machine. Raises KitError.
    """
    if key.suffix == ".pub":
        text = key.read_text(encoding="utf-8")
    else:
        text = run(
            ["ssh-keygen", "-y", "-f", str(key.resolve())], f"{key}: reading the key", "give an OpenSSH private key"
        )
    return " ".join(text.split()[:2]) + "\n"


def sign(folder: Path, key: Path) -> str:
    """Sign the sums and give the signer's fingerprint. Raises KitError."""
    (folder / SIGNATURE).unlink(missing_ok=True)
    # The passphrase is asked for at the terminal, so nothing is caught here.
    words = ["ssh-keygen", "-q", "-Y", "sign", "-n", NAMESPACE, "-f", str(key.resolve()), str(folder / SUMS)]
    if subprocess.run(words, check=False).returncode != 0:
        raise KitError(f"{key}: the kit could not be signed; give KEY=FILE, an OpenSSH private key")
    told = run(
        ["ssh-keygen", "-l", "-f", str((folder / "SIGNER.pub").resolve())],
        "the fingerprint of the key",
        "ssh-keygen says",
    )
    match = re.search(r"SHA256:\S+", told)
    return match[0] if match else told.strip()


def pack(folder: Path, name: str, target: Path) -> None:
    """Write a kit as one tar file: sorted, one time, one owner, one mode."""
    with tarfile.open(target, "w", format=tarfile.USTAR_FORMAT) as archive:
        for path in files(folder):
            entry = tarfile.TarInfo(f"{name}/{path.as_posix()}")
            entry.size, entry.mtime, entry.mode = (folder / path).stat().st_size, EPOCH, 0o644
            with (folder / path).open("rb") as source:
                archive.addfile(entry, source)
