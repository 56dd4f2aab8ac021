"""A run to measure: a package made in a folder, and an agent that performs one step again and again."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path

from opsproof_record import Run
from opsproof_record.contracts.authoring import author
from opsproof_record.contracts.procedure import read_procedure
from opsproof_record.signing import keys

MIB = 1 << 20
ACTOR = "agent-1"
PROCEDURE = """\
id = "bench.measure"
version = 1
title = "Measure again and again"
issuer = "owner"
policy = "baseline"
pack = "general"

[authority]
seal = ["operator"]

[[roster]]
id = "agent-1"
name = "Agent 1"
kind = "agent"
principal = "operator-1"
roles = ["operator"]
key-file = "agent-1.pub"

[[steps]]
id = "measure"
title = "Measure"
roles = ["operator"]
repeat = { min = 1, max = 1000000 }

[steps.values.mass]
type = "decimal"
unit = "kg"
min = "40"
max = "45"

[steps.values.count]
type = "integer"

[steps.evidence.photo]
media = ["application/octet-stream"]
min = 0
max = 1000000
"""
#: Entries of one pass: started, two values, an instrument, four notes, completed, and one item of evidence.
PASS = 10
#: Passes that are written and flushed together, and signed once: a hundred entries.
PASSES = 10


@dataclass
class Costs:
    """What a stretch of entries cost, evidence apart: seconds an entry, by the wall and by the processor."""

    wall: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)

    def median(self) -> tuple[float, float]:
        """Give the medians in microseconds."""
        return statistics.median(self.wall) * 1e6, statistics.median(self.cpu) * 1e6


def start(folder: Path) -> Run:
    """Make keys and a package, and start a run of it."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in ("owner", ACTOR):
        signer = keys.generate(folder / name, None)
        (folder / f"{name}.pub").write_text(keys.public_line(signer.public))
    source = folder / "measure.toml"
    source.write_text(PROCEDURE)
    author(read_procedure(source), keys.load(folder / "owner", bytes), folder / "measure.lep")
    return Run.start(folder / "measure.lep", folder / "run.opb", actor=ACTOR, key=folder / ACTOR)


def reopen(folder: Path) -> Run:
    """Go on with that run."""
    return Run.open(folder / "run.opb", actor=ACTOR, key=folder / ACTOR)


def batch(run: Run, item: Path | None, costs: Costs) -> None:
    """Perform some passes in one go: one flush, one signature. The cost is that of the entries, evidence apart."""
    apart, apart_cpu = 0.0, 0.0
    began, began_cpu = time.perf_counter(), time.process_time()
    with run.batch():
        for _ in range(PASSES):
            with run.step("measure") as step:
                step.record("mass", "42.50")
                step.record("count", 7)
                step.use_instrument("scale-7")
                for _ in range(4):
                    step.note("as it should be")
                if item is not None:
                    here, here_cpu = time.perf_counter(), time.process_time()
                    step.attach(item, slot="photo")
                    apart += time.perf_counter() - here
                    apart_cpu += time.process_time() - here_cpu
    run.attest()
    count = PASSES * (PASS if item is None else PASS - 1)
    costs.wall.append((time.perf_counter() - began - apart) / count)
    costs.cpu.append((time.process_time() - began_cpu - apart_cpu) / count)


def timed(call: Callable[[], object]) -> float:
    """Give the seconds that a call takes."""
    began = time.perf_counter()
    call()
    return time.perf_counter() - began


def in_turn(rounds: int, calls: dict[str, Callable[[], object]]) -> dict[str, list[float]]:
    """Time some calls in turn, A B C A B C, so that a machine whose speed drifts is unfair to none."""
    taken: dict[str, list[float]] = {name: [] for name in calls}
    for number in range(rounds + 1):
        for name, call in calls.items():
            seconds = timed(call)
            if number:  # the first round warms up
                taken[name].append(seconds)
    return taken


def ratio(ours: Iterable[float], theirs: Iterable[float]) -> float:
    """Give the median of the ratios, pair by pair."""
    return statistics.median(one / other for one, other in zip(ours, theirs, strict=True))


def command(*words: object) -> Callable[[], object]:
    """Make a call that runs a command as a process of its own."""
    argv = [str(word) for word in words]
    return lambda: subprocess.run(argv, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def opsproof(folder: Path, *words: object) -> Callable[[], object]:
    """Make a call that runs `opsproof` on the run in a folder."""
    who = ("--run", folder / "run.opb", "--as", ACTOR, "--key", folder / ACTOR, "--no-attest")
    return command(sys.executable, "-m", "opsproof_record", *words, *who)


def flush_time(folder: Path) -> float:
    """Give the median seconds of a flush of 200 bytes on this disk."""
    handle = os.open(folder / "flush", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    taken = []
    for _ in range(200):
        os.write(handle, bytes(200))
        taken.append(timed(lambda: os.fsync(handle)))
    os.close(handle)
    return statistics.median(taken)


def random_file(path: Path, size: int) -> Path:
    """Make a file that cannot be compressed."""
    with path.open("wb") as file:
        for _ in range(size // MIB):
            file.write(os.urandom(MIB))
        file.write(os.urandom(size % MIB))
    return path
