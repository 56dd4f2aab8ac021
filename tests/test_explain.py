"""`explain`: each code says everything that it should, and the six kinds of finding are told apart (SPEC 10)."""

from __future__ import annotations

import re

import pytest
from test_cli import ROOT

from opsproof_verify.cli import main
from opsproof_verify.register import CODES, Speaks
from opsproof_verify.render.messages import CLASSES, TEXTS, explain
from opsproof_verify.render.texts.kinds import KINDS

SPEC = (ROOT / "SPEC.md").read_text()


def said(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    """Run the command and give what it says."""
    assert main(["explain", *arguments]) == 0
    return capsys.readouterr().out


@pytest.mark.parametrize("code", CODES)
def test_each_code_has_clause_kind_meaning_causes_and_remedy(code: str, capsys: pytest.CaptureFixture[str]) -> None:
    told = dict(explain(code))
    assert {"Clause", "Severity", "Class", "Which says", "Meaning", "Causes", "What to do"} <= told.keys()
    assert told["Which says"] == KINDS[CODES[code].speaks]
    assert f"[OPV-{CODES[code].clause}]" in SPEC
    page = said(capsys, code)
    assert page.startswith(f"{code}\n\n  Clause      OPV-")
    flat = " ".join(page.split())
    for text in told.values():
        assert " ".join(text.split()) in flat
    assert max(map(len, page.splitlines())) <= 80


@pytest.mark.parametrize("code", CODES)
def test_no_text_is_too_thin_to_help(code: str) -> None:
    text = TEXTS[code]
    assert len(text.meaning.split()) >= 7
    assert len(text.causes.split()) >= 7
    assert len(text.action.split()) >= 4
    assert len(set(text)) == len(text), "each says something of its own"


def test_the_kinds_are_six_and_never_say_the_same() -> None:
    assert set(KINDS) == set(Speaks)
    assert len(set(KINDS.values())) == len(Speaks)
    own = {
        Speaks.ALTERED: "not those that were hashed or signed",
        Speaks.MALFORMED: "no recorder writes",
        Speaks.UNREADABLE: "no accusation",
        Speaks.UNTRUSTED: "does not vouch for",
        Speaks.INCOMPLETE: "is not there",
        Speaks.UNMET: "does not hold",
    }
    for kind, words in own.items():
        assert [one for one, text in KINDS.items() if words in text] == [kind]
    for kind, text in KINDS.items():
        assert ("hashed or signed" in text) == (kind is Speaks.ALTERED)
        assert text.isascii()
        assert text.endswith(".")


def test_a_newer_format_is_no_accusation(capsys: pytest.CaptureFixture[str]) -> None:
    page = said(capsys, "frame.unknown-type")
    assert "Class       unreadable by this version\n  Which says  Of a format or version that" in page
    assert "What to do  Verify it with a release" in page


def test_alone_it_lists_each_code_once_under_its_kind(capsys: pytest.CaptureFixture[str]) -> None:
    page = said(capsys)
    heads = re.split(r"^([A-Z ]+)$", page, flags=re.MULTILINE)[1:]
    assert heads[::2] == [CLASSES[kind].upper() for kind in Speaks]
    for kind, text in zip(Speaks, heads[1::2], strict=True):
        rows = re.findall(r"^  (\S+\.\S+) +OPV-(\S+) +(fail|provisional|note|by policy)$", text, re.MULTILINE)
        wanted = [(name, row.clause, row.severity or "by policy") for name, row in CODES.items() if row.speaks is kind]
        assert rows == wanted
        assert " ".join(KINDS[kind].split()) in " ".join(text.split())


@pytest.mark.parametrize(
    "code,hint", [("chain.brokenlink", "did you mean chain.broken-link"), ("zzz", "lists all codes")]
)
def test_it_suggests_what_may_be_meant(code: str, hint: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", code]) == 2
    assert hint in capsys.readouterr().err
