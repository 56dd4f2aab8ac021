"""The rows of the record: one line for each record of a file, with what it says in words, and what was found of it."""

from __future__ import annotations

import html
import io
import re
from collections.abc import Iterator
from typing import Any

import pytest
from support.bundles import base, build, trust_of, vector
from support.markup import Tree
from support.page_scenes import a_vector_of_each_kind
from test_cli_show import made
from test_csv_hostile import HASH, HOSTILE, REF, T, filled, values

from opsproof_verify import Report, kinds, verify
from opsproof_verify.container import Frame, FrameType
from opsproof_verify.contract import Contract
from opsproof_verify.entries import KINDS, Entry
from opsproof_verify.fields import Ref
from opsproof_verify.findings import Rejected, finding
from opsproof_verify.reading import Content, Read, read_records
from opsproof_verify.records import DECISIONS, Approval, Seal, SignOff, Withheld, Witness
from opsproof_verify.register import Severity
from opsproof_verify.slotted import replace
from opsproof_verify.view.catalogue import Catalogue
from opsproof_verify.view.contents import Contents
from opsproof_verify.view.facets import ROW_KINDS
from opsproof_verify.view.facets import facets as facets_of
from opsproof_verify.view.parts.rows import row
from opsproof_verify.view.parts.saying import SHOWN, saying
from opsproof_verify.view.scene import Scene
from opsproof_verify.view.telling import tell

NUMBERED = (FrameType.ENTRY, FrameType.WITHHELD)


def scene_of(name: str, **changes: Any) -> tuple[Scene, bytes]:
    """Give the scene of a vector, and its bundle; ``changes`` are of its report."""
    data, policy, trust, given = vector(name)
    return scene_from(data, replace(verify(data, policy, trust, **given), **changes)), data


def scene_from(data: bytes, report: Report) -> Scene:
    stream = io.BytesIO(data)
    return Scene(report, tell(stream), Catalogue(), Contents(stream).of)


def rows_of(scene: Scene, data: bytes) -> Iterator[str]:
    """Give the rows of a bundle, as a page does."""
    number = 0
    for read in read_records(io.BytesIO(data)):
        numbered = read.frame.type in NUMBERED
        yield row(scene, read, number if numbered else None)
        number += numbered


def entry(kind: str, what: Any, **head: Any) -> Entry:
    given: dict[str, Any] = {
        "run": HASH,
        "seq": 1,
        "prev": HASH,
        "time": T,
        "nonce": HASH,
        "actor": "operator-a",
    } | head
    return Entry(kind=kind, what=what, **given)


def read_of(record: Any, frame: int = 4, problem: str = "", items: tuple[Content, ...] = ()) -> Read:
    """Give a record as it is read from a file."""
    return Read(Frame(io.BytesIO(), frame, 0, FrameType.ENTRY, 0, 4), record, problem, items, HASH)


def facets(line: str) -> dict[str, str | None]:
    """Give the attributes of a row's first tag."""
    head = re.match(r"<li((?: [a-z-]+(?:=\"[^\"]*\")?)+)>", line)
    assert head is not None, line
    return {name: text if sign else None for name, sign, text in re.findall(r" ([a-z-]+)(?:(=)\"([^\"]*)\")?", head[1])}


def words(markup: str) -> str:
    """Give what is read of markup."""
    return html.unescape(re.sub("<[^>]*>", "", markup))


def ids(markup: str) -> list[str]:
    return re.findall(r'\bid="([^"]+)"', markup)


@pytest.fixture(scope="module")
def scene() -> Scene:
    return scene_of("rich-every-kind")[0]


@pytest.mark.untraced
def test_each_record_has_one_line() -> None:
    """By which it can be chosen, as the filter offers it."""
    for name in a_vector_of_each_kind():
        scene, data = scene_of(name)
        lines: list[str] = []
        try:
            lines.extend(rows_of(scene, data))
        except Rejected:
            assert scene.story.broken, name
        assert len(lines) == scene.story.records
        assert not any("\n" in line or not line.startswith('<li class="row') for line in lines)
        heads = [facets(line) for line in lines]
        assert {head["data-kind"] for head in heads} == scene.story.kinds <= set(ROW_KINDS)
        assert {head["data-actor"] for head in heads if "data-actor" in head} == scene.story.speakers
        named = {str(one.finding.severity) for one in scene.findings}
        assert {head["data-severity"] for head in heads if "data-severity" in head} <= named


def test_all_kinds_of_rows_are_met() -> None:
    names = """deviation-missing-skipped attested-deviation-closed check-outdated-withheld custody-to-newcomer
        record-authority-void-empty witness-asked-revoked attested-deviation-remediated clock-changed"""
    seen = {kind for name in names.split() for kind in scene_of(name)[0].story.kinds}
    assert seen == set(ROW_KINDS)


def test_a_value_in_a_row(scene: Scene) -> None:
    what = made(kinds.ValueRecorded, step="weigh", number=1, name="mass", value="12.5", unit="kg")
    assert row(scene, read_of(entry("value-recorded", what)), 1) == (
        '<li class="row" id="e1" data-kind="value-recorded" data-actor="operator-a" data-step="weigh">'
        '<a class="ref" href="#e1">e1</a> <time>+010000-01-01 01:00:00.000+01:00</time> '
        '<b class="kind">value recorded</b> <span class="who"><bdi translate="no">operator-a</bdi></span>'
        '<div class="says"><a href="#step-weigh"><bdi translate="no">Weigh the filling</bdi></a>: '
        '<bdi translate="no">mass</bdi> = <bdi translate="no">12.5 kg</bdi></div></li>'
    )


def test_a_plain_row_is_small() -> None:
    """200,000 of them are one page."""
    scene, data = scene_of("rich-every-kind")
    plain = [line for line in rows_of(scene, data) if facets(line)["data-kind"] == "value-recorded"]
    assert len(plain) == 2
    assert max(map(len, plain)) < 500


def test_a_kind_of_actor_that_is_no_person_is_told(scene: Scene) -> None:
    note = made(kinds.Note, text="Ready.")
    assert "agent-1 agent" in words(row(scene, read_of(entry("note", note, actor="agent-1")), 1))
    assert "nobody-knows" in words(row(scene, read_of(entry("note", note, actor="nobody-knows")), 1))


def test_a_row_is_one_line_and_a_long_text_is_there_in_whole(scene: Scene) -> None:
    text = "First line.\nSecond " + "word " * 3_000 + "end"
    line = row(scene, read_of(entry("note", made(kinds.Note, text=text))), 1)
    assert "\n" not in line
    assert "First line.&#10;Second" in line
    head, _, rest = line.partition("<details")
    assert len(words(head)) < SHOWN + 100
    assert words(head).endswith("word ")
    assert text.endswith(words(rest.partition("</summary>")[2]))
    assert f"{len(words(rest.partition('</summary>')[2]))} more characters" in rest
    Tree(line)


def test_a_long_text_without_spaces_is_cut_all_the_same(scene: Scene) -> None:
    said = saying(scene, made(kinds.Note, text="x" * 16_384))
    assert words(said.partition("<details")[0]) == "x" * SHOWN
    assert said.count("x") >= 16_384


def test_a_short_text_is_not_folded(scene: Scene) -> None:
    assert "<details" not in saying(scene, made(kinds.Note, text="x" * SHOWN))


# --- what was found, and what changed later


def test_findings_stand_in_the_row_with_their_links() -> None:
    """Of a code found several times the first is named, and how often."""
    found = (
        finding("evidence.wrong-digest", {"frame": 3, "digest": "00"}),
        finding("evidence.absent", {"frame": 4}, None, Severity.PROVISIONAL),
        finding("evidence.late", {"seq": 1}, {"why": "a"}, Severity.NOTE),
        finding("evidence.late", {"seq": 1}, {"why": "b"}, Severity.NOTE),
        finding("chain.wrong-seq", {"frame": 9, "seq": 7}),
    )
    scene, _ = scene_of("rich-every-kind", findings=found)
    item = values("x")["item"]
    note = made(kinds.Note, text="Ready.")
    line = row(scene, read_of(entry("note", note), items=(Content("e1", item, 3, 10, 5),)), 1)
    assert facets(line) | {"class": "", "id": ""} == {
        "class": "",
        "id": "",
        "data-kind": "note",
        "data-actor": "operator-a",
        "data-severity": "fail",
        "data-open": None,
    }
    assert 'class="row is-bad"' in line
    assert re.findall(r'<a href="#(finding-\d+)"><span class="badge is-([a-z]+)">', line) == [
        ("finding-1", "bad"),
        ("finding-2", "open"),
        ("finding-3", "off"),
    ]
    assert "evidence.late, 2 times" in words(line)
    assert "data-severity" not in facets(row(scene, read_of(entry("note", note), frame=5), 2))


def test_a_corrected_value_says_so_and_so_does_its_correction() -> None:
    scene, data = scene_of("check-after-all")
    lines = list(rows_of(scene, data))
    late = next(line for line in lines if facets(line)["data-kind"] == "correction")
    ident = facets(late)["id"]
    [value] = [line for line in lines if f'class="later">corrected by <a href="#{ident}"' in line]
    assert "data-open" in facets(value)
    assert "data-open" in facets(late)
    assert facets(late)["data-step"] == facets(value)["data-step"]
    assert f'href="#{facets(value)["id"]}"' in late
    assert '<del class="old">' in late
    assert '<ins class="new">' in late


def test_what_is_void_says_so_and_so_does_what_made_it_void() -> None:
    scene, data = scene_of("void-picture")
    lines = list(rows_of(scene, data))
    [voiding] = [line for line in lines if facets(line)["data-kind"] == "voided"]
    [void] = [line for line in lines if f'made void by <a href="#{facets(voiding)["id"]}"' in line]
    assert facets(void)["data-kind"] == "evidence-added"
    assert facets(voiding)["data-step"] == facets(void)["data-step"]


def test_what_belongs_to_a_deviation_has_its_steps() -> None:
    scene, data = scene_of("deviation-remediated")
    lines = [line for line in rows_of(scene, data) if (facets(line)["data-kind"] or "").startswith("deviation-")]
    assert len(lines) > 2
    steps = {facets(line).get("data-step") for line in lines}
    assert len(steps) == 1
    assert steps != {None}
    assert all("data-open" in facets(line) for line in lines)


def test_a_deviation_of_values_has_their_steps(scene: Scene) -> None:
    """Two steps are two words; a value that the record does not have gives none."""
    about = {"values": (Ref(3, HASH), Ref(22, HASH), Ref(99, HASH)), "evidence": (), "steps": ("weigh",)}
    raised = made(kinds.DeviationRaised, reason="other", severity="minor", description="Spilt.", **about)
    line = row(scene, read_of(entry("deviation-raised", raised)), 1)
    assert facets(line)["data-step"] == "weigh label"
    assert "e99" in words(line)
    assert 'href="#e99"' not in line


def test_a_ruling_on_what_is_no_deviation(scene: Scene) -> None:
    ruled = made(kinds.DeviationRuled, deviation=Ref(99, HASH), ruling="block")
    line = row(scene, read_of(entry("deviation-ruled", ruled)), 1)
    assert "data-step" not in facets(line)
    assert "e99: blocked" in words(line)


@pytest.mark.parametrize(
    "record,is_open",
    [
        (entry("note", made(kinds.Note, text="x")), False),
        (entry("value-recorded", made(kinds.ValueRecorded, late="x")), True),
        (entry("value-recorded", made(kinds.ValueRecorded)), False),
        (entry("evidence-added", made(kinds.EvidenceAdded, late="x", item=values("x")["item"])), True),
        (entry("evidence-added", made(kinds.EvidenceAdded, item=values("x")["item"])), False),
        (entry("checked", made(kinds.Checked, passed=False)), True),
        (entry("checked", made(kinds.Checked, passed=True)), False),
        (entry("released", made(kinds.Released, deviation=REF)), True),
        (entry("released", made(kinds.Released)), False),
        (entry("run-ended", made(kinds.RunEnded, outcome="aborted")), True),
        (entry("run-ended", made(kinds.RunEnded, outcome="completed")), False),
        *((entry("odd", made(kind)), True) for kind in (
            kinds.Voided, kinds.Correction, kinds.StepSkipped, kinds.DeviationRuled, kinds.DeviationRemediated,
            kinds.DeviationClosed, kinds.Gap, kinds.ClockChanged,
        )),
        (entry("deviation-raised", made(kinds.DeviationRaised, steps=())), True),
        (None, True),
        (made(Withheld, actor="operator-a"), True),
        *((made(SignOff, person="x", decision=one), one not in ("approve", "acknowledge")) for one in DECISIONS),
        (made(Seal, actor="operator-a"), False),
        (made(Approval, person="x"), False),
        (made(Contract, issuer="x"), False),
        (made(Witness, witness="x"), False),
    ],
)  # fmt: skip
def test_what_is_out_of_the_ordinary(record: Any, *, is_open: bool) -> None:
    assert facets_of(read_of(record)).open is is_open


# --- what cannot be read, or is not here


def test_a_record_that_cannot_be_read_says_why(scene: Scene) -> None:
    line = row(scene, read_of(None, problem="It is \x1b no <map>."), 7)
    assert facets(line) == {"class": "row", "id": "e7", "data-kind": "unreadable", "data-open": None}
    assert "This record cannot be read. It is \ufffd no &lt;map&gt;." in line
    assert "<time" not in line


def test_a_withheld_entry_says_so(scene: Scene) -> None:
    line = row(scene, read_of(made(Withheld, leaf=HASH, actor="operator-b")), 7)
    assert facets(line)["data-actor"] == "operator-b"
    assert "data-open" in facets(line)
    assert "Withheld in this copy. Its digest is 010101010101…" in words(line)


def test_an_entry_that_gives_itself_another_number_says_so(scene: Scene) -> None:
    line = row(scene, read_of(entry("note", made(kinds.Note, text="Ready."))), 7)
    assert facets(line)["id"] == "e7"
    assert words(line).endswith("Ready.; the record gives itself the number 1")


@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: ascii(text)[:20])
def test_no_text_becomes_more_than_text(text: str, scene: Scene) -> None:
    """Each kind of entry with hostile text in all of its fields: one line, balanced, nothing hidden, no attribute."""
    for kind, cls in KINDS.items():
        words_of = {"severity": "minor", "ruling": "block", "outcome": "aborted", "copy": "original", "related": ()}
        what = filled(cls, f"<b onclick=x>{text}</b><!--", **words_of)
        line = row(scene, read_of(entry(kind, what)), 1)
        assert "\n" not in line
        assert not re.search(r"<b on|<!--", line)
        assert not re.search(r"[\x1b\u202e\u200b]", words(line))
        Tree(line)


def test_rows_share_only_so_much(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("opsproof_verify.view.relations._MOST_MADE", 2)
    subject = base.minimal()
    data = build(subject)
    scene = scene_from(data, verify(data, None, trust_of(subject), at=subject.at))
    assert list(rows_of(scene, data)) == list(rows_of(scene, data))
    assert len(scene.relations._made) == 2
