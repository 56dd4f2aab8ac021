"""Wheels, sdists and the single file: the same bytes each time, and of use.

The single file needs the package index that set this environment up.
"""

from __future__ import annotations

import os
import re
import shutil
import stat
import subprocess
import sys
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest
from kitlib import KitError, targets, wheels
from test_cli import AT, TRUST, bundle

ROOT = Path(__file__).parents[1]
PACKAGING = ROOT / "packaging"
KEYGEN = shutil.which("ssh-keygen") or ""


def script(name: str, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """Run a script of `packaging/` as `make` does."""
    command = [sys.executable, str(ROOT / "packaging" / name), *map(str, arguments)]
    return subprocess.run(command, capture_output=True, check=False, text=True, cwd=ROOT)


# --- wheels and sdists


def copy_of_tree(target: Path) -> Path:
    hidden = shutil.ignore_patterns(
        ".git", ".venv*", ".*_cache", ".hypothesis", ".coverage*", "__pycache__", "build", "dist"
    )
    shutil.copytree(ROOT, target, ignore=hidden)
    return target


def test_two_builds_at_other_places_times_and_umasks_are_the_same_bytes(tmp_path: Path) -> None:
    first = copy_of_tree(tmp_path / "first")
    second = tmp_path / "elsewhere" / "second"
    before = os.umask(0o077)
    try:
        shutil.copytree(first, second, copy_function=shutil.copyfile)
        for folder in wheels.DISTRIBUTIONS.values():
            wheels.build(second, folder, tmp_path / "b")
    finally:
        os.umask(before)
    for path in first.rglob("*"):
        os.utime(path, (1, 1))
    for folder in wheels.DISTRIBUTIONS.values():
        wheels.build(first, folder, tmp_path / "a")
    names = sorted(path.name for path in (tmp_path / "a").iterdir())
    assert [name.split("-")[0] for name in names] == ["opsproof_record"] * 2 + ["opsproof_verify"] * 2
    assert names == sorted(path.name for path in (tmp_path / "b").iterdir())
    for name in names:
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes(), name
    with zipfile.ZipFile(next((tmp_path / "a").glob("opsproof_verify*.whl"))) as archive:
        assert {stat.S_IMODE(one.external_attr >> 16) for one in archive.infolist()} == {0o644}
        assert {one.date_time for one in archive.infolist()} == {(2020, 2, 2, 0, 0, 0)}


# --- what a kit or a single file is made from


def test_a_wheel_that_is_not_locked_is_refused(tmp_path: Path) -> None:
    lock = re.sub(r"sha256:[0-9a-f]{64}", f"sha256:{'0' * 64}", wheels.LOCK.read_text(encoding="utf-8"))
    (tmp_path / "lock").write_text(lock, encoding="utf-8")
    with pytest.raises(KitError, match=f"^{targets.here().platform} with Python .*\n(.*\n)*.*DO NOT MATCH THE HASHES"):
        wheels.fetch(targets.here(), tmp_path / "lock", tmp_path, "--require-hashes")


def test_one_distribution_has_one_version() -> None:
    one = wheels.Wheel(Path("a-1.whl"), "a", "1", "", (), ())
    with pytest.raises(KitError, match=r"^b: a is there as 1 too; remove one of the wheels$"):
        wheels.requirements([replace(one, path=wheels.LOCK), replace(one, path=Path("b"), version="2")])


def pins(path: Path) -> dict[str, str]:
    return dict(re.findall(r"^([A-Za-z0-9_-]+)==([^ \n]+)", path.read_text(encoding="utf-8"), re.MULTILINE))


def test_a_kit_has_the_versions_that_are_tested() -> None:
    tested = pins(ROOT / "requirements-dev.txt")
    locked = pins(wheels.LOCK)
    assert set(pins(PACKAGING / "requirements.in")) == {"cbor2", "cryptography"}
    assert pins(PACKAGING / "requirements.in").items() <= locked.items() <= tested.items()


# --- the single file


@pytest.fixture(scope="module")
def single(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("single") / "opsproof-verify.pyz"
    done = script("single.py", "--output", path)
    assert done.returncode == 0, done.stderr
    return path


@pytest.mark.xdist_group("single")
def test_two_single_files_are_the_same_bytes(single: Path, tmp_path: Path) -> None:
    assert script("single.py", "--output", tmp_path / single.name).returncode == 0
    assert single.read_bytes() == (tmp_path / single.name).read_bytes()
    with zipfile.ZipFile(single) as archive:
        for name in archive.namelist():
            assert sys.prefix.encode() not in archive.read(name), "the place of this interpreter"


@pytest.mark.xdist_group("single")
def test_the_single_file_checks_and_unpacks_where_it_is_told(single: Path, tmp_path: Path) -> None:
    settings = {"PATH": os.defpath, "HOME": str(tmp_path / "home"), "SHIV_ROOT": str(tmp_path / "root")}
    check = [sys.executable, str(single), "check", bundle("minimal"), "--trust", TRUST, "--at", AT]
    done = subprocess.run(check, capture_output=True, check=True, env=settings, cwd=tmp_path)
    assert done.stdout.startswith(b"FINAL under tv-base 1")
    assert any(path.name.startswith(single.name) for path in (tmp_path / "root").iterdir())
    assert not (tmp_path / "home").exists()


@pytest.mark.xdist_group("single")
def test_the_single_file_names_the_python_that_it_is_for(single: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(single) as archive:
        name = next(name for name in archive.namelist() if name.endswith("guard.py"))
        guard = archive.read(name).decode()
    wanted = targets.here().python
    assert f'BUILT_FOR = "{wanted}"' in guard
    other = guard.replace(f'BUILT_FOR = "{wanted}"', 'BUILT_FOR = "2.7"')
    done = subprocess.run([sys.executable, "-c", other], capture_output=True, check=False, text=True)
    assert done.returncode == 2
    assert done.stderr.startswith(f"opsproof-verify: this file was built for {targets.here().platform} with Python 2.7")
