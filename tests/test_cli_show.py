"""`show`: what a bundle says, without a verdict."""

from __future__ import annotations

import dataclasses
import io
import sys
from pathlib import Path
from typing import Any

import pytest
from test_cli import VECTORS, bundle

from opsproof_verify import entries
from opsproof_verify.cli import main
from opsproof_verify.cli.describe import describe
from opsproof_verify.fields import Ref
from opsproof_verify.findings import Time

FIRST_LINE = "Nothing is verified here: this is what the file says. `check` gives a verdict.\n"
T = Time(1_793_600_000_000, 60)
WHEN = "2026-11-02T07:13:20.000+01:00"
REF = Ref(4, bytes(32))


def show(vector: str, capsys: pytest.CaptureFixture[str], status: int = 0) -> str:
    """Show a vector's bundle."""
    assert main(["show", bundle(vector)]) == status
    return capsys.readouterr().out


def test_first_line_says_that_nothing_is_verified(capsys: pytest.CaptureFixture[str]) -> None:
    assert show("minimal", capsys).startswith(FIRST_LINE)


def test_the_story_of_a_run(capsys: pytest.CaptureFixture[str]) -> None:
    said = show("rich-every-kind", capsys)
    for line in (
        '  Procedure   acme.fill-line version 4, "Fill a line"\n',
        "  Step        inspect: Inspect the seal (critical)\n",
        "  Actor       agent-1: Robot, agent, operator, supervisor\n",
        "  2026-11-02 +01:00\n",
        "  e3     09:03:00.000  op-ann value-recorded: weigh: mass = 42.50 kg\n",
        "  e18    09:18:00.000  sup-cyd released: clear\n",
        "  e24    09:24:00.000  sup-cyd attestation: 3 entries\n",
        "sealed by op-ann: 27 entries, evidence of 40 bytes\n",
        "approve by Quinn (quinn, quality)",
    ):
        assert line in said


@pytest.mark.parametrize(
    "vector,line",
    [
        ("entry-withheld", "  e2                   withheld, said to be of op-ann\n"),
        ("minimal-witness", "witness plant-clock: of the seal\n"),
        ("minimal-witnessed-entry", "op-ann witnessed: witness plant-clock,\n"),
        ("minimal-assigned", "assigned: op-dee: "),
        ("minimal-supplied", "                       with "),
        ("approval-blind", "without having looked at a\n"),
        ("deviation-reviewed", "covers e4"),
        ("cbor-cut", "  e2                   cannot be read: The content of frame 5 is not well-formed\n"),
        ("cbor-contract-not-canonical", "cannot be read: The content of frame 1"),
        ("cose-typ-signoff-as-seal", "cannot be read: The signed record in frame 7"),
    ],
)
def test_each_kind_of_frame(vector: str, line: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert line in show(vector, capsys)


@pytest.mark.parametrize("vector", ["frame-cut-in-body", "frame-type-unknown", "label-next-version", "file-empty"])
def test_what_cannot_be_read_to_its_end_is_shown_as_far_as_it_goes(
    vector: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["show", bundle(vector)]) == 2
    said = capsys.readouterr()
    assert said.out.startswith(FIRST_LINE)
    assert "Here the file cannot be read further: " in said.out
    assert "not shown to its end" in said.err


def test_every_vector_can_be_shown(capsys: pytest.CaptureFixture[str]) -> None:
    for folder in sorted(VECTORS.iterdir()):
        assert main(["show", str(folder / "bundle.opb")]) in (0, 2), folder.name
        said = capsys.readouterr()
        assert "internal error" not in said.err, folder.name
        assert said.out.startswith(FIRST_LINE)


def test_standard_input_can_be_shown(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    data = Path(bundle("minimal")).read_bytes()
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data)))
    assert main(["show", "-"]) == 0
    assert "\nstandard input\n" in capsys.readouterr().out


@pytest.mark.parametrize(
    "what,text",
    [
        (
            entries.RunStarted({"batch": "B"}, (), "r\x1b", (entries.Related("rework", bytes(32), bytes(32)),)),
            f"batch B; recorder r\\x1b; rework of run {'0' * 64}",
        ),
        (entries.AtStep("mix", 2), "mix, pass 2"),
        (entries.ValueRecorded("mix", 1, "ok", value=True, unit=None), "mix: ok = true"),
        (entries.InstrumentUsed("mix", 1, "SCALE 7", None), "mix: SCALE 7"),
        (entries.InstrumentUsed("mix", 1, "SCALE 7", T), f"mix: SCALE 7, calibrated until {WHEN}"),
        (entries.Transferred(bytes(32), "op-ben", "Store."), "000000000000... to op-ben: Store."),
        (entries.Checked("mix", 1, passed=False, text="Torn."), "mix: not passed: Torn."),
        (entries.Released(None, None, REF, None), "e4"),
        (entries.StepSkipped("mix", 1, None), "mix, no reason given"),
        (entries.Correction(REF, "4.2", "42", "Slip."), "e4: 4.2 becomes 42: Slip."),
        (
            entries.DeviationRaised("mix-up", "major", ("mix",), (REF,), (bytes(32),), "Bags.", "Stopped.", None),
            "major, mix-up: Bags. (about mix, e4, 000000000000...): Stopped.",
        ),
        (
            entries.DeviationRaised("late", "minor", (), (), (), "Late.", None, None),
            "minor, late: Late. (about the run)",
        ),
        (entries.DeviationRuled(REF, "block", bytes(32)), "e4: block"),
        (entries.DeviationRemediated(REF, "Sorted.", ()), "e4: Sorted."),
        (entries.DeviationClosed(REF, "Seen."), "e4: Seen."),
        (entries.Gap(None, None, None), "recorder stopped, no reason given"),
        (entries.RunEnded("aborted", "Fire."), "aborted: Fire."),
        (entries.Attested(b"x"), "a signed record that cannot be read"),
    ],
)
def test_entries_in_words(what: entries.What, text: str) -> None:
    assert describe(what) == text


def test_every_kind_of_entry_has_words() -> None:
    values: dict[str, Any] = {"str": "x", "int": 1, "bytes": b"x", "bool": True, "Time": T, "Ref": REF}
    for kind in (entries.Note, entries.Authorised):
        made = kind(*(values[str(field.type).partition(" ")[0]] for field in dataclasses.fields(kind)))
        assert describe(made)
