"""The kit for a machine without a network: built, used as its page says, and changed.

Building it needs the package index that set this environment up.
"""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import jsonschema
import proof
import pytest
from kitlib import EPOCH, kit, targets, wheels
from kitlib.sbom import sbom
from support.cyclonedx import BOM
from test_distributions import script

ROOT = Path(__file__).parents[1]
KEYGEN = shutil.which("ssh-keygen") or ""


# --- the kit


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a signed kit for this machine, and the key."""
    if not KEYGEN:
        pytest.skip("ssh-keygen is not installed here, so no kit can be signed")
    folder = tmp_path_factory.mktemp("kit")
    for name in ("signer", "stranger"):
        make = [KEYGEN, "-q", "-t", "ed25519", "-N", "", "-C", "someone@somewhere", "-f", str(folder / name)]
        subprocess.run(make, check=True)
    assert built(folder / "one", folder / "signer").startswith("signed by SHA256:")
    return folder


def built(folder: Path, key: Path) -> str:
    """Build a kit for this machine; give the last line said."""
    here = targets.here()
    options: list[str | Path] = [
        "--platforms",
        here.platform,
        "--pythons",
        here.python,
        "--output",
        folder / "airgap",
        "--key",
        key,
    ]
    done = script("airgap.py", *options)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()[-1]


@pytest.mark.xdist_group("kit")
def test_the_documented_steps_hold_without_a_network(place: Path, tmp_path: Path) -> None:
    done = proof.prove(place / "one" / "airgap", tmp_path, quick=True)
    assert done.returncode == 0, done.stdout
    assert 'Good "opsproof-kit" signature for opsproof-kit with ED25519 key SHA256:' in done.stdout
    assert "Successfully installed cbor2-" in done.stdout
    assert re.search(r"^opsproof-verify \S+ \(SPEC 1, vocabulary 1\)$", done.stdout, re.MULTILINE)
    assert "FINAL under tv-base 1" in done.stdout
    assert done.stdout.startswith("no network: " if proof.namespace() else "pip alone")


@pytest.mark.xdist_group("kit")
def test_two_kits_are_the_same_bytes(place: Path, tmp_path: Path) -> None:
    built(tmp_path, place / "signer")
    (one,), (two,) = list((place / "one").glob("*.tar")), list(tmp_path.glob("*.tar"))
    assert one.name == two.name
    assert one.read_bytes() == two.read_bytes()
    with tarfile.open(one) as archive:
        assert {(member.mtime, member.mode, member.uid, member.gid) for member in archive} == {(EPOCH, 0o644, 0, 0)}
        assert {member.name.split("/")[0] for member in archive} == {one.stem}


def flip(path: Path, offset: int = -40) -> None:
    data = bytearray(path.read_bytes())
    data[offset] ^= 1
    path.write_bytes(data)


def forge(folder: Path) -> None:
    """Change a wheel and write the sums anew, which the signature does not cover then."""
    flip(next((folder / "wheels").glob("cbor2-*")))
    (folder / kit.SUMS).write_text(kit.sums(folder), encoding="utf-8")


TAMPERED: dict[str, tuple[Callable[[Path], None], str]] = {
    "a byte of a wheel": (lambda folder: flip(next((folder / "wheels").glob("cffi-*"))), r"wheels/cffi-.*: FAILED"),
    "a byte of our wheel": (
        lambda folder: flip(next((folder / "wheels").glob("opsproof_*"))),
        r"wheels/opsproof_verify-.*: FAILED",
    ),
    "a byte of a policy": (
        lambda folder: flip(folder / "policies" / "baseline.toml"),
        r"policies/baseline\.toml: FAILED",
    ),
    "a byte of a sum": (lambda folder: flip(folder / kit.SUMS, 5), "incorrect signature"),
    "a byte of a name": (lambda folder: flip(folder / kit.SUMS, 70), "incorrect signature"),
    "a byte of the signature": (lambda folder: flip(folder / kit.SIGNATURE, 200), "Could not|incorrect|error"),
    "sums written anew": (forge, "incorrect signature"),
    "a file more": (lambda folder: (folder / "wheels" / "more.whl").touch(), r"ls SHA256SUMS\*"),
    "a file less": (lambda folder: (folder / "SPEC.md").unlink(), r"SPEC\.md: FAILED open or read"),
}


@pytest.mark.xdist_group("kit")
@pytest.mark.parametrize("what", TAMPERED)
def test_a_changed_kit_is_refused_before_anything_is_installed(what: str, place: Path, tmp_path: Path) -> None:
    change, told = TAMPERED[what]
    changed = tmp_path / "changed"
    shutil.copytree(place / "one" / "airgap", changed)
    change(changed)
    done = proof.prove(changed, tmp_path, quick=True)
    assert done.returncode != 0
    assert re.search(told, done.stdout), done.stdout
    assert "python3 -m venv" not in done.stdout


@pytest.mark.xdist_group("kit")
def test_another_signer_shows_another_fingerprint(place: Path, tmp_path: Path) -> None:
    """The kit of a stranger is sound in itself: only the fingerprint that came by another way tells."""
    changed = tmp_path / "changed"
    shutil.copytree(place / "one" / "airgap", changed)
    forge(changed)
    (changed / "SIGNER.pub").write_text(kit.public_key(place / "stranger"), encoding="utf-8")
    (changed / kit.SUMS).write_text(kit.sums(changed), encoding="utf-8")
    mine = subprocess.check_output([KEYGEN, "-l", "-f", place / "signer.pub"], text=True).split()[1]
    assert kit.sign(changed, place / "stranger") != mine
    # The file of allowed signers that is kept from the first kit refuses the second by itself.
    allowed = tmp_path / "allowed"
    allowed.write_text(f"opsproof-kit {kit.public_key(place / 'signer')}", encoding="utf-8")
    words: list[str | Path] = [
        "-Y",
        "verify",
        "-f",
        allowed,
        "-I",
        "opsproof-kit",
        "-n",
        "opsproof-kit",
        "-s",
        changed / kit.SIGNATURE,
    ]
    with (changed / kit.SUMS).open("rb") as sums:
        done = subprocess.run([KEYGEN, *words], stdin=sums, capture_output=True, check=False)
    assert done.returncode != 0


@pytest.mark.xdist_group("kit")
def test_pip_refuses_a_changed_wheel_by_itself(place: Path, tmp_path: Path) -> None:
    changed = tmp_path / "changed"
    shutil.copytree(place / "one" / "airgap", changed)
    flip(next((changed / "wheels").glob("opsproof_*")))
    step = next(one for one in proof.commands((changed / "INSTALL.txt").read_text(encoding="utf-8")) if " pip " in one)
    words = [*step.split()[1:], "--target", str(tmp_path / "site")]
    done = subprocess.run([sys.executable, *words], cwd=changed, capture_output=True, check=False, text=True)
    assert done.returncode != 0
    assert "DO NOT MATCH THE HASHES" in done.stderr
    assert not (tmp_path / "site").exists()


@pytest.mark.xdist_group("kit")
def test_sums_and_hashes_cover_everything(place: Path) -> None:
    folder = place / "one" / "airgap"
    listed = dict(line.split("  ")[::-1] for line in (folder / kit.SUMS).read_text(encoding="utf-8").splitlines())
    assert set(listed) | {kit.SUMS, kit.SIGNATURE} == {path.as_posix() for path in kit.files(folder)}
    required = (folder / "requirements.txt").read_text(encoding="utf-8")
    found = {hashlib.sha256(path.read_bytes()).hexdigest() for path in (folder / "wheels").iterdir()}
    assert found == set(re.findall(r"--hash=sha256:([0-9a-f]{64})", required))
    assert found == {value for name, value in listed.items() if name.startswith("wheels/")}
    assert "someone" not in (folder / "SIGNER.pub").read_text(encoding="utf-8")


@pytest.mark.xdist_group("kit")
def test_vectors_of_the_kit_are_those_of_the_repository(place: Path, tmp_path: Path) -> None:
    unpack = [sys.executable, str(place / "one" / "airgap" / "testvectors" / "unpack.py"), str(tmp_path / "vectors")]
    subprocess.run(unpack, check=True)
    theirs, ours = tmp_path / "vectors" / "bundles", ROOT / "testvectors" / "bundles"
    names = sorted(path.relative_to(ours) for path in ours.rglob("*") if path.is_file())
    assert names == sorted(path.relative_to(theirs) for path in theirs.rglob("*") if path.is_file())
    for name in names:
        if name.name == "vector.json":
            assert json.loads((theirs / name).read_bytes()) == json.loads((ours / name).read_bytes())
        else:
            assert (theirs / name).read_bytes() == (ours / name).read_bytes()
    again = subprocess.run(unpack, check=False, capture_output=True, text=True)
    assert again.returncode == 1
    assert again.stderr.endswith("exists; name a new folder\n")


# --- the bill of materials


@pytest.mark.xdist_group("kit")
def test_the_bill_of_materials(place: Path) -> None:
    folder = place / "one" / "airgap"
    bom = json.loads((folder / "sbom.cdx.json").read_bytes())
    jsonschema.validate(bom, BOM)
    main = bom["metadata"]["component"]
    assert (main["name"], main["licenses"]) == ("opsproof-verify", [{"expression": "Apache-2.0"}])
    parts = [main, *bom["components"]]
    assert [part["name"] for part in parts] == ["opsproof-verify", "cbor2", "cffi", "cryptography", "pycparser"]
    graph = {one["ref"].split("/")[1].split("@")[0]: one["dependsOn"] for one in bom["dependencies"]}
    short = {name: [ref.split("/")[1].split("@")[0] for ref in refs] for name, refs in graph.items()}
    assert short == {
        "opsproof-verify": ["cbor2", "cryptography"],
        "cryptography": ["cffi"],
        "cffi": ["pycparser"],
        "cbor2": [],
        "pycparser": [],
    }
    links = [link for part in parts for link in part["externalReferences"]]
    for link in links:
        path = folder / link["url"].split("#")[0]
        if link["type"] == "distribution":
            assert link["hashes"] == [{"alg": "SHA-256", "content": hashlib.sha256(path.read_bytes()).hexdigest()}]
        else:
            assert link["url"].split("#")[1] in zipfile.ZipFile(path).namelist()
    assert {link["type"] for link in links} == {"distribution", "bom"}


@pytest.mark.xdist_group("kit")
def test_the_number_of_a_bill_follows_its_content(place: Path) -> None:
    found = [wheels.read(path) for path in sorted((place / "one" / "airgap" / "wheels").iterdir())]
    numbers = [
        json.loads(sbom(some, "opsproof-verify"))["serialNumber"]
        for some in (found, found[::-1], [replace(one, licence="MIT") for one in found])
    ]
    assert numbers[0] == numbers[1] != numbers[2]


# --- what is refused


@pytest.mark.parametrize(
    "arguments, told",
    [
        (["--platforms", "amiga"], "PLATFORMS: amiga: this platform is not known here; choose from linux-x86_64"),
        (["--platforms", "macos-x86_64"], "publish no wheels for Macs with Intel processors"),
        (["--pythons", "3.9"], "PYTHONS: 3.9: not a version that the verifier is tested with; choose from 3.11"),
        (["--key", "no-such-key"], "no-such-key: no such file; give KEY=FILE"),
    ],
)
def test_a_kit_that_cannot_be_is_refused(arguments: list[str], told: str, tmp_path: Path) -> None:
    done = script("airgap.py", "--output", tmp_path / "kit", *arguments)
    assert done.returncode == 1
    assert done.stderr.startswith("airgap: ")
    assert told in done.stderr
    assert not (tmp_path / "kit").exists()


def test_a_folder_that_is_no_kit_is_not_replaced(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("years of work", encoding="utf-8")
    done = script("airgap.py", "--output", tmp_path)
    assert done.returncode == 1
    assert "is not empty and is no kit" in done.stderr
    assert (tmp_path / "thesis.txt").read_text(encoding="utf-8") == "years of work"


def test_a_kit_without_a_key_says_so() -> None:
    text = kit.install_text("1.0", [targets.Target("linux-x86_64", "3.12")], signed=False)
    assert "This kit is NOT SIGNED" in text
    assert proof.commands(text)[0] == "sha256sum SHA256SUMS"
    assert "For linux-x86_64.\nIt needs CPython 3.12;" in text


def test_the_guide_names_every_platform() -> None:
    guide = (ROOT / "docs" / "guides" / "airgap.md").read_text(encoding="utf-8")
    assert all(f"`{name}`" in guide for name in (*targets.PLATFORMS, *targets.WITHOUT_WHEELS))
