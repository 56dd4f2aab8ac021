"""Whoever reads a bundle, and whenever: the report of each vector is the same to the byte (SPEC 9.1-1)."""

from __future__ import annotations

import json
import os

import pytest
from support.bundles import BUNDLES, vector
from support.late import Late

from opsproof_verify import source, verify
from opsproof_verify.pool import Pool
from opsproof_verify.render.json_report import render_json
from opsproof_verify.workers import Workers

NAMES = sorted(folder.name for folder in BUNDLES.iterdir())
PARTS = 8


@pytest.fixture(autouse=True)
def _low(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hand all that can be handed over to others."""
    monkeypatch.setattr(source, "LARGE", 0)
    monkeypatch.setattr(source, "TASK", 0)


def by_path(name: str, pool: Pool | None) -> bytes:
    """Verify a vector from its file."""
    _, policy, trust, given = vector(name)
    file = json.loads((BUNDLES / name / "vector.json").read_text(encoding="utf-8"))["input"]["bundle"]
    return render_json(verify(BUNDLES / name / file, policy, trust, workers=pool, **given))


@pytest.mark.parametrize("part", range(PARTS))
def test_who_reads_and_when_changes_no_report(part: int) -> None:
    count = {0: 1, 1: 8}.get(part, 2) if hasattr(os, "fork") else 0
    with Workers(count) as workers:
        for name in NAMES[part::PARTS]:
            alone = by_path(name, None)
            assert by_path(name, Late()) == alone, name
            assert by_path(name, workers) == alone, name
