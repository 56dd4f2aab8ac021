"""The sentences: complete, filled in, and true to the class of their code."""

from __future__ import annotations

import re

import pytest
from test_render import HASH, level

from opsproof_verify.findings import Fact, finding
from opsproof_verify.register import CODES, Severity, Speaks
from opsproof_verify.render.messages import CLASSES, TEXTS, brief, explain, fill, sentence
from opsproof_verify.render.texts import parts
from opsproof_verify.report import NOT_PROVEN

#: Words that only one class may use in what it states; "untrusted" and its like are left to the texts.
OWN_WORDS = {
    "altered": {Speaks.ALTERED},
    "cannot read": {Speaks.UNREADABLE},
    "unreadable": {Speaks.UNREADABLE},
    "untrusted": {Speaks.UNTRUSTED},
    "vouch": {Speaks.UNTRUSTED},
}


def test_every_code_has_its_texts_and_no_text_is_left_over() -> None:
    assert set(TEXTS) == set(CODES)
    assert set(CLASSES) == set(Speaks)
    assert set(parts.NOT_PROVEN) == set(NOT_PROVEN)
    assert set(parts.WEIGHTS) == set(Severity)
    assert set(parts.PHASES) == set(range(1, 9))
    for text in TEXTS.values():
        assert all(text)


@pytest.mark.parametrize("code", CODES)
def test_texts_are_sentences_within_reach_of_a_terminal(code: str) -> None:
    text = TEXTS[code]
    for part in text:
        assert part.endswith((".", "?")), part
        assert part.isascii()
        assert "  " not in part
    for part in text[1:]:
        assert part[0].isupper()


@pytest.mark.parametrize("code", CODES)
def test_classes_are_never_mixed_up(code: str) -> None:
    stated = TEXTS[code].sentence.lower()
    for word, classes in OWN_WORDS.items():
        assert word not in stated or CODES[code].speaks in classes, word
    everything = " ".join(TEXTS[code]).lower()
    assert "tamper" not in everything
    if CODES[code].speaks is Speaks.UNREADABLE:
        assert "altered" not in everything
    if CODES[code].speaks is Speaks.ALTERED:
        assert "altered" in stated


def test_words_that_spec_demands() -> None:
    assert "not sealed" in sentence(finding("seal.missing", {}))
    assert sentence(finding("signoff.seen-missing", {}, {"hash": HASH})) == f"incomplete: obtain {HASH}."


@pytest.mark.parametrize("code", CODES)
def test_no_fact_is_lost_and_no_place_is_left_open(code: str) -> None:
    names = set(re.findall(r"\{([^}|]*)", TEXTS[code].sentence))
    facts: dict[str, Fact] = {name: f"<{name}>" for name in names | {"further-fact"}}
    text = sentence(finding(code, {}, facts, level(code)))
    for name in names:
        assert f"<{name}>" in text
    assert text.endswith("(further fact <further-fact>)")
    assert not re.search(r"[\[\]{}]", text)


@pytest.mark.parametrize("code", CODES)
def test_missing_facts_leave_a_sentence(code: str) -> None:
    text = brief(finding(code, {}, None, level(code)))
    assert not re.search(r"[\[\]{}]| [.,:]|\(\)", text), text


def test_places_of_a_template() -> None:
    assert fill("{n|thing|things}[, of {x}].", {"n": 1}, {}) == "1 thing."
    assert fill("{n|thing|things}[, of {x}].", {"n": 2, "x": "y"}, {}) == "2 things, of y."
    assert fill("[{x}]", {}, {"x": ""}) == ""
    assert fill("{missing}", {}, {}) == "?"
    assert fill("{covers}, {seq}", {"covers": (1, 2), "seq": 3}, {}) == "e1, e2, e3"
    assert fill("{list}, {flag}, {no}", {"list": (), "flag": True, "no": False}, {}) == "none, yes, no"
    assert fill("It.", {}, {"digest": HASH, "why": "x"}) == "It. (digest 9f86d081884c..., x)"


def test_bare_words_become_phrases_by_code_or_for_all() -> None:
    rule = finding("rule.not-evaluated", {"rule": "trust.stale"}, {"why": "time"}, Severity.FAIL)
    record = finding("record.malformed", {"frame": 5}, {"path": "time", "why": "time"})
    odd = finding("record.malformed", {"frame": 5}, {"path": "", "why": "never-heard-of"})
    assert sentence(rule) == "This rule could not be evaluated: no verification time was given."
    assert sentence(record).endswith("belong there, at time: no time.")
    assert sentence(odd).endswith("belong there: never-heard-of.")


@pytest.mark.parametrize("code", CODES)
def test_explanation_states_the_register(code: str) -> None:
    told = dict(explain(code))
    row = CODES[code]
    assert told["Clause"] == f"OPV-{row.clause} of SPEC.md"
    assert told["Class"] == CLASSES[row.speaks]
    assert told["Meaning"] == TEXTS[code].meaning
    assert ("Then" in told) == (row.stops > 0)
    assert ("Unevaluated" in told) == (row.entries or row.time)
    if row.severity is not None:
        assert told["Severity"].startswith(f"{row.severity}, fixed")


@pytest.mark.parametrize("need", parts.OWED)
def test_owed_items_are_sentences(need: str) -> None:
    names = set(re.findall(r"\{([^}|]*)", parts.OWED[need]))
    assert fill(parts.OWED[need], dict.fromkeys(names, 1), {}).endswith(".")
