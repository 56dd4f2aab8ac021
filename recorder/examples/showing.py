"""What the examples share: commands run as processes of their own, shown with what they say."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

BIN = Path(sys.executable).parent
FINAL, FAIL, PROVISIONAL = 0, 1, 3


def chapter(title: str) -> None:
    """Print what comes next."""
    print(f"\n== {title}", flush=True)


def run(line: str, place: Path, expect: int = 0, prompt: str = "$") -> str:
    """Run a command line in a directory, without a shell; show it, and give what it said. Stop if it ends otherwise."""
    print(f"\n{prompt} {line}", flush=True)
    path = f"{BIN}{os.pathsep}{os.environ.get('PATH', '')}"  # so that `python` and the commands are those of .venv
    done = subprocess.run(  # noqa: S603 - the commands of these examples
        shlex.split(line),
        cwd=place,
        env=os.environ | {"PATH": path},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    print(done.stdout, end="", flush=True)
    if done.returncode != expect:
        sys.exit(f"this command ended with {done.returncode}, not with {expect}: the example stops here")
    if expect:
        print(f"(exit status {done.returncode})")
    return done.stdout


def entry(said: str) -> str:
    """Give the number of the first entry that a command wrote, such as e31."""
    return said.split(maxsplit=1)[0]


def now() -> str:
    """Give the time, as `--at` takes it."""
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
