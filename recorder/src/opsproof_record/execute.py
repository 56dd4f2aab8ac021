"""`opsproof exec`: a command is run and recorded as it happens.

Before it starts, a note says what is run. Afterwards standard output and error become evidence, streamed through files,
and so does `exec.json`: argv, working directory, exit status, duration, digests of named inputs and outputs. Where the
step asks for a value `exit-status` (integer), `duration-ms` (integer) or `duration-s` (decimal), it is recorded.
"""

from __future__ import annotations

import json
import os
import shlex
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, BinaryIO

from opsproof_verify.contract import Step
from opsproof_verify.fields import MAX_PROSE

from opsproof_record import attaching, evidence, work
from opsproof_record.errors import Refused
from opsproof_record.recorder import Recorder

_CHUNK = 65_536
_KILLED = 128  # what a shell adds to the number of the signal

Opener = Callable[[], AbstractContextManager[Recorder]]


@dataclass(frozen=True, slots=True)
class Command:
    """What is to be run: argv, the files it reads and writes, where it runs, and whether its output is shown."""

    argv: tuple[str, ...]
    inputs: tuple[Path, ...] = ()
    outputs: tuple[Path, ...] = ()
    cwd: Path | None = None
    quiet: bool = False


@dataclass(frozen=True, slots=True)
class Ran:
    """How a command ended."""

    status: int
    duration_ms: int
    outcomes: tuple[tuple[work.Outcome, str], ...]


Finish = Callable[[Recorder, Ran], None]


def execute(opener: Opener, step_id: str, command: Command, finish: Finish) -> int:
    """Run a command for the open pass of a step and record it; the journal is not locked while it runs.

    ``finish`` is called before the journal is let go, with what was recorded. Gives the command's exit status.
    """
    inputs = [_named(path) for path in command.inputs]
    with opener() as recorder:
        step, _ = work.working(recorder, step_id)
        work.note(recorder, _shorten(f"runs: {shlex.join(command.argv)}"), step_id)
        recorder.journal.commit()
    place = Path(tempfile.mkdtemp(prefix="opsproof-"))
    try:
        status, duration = _run(command, place)
        told = {
            "argv": list(command.argv),
            "cwd": str(command.cwd or "."),
            "exit-status": status,
            "duration-ms": duration,
            "inputs": inputs,
            "outputs": [_named(path) for path in command.outputs],
        }
        (place / "exec.json").write_text(json.dumps(told, indent=2, ensure_ascii=False) + "\n")
        with opener() as recorder:
            outcomes = _record(recorder, step, place, status, duration)
            recorder.journal.commit()
            finish(recorder, Ran(status, duration, outcomes))
    except Refused as refusal:
        if any(place.iterdir()):
            remedy = f"{refusal.remedy} What the command said is kept in {place}: attach it."
            raise Refused(refusal.what, remedy) from refusal
        place.rmdir()
        raise
    shutil.rmtree(place)
    return status


def _named(path: Path) -> dict[str, str | int]:
    size, digest = evidence.describe(path)
    return {"name": str(path), "size": size, "sha256": digest.hex()}


def _shorten(text: str) -> str:
    clean = "".join(char if char.isprintable() else "\N{REPLACEMENT CHARACTER}" for char in text)
    return clean.encode(errors="replace")[:MAX_PROSE].decode(errors="ignore")


def _run(command: Command, place: Path) -> tuple[int, int]:
    """Run a command without a shell; its output goes into files and, unless it is to be quiet, on to ours."""
    began = time.monotonic_ns()
    try:
        process = subprocess.Popen(  # noqa: S603 - to run this command is what the person asked for
            command.argv, cwd=command.cwd, stdout=subprocess.PIPE, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL
        )
    except OSError as error:
        raise Refused(
            f"{command.argv[0]}: {error.strerror}", "The note of the attempt stays. Correct the command."
        ) from error
    with process, (place / "stdout").open("wb") as out, (place / "stderr").open("wb") as err:
        pumps = [
            threading.Thread(target=_pump, args=(process.stdout, out, None if command.quiet else sys.stdout.buffer)),
            threading.Thread(target=_pump, args=(process.stderr, err, None if command.quiet else sys.stderr.buffer)),
        ]
        for pump in pumps:
            pump.start()
        for pump in pumps:
            pump.join()
        status = process.wait()
    return _KILLED - status if status < 0 else status, (time.monotonic_ns() - began) // 1_000_000


def _pump(source: IO[bytes], file: BinaryIO, shown: BinaryIO | None) -> None:
    """Copy what a command says into a file and to the terminal, as it comes."""
    while piece := os.read(source.fileno(), _CHUNK):
        file.write(piece)
        if shown is not None:
            shown.write(piece)
            shown.flush()


def _record(
    recorder: Recorder, step: Step, place: Path, status: int, duration: int
) -> tuple[tuple[work.Outcome, str], ...]:
    """Record output, summary and the values that the step asks for."""
    for stream in ("stdout", "stderr"):
        if stream == "stdout" or (place / stream).stat().st_size:
            slot = next((name for name in (stream, "output") if name in step.evidence), None)
            attaching.attach(
                recorder, place / stream, attaching.Target(step.id, slot, "text/plain", f"{stream}.txt", "exec")
            )
    summary = attaching.Target(step.id, "exec" if "exec" in step.evidence else None, "application/json", source="exec")
    attaching.attach(recorder, place / "exec.json", summary)
    values = {
        "exit-status": str(status),
        "duration-ms": str(duration),
        "duration-s": f"{duration // 1000}.{duration % 1000:03}",
    }
    last = recorder.state.last_pass(step.id)
    due = step.values.keys() - (recorder.state.values_of(step.id, last.number).keys() if last else set())
    return tuple((work.record(recorder, step.id, name, text), name) for name, text in values.items() if name in due)
