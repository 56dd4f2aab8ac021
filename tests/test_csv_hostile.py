"""Hostile text in each field of a bundle: the timeline stays a table, and nothing in it is a formula."""

from __future__ import annotations

import csv
import io
import re
from typing import Any

import pytest
from support.bundles import base, build, changed, ops, runs, trust_of
from test_cli_show import LEAVE, delegation, made
from test_csv import Row, rows

from opsproof_verify import Report, kinds, verify
from opsproof_verify.canonical import encode
from opsproof_verify.cli.timeline import timeline
from opsproof_verify.container import FrameType
from opsproof_verify.contract import Contract, Member
from opsproof_verify.cose import RecordType, assemble
from opsproof_verify.entries import KINDS, Entry
from opsproof_verify.fields import Ref, is_decimal
from opsproof_verify.findings import Time, finding
from opsproof_verify.records import Approval, Authentication, Item, Late, Meaning, Seal, SignOff, Withheld, Witness
from opsproof_verify.render.csv_form import LONGEST, Printed, cell, line
from opsproof_verify.render.escape import printable
from opsproof_verify.render.timeline import Seen, Timeline
from opsproof_verify.report import SignOffFacts
from opsproof_verify.slotted import fields, replace

HOSTILE = [
    "=1+1",
    "+1",
    "-1+1",
    "-5",
    "@SUM(A1)",
    "=cmd|' /C calc'!A0",
    "  =1",
    "\t=1",
    "\r=1",
    "\n=1",
    "note\n=1\r\n=2",
    "a;=1",
    'a; "=1;"";-1',
    "a,=1,b",
    '"=1',
    '","=1',
    "'=1",
    "a;'=1",
    "\uff1d1",
    "\uff0b1",
    "\uff0d1",
    "\uff201",
    "\u202e=1",
    "\u200b=1",
    "\u00a0=1",
    "\x00=1",
    "\x1b[31m=1",
    "\\x1b",
    " edge ",
    '"',
    ";",
    "\U0001f600" * 17_000,
    "=" * 40_000,
]

T = Time(253_402_300_800_000, 60)  # in the year 10000, whose number has a sign
HASH = b"\1" * 32
REF = Ref(4, HASH)
DECIMALS = {"value", "elapsed"}
FORMULA = tuple("=+-@\uff1d\uff0b\uff0d\uff20\t\r")
MEMBER: dict[str, Any] = {"id": "operator-d", "person": "tech-d", "kind": "human", "roles": ["operator"], "key": HASH}


TEXTS = """step name value unit late instrument serves_as source to reason why text actor action old new severity
    description ruling clock outcome recorder id person role decision kind principal title issuer target"""


def names(listed: str) -> list[str]:
    return listed.split()


def signed(kind: RecordType, payload: dict[str, Any]) -> bytes:
    """Make a record with a signature that nobody checks here."""
    return assemble(kind, bytes(32), encode(payload), bytes(64))


def values(text: str) -> dict[str, Any]:
    """Give a value for each name of a field, hostile where it is text."""
    item = Item(digest=HASH, size=5, media=text, name=text, step=text, number=1, slot=text)
    return {
        **dict.fromkeys(names(TEXTS), text),
        **dict.fromkeys(names("observed due captured expires occurred since time issued"), T),
        **dict.fromkeys(names("transfer voids authorised deviation corrects"), REF),
        **dict.fromkeys(names("digest arguments policy seal run contract hash withdraws leaf"), HASH),
        **dict.fromkeys(names("number version count evidence_count evidence_bytes seq"), 4),
        "by": -5,
        "item": item,
        "copy": "true-copy",
        "passed": False,
        "steps": (text, text),
        "values": (REF, REF),
        "evidence": (HASH, HASH),
        "cut": made(kinds.Cut, digest=HASH, size=1),
        "subject": {text: text},
        "related": (made(kinds.Related, relation=text, run=HASH, seal=HASH),),
        "approvals": (HASH,),
        **dict.fromkeys(("attestation", "witness", "assignment"), b"x"),
        "meaning": Meaning(id=text, text=text),
        "roles": (text,),
        "covers": (4,),
        "withholds": (HASH,),
    }


def filled(cls: type, text: str, **more: Any) -> Any:
    """Make a record with all of its fields filled."""
    given = values(text) | more
    return made(cls, **{name: given[name] for name in fields(cls) if name in given})


def records(text: str) -> list[tuple[FrameType, Any]]:
    """Give a record of each kind, filled with a text."""
    entry = FrameType.ENTRY
    member = filled(Member, text, id="operator-a", qualifications=())
    signoff = {"authentication": Authentication(factors=(text,), time=T), "delegation": b"x"}
    late = signoff | {"evidence": (), "attests": Late(actor=text, count=2, digest=HASH)}
    supplied = signoff | {"evidence": (values(text)["item"], replace(values(text)["item"], name=None, step=None))}
    return [
        (FrameType.CONTRACT, filled(Contract, text, roster=(member,))),
        (FrameType.APPROVAL, filled(Approval, text)),
        *((entry, _entry(kind, filled(cls, text))) for kind, cls in KINDS.items()),
        (entry, _entry(text, made(kinds.Released, deviation=REF, text=text), actor=text)),
        (FrameType.WITHHELD, filled(Withheld, text)),
        (entry, None),
        (FrameType.SEAL, filled(Seal, text)),
        (
            FrameType.SIGNOFF,
            filled(SignOff, text, **late),
        ),
        (FrameType.SIGNOFF, filled(SignOff, text, attests=None, **supplied)),
        (FrameType.WITNESS, filled(Witness, text, witness=text)),
    ]


def _entry(kind: str, what: Any, actor: str = "operator-a") -> Entry:
    return Entry(kind=kind, run=HASH, seq=1, prev=HASH, time=T, nonce=HASH, actor=actor, what=what)


@pytest.fixture(scope="module")
def report() -> Report:
    subject = base.minimal()
    return verify(build(subject), None, trust_of(subject), at=subject.at)


def assert_harmless(said: bytes) -> list[Row]:
    """Say that no program that takes commas or semicolons for ends of cells finds a formula; give the rows."""
    table = rows(said)
    for row in table:
        for column, text in row.items():
            assert not begins(text) or (column in DECIMALS and is_decimal(text)), (column, text)
            assert len(text.encode("utf-16-le")) <= 2 * 32_767
            assert text == " / ".join(map(printable, text.split("\n"))).replace("\\\\", "\\")
    for one in said.decode().split("\r\n"):
        assert not any(map(begins, one.split(";")[1:])), one
        if len(one) < csv.field_size_limit():
            assert not any(map(begins, next(csv.reader([one], delimiter=";"), [""])[1:])), one
    return table


def begins(text: str) -> bool:
    """Tell whether a spreadsheet might take a text for a formula."""
    return text.lstrip(' "').startswith(FORMULA)


def restored(text: str) -> str:
    """Take away the apostrophes that the timeline has added."""
    return re.sub("(^|;)'", r"\1", text)


@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: ascii(text)[:20])
def test_no_text_becomes_more_than_text(text: str, report: Report) -> None:
    facts: dict[str, Any] = dict.fromkeys(
        ("hash", "person", "name", "role", "decision", "meaning", "meaning_text"), text
    )
    given: dict[str, Any] = {"frame": 36, "time": T, "standing": False, "counts_for": (text,), "covers": ()}
    found = finding("actor.unknown", {"actor": text, "step": text, "person": text}, {"why": text})
    lines = Timeline(replace(report, findings=(found,), signoffs=(SignOffFacts(**facts, **given),)))
    said = [lines.header()]
    for number, (kind, record) in enumerate(records(text), 1):
        said.append(lines.row(Seen(number, number, kind, record, printable(text[:9]), HASH)))
    table = assert_harmless(b"".join([*said, *lines.rest()]))
    assert len(table) == len(records(text)) + 2
    shown = " / ".join(map(printable, text.split("\n")))
    if len(shown) < 100:
        assert restored(next(row for row in table if row["kind"] == "note")["text"]) == shown
        assert {restored(row["printed-name"]) for row in table} == {"", shown}
        assert restored(table[0]["text"]) == shown


def test_each_kind_was_filled() -> None:
    assert {getattr(record, "kind", None) for _, record in records("x")} >= set(KINDS)
    for kind, record in records("x"):
        if kind is FrameType.ENTRY and record is not None and record.kind in KINDS:
            assert None not in [getattr(record.what, name) for name in fields(record.what)], record.kind


def test_signed_records_within_entries(report: Report) -> None:
    """What stands in them is bound by their own readers: a line of 256 bytes at most."""
    member = MEMBER | {"name": '=1;"=2', "software": "@x"}
    assignment = {"contract": HASH, "run": HASH, "member": member, "by": "tech-a", "time": [0, 0]}
    attestation = {"run": HASH, "actor": "operator-a", "seq": 4, "head": HASH, "count": 2, "digest": HASH}
    seen = {"run": HASH, "witness": "plant-clock", "target": "seal", "hash": HASH, "time": [0, 0]}
    lines = Timeline(report)
    said = [lines.header()]
    for number, what in enumerate(
        [
            kinds.Assigned(assignment=signed(RecordType.ASSIGNMENT, assignment)),
            kinds.Assigned(assignment=b"x"),
            kinds.Attested(attestation=signed(RecordType.ATTESTATION, attestation)),
            kinds.Witnessed(witness=signed(RecordType.WITNESS, seen)),
            kinds.Note(step=None, number=None, text="x"),
        ],
        1,
    ):
        kind = next(name for name, cls in KINDS.items() if cls is type(what))
        actor = "operator-d" if kind == "note" else "operator-a"
        said.append(lines.row(Seen(number, number, FrameType.ENTRY, _entry(kind, what, actor), "", HASH)))
    enrolled, unreadable, attested, witnessed, note = assert_harmless(b"".join(said))
    assert enrolled["text"] == """'=1;'"=2; human; operator; '@x""".replace("; '@x", ";' @x")
    assert unreadable["text"] == "a signed record that cannot be read"
    assert (attested["value"], attested["refers-to"]) == ("2", "e4")
    assert (witnessed["name"], witnessed["refers-to"]) == ("plant-clock", HASH.hex())
    assert (note["person"], note["printed-name"]) == ("tech-d", """'=1;'"=2""")


def test_who_gave_leave_to_sign(report: Report) -> None:
    lines = Timeline(report)
    said = [lines.header()]
    for number, carried in enumerate([delegation(LEAVE | {"reason": "=1;=2"}), b"x"], 1):
        record = filled(SignOff, "x", delegation=carried, evidence=(), covers=())
        said.append(lines.row(Seen(number, number, FrameType.SIGNOFF, record, "", HASH)))
    given, unreadable = assert_harmless(b"".join(said))
    assert "; on behalf of qa-lead: =1;'=2; " in given["text"]
    assert "; with a delegation that cannot be read; " in unreadable["text"]


def test_a_hostile_bundle_from_end_to_end() -> None:
    """As long as records may be, through the whole command but for the terminal."""
    invisible = "\u202e" * 5_461
    subject = changed(
        base.minimal(
            runs.note(text="=1+1\n\t;-1"),
            runs.note("note-2", text=invisible),
            runs.note("note-3", text="\U0001f600" * 4_096),
            base.entry("value", "value-recorded", **runs.STEP, name="further", value="-42.5", unit="=kg"),
            base.entry("value-2", "value-recorded", **runs.STEP, name="further-2", value="-42.5=1"),
            base.entry("skip", "gap", reason='","=1'),
        ),
        ops.edit("contract", "title", "=HYPERLINK(1)"),
        ops.edit("contract", "roster/0/name", "@name"),
    )
    data = build(subject)
    report = verify(data, None, trust_of(subject))
    table = assert_harmless(b"".join(timeline(io.BytesIO(data), report)))
    texts = [row["text"] for row in table if row["kind"] in ("note", "gap")]
    assert texts[0] == "'=1+1 / \\x09;'-1"
    assert texts[1].startswith("\\u202e\\u202e")
    assert texts[1].endswith("... (766 further characters are cut off)")
    assert texts[2] == "\U0001f600" * 4_096
    assert texts[3] == '","=1', "a comma within quotes ends no cell"
    assert [(row["value"], row["unit"]) for row in table if row["kind"] == "value-recorded"] == [
        ("-42.5", "'=kg"),
        ("'-42.5=1", ""),
    ]
    assert table[0]["text"] == "'=HYPERLINK(1)"
    assert {row["printed-name"] for row in table if row["actor"] == "operator-a"} == {"'@name"}


@pytest.mark.parametrize(
    "text,said",
    [
        (None, ""),
        ("", ""),
        ("plain", "plain"),
        ("a,b", '"a,b"'),
        ('say "x"', '"say ""x"""'),
        (" x", '" x"'),
        ("x ", '"x "'),
        ("a;b", '"a;b"'),
        ("-5", "'-5"),
        ("a\\b", "a\\\\b"),
        (Printed("a\\x1b"), "a\\x1b"),
        (Printed("=1"), "'=1"),
        ("one\ntwo", "one / two"),
        ("a" * LONGEST, "a" * LONGEST),
        ("\u4e2d" * LONGEST, "\u4e2d" * LONGEST),
        ("=" * 1_000_000, "'" + "=" * (LONGEST - 1) + "... (968001 further characters are cut off)"),
        ("a" * (LONGEST + 2), "a" * LONGEST + "... (2 further characters are cut off)"),
        ("a" * (LONGEST - 1) + "\U0001f600", "a" * (LONGEST - 1) + "... (1 further characters are cut off)"),
    ],
)
def test_cells(text: str | None, said: str) -> None:
    assert cell(text) == said


@pytest.mark.parametrize("text,said", [("-5", "-5"), ("-0.50", "-0.50"), ("-0", "'-0"), ("-1e5", "'-1e5"), ("7", "7")])
def test_decimals_stay_numbers_in_their_columns(text: str, said: str) -> None:
    assert cell(text, number=True) == said


def test_a_line_is_of_rfc_4180() -> None:
    assert line(["a", "", '"b,c"', "\u4e2d"]) == 'a,,"b,c",\u4e2d\r\n'.encode()
