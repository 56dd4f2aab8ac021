"""A process that makes children to be killed: it has everything imported, so a child is at work within milliseconds.

It reads orders from standard input, a JSON object a line: ``{"job", "folder", "seed", "after"}``. A child does the job
and writes what the recorder has reported, a line for each thing, at once; after so many seconds it is killed with
SIGKILL. Then comes ``{"over": STATUS}``, after all that the child wrote.
"""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stdout
from pathlib import Path
from typing import Any

from opsproof_record.cli import main
from opsproof_record.library.api import Run
from opsproof_record.run import attaching, deviate, work
from opsproof_record.run.attaching import Target
from opsproof_record.run.deviate import Deviation
from opsproof_record.run.recorder import Recorder
from opsproof_record.sealed import closing
from recorder.crew import Crew, Map, contract
from recorder.folders import file_of

#: Sizes of evidence: nothing, one write, several writes, and one that takes as long as everything else together.
SIZES = (0, 700, 5_000, 300_000, 3_000_000)
REASON = "The process was killed"


def terms() -> Map:
    """Give a contract whose first step may be done any number of times."""
    weigh, mix, *_ = contract()["steps"]
    return contract(steps=[weigh | {"repeat": {"min": 1, "max": 1_000_000}}, mix])


def go_on(crew: Crew) -> None:
    """Open the journal, which recovers it, and write a note."""
    with crew.writing("op-1", gap=REASON) as recorder:
        work.note(recorder, "on we go")


def report(**what: Any) -> None:
    """Say that something is written."""
    os.write(1, json.dumps(what).encode() + b"\n")


class _Reporter:
    """Reports the entries that were written since the last time."""

    def __init__(self, recorder: Recorder) -> None:
        self._recorder = recorder
        self._next = recorder.state.count

    def commit(self) -> None:
        self._recorder.journal.commit()
        self.tell()

    def tell(self) -> None:
        state = self._recorder.state
        for seq in range(self._next, state.count):
            leaf = state.leaf(seq)
            report(seq=seq, leaf=leaf.hex() if leaf else "")
        self._next = state.count


def _work(crew: Crew, seed: int) -> None:
    """Perform passes of the first step, each call on disk before the next; people and an agent in turn."""
    chance = random.Random(seed)
    while True:
        for turn in chance.choices((_by_hand, _in_one_go, _by_the_api), (5, 3, 3), k=3):
            turn(crew, chance)


def _by_hand(crew: Crew, chance: random.Random) -> None:
    with crew.writing("op-1", attest=False, gap=REASON) as recorder:
        done = _Reporter(recorder)
        if not recorder.state.open_passes("weigh"):
            work.begin(recorder, "weigh")
            done.commit()
        number = recorder.state.open_passes("weigh")[0].number
        wanted = not recorder.state.values_of("weigh", number) and chance.random() < 0.7
        value = work.record(recorder, "weigh", "mass", "50") if wanted else None
        done.commit()
        attaching.attach(recorder, _evidence(crew, chance), Target("weigh", "photo"))
        done.commit()
        if value is not None:
            deviate.deviate(recorder, Deviation(reason="limits", description="x", values=(value.ref.seq,)))
            done.commit()
        work.end_step(recorder, "weigh", anyway=True)
        recorder.attest()
        done.tell()


def _in_one_go(crew: Crew, chance: random.Random) -> None:
    with crew.writing("bot", attest=False, gap=REASON) as recorder:
        done = _Reporter(recorder)
        for number in range(chance.randrange(1, 12)):
            work.note(recorder, f"note {number} " + "x" * chance.randrange(2000))
        if chance.random() < 0.5:
            folder = crew.path / "folder"
            folder.mkdir(exist_ok=True)
            for number in range(3):
                file_of(folder / f"{number}.bin", chance.choice(SIZES[:4]), number)
            list(attaching.attach_tree(recorder, folder, Target()))
        done.commit()
        recorder.attest()
        done.tell()


def _by_the_api(crew: Crew, chance: random.Random) -> None:
    with Run.open(crew.run, actor="bot", key=crew.signer("bot"), gap_reason=REASON) as run:
        refs = [run.note("alone")]
        report(seq=refs[0].seq, leaf=refs[0].leaf.hex())
        with run.batch():
            refs = [run.note(f"together {number}") for number in range(chance.randrange(1, 9))]
            refs.append(run.attach(_evidence(crew, chance)).ref)
        for ref in refs:
            report(seq=ref.seq, leaf=ref.leaf.hex())


def _evidence(crew: Crew, chance: random.Random) -> Path:
    size = chance.choices(SIZES, (1, 2, 2, 1, 4))[0]
    path = crew.path / f"{size}.jpg"
    return path if path.exists() else file_of(path, size, size)


def _recover(crew: Crew, _seed: int) -> None:
    with crew.writing("op-1", gap=REASON) as recorder:
        done = _Reporter(recorder)
        work.note(recorder, "mended")
        done.commit()


def _seal(crew: Crew, _seed: int) -> None:
    report(seal=closing.seal(crew.run, "op-1", crew.signer("op-1"), with_open_items=True).seal.hex())


def _sign(crew: Crew, _seed: int) -> None:
    words = ["signoff", "--run", str(crew.run), "--as", "qa", "--key", str(crew.path / "qa"), "--name", "Quality lead"]
    words += ["--role", "quality", "--meaning", "release", "--trust", str(crew.path / "trust.toml"), "--yes"]
    with (crew.path / "said.txt").open("w") as said, redirect_stdout(said):
        main(words, standalone_mode=False)
    report(signed=True)


JOBS: dict[str, Callable[[Crew, int], None]] = {"work": _work, "recover": _recover, "seal": _seal, "sign": _sign}


def serve() -> None:
    """Carry out orders until standard input ends."""
    for line in sys.stdin:
        order = json.loads(line)
        child = os.fork()
        if child == 0:
            try:
                JOBS[order["job"]](Crew.at(Path(order["folder"])), order["seed"])
            except BaseException:  # noqa: BLE001 - told by the exit status
                traceback.print_exc()
                os._exit(1)
            os._exit(0)
        time.sleep(order["after"])
        os.kill(child, signal.SIGKILL)
        report(over=os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))


class Zygote:
    """That process, from the other side."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def kill(self, job: str, folder: Path, seed: int, after: float) -> tuple[list[Map], bool]:
        """Have a job begun and killed; give what was reported, and whether it was done before."""
        if self._process.stdin is None or self._process.stdout is None:
            raise AssertionError
        order = {"job": job, "folder": str(folder), "seed": seed, "after": after}
        print(json.dumps(order), file=self._process.stdin, flush=True)
        said: list[Map] = []
        while "over" not in (one := json.loads(self._process.stdout.readline())):
            said.append(one)
        if one["over"] not in {0, -signal.SIGKILL}:
            raise AssertionError(f"{job} failed by itself: status {one['over']}")
        return said, one["over"] == 0


@contextmanager
def zygote() -> Iterator[Zygote]:
    """Start that process."""
    argv = [sys.executable, "-c", "from recorder.kills import serve; serve()"]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    with subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment) as process:
        yield Zygote(process)
        if process.stdin is not None:
            process.stdin.close()
