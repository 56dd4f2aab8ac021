"""Answers from a real terminal, or line by line from a pipe."""

from __future__ import annotations

import glob
import importlib.util
import os
import sys

_LINES = importlib.util.find_spec("readline")  # a Python may be built without it
if _LINES is not None:
    import readline


class Terminal:
    """Standard input and output: with line editing on a terminal; on a pipe each answer is repeated."""

    def __init__(self) -> None:
        """Set up line editing: no history of answers, completion only where a path is asked for."""
        self._typed = sys.stdin.isatty()
        if _LINES is not None and self._typed:
            readline.set_auto_history(False)
            readline.set_completer_delims("\t\n")
            readline.set_completer(None)
            libedit = "libedit" in (readline.__doc__ or "")
            readline.parse_and_bind("bind ^I rl_complete" if libedit else "tab: complete")

    def line(self, prompt: str) -> str:
        """Ask for a line; ``EOFError`` at the end of the input."""
        if self._typed:
            return input(prompt)
        sys.stdout.write(prompt)
        sys.stdout.flush()
        text = sys.stdin.readline()
        if not text:
            raise EOFError
        sys.stdout.write(text if text.endswith("\n") else f"{text}\n")
        sys.stdout.flush()
        return text

    def path(self, prompt: str) -> str:
        """Ask for a path, with completion by the tabulator."""
        if _LINES is None or not self._typed:
            return self.line(prompt)
        readline.set_completer(_complete)
        try:
            return self.line(prompt)
        finally:
            readline.set_completer(None)


def _complete(text: str, state: int) -> str | None:
    """Give the path number ``state`` that begins like ``text``; directories end in a slash."""
    home = os.path.expanduser(text)  # noqa: PTH111 - what was typed so far, which need not be a path yet
    found = sorted(glob.glob(glob.escape(home) + "*"))  # noqa: PTH207 - as above
    names = [f"{name}/" if os.path.isdir(name) else name for name in found]  # noqa: PTH112 - as above
    return names[state] if state < len(names) else None
