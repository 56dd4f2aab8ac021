"""A run in which much happens, for tests of the page: corrections, what is void, a gap, blocks, late work."""

from __future__ import annotations

import re
from typing import Any

from support.bundles import BOSS, MINUTE, OFFSET, START, Subject, base, changed, model
from support.markup import text


def words(markup: str) -> str:
    """Give the words of markup as a person reads them, those of cells and lines apart."""
    return re.sub(r" ([,;:).])", r"\1", text(markup.replace("<", " <"))).replace("( ", "(")


def card(markup: str, place: str) -> str:
    """Give the markup of the article at a place."""
    head, found, rest = markup.partition(f' id="{place}">')
    assert found, place
    return "<article" + head.rpartition("<article")[2] + found + rest.partition("</article>")[0] + "</article>"


def _entry(label: str, kind: str, actor: str = "operator-a", **fields: Any) -> Any:
    return base.entry(label, kind, actor, **fields)


def busy(*more: Any) -> Subject:
    """Give a run in which much happens: three passes, corrections, what is void, a gap, a block and its release."""
    weigh: dict[str, Any] = {"step": "weigh"}
    ago = [START - 3 * MINUTE, OFFSET]
    ref, digest = model.Ref, model.Digest
    second = [
        _entry(
            "scale",
            "instrument-used",
            instrument="SCALE 7",
            as_="scale",
            due=[START + 99 * MINUTE, OFFSET],
            pass_=2,
            **weigh,
        ),
        _entry("mass2", "value-recorded", pass_=2, name="mass", value="43.20", unit="kg", **weigh),
        _entry("correct", "correction", corrects=ref("mass2"), old="43.20", new="42.90", why="Misread."),
        _entry("correct2", "correction", corrects=ref("correct"), old="42.90", new="42.80", why="Misread again."),
    ]
    third = [
        _entry(
            "mass3",
            "value-recorded",
            pass_=3,
            name="mass",
            value="44",
            unit="kg",
            observed=ago,
            late="No hand free.",
            **weigh,
        ),
        _entry("remark", "value-recorded", pass_=3, name="remark", value="Dusty", **weigh),
        _entry("extra", "value-recorded", pass_=3, name="mood", value="good", **weigh),
        _entry("void", "voided", BOSS, voids=ref("remark"), why="Not of this run."),
        _entry(
            "leave",
            "authorised",
            BOSS,
            pass_=3,
            for_="operator-a",
            action="tare",
            arguments=b"\1" * 32,
            expires=[START + 99 * MINUTE, OFFSET],
            **weigh,
        ),
        _entry("acted", "acted", pass_=3, action="tare", arguments=b"\1" * 32, authorised=ref("leave"), **weigh),
        _entry("noted", "note", pass_=3, text="First line\nsecond line", **weigh),
        *base.photo("proof", step="weigh", pass_=3, captured=ago, late="Camera was away."),
    ]
    raised: dict[str, Any] = {
        "steps": ["weigh"],
        "values": [ref("mass3"), ref("correct2")],
        "evidence": [digest("proof")],
    }
    after = [
        _entry("failed", "checked", BOSS, pass_=3, passed=False, text="Not convinced.", **weigh),
        _entry("raised", "deviation-raised", reason="spill", severity="minor", description="Powder spilt.",
               action="Swept up.", occurred=ago, **raised),
        _entry("ruled", "deviation-ruled", deviation=ref("raised"), ruling="block", policy=model.Pinned()),
        _entry("let-go", "released", BOSS, deviation=ref("raised"), text="Clean again."),
        _entry("mended", "deviation-remediated", deviation=ref("raised"), text="Floor washed.",
               evidence=[digest("proof")]),
        _entry("closed", "deviation-closed", BOSS, deviation=ref("raised"), text="Seen."),
        _entry("other", "deviation-raised", reason="strange", severity="critical", steps=[], values=[],
               evidence=[], description="Odd smell."),
        _entry("other-ruled", "deviation-ruled", deviation=ref("other"), ruling="block", policy=model.Pinned()),
        _entry("gap", "gap", reason="Power cut.", since=ago, cut={"digest": b"\2" * 32, "size": 3}),
        _entry("clock", "clock-changed", clock="plant clock", by=-90_000, text="It was fast."),
        _entry("skip", "step-skipped", step="clean", pass_=1, reason="Tools were new."),
    ]  # fmt: skip
    subject = base.rich(*base.step("weigh", *second, number=2), *base.step("weigh", *third, number=3), *after, *more)
    subject = changed(subject)
    steps = subject.item("contract").fields["steps"]
    steps[0] |= {
        "repeat": {"min": 3, "max": 5}, "critical": True, "check": ["supervisor"], "authorise": ["supervisor"],
        "qualifications": ["weighing"], "instruments": ["scale"], "instruction": "Tare.\nWeigh.", "max-ms": MINUTE,
    }  # fmt: skip
    subject.item("contract").fields["roster"][0]["qualifications"] = [
        {"id": "weighing", "not-after": [START + 99 * MINUTE, OFFSET]}, {"id": "driving"},
    ]  # fmt: skip
    subject.item("signoff").fields["covers"] = [model.Seq("raised")]
    remediate = base.signoff("remedy", "remediate", deviation=ref("other"), text="Filter changed.")
    subject.items.insert(-1, remediate)
    return subject
