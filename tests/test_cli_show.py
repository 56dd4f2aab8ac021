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
        "  e3     09:03:00.000  operator-a value-recorded: weigh: mass = 42.50 kg\n",
        "  e18    09:18:00.000  supervisor-1 released: clear\n",
        "  e25    09:25:00.000  supervisor-1 attestation: 3 entries\n",
        "sealed by operator-a: 28 entries, evidence of 40 bytes\n",
        "approve by Qa lead (qa-lead, quality)",
    ):
        assert line in said


@pytest.mark.parametrize(
    "vector,line",
    [
        ("entry-withheld", "  e2                   withheld, said to be of operator-a\n"),
        ("minimal-witness", "witness plant-clock: of the seal\n"),
        ("minimal-witnessed-entry", "operator-a witnessed: witness plant-clock,\n"),
        ("minimal-assigned", "assigned: operator-d: "),
        ("minimal-supplied", "                       with "),
        ("approval-blind", "without having looked\n"),
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


def test_an_action_can_be_laid_beside_its_leave(capsys: pytest.CaptureFixture[str]) -> None:
    said = " ".join(show("action-authorised", capsys).split())
    assert "Step seal-bag: Seal the bag (actions need leave)" in said
    leave = "e3 09:03:00.000 supervisor-1 authorised: seal-bag: agent-1 may close jaws (b791288e8bab...), until "
    assert leave in said
    assert "e4 09:04:00.000 agent-1 acted: seal-bag: close jaws (b791288e8bab...), authorised by e3 e5" in said
    assert "acted: seal-bag: close jaws (b791288e8bab...), no authorisation named e5" in " ".join(
        show("action-without-leave", capsys).split()
    )


def test_standard_input_can_be_shown(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    data = Path(bundle("minimal")).read_bytes()
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data)))
    assert main(["show", "-"]) == 0
    assert "\nstandard input\n" in capsys.readouterr().out


def made(kind: type, **members: Any) -> Any:
    """Make the content of an entry; members that are not given are absent."""
    return kind(**{field.name: None for field in dataclasses.fields(kind)} | members)


MIX: dict[str, Any] = {"step": "mix", "number": 1}


@pytest.mark.parametrize(
    "what,text",
    [
        (made(entries.Note, text="One.\nTwo\x1b."), "One. / Two\\x1b."),
        (made(entries.RunStarted, subject={"batch": "B"}, recorder="r\x1b", related=()), "batch B; recorder r\\x1b"),
        (
            made(
                entries.RunStarted,
                subject={"batch": "B"},
                recorder="r",
                related=(made(entries.Related, relation="rework", run=bytes(32)),),
            ),
            f"batch B; recorder r; rework of run {'0' * 64}",
        ),
        (made(entries.AtStep, step="mix", number=2), "mix, pass 2"),
        (made(entries.ValueRecorded, **MIX, name="ok", value=True), "mix: ok = true"),
        (made(entries.InstrumentUsed, **MIX, instrument="SCALE 7"), "mix: SCALE 7"),
        (made(entries.InstrumentUsed, **MIX, instrument="SCALE 7", due=T), f"mix: SCALE 7, calibrated until {WHEN}"),
        (
            made(entries.Transferred, digest=bytes(32), to="operator-b", reason="Store."),
            "000000000000... to operator-b: Store.",
        ),
        (made(entries.Checked, **MIX, passed=False, text="Torn."), "mix: not passed: Torn."),
        (
            made(entries.Authorised, **MIX, actor="agent-1", action="go\x1b", arguments=b"\1" * 32, expires=T),
            f"mix: agent-1 may go\\x1b (010101010101...), until {WHEN}",
        ),
        (
            made(entries.Acted, **MIX, action="go\x1b", arguments=b"\1" * 32, authorised=REF),
            "mix: go\\x1b (010101010101...), authorised by e4",
        ),
        (
            made(entries.Acted, step="mix", number=2, action="go", arguments=b"\1" * 32),
            "mix, pass 2: go (010101010101...), no authorisation named",
        ),
        (made(entries.Released, deviation=REF), "e4"),
        (made(entries.StepSkipped, **MIX), "mix, no reason given"),
        (made(entries.Correction, corrects=REF, old="4.2", new="42", why="Slip."), "e4: 4.2 becomes 42: Slip."),
        (
            made(
                entries.DeviationRaised,
                reason="mix-up",
                severity="major",
                steps=("mix",),
                values=(REF,),
                evidence=(bytes(32),),
                description="Bags.",
                action="Stopped.",
            ),
            "major, mix-up: Bags. (about mix, e4, 000000000000...): Stopped.",
        ),
        (
            made(
                entries.DeviationRaised,
                reason="late",
                severity="minor",
                steps=(),
                values=(),
                evidence=(),
                description="Late.",
            ),
            "minor, late: Late. (about the run)",
        ),
        (made(entries.DeviationRuled, deviation=REF, ruling="block"), "e4: block"),
        (made(entries.DeviationRemediated, deviation=REF, text="Sorted."), "e4: Sorted."),
        (made(entries.DeviationClosed, deviation=REF, text="Seen."), "e4: Seen."),
        (made(entries.Gap), "recorder stopped, no reason given"),
        (made(entries.RunEnded, outcome="aborted", reason="Fire."), "aborted: Fire."),
        (made(entries.Attested, attestation=b"x"), "a signed record that cannot be read"),
    ],
)
def test_entries_in_words(what: entries.What, text: str) -> None:
    assert describe(what) == text
