"""Times commands in turn and compares them: whole processes, medians, and ratios of the same round."""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
OURS = ROOT / ".venv" / "bin"
PEERS = ROOT / ".venv-bench" / "bin"
KIB, MIB, GIB = 1 << 10, 1 << 20, 1 << 30
VERDICTS = (0, 1, 3)  # FINAL, FAIL, PROVISIONAL
_WORDS = {0: "FINAL", 1: "FAIL", 3: "PROVISIONAL"}


@dataclass(frozen=True)
class Command:
    """What is run, where, and which exit statuses are as they should be."""

    words: tuple[str, ...]
    cwd: Path = HERE
    statuses: tuple[int, ...] = (0,)
    times: int = 1  # so many of it would have been run, one after the other: the time is multiplied


@dataclass
class Taken:
    """What a command took, round by round."""

    seconds: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)
    peak: int = 0  # KiB

    @property
    def median(self) -> float:
        """The median of its seconds."""
        return statistics.median(self.seconds)

    @property
    def median_cpu(self) -> float:
        """The median of its processor seconds."""
        return statistics.median(self.cpu)


def command(*words: object, **more: Any) -> Command:
    """Make a command."""
    return Command(tuple(str(word) for word in words), **more)


def check(bundle: Path | list[Path], trust: Path, *, workers: int = 1, **more: Any) -> Command:
    """Make the command that verifies bundles under `baseline`; by default any verdict is as it should be."""
    bundles = bundle if isinstance(bundle, list) else [bundle]
    count = ("--workers", workers) if has_workers() else ()
    words = (OURS / "opsproof-verify", "check", *bundles, "--trust", trust, "--policy", "baseline", "--at", AT, *count)
    return command(*words, **({"statuses": VERDICTS} | more))


#: When all bundles are verified: a year after their runs.
AT = "2027-11-02T08:00:00Z"


@cache
def has_workers() -> bool:
    """Tell whether the verifier can be told how many processes to use."""
    said = subprocess.run([OURS / "opsproof-verify", "check", "--help"], capture_output=True, text=True, check=True)
    return "--workers" in said.stdout


def worker_counts() -> tuple[int, ...]:
    """Give the numbers of processes to measure."""
    return (1, 2) if has_workers() else (1,)


def limit(*words: object, **more: Any) -> Command:
    """Make a command of `limits.py`, in the interpreter and with the packages of the verifier."""
    return command(OURS / "python", HERE / "limits.py", *words, **more)


def peer(*words: object, **more: Any) -> Command:
    """Make a command of `peers.py`, in the environment of the peers."""
    return command(PEERS / "python", HERE / "peers.py", *words, **more)


def once(what: Command, *, watch: bool = False, output: Path | None = None) -> dict[str, Any]:
    """Run a command once and give what it took; end with what it said if it did not do what it should."""
    job = {"command": what.words, "cwd": str(what.cwd), "watch": watch, "output": output and str(output)}
    argv = [sys.executable, "-I", "-S", HERE / "timed.py", json.dumps(job)]
    done = subprocess.run(argv, stdout=subprocess.PIPE, text=True, check=True)
    result: dict[str, Any] = json.loads(done.stdout)
    if result["status"] not in what.statuses:
        raise SystemExit(f"status {result['status']} of: {' '.join(what.words)}")
    return result


def in_turn(commands: Mapping[str, Command], rounds: int) -> dict[str, Taken]:
    """Time commands in turn, one round after the other, each round beginning with another; the first warms up."""
    taken = {name: Taken() for name in commands}
    names = list(commands)
    for number in range(rounds + 1):
        first = number % len(names)
        for name in names[first:] + names[:first]:
            result = once(commands[name])
            if number:
                taken[name].seconds.append(result["seconds"] * commands[name].times)
                taken[name].cpu.append(result["cpu"] * commands[name].times)
                taken[name].peak = max(taken[name].peak, result["peak"])
        print(f"  round {number} of {rounds}", file=sys.stderr, flush=True)
    return taken


def ratio(one: Taken, other: Taken, scale: float = 1.0) -> float:
    """Give the median, over the rounds, of how many times as long the one took as the other."""
    return statistics.median(a / b for a, b in zip(one.seconds, other.seconds, strict=True)) * scale


def verdict(what: Command) -> str:
    """Run a check once and give its verdict; this warms up, too."""
    return _WORDS[once(what)["status"]]
