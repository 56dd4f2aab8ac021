"""What each kind of record says in its row, in words and with links (SPEC 6)."""

from __future__ import annotations

from typing import Any

import pytest
from support.markup import Tree
from test_cli_show import LEAVE, delegation, made
from test_csv_hostile import HASH, MEMBER, REF, T, signed, values
from test_view_rows import read_of, scene_of, words

from opsproof_verify import kinds
from opsproof_verify.cose import RecordType
from opsproof_verify.records import Approval, Item, Late, SignOff, Witness
from opsproof_verify.slotted import replace
from opsproof_verify.view.catalogue import Catalogue
from opsproof_verify.view.parts.rows import row
from opsproof_verify.view.parts.saying import saying
from opsproof_verify.view.relations import MOST_ITEMS
from opsproof_verify.view.scene import Scene
from opsproof_verify.view.story import Signed


@pytest.fixture(scope="module")
def scene() -> Scene:
    return scene_of("rich-every-kind")[0]


WHEN = "+010000-01-01 01:00:00.000+01:00"
AT: dict[str, Any] = {"step": "weigh", "number": 2}
SHORT = "010101010101…"
PHOTO = f"Photograph the seal, seal-photo: {SHORT}, a/b, 1 byte"


@pytest.mark.parametrize(
    "what,said",
    [
        (made(kinds.AtStep, **AT), "Weigh the filling, pass 2"),
        (made(kinds.AtStep, step="nowhere", number=1), "nowhere"),
        (
            made(kinds.ValueRecorded, name="ok", value=True, observed=T, late="Power\ncut.", **AT),
            f"Weigh the filling, pass 2: ok = true; observed {WHEN}; recorded late: Power\ncut.",
        ),
        (
            made(kinds.InstrumentUsed, instrument="SCALE 7", serves_as="scale", due=T, **AT),
            f"Weigh the filling, pass 2: SCALE 7; serves as scale; calibrated until {WHEN}",
        ),
        (made(kinds.InstrumentUsed, instrument="S", **AT), "Weigh the filling, pass 2: S"),
        (made(kinds.Checked, passed=True, **AT), "Weigh the filling, pass 2: passed"),
        (made(kinds.Checked, passed=False, text="Dirt.", **AT), "Weigh the filling, pass 2: not passed: Dirt."),
        (
            made(kinds.Authorised, actor="agent-1", action="print", arguments=HASH, expires=T, **AT),
            f"Weigh the filling, pass 2: Robot agent-1 agent may print (010101010101…), until {WHEN}",
        ),
        (
            made(kinds.Acted, action="print", arguments=HASH, authorised=REF, **AT),
            "Weigh the filling, pass 2: print (010101010101…), authorised by e4",
        ),
        (
            made(kinds.Acted, action="print", arguments=HASH, **AT),
            "Weigh the filling, pass 2: print (010101010101…), no authorisation named",
        ),
        (made(kinds.Released, text="Go.", **AT), "Weigh the filling, pass 2: Go."),
        (made(kinds.Released, deviation=REF), "e4"),
        (made(kinds.StepSkipped, reason="No tools.", **AT), "Weigh the filling, pass 2: No tools."),
        (made(kinds.StepSkipped, **AT), "Weigh the filling, pass 2, no reason given"),
        (made(kinds.Correction, corrects=REF, old="1", new=False, why="Typo."), "e4: 1 becomes false: Typo."),
        (
            made(kinds.DeviationRaised, reason="torn", severity="major", steps=("clear",), values=(REF,),
                 evidence=(HASH,), description="Torn.", action="Stopped.", occurred=T),
            f"major, torn; about Clear the line, e4, {SHORT}; occurred {WHEN}: Torn. Action taken: Stopped.",
        ),
        (
            made(kinds.DeviationRaised, reason="torn", severity="minor", steps=(), values=(), evidence=(),
                 description="Torn."),
            "minor, torn; about the whole batch: Torn.",
        ),
        (made(kinds.DeviationRuled, deviation=REF, ruling="review"), "e4: under review"),
        (made(kinds.DeviationRemediated, deviation=REF, text="Done.", evidence=()), "e4: Done."),
        (
            made(kinds.DeviationRemediated, deviation=REF, text="Done.", evidence=(HASH,)),
            "e4; shown by 010101010101…: Done.",
        ),
        (made(kinds.DeviationClosed, deviation=REF, text="Seen."), "e4: Seen."),
        (
            made(kinds.EvidenceAdded, captured=T, source="camera", copy="true-copy", late="Late.",
                 item=made(Item, digest=HASH, size=1, media="a/b", step="photograph", number=1, slot="seal-photo")),
            f"{PHOTO}; captured {WHEN}; by camera; a true copy; recorded late: Late.",
        ),
        (made(kinds.Transferred, digest=HASH, to="agent-1", reason="Store."),
         "010101010101… to Robot agent-1 agent: Store."),
        (made(kinds.Received, transfer=REF), "what e4 handed over"),
        (made(kinds.Voided, voids=REF, why="Blurred."), "e4 no longer counts: Blurred."),
        (
            made(kinds.RunStarted, subject={"batch": "B"}, recorder="r", clock="ntp",
                 related=(made(kinds.Related, relation="rework", run=HASH, seal=HASH),)),
            "batch B; recorded by r; times by ntp; rework of batch 010101010101…",
        ),
        (made(kinds.Note, text="Warm.", **AT), "Weigh the filling, pass 2: Warm."),
        (made(kinds.Note, text="Warm."), "Warm."),
        (made(kinds.Gap, since=T, reason="Power."), f"the recorder stopped after {WHEN}: Power."),
        (
            made(kinds.Gap, cut=made(kinds.Cut, digest=HASH, size=3)),
            "the recorder stopped; 3 bytes of an unfinished entry cut off, no reason given",
        ),
        (made(kinds.ClockChanged, clock="ntp", by=-5), "times by ntp from here on; set back by 5 ms"),
        (made(kinds.ClockChanged, clock="ntp", by=60_000, text="Summer."),
         "times by ntp from here on; set forward by 1 min: Summer."),
        (made(kinds.ClockChanged, clock="ntp"), "times by ntp from here on"),
        (made(kinds.RunEnded, outcome="aborted", reason="Fire."), "aborted: Fire."),
        (made(kinds.RunEnded, outcome="completed"), "completed"),
        (made(kinds.Assigned, assignment=b"x"), "a signed record that cannot be read"),
        (made(kinds.Attested, attestation=b"x"), "a signed record that cannot be read"),
        (made(kinds.Witnessed, witness=b"x"), "a signed record that cannot be read"),
    ],
)  # fmt: skip
def test_what_an_entry_says(what: Any, said: str, scene: Scene) -> None:
    markup = saying(scene, what)
    assert words(markup) == said
    Tree(markup)


def member(**more: Any) -> bytes:
    payload = {"contract": HASH, "run": HASH, "by": "supervisor-1", "time": [T.ms, T.offset]}
    return signed(RecordType.ASSIGNMENT, payload | {"member": MEMBER | {"name": "Tech d"} | more})


def test_who_is_assigned(scene: Scene) -> None:
    plain = saying(scene, made(kinds.Assigned, assignment=member()))
    assert words(plain) == "operator-d: Tech d, person; in the roles operator"
    agent = member(
        kind="agent", principal="tech-a", software="robot 2", qualifications=[{"id": "welder"}, {"id": "lifter"}]
    )
    assert words(saying(scene, made(kinds.Assigned, assignment=agent))) == (
        "operator-d: Tech d, agent; in the roles operator; tech-a is accountable; runs robot 2; holds welder, lifter"
    )


def test_which_time_a_witness_signed(scene: Scene) -> None:
    witness = {"run": HASH, "witness": "plant-clock", "target": "entry", "hash": HASH, "seq": 4}
    record = signed(RecordType.WITNESS, witness | {"time": [T.ms, T.offset]})
    assert words(saying(scene, made(kinds.Witnessed, witness=record))) == (
        f"the witness plant-clock signed for the log up to here, {WHEN}"
    )


def test_a_link_to_evidence_goes_to_its_card_else_to_the_record_that_names_it() -> None:
    """Only so many items have a card."""
    scene, _ = scene_of("rich-every-kind")
    first, *_ = scene.story.evidence
    handed = made(kinds.Transferred, digest=first.item.digest, to="agent-1", reason="Store.")
    assert '<a href="#evidence-e5"><bdi translate="no">plan.pdf</bdi></a>' in saying(scene, handed)
    scene.story.evidence = [replace(first, when=None, signoff=34, frame=None)] * (MOST_ITEMS + 1) + [first]
    crowded = Scene(scene.report, scene.story, Catalogue(), scene.content)
    assert crowded.relations.place(first) == "e5"
    scene.story.evidence = [first] * (MOST_ITEMS + 1)
    assert (
        Scene(scene.report, scene.story, Catalogue(), scene.content).relations.place(
            replace(first, when=None, signoff=34)
        )
        == "f34"
    )


SIGNER: dict[str, Any] = {
    "person": "qa-lead", "name": "Qa lead", "role": "quality", "decision": "approve", "time": T, "seen": (),
    "meaning": values("x")["meaning"], "covers": (), "evidence": (), "withholds": (), "viewed": values("x"),
}  # fmt: skip
LEFT = "2026-11-02 07:13:20.000+01:00"
SIGNED = "Qa lead (qa-lead) as quality: x"


def around(scene: Scene, record: Any) -> str:
    """Give the words of the row of a record around the log, behind its time."""
    return words(row(scene, read_of(record, frame=90), None)).partition("+01:00 ")[2]


@pytest.mark.parametrize(
    "more,said",
    [
        ({}, f"approved: {SIGNED}"),
        (
            {"viewed": None, "text": "In a hurry."},
            f"approved: {SIGNED}; without having looked at a report: In a hurry.",
        ),
        ({"covers": (4, 99)}, f"approved: {SIGNED}; covers e4, e99"),
        ({"decision": "remediate", "deviation": REF}, f"remediated a deviation: {SIGNED}; about e4"),
        ({"decision": "withdraw", "withdraws": HASH}, f"withdrew a sign-off: {SIGNED}; withdraws 010101010101…"),
        (
            {"decision": "attest", "attests": Late(actor="agent-1", count=2, digest=HASH)},
            f"attested entries late: {SIGNED}; attests 2 entries of Robot agent-1 agent late",
        ),
        ({"decision": "redact", "withholds": (HASH,)}, f"signed for what is withheld: {SIGNED}; withholds 1 entry"),
        (
            {"decision": "supply", "evidence": (made(Item, digest=HASH, size=2, media="a/b", name="n"),)},
            f"supplied evidence: {SIGNED}; brings the whole batch: n, a/b, 2 bytes",
        ),
        ({"delegation": b"x"}, f"approved: {SIGNED}; with a delegation that cannot be read"),
        (
            {"delegation": delegation(LEAVE)},
            f"approved: {SIGNED}; on behalf of qa-lead, as quality, until {LEFT}: Holiday cover.",
        ),
    ],
)
def test_what_a_signoff_says(more: dict[str, Any], said: str, scene: Scene) -> None:
    assert around(scene, made(SignOff, **SIGNER | more)) == f"sign-off qa-lead{said}"


def test_many_entries_that_a_signoff_covers_are_not_all_named(scene: Scene) -> None:
    said = around(scene, made(SignOff, **SIGNER | {"covers": tuple(range(80))}))
    assert said.endswith("e48, e49, and 30 more")


def test_a_withdrawn_signoff_has_a_link_if_it_has_a_card() -> None:
    scene, _ = scene_of("rich-every-kind")
    [known] = scene.story.signoffs
    withdraws = made(SignOff, **SIGNER | {"decision": "withdraw", "withdraws": bytes.fromhex(known.hash)})
    assert f'href="#signoff-{known.hash[:12]}"' in row(scene, read_of(withdraws, frame=90), None)
    others = [Signed(number, f"{number:064x}", known.record) for number in range(1_000)]
    scene.story.signoffs = [*others, known]
    crowded = Scene(scene.report, scene.story, Catalogue(), scene.content)
    assert f'href="#signoff-{known.hash[:12]}"' not in row(crowded, read_of(withdraws, frame=90), None)


@pytest.mark.parametrize(
    "record,said",
    [
        (
            made(Approval, person="qa-lead", name="Qa lead", role="quality", meaning=values("x")["meaning"], time=T),
            f"batch record approved qa-lead{SIGNED}",
        ),
        (
            made(Witness, witness="clock", target="seal", hash=HASH, time=T),
            "time witnessed clockthe witness clock saw the seal 010101010101…",
        ),
        (
            made(Witness, witness="clock", target="entry", hash=HASH, seq=4, time=T),
            "time witnessed clockthe witness clock saw entry e4",
        ),
        (
            made(Witness, witness="clock", target="signoff", hash=HASH, time=T),
            "time witnessed clockthe witness clock saw the sign-off 010101010101…",
        ),
    ],
)
def test_what_stands_around_the_log_says(record: Any, said: str, scene: Scene) -> None:
    assert around(scene, record).replace("procedure", "batch record") == said
