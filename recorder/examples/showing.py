"""What the examples share: commands run as processes of their own, shown with what they say."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

BIN = Path(sys.executable).parent
FINAL, FAIL, PROVISIONAL = 0, 1, 3


def chapter(title: str) -> None:
    """Print what comes next."""
    print(f"\n== {title}", flush=True)


def process(words: list[str], place: Path) -> tuple[int, str]:
    """Run a command in a directory as a process of its own, without a shell; give its exit status and what it said."""
    path = f"{BIN}{os.pathsep}{os.environ.get('PATH', '')}"  # so that `python` and the commands are those of .venv
    done = subprocess.run(  # noqa: S603 - the commands of these examples
        words,
        cwd=place,
        env=os.environ | {"PATH": path},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout


Call = Callable[[list[str], Path], tuple[int, str]]


def run(line: str, place: Path, expect: int = 0, prompt: str = "$", call: Call = process) -> str:
    """Run a command line in a directory; show it, and give what it said. Stop if it ends otherwise than expected."""
    print(f"\n{prompt} {line}", flush=True)
    status, said = call(shlex.split(line), place)
    print(said, end="", flush=True)
    if status != expect:
        sys.exit(f"this command ended with {status}, not with {expect}: the example stops here")
    if expect:
        print(f"(exit status {status})")
    return said


def entry(said: str) -> str:
    """Give the number of the first entry that a command wrote, such as e31."""
    return said.split(maxsplit=1)[0]


def now() -> str:
    """Give the time, as `--at` takes it."""
    return written(datetime.now(UTC))


def written(moment: datetime) -> str:
    """Write a time as `--at` takes it."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


class World:
    """Where an example happens: its commands are processes, and the time is that of this machine."""

    def chapter(self, title: str) -> None:
        """Print what comes next."""
        chapter(title)

    def run(self, line: str, place: Path, expect: int = 0, *, prompt: str, minutes: int = 0) -> str:
        """Run a command as :func:`run` does; ``minutes`` is what this work takes where it is real."""
        self.work(minutes)
        return run(line, place, expect, prompt, self.call)

    def work(self, minutes: int) -> None:
        """Let the time pass that work takes; here nobody waits for it."""

    def call(self, words: list[str], place: Path) -> tuple[int, str]:
        """Run a command; give its exit status and what it said."""
        return process(words, place)

    def now(self) -> datetime:
        """Give the time, with the zone of this machine."""
        return datetime.now().astimezone()
