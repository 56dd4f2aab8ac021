"""Asks Node about the page's modules: one line there, one line back."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

from javascript.adapter import Node


class Asking(Node):
    """One Node with the driver of this folder."""

    def __init__(self) -> None:
        """Start it."""
        super().__init__(driver=Path(__file__).resolve().parent / "driver.mjs")

    def __call__(self, **message: Any) -> Any:
        """Send one line and await one."""
        return self.ask(**message)["answer"]

    @staticmethod
    def lines(data: bytes) -> str:
        """Write bytes as the page carries them."""
        pieces = [base64.b64encode(data[at : at + 768]).decode() for at in range(0, len(data), 768)]
        return "\n" + "".join(f"{piece}\n" for piece in pieces)
