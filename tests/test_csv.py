"""`check --format csv`: the timeline of a bundle, and what was found of each record by the report of all formats."""

from __future__ import annotations

import csv
import errno
import io
import os
import re
import sys
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import pytest
from support.bundles import base, build, changed, model, runs, toml, trust_of, vector
from support.lower import lower
from test_cli import AT, ROOT, TRUST, VECTORS, bundle

from opsproof_verify import Report, reading, verify
from opsproof_verify.cli import main
from opsproof_verify.cli import timeline as cli_timeline
from opsproof_verify.cli.timeline import timeline
from opsproof_verify.container import FrameType, read_frames
from opsproof_verify.entries import KINDS
from opsproof_verify.findings import MAX_LISTED, finding
from opsproof_verify.reading import Read, read_records
from opsproof_verify.render.json_report import render_json
from opsproof_verify.render.text import where
from opsproof_verify.render.timeline import COLUMNS, Timeline
from opsproof_verify.slotted import replace

Row = dict[str, str]

HEADER = (
    "id,frame,seq,time,utc,elapsed,kind,actor,person,printed-name,actor-kind,principal,roles,step,pass,name,value,unit,"
    "happened,until,digest,refers-to,text,severity,findings,hash"
)
AROUND = {"contract", "contract-approval", "seal", "sign-off", "witness"}
NO_ENTRIES = AROUND | {"finding", "owed", "verdict"}


def rows(said: bytes) -> list[Row]:
    """Read a timeline as RFC 4180 has it: each line ends with CRLF, and has as many cells as there are columns."""
    text = said.decode()
    assert text.endswith("\r\n")
    assert text.count("\r\n") == text.count("\n") == text.count("\r")
    header, *lines = csv.reader(io.StringIO(text, newline=""), strict=True)
    assert tuple(header) == COLUMNS
    assert all(len(line) == len(COLUMNS) for line in lines)
    return [dict(zip(COLUMNS, line, strict=True)) for line in lines]


def said_of(row: Row) -> Row:
    """Give the cells that hold something."""
    return {column: text for column, text in row.items() if text}


def listed(data: bytes, report: Report) -> list[Row]:
    """Give the timeline of a bundle."""
    return rows(b"".join(timeline(io.BytesIO(data), report)))


def of(name: str, *, at: bool = True) -> list[Row]:
    """Give the timeline of a vector."""
    data, policy, trust, given = vector(name)
    return listed(data, verify(data, policy, trust, **(given if at else given | {"at": None})))


def check(path: str, *arguments: str, trust: str = TRUST) -> int:
    return main(["check", path, "--trust", trust, "--at", AT, "--format", "csv", *arguments])


def test_a_small_timeline(capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    """Each cell of a small run, and the very bytes of some lines."""
    assert check(bundle("approval-missing")) == 3
    said = capfdbinary.readouterr().out
    header, contract, _, _, begun, _, _, seal, missing, owed, verdict = said.decode().split("\r\n")[:-1]
    assert header == HEADER
    assert contract == (
        ",1,,2026-10-03T09:00:00.000+01:00,2026-10-03T08:00:00.000Z,,contract,,owner,,,,,,,acme.seal-bag,4,,,,,,"
        "Seal a bag,,,a874f9077ab6763e1c3c7c170eea7d9fc63bea0628d31a3ca0a4d387e1a26aba"
    )
    assert begun == (
        "e1,4,1,2026-11-02T09:01:00.000+01:00,2026-11-02T08:01:00.000Z,60.000,step-started,operator-a,tech-a,Tech a,"
        "human,,operator,seal-bag,1,,,,,,,,,,,d9e4a0ff920a9208dff991116161a4bdf38c081ed06dc4a9c7e1132309a898b1"
    )
    assert seal.startswith(",7,,2026-11-02T09:04:00.000+01:00,2026-11-02T08:04:00.000Z,60.000,seal,operator-a,tech-a,")
    assert missing == (
        ",,,,,,finding,,,,,,,,,approval.missing,,,,,,,Approval closure is not complete: 1 further person in the role "
        "quality.,provisional,approval.missing (provisional),"
    )
    assert owed == (',,,,,,owed,,,,,,,,,approve,,,,,,,"Approval ""closure"": 1 further person in the role quality.",,,')
    report = sha256(_json(capfdbinary, "approval-missing")).hexdigest()
    reason = "Everything recorded holds; one thing is still owed before it is FINAL."
    assert verdict == (
        f",,,,2026-12-02T00:00:00.000Z,,verdict,,,,,,,,,tv-base,PROVISIONAL,,,,{report},,"
        f'"under tv-base 1 (chosen by the contract\'s issuer): {reason}",,,'
    )


def _json(capfdbinary: pytest.CaptureFixture[bytes], name: str) -> bytes:
    main(["check", bundle(name), "--trust", TRUST, "--at", AT, "--format", "json"])
    return capfdbinary.readouterr().out


@pytest.mark.untraced
def test_every_vector_has_its_timeline() -> None:
    """Rows are what the file has, ids those of the report; a finding stands in the row that it names, or below."""
    kinds: set[str] = set()
    for folder in sorted(VECTORS.iterdir()):
        data, policy, trust, given = vector(folder.name)
        report = verify(data, policy, trust, **given)
        table = listed(data, report)
        kinds |= {row["kind"] for row in table}
        entries = [row for row in table if row["id"]]
        assert [row["id"] for row in entries] == [f"e{seq}" for seq in range(report.bundle.entries)], folder.name
        assert {row["kind"] for row in entries} <= {*KINDS, "withheld", "unreadable"}
        assert table[-1]["kind"] == "verdict"
        assert table[-1]["value"] == report.verdict
        assert [row["kind"] for row in table if not row["frame"]][-1] == "verdict"
        named: dict[str, list[Row]] = {}
        for row in table:
            for one in filter(None, row["findings"].split("; ")):
                named.setdefault(one, []).append(row)
        for found in report.findings:
            _assert_named(found.frame, where(found), table, named[f"{found.code.name} ({found.severity})"])
        assert named.keys() == {f"{found.code.name} ({found.severity})" for found in report.findings}, folder.name
        assert all(bool(row["severity"]) == bool(row["findings"]) for row in table)
    assert kinds == {*KINDS, *NO_ENTRIES, "withheld", "unreadable"}


def _assert_named(frame: int | None, place: str, table: list[Row], within: list[Row]) -> None:
    """Say that a finding stands in the row of its frame, and in that of the entry by which the text report names it."""
    own = [row for row in table if frame is not None and row["frame"] == str(frame)]
    assert not own or any(row is own[0] for row in within)
    entry = re.match(r"e\d+", place)
    assert entry is None or entry[0] in [row["id"] for row in within]


def test_hashes_are_those_of_the_report() -> None:
    for name in ("rich-every-kind", "deviation-remediated", "minimal-witness", "redact-both", "signoffs-two"):
        data, policy, trust, given = vector(name)
        report = verify(data, policy, trust, **given)
        table = listed(data, report)
        by_frame = {row["frame"]: row for row in table}
        by_kind = {row["kind"]: row["hash"] for row in table}
        assert report.contract is not None
        assert by_kind["contract"] == report.contract.hash
        assert by_kind["run-started"] == report.bundle.run
        assert by_kind["seal"] == report.bundle.seal
        assert {row["hash"] for row in table if row["kind"] == "sign-off"} == {one.hash for one in report.signoffs}
        assert all(by_frame[str(one.frame)]["hash"] == one.hash for one in report.signoffs)
        leaves = {row["id"]: row["hash"] for row in table}
        assert all(leaves[f"e{one.seq}"] == one.leaf for one in report.deviations)


def test_ids_and_actors_are_those_that_show_prints(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["show", bundle("rich-every-kind")]) == 0
    shown = re.findall(r"^  (e\d+) +\S+  (\S+) (\S+)", capsys.readouterr().out, re.MULTILINE)
    entries = [row for row in of("rich-every-kind") if row["id"]]
    assert [(row["id"], row["actor"], row["kind"].rstrip(":")) for row in entries] == [
        (number, actor, kind.rstrip(":")) for number, actor, kind in shown
    ]


def test_what_each_kind_puts_into_the_columns() -> None:
    table = {row["id"] or row["kind"]: said_of(row) for row in of("rich-every-kind")}
    assert table["e3"].items() >= {"name": "mass", "value": "42.50", "unit": "kg", "step": "weigh", "pass": "1"}.items()
    assert table["e2"].items() >= {"name": "SCALE 7", "until": "2026-11-03T09:00:00.000+01:00"}.items()
    assert table["e5"].items() >= {"value": "plan.pdf", "text": "application/pdf, 5 bytes; by scanner 2"}.items()
    gap = {"text": "Power cut.; 3 bytes cut", "happened": "2026-11-02T09:00:00.000+01:00"}
    assert table["e8"].items() >= gap.items()
    assert table["e21"].items() >= {"refers-to": "e19", "actor-kind": "agent", "principal": "tech-a"}.items()
    assert table["e21"]["digest"] == table["e19"]["digest"]
    assert table["e24"].items() >= {"value": "4", "unit": "entries", "refers-to": "e23"}.items()
    assert table["seal"].items() >= {"value": "28", "text": "2 evidence items of 40 bytes"}.items()
    signed = {"person": "qa-lead", "printed-name": "Qa lead", "roles": "quality", "value": "released"}
    assert table["sign-off"].items() >= signed.items()
    assert table["sign-off"]["name"] == "approve"
    assert table["sign-off"]["text"] == "I reviewed the record and release it.; counts for closure"


def test_what_is_withheld_says_so() -> None:
    row = next(row for row in of("entry-withheld") if row["kind"] == "withheld")
    cells = said_of(row)
    assert len(cells.pop("hash")) == 64
    assert cells == {
        "id": "e2", "frame": "5", "seq": "2", "kind": "withheld", "actor": "operator-a", "person": "tech-a",
        "printed-name": "Tech a", "actor-kind": "human", "roles": "operator",
        "text": "withheld in this copy; the actor is what the file says",
        "severity": "provisional", "findings": "entry.withheld (provisional)",
    }  # fmt: skip


def test_what_cannot_be_read_says_so() -> None:
    row = said_of(next(row for row in of("cbor-cut") if row["kind"] == "unreadable"))
    assert (row["id"], row["name"], row["findings"]) == ("e2", "entry", "cbor.malformed (fail)")
    assert row["text"].startswith("cannot be read: The content of frame 5 is not well-formed CBOR")
    assert [row["name"] for row in of("cose-typ-signoff-as-seal") if row["kind"] == "unreadable"] == ["seal"]


def test_an_entry_without_a_time_leaves_none_to_count_from() -> None:
    after = {row["id"]: row["elapsed"] for row in of("cbor-cut") if row["id"]}
    assert (after["e0"], after["e1"], after["e2"], after["e3"]) == ("", "60.000", "", "")
    after = {row["id"]: row["elapsed"] for row in of("entry-withheld") if row["id"]}
    assert (after["e1"], after["e2"], after["e3"]) == ("60.000", "", "")


def test_a_number_that_is_not_the_place_is_seen() -> None:
    row = next(row for row in of("chain-seq-gap") if row["findings"])
    assert (row["id"], row["seq"], row["findings"]) == ("e2", "3", "chain.wrong-seq (fail)")


def test_a_clock_set_back_is_a_number_below_zero() -> None:
    row = next(row for row in of("clock-changed") if row["kind"] == "clock-changed")
    assert (row["value"], row["unit"], row["elapsed"]) == ("-90000", "ms", "-90.000")


def test_findings_about_evidence_stand_in_the_row_that_names_it() -> None:
    row = next(row for row in of("evidence-altered") if row["findings"])
    assert (row["kind"], row["frame"], row["findings"]) == ("evidence-added", "6", "evidence.wrong-digest (fail)")
    row = next(row for row in of("evidence-supplied-altered") if row["findings"])
    assert (row["kind"], row["findings"]) == ("sign-off", "evidence.wrong-digest (fail)")


def test_findings_without_a_row_stand_below_with_what_they_name() -> None:
    row = said_of(next(row for row in of("step-not-begun") if row["kind"] == "finding"))
    assert (row["name"], "id" in row, "frame" in row) == ("step.unfinished", False, False)
    assert row["step"] in row["text"]
    row = said_of(next(row for row in of("frame-cut-in-body") if row["kind"] == "finding"))
    assert (row["frame"], row["severity"]) == ("8", "fail")
    assert row["text"].startswith("frame 8: The file ends inside frame 8")
    assert [(row["kind"], row["name"]) for row in of("file-empty")] == [("finding", "label.missing"), ("verdict", "")]


def test_a_finding_that_names_an_entry_alone_stands_in_its_row() -> None:
    data, policy, trust, given = vector("minimal")
    report = verify(data, policy, trust, **given)
    two = tuple(finding("entry.misplaced", {"seq": 1}, {"why": why}) for why in ("run-started", "run-ended"))
    gone = finding("entry.misplaced", {"seq": 99})
    table = listed(data, replace(report, findings=(*two, gone)))
    assert [(row["id"], row["kind"], row["findings"]) for row in table if row["findings"]] == [
        ("e1", "step-started", "entry.misplaced (fail)"),
        ("", "finding", "entry.misplaced (fail)"),
    ]


def test_who_was_assigned_is_known_from_then_on() -> None:
    table = of("minimal-assigned")
    row = next(row for row in table if row["kind"] == "assigned")
    assert said_of(row).items() >= {"name": "operator-d", "value": "tech-d", "text": "Tech d; human; operator"}.items()
    assert {row["person"] for row in table if row["actor"] == "operator-d"} == {"tech-d"}
    stranger = of("assignment-stranger-used")
    assert {row["person"] for row in stranger if row["actor"] == "operator-d"} == {""}, "that assignment fails"


def test_where_verification_stops_the_rows_stop() -> None:
    """Rows without findings behind that place would look as if they had been judged."""
    subject = base.minimal()
    data = build(subject)
    at = [frame.offset for frame in read_frames(io.BytesIO(data))][4]
    report = verify(data := data[:at] + b"\x82\x02\x41\xff" * 105 + data[at:], None, trust_of(subject))
    table = listed(data, report)
    last = [row for row in table if row["frame"]][-1]
    assert (last["frame"], last["findings"]) == ("105", "limit.exceeded (fail)"), "the 101st of a code is not listed"
    counted = next(row for row in table if row["kind"] == "finding" and row["value"])
    assert (counted["name"], counted["value"], counted["severity"]) == ("cbor.malformed", "101", "fail")
    assert counted["text"] == f"101 findings of this code at this severity; the first {MAX_LISTED} are listed"


def test_rows_are_written_while_the_file_is_read() -> None:
    data = Path(bundle("rich-every-kind")).read_bytes()
    report = verify(data, None, trust_of(base.rich()))
    stream = io.BytesIO(data)
    lines = timeline(stream, report)
    places = [stream.tell() for _, line in zip(range(8), lines, strict=False) if line]
    assert places[0] == 0
    assert places == sorted(places)
    assert places[-1] < len(data) // 2


def test_evidence_that_nothing_names_is_not_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    """No sign-off has room to name as many as these."""
    subject = base.appended(*runs.supplied())
    data = build(subject)
    frames = list(read_frames(io.BytesIO(data)))
    at = next(frame.offset for frame in frames if frame.type is FrameType.EVIDENCE)
    data = data[:at] + b"\x82\x04\x40" * 3_000 + data[at:]
    assert [len(read.items) for read in read_records(io.BytesIO(data)) if read.items] == [1]
    table = listed(data, verify(data, None, trust_of(subject)))
    counted = next(row for row in table if row["kind"] == "finding" and row["value"])
    assert (counted["name"], counted["value"]) == ("evidence.unlisted", "3000")
    monkeypatch.setattr(reading, "MAX_BODIES", 0)
    assert not [read.items for read in read_records(io.BytesIO(data)) if read.items]


# --- the command


@pytest.mark.parametrize(
    "name", ["minimal", "approval-missing", "chain-prev", "file-empty", "frame-cut-in-head", "label-next-version"]
)
def test_status_is_that_of_other_formats(name: str, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    status = main(["check", bundle(name), "--trust", TRUST, "--at", AT])
    text = capfdbinary.readouterr()
    assert check(bundle(name)) == status
    said = capfdbinary.readouterr()
    assert text.out.decode().split()[0] == rows(said.out)[-1]["value"]
    assert said.err == text.err == b""


def test_a_file_appears_whole(tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    assert check(bundle("rich-every-kind")) == 0
    said = capfdbinary.readouterr().out
    assert check(bundle("rich-every-kind"), "--output", str(tmp_path / "run.csv")) == 0
    assert (tmp_path / "run.csv").read_bytes() == said
    assert capfdbinary.readouterr().out.startswith(b"FINAL ")
    assert [path.name for path in tmp_path.iterdir()] == ["run.csv"]


def test_standard_input_is_read_twice(
    monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    assert check(bundle("minimal")) == 0
    wanted = capfdbinary.readouterr().out
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(Path(bundle("minimal")).read_bytes())))
    assert check("-") == 0
    assert capfdbinary.readouterr().out == wanted


def test_what_cannot_be_opened_has_no_timeline(tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    assert check(str(tmp_path / "gone.opb"), "--output", str(tmp_path / "run.csv")) == 2
    said = capfdbinary.readouterr()
    assert (said.out, b"no such file" in said.err) == (b"", True)
    assert not list(tmp_path.iterdir())


def test_a_bundle_that_cannot_be_read_again_is_named_as_the_cause(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(_: object) -> Iterator[Read]:
        raise OSError(errno.EIO, "Input/output error")
        yield

    monkeypatch.setattr(cli_timeline, "read_records", fail)
    assert check(bundle("minimal"), "--output", str(tmp_path / "run.csv")) == 2
    said = capsys.readouterr().err
    assert "run.csv: input/output error while the bundle was read a second time; check permissions and disk\n" in said
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    "arguments,counts",
    [
        ([bundle("rich")], "2 under 1"),
        (["--policy", "baseline", "--policy", "gxp-batch"], "1 under 2"),
        ([str(VECTORS / "minimal"), "--policy", "baseline", "--policy", "gxp-batch"], "2 under 2"),
    ],
)
def test_there_is_one_timeline_at_a_time(arguments: list[str], counts: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", bundle("minimal"), *arguments, "--trust", TRUST, "--format", "csv"]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err == (
        f"opsproof-verify: --format csv is the timeline of one bundle under one policy, and here are {counts}; "
        "call `check` for each\n"
    )


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_the_number_of_processes_changes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    lower(monkeypatch, large=10_000, task=10, share=1_000)
    photos = (base.photo(f"p{at}", body=bytes([at]) * 9_000) for at in range(4))
    subject = changed(base.minimal(*(item for pair in photos for item in pair)))
    (tmp_path / "run.opb").write_bytes(build(subject))
    trust = tmp_path / "trust.toml"
    trust.write_text(toml.trust(model.Build(subject).resolve(subject.trust), "hex"), encoding="utf-8")
    said = []
    for count in ("1", "2", "2"):
        status = check(str(tmp_path / "run.opb"), "--workers", count, trust=str(trust))
        said.append((status, capfdbinary.readouterr()))
    assert said[0] == said[1] == said[2]
    assert len(rows(said[0][1].out)) > 10


def test_the_guide_tells_of_each_column() -> None:
    guide = (ROOT / "docs" / "guides" / "command.md").read_text()
    table = guide.partition("### CSV\n")[2].partition("**It is safe")[0]
    cells = re.findall(r"^\| (`[^|]*) \|", table, re.MULTILINE)
    told = [name for cell in cells for name in re.findall("`([^`]+)`", cell)]
    assert tuple(told) == COLUMNS
    assert all(f"`{kind}`" in table for kind in NO_ENTRIES | {"withheld", "unreadable"})


def test_the_verdict_names_the_report() -> None:
    data, policy, trust, given = vector("minimal")
    report = verify(data, policy, trust, **given)
    last = rows(b"".join([Timeline(report).header(), *Timeline(report).rest()]))[-1]
    assert last["digest"] == sha256(render_json(report)).hexdigest()
    assert last["utc"] == "2026-12-02T08:00:00.000Z"
    assert listed(data, verify(data, policy, trust))[-1]["utc"] == ""
