"""Pages to look at: of the sample in the documentation, of what failed in the vectors' library, of hostile bundles."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from browser import hostile
from support.bundles import ROOT, Subject, base, runs

from opsproof_verify.cli import main

SAMPLE = ROOT / "docs" / "sample"

#: The bundles of the sample, and when each is verified: released, not yet released, and with a value changed.
STAGES = {
    "final": ("batch", "2026-03-12T08:00:00Z"),
    "provisional": ("batch-provisional", "2026-03-03T08:00:00Z"),
    "fail": ("batch-altered", "2026-03-12T08:00:00Z"),
}


def violated() -> Subject:
    """Give a run of each kind of entry, one step of it not released and never signed off."""
    subject = runs.every_kind()
    subject.items = [item for item in subject.items if item.label not in ("released", "signoff", "c-attests")]
    subject.item("mass").fields["value"] = "99.9"
    return subject


def unsealed() -> Subject:
    """Give a run that goes on."""
    subject = base.rich()
    del subject.items[subject.index("photo") :]
    return subject


SUBJECTS: dict[str, Callable[[], Subject]] = {"violated": violated, "unsealed": unsealed, **hostile.ALL}


def view(name: str, folder: Path) -> Path:
    """Make a page in a folder, with the command that people use."""
    if name in STAGES:
        stem, at = STAGES[name]
        bundle, trust = SAMPLE / f"{stem}.opb", SAMPLE / "trust.toml"
    else:
        bundle, trust, at = hostile.write(SUBJECTS[name](), folder)
    page = folder / "run.html"
    status = main(["view", str(bundle), "--trust", str(trust), "--at", at, "--output", str(page)])
    if status == 2 or not page.exists():
        raise RuntimeError(f"no page of {name}")
    return page
