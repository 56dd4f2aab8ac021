"""Asks Node about the page's modules: one line there, one line back."""

from __future__ import annotations

import base64
import json
import subprocess
from pathlib import Path
from typing import Any

from javascript.adapter import NODE

HERE = Path(__file__).resolve().parent


class Asking:
    """One Node with the driver of this folder."""

    def __init__(self) -> None:
        """Start it."""
        self.process = subprocess.Popen(
            [str(NODE), str(HERE / "driver.mjs")],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            encoding="utf-8",
        )

    def __call__(self, **message: Any) -> Any:
        """Send one line and await one."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        print(json.dumps(message), file=self.process.stdin, flush=True)
        return json.loads(self.process.stdout.readline())["answer"]

    def end(self) -> int:
        """Close its input, after which it ends by itself; give its status."""
        with self.process as process:
            assert process.stdin is not None
            process.stdin.close()
            return process.wait(30)

    @staticmethod
    def lines(data: bytes) -> str:
        """Write bytes as the page carries them."""
        pieces = [base64.b64encode(data[at : at + 768]).decode() for at in range(0, len(data), 768)]
        return "\n" + "".join(f"{piece}\n" for piece in pieces)
