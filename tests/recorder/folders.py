"""Folders and files for tests, and the code that another user runs in them."""

from __future__ import annotations

import hashlib
import os
import pwd
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest


@contextmanager
def quick_folder() -> Iterator[Path]:
    """Give a folder for many short runs: in memory where there is such a place, since each flush takes its time."""
    memory = Path("/dev/shm")  # noqa: S108 - the folder gets a name of its own there
    place = memory if os.access(memory, os.W_OK) else None
    with tempfile.TemporaryDirectory(prefix="opsproof-", dir=place) as folder:
        yield Path(folder)


#: Some tests show what happens to somebody who may not read or write a file; that takes two users.
needs_two_users = pytest.mark.skipif(os.geteuid() != 0, reason="not root: WHAT OTHERS CANNOT WRITE IS NOT TESTED HERE")


@contextmanager
def shared_folder() -> Iterator[Path]:
    """Give a folder into which another user can look."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o711)
        yield Path(folder)


def as_nobody(code: str, folder: Path) -> str:
    """Run code with a crew in a folder as the user `nobody`; give what it prints."""
    user = pwd.getpwnam("nobody")
    script = f"""
import os
from pathlib import Path
from opsproof_record.run import attaching, work
from opsproof_record.run.attaching import Target
from opsproof_record.errors import Refused
from recorder.crew import Crew
crew = Crew.at(Path({str(folder)!r}))
os.setgroups([])
os.setgid({user.pw_gid})
os.setuid({user.pw_uid})
{code}
"""
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    argv = [sys.executable, "-c", script]
    return subprocess.run(argv, env=environment, check=True, stdout=subprocess.PIPE, text=True).stdout


def give_to_nobody(*paths: Path) -> None:
    """Hand files over to that user."""
    user = pwd.getpwnam("nobody")
    for path in paths:
        os.chown(path, user.pw_uid, user.pw_gid)


def file_of(path: Path, size: int, seed: int = 0) -> Path:
    """Make a file of some size with content of its own."""
    path.write_bytes(hashlib.shake_128(seed.to_bytes(8)).digest(size) if size else b"")
    return path


def sparse(path: Path, size: int) -> Path:
    """Make a file that takes no room on the disk."""
    with path.open("wb") as file:
        os.ftruncate(file.fileno(), size)
    return path
