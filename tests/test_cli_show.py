"""`show`: what a bundle says, without a verdict."""

from __future__ import annotations

import io
import sys
from pathlib import Path
from typing import Any

import pytest
from support.bundles import base, build, changed, finished, model, ops, runs
from test_cli import VECTORS, bundle

from opsproof_verify import kinds
from opsproof_verify.canonical import encode
from opsproof_verify.cli import main
from opsproof_verify.cli.describe import describe, describe_member, describe_signoff
from opsproof_verify.contract import Member, Qualification
from opsproof_verify.cose import RecordType, assemble
from opsproof_verify.entries import What
from opsproof_verify.fields import Ref
from opsproof_verify.findings import Time
from opsproof_verify.records import Authentication, Item, Late, Meaning, SignOff, Viewed
from opsproof_verify.slotted import fields

FIRST_LINE = "Nothing is verified here: this is what the file says. `check` gives a verdict.\n"
T = Time(1_793_600_000_000, 60)
WHEN = "2026-11-02T07:13:20.000+01:00"
REF = Ref(4, bytes(32))
JPEG = "image/jpeg, 5 bytes, 010101010101..."
PHOTO = Item(digest=b"\1" * 32, size=5, media="image/jpeg", name=None, step=None, number=None, slot=None)


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
        "  Actor       agent-1: Robot, agent, operator, supervisor, of tech-a, vision 2.1\n",
        "  2026-11-02 +01:00\n",
        "  e3     09:03:00.000  operator-a value-recorded: weigh: mass = 42.50 kg\n",
        "  e18    09:18:00.000  supervisor-1 released: clear\n",
        "  e25    09:25:00.000  supervisor-1 attestation: 3 entries\n",
        "sealed by operator-a: 28 entries, evidence of 40 bytes\n",
        'approval by Qa lead (qa-lead, quality): "I approve this\n',
        'contract for use." (approved)\n',
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


@pytest.mark.untraced
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


def made(kind: type, /, **members: Any) -> Any:
    """Make the content of an entry; members that are not given are absent."""
    return kind(**dict.fromkeys(fields(kind)) | members)


MIX: dict[str, Any] = {"step": "mix", "number": 1}


@pytest.mark.parametrize(
    "what,text",
    [
        (made(kinds.Note, text="One.\nTwo\x1b."), "One. / Two\\x1b."),
        (made(kinds.RunStarted, subject={"batch": "B"}, recorder="r\x1b", related=()), "batch B; recorder r\\x1b"),
        (
            made(
                kinds.RunStarted,
                subject={"batch": "B"},
                recorder="r",
                related=(made(kinds.Related, relation="rework", run=bytes(32)),),
            ),
            f"batch B; recorder r; rework of run {'0' * 64}",
        ),
        (
            made(kinds.RunStarted, subject={"batch": "B"}, recorder="r", related=(), clock="ntp\x1b"),
            "batch B; recorder r; times by ntp\\x1b",
        ),
        (made(kinds.AtStep, step="mix", number=2), "mix, pass 2"),
        (made(kinds.ValueRecorded, **MIX, name="ok", value=True), "mix: ok = true"),
        (
            made(kinds.ValueRecorded, **MIX, name="t", value="21.5", unit="C", observed=T, late="Gloves\x1b on."),
            f"mix: t = 21.5 C; observed {WHEN}; recorded late: Gloves\\x1b on.",
        ),
        (made(kinds.InstrumentUsed, **MIX, instrument="SCALE 7"), "mix: SCALE 7"),
        (made(kinds.InstrumentUsed, **MIX, instrument="SCALE 7", due=T), f"mix: SCALE 7, calibrated until {WHEN}"),
        (made(kinds.InstrumentUsed, **MIX, instrument="SCALE 7", serves_as="scale"), "mix: SCALE 7 as scale"),
        (made(kinds.EvidenceAdded, item=PHOTO), f"run: {JPEG}"),
        (
            made(kinds.EvidenceAdded, item=PHOTO, captured=T, source="camera\x1b", copy="original", late="Later."),
            f"run: {JPEG}; captured {WHEN}; by camera\\x1b; the original; recorded late: Later.",
        ),
        (made(kinds.EvidenceAdded, item=PHOTO, copy="true-copy"), f"run: {JPEG}; a true copy"),
        (made(kinds.Received, transfer=REF), "what e4 handed over"),
        (made(kinds.Voided, voids=REF, why="Wrong\x1b bag."), "e4: Wrong\\x1b bag."),
        (
            made(kinds.Transferred, digest=bytes(32), to="operator-b", reason="Store."),
            "000000000000... to operator-b: Store.",
        ),
        (made(kinds.Checked, **MIX, passed=False, text="Torn."), "mix: not passed: Torn."),
        (
            made(kinds.Authorised, **MIX, actor="agent-1", action="go\x1b", arguments=b"\1" * 32, expires=T),
            f"mix: agent-1 may go\\x1b (010101010101...), until {WHEN}",
        ),
        (
            made(kinds.Acted, **MIX, action="go\x1b", arguments=b"\1" * 32, authorised=REF),
            "mix: go\\x1b (010101010101...), authorised by e4",
        ),
        (
            made(kinds.Acted, step="mix", number=2, action="go", arguments=b"\1" * 32),
            "mix, pass 2: go (010101010101...), no authorisation named",
        ),
        (made(kinds.Released, deviation=REF), "e4"),
        (made(kinds.StepSkipped, **MIX), "mix, no reason given"),
        (made(kinds.Correction, corrects=REF, old="4.2", new="42", why="Slip."), "e4: 4.2 becomes 42: Slip."),
        (
            made(
                kinds.DeviationRaised,
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
                kinds.DeviationRaised,
                reason="late",
                severity="minor",
                steps=(),
                values=(),
                evidence=(),
                description="Late.",
                occurred=T,
            ),
            f"minor, late: Late. (about the run); occurred {WHEN}",
        ),
        (made(kinds.DeviationRuled, deviation=REF, ruling="block"), "e4: block"),
        (made(kinds.DeviationRemediated, deviation=REF, text="Sorted."), "e4: Sorted."),
        (made(kinds.DeviationClosed, deviation=REF, text="Seen."), "e4: Seen."),
        (made(kinds.Gap), "recorder stopped, no reason given"),
        (made(kinds.ClockChanged, clock="ntp\x1b"), "times by ntp\\x1b from here on"),
        (
            made(kinds.ClockChanged, clock="ntp", by=-90_000, text="Drift."),
            "times by ntp from here on, set back by 1 min 30 s: Drift.",
        ),
        (made(kinds.ClockChanged, clock="ntp", by=1), "times by ntp from here on, set forward by 1 ms"),
        (made(kinds.RunEnded, outcome="aborted", reason="Fire."), "aborted: Fire."),
        (made(kinds.Attested, attestation=b"x"), "a signed record that cannot be read"),
    ],
)
def test_entries_in_words(what: What, text: str) -> None:
    assert describe(what) == text


def signoff(**members: Any) -> Any:
    """Make a sign-off; what is not given is absent."""
    given: dict[str, Any] = {"meaning": Meaning(id="released", text="Fine\x1b."), "covers": (), "withholds": ()}
    given["viewed"] = Viewed(policy=bytes(32), report=bytes(32), withheld=0, absent=0)
    return made(SignOff, **given | members)


def delegation(payload: dict[str, Any]) -> bytes:
    """Make a delegation with a signature that nobody checks here."""
    return assemble(RecordType.DELEGATION, bytes(32), encode(payload), bytes(64))


LEAVE: dict[str, Any] = {
    "from": "qa-lead",
    "to": "deputy",
    "role": "quality",
    "contracts": ["*"],
    "reason": "Holiday cover.",
    "not-before": [T.ms, T.offset],
    "not-after": [T.ms, T.offset],
}


@pytest.mark.parametrize(
    "what,text",
    [
        (signoff(), ""),
        (signoff(viewed=None), "; without having looked at a report"),
        (signoff(covers=(4, 17)), "; covers e4, e17"),
        (
            signoff(authentication=Authentication(factors=("knowledge", "possession"), time=T)),
            f"; claims knowledge, possession at {WHEN}",
        ),
        (
            signoff(delegation=delegation(LEAVE)),
            f"; on behalf of qa-lead, delegated to deputy as quality from {WHEN} until {WHEN}: Holiday cover.",
        ),
        (signoff(delegation=delegation({"from": "qa-lead"})), "; with a delegation that cannot be read"),
        (signoff(delegation=b"x"), "; with a delegation that cannot be read"),
        (signoff(deviation=REF), "; about e4"),
        (signoff(withdraws=b"\2" * 32), "; withdraws 020202020202..."),
        (signoff(attests=Late(actor="operator-1", count=2, digest=bytes(32))), "; attests 2 entries of operator-1"),
        (
            signoff(withholds=(b"\1" * 32, b"\2" * 32), text="Trade\x1b secret."),
            "; withholds e5, 020202020202...: Trade\\x1b secret.",
        ),
    ],
)
def test_signoffs_in_words(what: SignOff, text: str) -> None:
    assert describe_signoff(what, {b"\1" * 32: "e5"}) == f'"Fine\\x1b." (released){text}'


def test_actors_in_words() -> None:
    given: dict[str, Any] = {"id": "operator-1", "name": "Op\x1b", "kind": "human", "roles": ("operator", "welder")}
    assert describe_member(made(Member, **given, qualifications=())) == "operator-1: Op\\x1b, human, operator, welder"
    held = (
        Qualification(id="crane", number=None, not_before=None, not_after=None),
        Qualification(id="press", number="P\x1b-7", not_before=T, not_after=T),
    )
    assert describe_member(made(Member, **given, qualifications=held)).endswith(
        f", holds crane and press P\\x1b-7 from {WHEN} until {WHEN}"
    )
    agent = given | {"kind": "agent", "principal": "owner-1", "software": "vision\x1b 2", "qualifications": ()}
    assert describe_member(made(Member, **agent)).endswith(", of owner-1, vision\\x1b 2")


def test_what_a_contract_asks_for(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    subject = changed(
        base.minimal(),
        ops.edit("contract", "retention", {"class": "batch-record", "years": 6}),
        ops.edit("contract", "steps/0/qualifications", ["sealer"]),
        ops.edit("contract", "steps/0/instruments", ["scale"]),
    )
    said = shown(subject, tmp_path, capsys)
    assert "  Retention   batch-record, 6 years\n" in said
    assert "  Step        seal-bag: Seal the bag (qualification sealer, instrument scale)\n" in said
    subject = changed(base.minimal(), ops.edit("contract", "retention", {"class": "batch-record"}))
    assert "  Retention   batch-record\n" in shown(subject, tmp_path, capsys)


def test_a_redaction_names_the_entries_that_it_withholds(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    redact = base.signoff("redact", "redact", withholds=[model.Hash("note")], text="Trade secret.")
    subject = changed(base.appended(redact), ops.insert("begin", runs.note()), finished.withhold("note"))
    said = " ".join(shown(subject, tmp_path, capsys).split())
    assert "e2 withheld, said to be of operator-a" in said
    assert 'redact by Qa lead (qa-lead, quality): "I state: redact." (redact); withholds e2: Trade secret.' in said


def shown(subject: Any, folder: Path, capsys: pytest.CaptureFixture[str]) -> str:
    """Build a subject and show it."""
    (folder / "bundle.opb").write_bytes(build(subject))
    assert main(["show", str(folder / "bundle.opb")]) == 0
    return capsys.readouterr().out
