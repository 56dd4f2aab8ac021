"""The real command `opsproof run` on a real pseudo-terminal, answered question by question."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import signal
import struct
import sys
import termios
from pathlib import Path

from recorder.typist import Typist

_PATIENCE = 30.0  # seconds without a word from the process, after which it hangs
_A_WHILE = 3.0  # seconds without a word after which a person presses a key again
_TIMES = 5  # that a person does so
_SEQUENCE = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|\r")


class Teletype:
    """A process on a terminal of 80 columns; what it shows, less the control sequences, is ``typist.said``."""

    def __init__(self, typist: Typist, *words: object, **environment: str) -> None:
        self.typist = typist
        self.raw = ""
        argv = [sys.executable, "-m", "opsproof_record", *map(str, words)]
        clean = {
            name: value for name, value in os.environ.items() if name not in {"NO_COLOR", "FORCE_COLOR", "COLUMNS"}
        }
        self._pid, self._handle = pty.fork()
        if self._pid == 0:
            signal.signal(signal.SIGINT, signal.SIG_DFL)  # which a shell has its background jobs ignore
            os.execve(argv[0], argv, clean | {"TERM": "xterm-256color"} | environment)  # noqa: S606 - no shell is wanted
        fcntl.ioctl(self._handle, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))

    def run(self) -> int:
        """Answer until the process ends; give its exit status."""
        while self._read():
            self._send(self.typist.answer(self.prompt) + "\n")
        os.close(self._handle)
        return os.waitstatus_to_exitcode(os.waitpid(self._pid, 0)[1])

    def kill_at(self, pattern: str) -> None:
        """Answer until a question comes up, and end the process there at once."""
        while self._read() and not re.search(pattern, self.prompt):
            self._send(self.typist.answer(self.prompt) + "\n")
        os.kill(self._pid, signal.SIGKILL)
        os.waitpid(self._pid, 0)
        os.close(self._handle)

    def press(self, pattern: str, key: str) -> int:
        """Answer until a question comes up, press a key there, again if nothing comes of it, and go on.

        Python sees an interrupt that comes just before `input` begins to wait at the next key only.
        """
        while self._read() and not re.search(pattern, self.prompt):
            self._send(self.typist.answer(self.prompt) + "\n")
        said = len(self.typist.said)
        for _ in range(_TIMES):
            self._send(key)
            while select.select([self._handle], [], [], _A_WHILE)[0]:
                if not self._take() or len(self.typist.said) > said:
                    return self.run()
        return self.run()

    @property
    def prompt(self) -> str:
        """The question that stands there."""
        return self.typist.said.rpartition("\n")[2]

    def _send(self, text: str) -> None:
        self._asked = len(self.typist.said)
        os.write(self._handle, text.encode())

    _asked = 0

    def _read(self) -> bool:
        """Read until a question stands there; False when the process has ended."""
        while True:
            ready, _, _ = select.select([self._handle], [], [], _PATIENCE)
            assert ready, f"hangs after: {self.raw[-500:]}"
            if not self._take():
                return False
            if self.typist.said.endswith(": ") and len(self.typist.said) > self._asked:
                return True

    def _take(self) -> bool:
        """Take what the process has written; False when it has ended."""
        try:
            data = os.read(self._handle, 65536)
        except OSError:
            return False
        text = data.decode()
        self.raw += text
        self.typist.out.write(_SEQUENCE.sub("", text))
        return bool(data)


def command(folder: Path, file: Path, actor: str = "op-a") -> tuple[object, ...]:
    """Give the words of a guided run."""
    return "run", file, "--as", actor, "--key", folder / actor
