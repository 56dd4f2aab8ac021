"""A command, run without a shell: what it says is masked and goes into files and on to the terminal, as it comes.

Signals that this process gets while the command runs are the command's: they are passed on, and how it ends is what is
reported. A terminal sends them to both by itself.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import IO, BinaryIO

from opsproof_record.errors import Refused, Unknown
from opsproof_record.run.mask_stream import MaskStream
from opsproof_record.run.masking import Masks

STREAMS = ("stdout", "stderr")

_CHUNK = 65_536
_KILLED = 128  # what a shell adds to the number of the signal
_FROM_TERMINAL = frozenset({signal.SIGINT, signal.SIGQUIT, signal.SIGHUP})
_PASSED_ON = (*_FROM_TERMINAL, signal.SIGTERM, signal.SIGUSR1, signal.SIGUSR2)


@dataclass(frozen=True, slots=True)
class Command:
    """What is to be run: argv, files that it reads and writes, where, what is masked, whether its output is shown."""

    argv: tuple[str, ...]
    inputs: tuple[Path, ...] = ()
    outputs: tuple[Path, ...] = ()
    stdin: Path | None = None
    cwd: Path | None = None
    masks: Masks = field(default_factory=Masks)
    quiet: bool = False


@dataclass(frozen=True, slots=True)
class Ran:
    """How a command ended: its status as a shell gives it, the signal that ended it, and what was masked, by stream."""

    status: int
    signal: str | None
    duration_ms: int
    masked: dict[str, int]
    long_lines: int


def find_program(command: Command) -> None:
    """Raise :class:`Unknown` if there is nothing to run, so that this is known before anything is recorded."""
    here, name = command.cwd or Path(), command.argv[0]
    if not here.is_dir():
        raise Unknown(f"{command.masks.hide(str(here))[0]} is no directory", "Correct --cwd.")
    folders = os.pathsep.join(str(here / folder) for folder in os.get_exec_path())
    if shutil.which(here / name if os.sep in name else name, path=folders) is None:
        raise Unknown(
            f"{command.masks.hide(name)[0]}: no such program", "Nothing was run or recorded. Correct the command."
        )


def run(command: Command, place: Path) -> Ran:
    """Run a command; what it says stands masked in the files ``stdout`` and ``stderr`` of a directory afterwards.

    Raises :class:`Refused` if it cannot be started, or if there is no room for what it says.
    """
    began = time.monotonic_ns()
    with _relaying() as relay, _open_stdin(command) as stdin:
        try:
            process = subprocess.Popen(  # noqa: S603 - to run this command is what the person asked for
                command.argv, cwd=command.cwd, stdin=stdin, stdout=subprocess.PIPE, stderr=subprocess.PIPE
            )
        except (OSError, ValueError) as error:
            why = error.strerror if isinstance(error, OSError) else error
            raise Refused(f"{command.masks.hide(command.argv[0])[0]}: {why}", "Correct the command.") from error
        with process:
            relay.to(process)
            pumps = [_Pump(command, place, name, getattr(process, name)) for name in STREAMS]
            for pump in pumps:
                pump.start()
            for pump in pumps:
                pump.join()
            status = process.wait()
    for pump in pumps:
        if pump.failed is not None:
            what = f"what the command said could not be kept: {pump.failed.strerror}"
            raise Refused(what, "It has run, and the record says that it was begun. Make room, and note what it did.")
    return Ran(
        status=_KILLED - status if status < 0 else status,
        signal=_name(-status) if status < 0 else None,
        duration_ms=(time.monotonic_ns() - began) // 1_000_000,
        masked={pump.name: pump.stream.places for pump in pumps},
        long_lines=sum(pump.stream.long_lines for pump in pumps),
    )


def _open_stdin(command: Command) -> IO[bytes]:
    return (command.stdin or Path(os.devnull)).open("rb")


def _name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:  # a real-time signal
        return str(number)


class _Pump(threading.Thread):
    """Copies one stream of a command, masked, into a file and to the terminal; it drains it whatever happens."""

    def __init__(self, command: Command, place: Path, name: str, source: IO[bytes]) -> None:
        super().__init__(name=name, daemon=True)
        self.stream = MaskStream(command.masks)
        self.failed: OSError | None = None
        self._source = source
        self._path = place / name
        self._shown: BinaryIO | None = None if command.quiet else getattr(sys, name).buffer

    def run(self) -> None:
        """Copy until the stream ends."""
        with self._path.open("wb") as file:
            while piece := os.read(self._source.fileno(), _CHUNK):
                self._put(file, self.stream.feed(piece))
            self._put(file, self.stream.finish())

    def _put(self, file: BinaryIO, piece: bytes) -> None:
        if self._shown is not None:
            try:
                self._shown.write(piece)
                self._shown.flush()
            except (OSError, ValueError):  # nobody reads there any more
                self._shown = None
        if self.failed is None:
            try:
                file.write(piece)
                file.flush()
            except OSError as error:
                self.failed = error


class _Relay:
    """Passes signals on to a command, those that come before it runs as soon as it does."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._early: list[int] = []

    def to(self, process: subprocess.Popen[bytes]) -> None:
        """Pass them on to this one from now on."""
        self._process = process
        for number in self._early:
            process.send_signal(number)

    def take(self, number: int, _frame: FrameType | None) -> None:
        """Take a signal."""
        if self._process is None:
            self._early.append(number)
        elif not (number in _FROM_TERMINAL and _in_foreground()):
            self._process.send_signal(number)


@contextmanager
def _relaying() -> Iterator[_Relay]:
    """Take the signals of this process for the length of a block, but for those that it ignores."""
    relay = _Relay()
    if threading.current_thread() is not threading.main_thread():
        yield relay  # signals are the main thread's
        return
    before = {number: signal.getsignal(number) for number in _PASSED_ON}
    taken = [number for number, handler in before.items() if handler is not signal.SIG_IGN]
    for number in taken:
        signal.signal(number, relay.take)
    try:
        yield relay
    finally:
        for number in taken:
            signal.signal(number, before[number] or signal.SIG_DFL)


def _in_foreground() -> bool:
    """Tell whether this process is in the terminal's foreground group, which gets the terminal's signals itself."""
    try:
        terminal = os.open("/dev/tty", os.O_RDWR | os.O_NOCTTY)
    except OSError:
        return False
    try:
        return os.tcgetpgrp(terminal) == os.getpgrp()
    except OSError:
        return False
    finally:
        os.close(terminal)
