"""`opsproof exec`: a command is run and recorded as it happens.

Before it starts, its arguments (argv, directory, digests of what it reads) are evidence, and an `acted` entry says
that it is begun; where the step demands leave, only under one for exactly these arguments (SPEC 9.10-32). Afterwards
standard output and error become evidence, and so does `exec.json`: status, duration, digests of what it wrote, and how
often something was masked. Where the step asks for a value `exit-status` (integer), `duration-ms` (integer) or
`duration-s` (decimal), it is recorded. What is masked is so before anything is hashed, recorded or put on disk here.
Nothing of the environment is recorded.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from opsproof_verify.contract import Step
from opsproof_verify.fields import Ref

from opsproof_record.errors import OutOfOrder, Refused, Unfit
from opsproof_record.log import evidence
from opsproof_record.log.journal import PATIENCE
from opsproof_record.run import attaching, oversight, running, work
from opsproof_record.run.arguments import as_file, encoded
from opsproof_record.run.attaching import Target
from opsproof_record.run.recorder import Recorder
from opsproof_record.run.running import STREAMS, Command, Ran

#: How `authorised` and `acted` name what is done here.
ACTION = "exec"
#: Seconds to wait for another writer, before the command runs and after.
BEFORE, AFTER = PATIENCE, 60.0

_JSON, _TEXT = "application/json", "text/plain"
_ASK = "First the same command with --request: it attaches what would be run, so that it can be read."

Opener = Callable[[float], AbstractContextManager[Recorder]]


@dataclass(frozen=True, slots=True)
class Recorded:
    """How a command ended, and the values that were recorded of it, with their names."""

    ran: Ran
    outcomes: tuple[tuple[work.Outcome, str], ...]


Finish = Callable[[Recorder, Recorded], None]


def execute(opener: Opener, step_id: str, command: Command, finish: Finish) -> int:
    """Run a command for the open pass of a step and record it; the journal is not locked while it runs.

    ``opener`` opens the journal, waiting for another writer for so many seconds. ``finish`` is called before the
    journal is let go, with what was recorded. Gives the command's exit status. Raises :class:`Unauthorised` without
    leave.
    """
    with _hiding(command):
        running.find_program(command)
        arguments = encoded(describe(command))
        with opener(BEFORE) as recorder:
            number = _begin(recorder, step_id, arguments)
            recorder.journal.commit()
        with _kept() as place:
            ran = _run(opener, step_id, command, place)
            told = _told(command, arguments, ran)
            with opener(AFTER) as recorder:
                outcomes = _record(recorder, (step_id, number), place, told)
                recorder.journal.commit()
                finish(recorder, Recorded(ran, outcomes))
        return ran.status


@dataclass(frozen=True, slots=True)
class Requested:
    """A request for leave: the evidence that holds the arguments, and the command by which a person gives it."""

    ref: Ref
    digest: bytes
    command: str


def request(recorder: Recorder, step_id: str, command: Command) -> Requested:
    """Attach what would be run as evidence, so that a person can read it and authorise exactly that; nothing is run."""
    with _hiding(command):
        running.find_program(command)
        arguments = encoded(describe(command))
        step, _ = work.working(recorder, step_id)
        if not step.authorise or recorder.member.kind == "human":
            who = f"step {step_id}" if not step.authorise else f"{recorder.member.id} is a person, and"
            raise OutOfOrder(f"{who} needs no leave", "Run it without --request.")
        ref = _attach_arguments(recorder, step_id, arguments)
        said = oversight.authorise_command(recorder, step_id, ACTION, f"e{ref.seq}")
        return Requested(ref, hashlib.sha256(arguments).digest(), said)


def describe(command: Command) -> dict[str, Any]:
    """Give the arguments of an execution: what would be run, and the digests of what it would read, masked."""
    places = 0

    def shown(text: str) -> str:
        nonlocal places
        hidden, count = command.masks.hide(text)
        places += count
        if any("\ud800" <= char <= "\udfff" for char in hidden):
            raise Unfit(f"{hidden!r} is not UTF-8 and cannot be recorded", "Nothing was run. Name it in UTF-8.")
        return hidden

    inputs = [*command.inputs, *([command.stdin] if command.stdin else [])]
    told: dict[str, Any] = {
        "argv": [shown(word) for word in command.argv],
        "cwd": shown(str(command.cwd or ".")),
        "inputs": [{"name": shown(str(path))} | _digest(path) for path in inputs],
        "outputs": [shown(str(path)) for path in command.outputs],
    }
    if command.stdin is not None:
        told["stdin"] = shown(str(command.stdin))
    if command.masks.options or command.masks.patterns:
        told["masked"] = _rules(command) | {"places": places}
    return told


def _rules(command: Command) -> dict[str, Any]:
    """Say what was to be masked: which options, and how many patterns; a pattern may itself hold a secret."""
    return {"options": list(command.masks.options), "patterns": len(command.masks.patterns)}


def _begin(recorder: Recorder, step_id: str, arguments: bytes) -> int:
    """Record that the command is begun; give the pass."""
    digest = hashlib.sha256(arguments).digest()
    step, number = work.working(recorder, step_id)
    oversight.check_leave(recorder, step, number, ACTION, digest, ask=_ASK)
    _attach_arguments(recorder, step_id, arguments)
    oversight.act(recorder, step_id, ACTION, digest)
    return number


def _attach_arguments(recorder: Recorder, step_id: str, arguments: bytes) -> Ref:
    """Attach the arguments, unless the run holds the same already."""
    seq = recorder.state.item_of(hashlib.sha256(arguments).digest())
    leaf = recorder.state.leaf(seq) if seq is not None else None
    if seq is not None and leaf is not None:
        return Ref(seq, leaf)
    target = Target(step_id, media=_JSON, name="arguments.json", source=ACTION)
    with as_file(arguments, target, recorder.journal.path) as path:
        return attaching.attach(recorder, path, target).ref


def _run(opener: Opener, step_id: str, command: Command, place: Path) -> Ran:
    """Run it; if it cannot be started, or what it says not be kept, a note says so."""
    try:
        return running.run(command, place)
    except Refused as refusal:
        with suppress(Refused), opener(AFTER) as recorder:
            work.note(recorder, f"exec, as begun above: {refusal.what}", step_id)
            recorder.journal.commit()
        raise


def _told(command: Command, arguments: bytes, ran: Ran) -> dict[str, Any]:
    """Say how it ended; `_record` adds what stands in evidence."""
    told: dict[str, Any] = {
        "arguments": hashlib.sha256(arguments).hexdigest(),
        "exit-status": ran.status,
        "duration-ms": ran.duration_ms,
        "outputs": [{"name": command.masks.hide(str(path))[0]} | _written(path) for path in command.outputs],
    }
    if ran.signal is not None:
        told["signal"] = ran.signal
    if command.masks.options or command.masks.patterns:
        told["masked"] = _rules(command) | ran.masked | {"long-lines": ran.long_lines}
    return told


def _digest(path: Path) -> dict[str, str | int]:
    """Give size and SHA-256 of a file as it is."""
    size, digest = evidence.describe(path)
    return {"size": size, "sha256": digest.hex()}


def _written(path: Path) -> dict[str, Any]:
    """Say what a command wrote; that it did not is no reason to leave the rest out."""
    try:
        return _digest(path)
    except Refused:
        return {"missing": True}


def _record(
    recorder: Recorder, at: tuple[str, int], place: Path, told: dict[str, Any]
) -> tuple[tuple[work.Outcome, str], ...]:
    """Record what was said, `exec.json`, and the values that the step asks for."""
    step, number = work.working(recorder, at[0])
    if number != at[1]:
        raise OutOfOrder(f"pass {at[1]} of {step.id} ended while the command ran", "Attach what it said to the run.")
    for name in STREAMS:
        path, slot = place / name, _slot(recorder, step, number, (name, "output"), _TEXT)
        if path.stat().st_size or slot == name:
            item = attaching.attach(recorder, path, Target(step.id, slot, _TEXT, f"{name}.txt", ACTION))
            told[name] = {"size": item.size, "sha256": item.digest.hex()}
    (place / "exec.json").write_text(json.dumps(told, indent=2, ensure_ascii=False) + "\n")
    slot = _slot(recorder, step, number, ("exec",), _JSON)
    attaching.attach(recorder, place / "exec.json", Target(step.id, slot, _JSON, source=ACTION))
    duration = told["duration-ms"]
    values = {
        "exit-status": told["exit-status"],
        "duration-ms": duration,
        "duration-s": f"{duration // 1000}.{duration % 1000:03}",
    }
    due = step.values.keys() - recorder.state.values_of(step.id, number).keys()
    return tuple((work.record(recorder, step.id, name, value), name) for name, value in values.items() if name in due)


def _slot(recorder: Recorder, step: Step, number: int, names: tuple[str, ...], media: str) -> str | None:
    """Choose the first slot of these names that takes such evidence and has room."""
    filled = recorder.state.items_of(step.id, number)
    slots = [step.evidence[name] for name in names if name in step.evidence]
    return next((slot.id for slot in slots if media in slot.media and filled.get(slot.id, 0) < slot.max), None)


@contextmanager
def _kept() -> Iterator[Path]:
    """Give a directory for what a command says; it stays, and the refusal names it, if that cannot be recorded."""
    place = Path(tempfile.mkdtemp(prefix="opsproof-"))
    try:
        yield place
    except (Refused, OSError) as error:
        refusal = error if isinstance(error, Refused) else Refused(f"{place}: {error.strerror}", "Make room.")
        if any(one.stat().st_size for one in place.iterdir()):
            remedy = f"{refusal.remedy} What the command said is kept, masked, in {place}: attach it."
            raise type(refusal)(refusal.what, remedy) from error
        shutil.rmtree(place)
        raise refusal from error
    shutil.rmtree(place)


@contextmanager
def _hiding(command: Command) -> Iterator[None]:
    """Mask what a refusal says, too."""
    try:
        yield
    except Refused as refusal:
        what, remedy = command.masks.hide(refusal.what)[0], command.masks.hide(refusal.remedy)[0]
        raise type(refusal)(what, remedy) from refusal
