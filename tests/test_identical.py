"""Whoever reads a bundle, and whenever: the report of each vector is the same to the byte (SPEC 9.1-1)."""

from __future__ import annotations

import json
import os

import pytest
from support.bundles import BUNDLES, vector
from support.late import Late

from opsproof_verify import source, verify
from opsproof_verify.render.json_report import render_json
from opsproof_verify.workers import Workers

NAMES = sorted(folder.name for folder in BUNDLES.iterdir())
PARTS = 8


@pytest.fixture(autouse=True)
def _low(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hand all that can be handed over to others."""
    monkeypatch.setattr(source, "LARGE", 0)
    monkeypatch.setattr(source, "TASK", 0)


@pytest.mark.parametrize("part", range(PARTS))
def test_who_reads_and_when_changes_no_report(part: int) -> None:
    _same(NAMES[part::PARTS], 2)


def test_many_who_read_change_no_report() -> None:
    _same(NAMES[1::64], 8)
    _same(NAMES[2::64], 1)


def _same(names: list[str], count: int) -> None:
    """Verify vectors alone, with workers that are always late, and with so many workers."""
    with Workers(count if hasattr(os, "fork") else 0) as workers:
        for name in names:
            _, policy, trust, given = vector(name)
            file = json.loads((BUNDLES / name / "vector.json").read_text(encoding="utf-8"))["input"]["bundle"]
            reports = {
                render_json(verify(BUNDLES / name / file, policy, trust, workers=pool, **given))
                for pool in (None, Late(), workers)
            }
            assert len(reports) == 1, name
