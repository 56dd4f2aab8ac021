"""Limits lowered, so that small bundles are read as large ones are."""

from __future__ import annotations

import pytest

from opsproof_verify import source
from opsproof_verify.cli import ahead, bundles


def lower(monkeypatch: pytest.MonkeyPatch, large: int, task: int, share: int) -> None:
    """Take bundles for large from so many bytes on, and hand out and keep for others so many."""
    for module in (source, bundles, ahead):
        monkeypatch.setattr(module, "LARGE", large)
    for module in (source, ahead):
        monkeypatch.setattr(module, "TASK", task)
    for module in (bundles, ahead):
        monkeypatch.setattr(module, "SHARE", share)
