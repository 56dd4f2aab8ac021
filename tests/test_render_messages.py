"""The sentences: complete, filled in, and true to the class of their code."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from test_render import HASH, level

import opsproof_verify
from opsproof_verify.findings import Fact, finding
from opsproof_verify.owed import WORDS
from opsproof_verify.policy_parts import PARAMETERS
from opsproof_verify.records import DECISIONS, FACTORS
from opsproof_verify.register import CODES, RULES, Remedy, Severity, Speaks
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
    assert set(parts.OWED) == set(WORDS)
    assert set(parts.DECISIONS) == set(DECISIONS)
    assert set(parts.FACTORS) == set(FACTORS)
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
    assert fill("{lag}, {back}, {late}, {delay}", {}, dict.fromkeys(("lag", "back", "late", "delay"), 362_000)) == (
        ", ".join(["6 min 2 s"] * 4)
    )
    assert fill("{by}", {}, {"by": 1_793_606_400_000}) == "2026-11-02T08:00:00.000Z"
    assert fill("It.", {}, {"missing": 2, "age": 5_000}) == "It. (missing 2, age 5 s before)"


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
    assert ("not below provisional" in told["Severity"]) == row.hides
    assert ("Remedy" in told) == (row.remedy is not Remedy.NONE or row.severity is None)
    assert ("Selectors" in told) == (code in RULES)
    for mark, looked in (("s", "the step ("), ("a", "the actor ("), ("d", "the deviation (")):
        assert (looked in told.get("Selectors", "")) == (mark in row.selects)
    assert set(re.findall("([a-z-]+), default", told.get("Parameters", ""))) == set(PARAMETERS.get(code, ()))


def test_explanation_of_what_a_policy_may_say() -> None:
    late = dict(explain("deviation.late"))
    assert late["Selectors"] == (
        "`when` may look at the step (steps, tags, critical); the actor (roles, kinds); "
        "the deviation (severity, reasons)"
    )
    assert late["Parameters"] == "max-delay, default 1 d"
    assert late["Remedy"] == "approve: at provisional, an approval that covers the entry, by nobody responsible for it"
    assert dict(explain("attestation.late"))["Parameters"] == "max-waiting, default 10000; at-once, default none"
    assert dict(explain("signoff.not-authenticated"))["Parameters"] == "min-factors, default 2; max-age, default 15 min"
    assert dict(explain("evidence.undescribed"))["Parameters"] == "members, default captured, copy, source"
    assert dict(explain("approval.missing"))["Remedy"] == "approve: the approvals that the policy asks for"
    assert dict(explain("deviation.not-closed"))["Remedy"].endswith("by nobody who remediated it")
    assert dict(explain("seal.not-witnessed"))["Remedy"].startswith("witness: a witness")


#: Sentences with the facts that the rules give.
SAID: list[tuple[str, dict[str, Fact], str]] = [
    ("time.repeated", {"most": 10}, "More than 10 entries one after another claim the same time."),
    ("time.not-monotonic", {"back": 1}, "earlier than that of an entry before, by 1 ms."),
    ("time.clock-changed-silently", {"back": 90_000}, "The time goes back by 1 min 30 s, and no entry says"),
    ("entry.late-unexplained", {"lag": 362_000}, "recorded late, 6 min 2 s after it was observed or captured, and"),
    (
        "void.unauthorised",
        {"actor": "operator-1"},
        "operator-1 declared a value or an evidence item void, and may not.",
    ),
    ("actor.unqualified", {"actor": "operator-1", "qualification": "welder"}, "that the step demands: welder."),
    ("check.late", {"after": "weigh"}, "A step began before the critical step weigh was checked."),
    ("check.outdated", {"checked": 7}, "Work on step weigh, pass 1, went on after its last check, e7."),
    ("instrument.missing", {"instrument": "scale"}, "an instrument that the step asks for: scale."),
    (
        "instrument.out-of-calibration",
        {"instrument": "overdue", "why": "overdue"},
        "The instrument overdue is not shown to be calibrated: its calibration had run out by the date that is stated.",
    ),
    (
        "instrument.out-of-calibration",
        {"instrument": "SCALE 7", "why": "not-stated"},
        "is not shown to be calibrated: no date is stated until which its calibration holds.",
    ),
    ("evidence.undescribed", {"missing": "captured"}, "as the policy asks: it does not say when it was captured."),
    ("evidence.undescribed", {"missing": "copy"}, ": it does not say whether it is the original or a true copy."),
    ("evidence.undescribed", {"missing": "source"}, ": it does not say what it was captured with."),
    ("evidence.reused", {"digest": HASH}, "was added to the run before. (digest 9f86d081884c...)"),
    ("evidence.late", {"lag": 86_400_000}, "was added late: 1 d after it claims to have been captured."),
    (
        "custody.broken",
        {"why": "not-the-holder", "holder": "operator-2"},
        "has a break: who handed it over did not hold it; operator-2 did.",
    ),
    ("custody.broken", {"why": "not-the-holder", "holder": ""}, "has a break: who handed it over did not hold it."),
    ("custody.broken", {"why": "to-nobody", "to": "x"}, "has a break: it was handed to nobody of this run (x)."),
    ("custody.not-received", {"to": "operator-2"}, "operator-2 did not confirm to have received an evidence item"),
    ("deviation.late", {"delay": 90_000_000}, "raised late: 1 d 1 h after what it is about."),
    ("deviation.premature", {"deviation": 4}, "only a deviation raised before covers that: e4."),
    (
        "agent.undescribed",
        {"actor": "agent-1", "missing": "config"},
        "agent-1 is not human, and is not described in full: the digest of its configuration is missing.",
    ),
    ("agent.undescribed", {"actor": "a", "missing": "principal"}, ": the person accountable for it is missing."),
    ("agent.undescribed", {"actor": "a", "missing": "software"}, ": the name and version of its software is missing."),
    ("action.by-principal", {"actor": "agent-1", "person": "p"}, "under a leave that its own principal gave: p."),
    ("attestation.late", {"actor": "a", "why": "at-once"}, ": an entry that is to be signed at once was followed by"),
    ("seal.witnessed-late", {"late": 60_000}, "or has not signed it yet: 1 min past the last moment."),
    (
        "signoff.not-authenticated",
        {"why": "factors", "claimed": 1},
        "authentication that the policy asks for: too few kinds of factors are claimed (1).",
    ),
    (
        "signoff.not-authenticated",
        {"why": "age", "age": 1_200_000},
        ": it is not shortly before the signature (20 min before).",
    ),
    (
        "signoff.not-authenticated",
        {"why": "age", "age": -60_000},
        ": it is not shortly before the signature (1 min after).",
    ),
    (
        "signoff.delegation-invalid",
        {"why": "giver"},
        ": who signed it is not the approver that it names, or does not hold",
    ),
    ("signoff.delegation-invalid", {"why": "to"}, ": it is for somebody else, or for no human."),
    ("signoff.delegation-invalid", {"why": "role"}, ": it is for another role."),
    ("signoff.delegation-invalid", {"why": "contract"}, ": it is not for this contract."),
    ("signoff.delegation-invalid", {"why": "time"}, ": it was not in force at the time of the approval."),
    ("signoff.delegation-invalid", {"why": "key"}, ": the key that signed it was not valid then."),
    ("approval.late", {"need": "closure", "in_time": 1}, "missed its deadline: 1 person had signed in time."),
]


@pytest.mark.parametrize("code,facts,said", SAID)
def test_facts_of_the_rules_in_words(code: str, facts: dict[str, Fact], said: str) -> None:
    subject: dict[str, Fact] = {"frame": 9, "seq": 8, "step": "weigh", "pass": 1, "person": "qa-lead"}
    assert said in sentence(finding(code, subject, facts, level(code)))


def test_no_bare_word_of_the_readers_is_left_to_a_person() -> None:
    sources = (Path(opsproof_verify.__file__).parent / name for name in ("fields.py", "records.py", "entries.py"))
    words = {word for source in sources for word in re.findall(r'malformed\("([a-z-]+)"', source.read_text())}
    assert words
    assert words <= set(parts.PHRASES)


@pytest.mark.parametrize("need", parts.OWED)
def test_owed_items_are_sentences(need: str) -> None:
    names = set(re.findall(r"\{([^}|]*)", parts.OWED[need]))
    assert fill(parts.OWED[need], dict.fromkeys(names, 1), {}).endswith(".")


def test_what_is_owed_by_a_time_says_so() -> None:
    facts: dict[str, Fact] = {"by": 1_793_606_400_000}
    assert fill(parts.OWED["witness"], {}, {}) == "A witness of the trust file signs the seal."
    assert fill(parts.OWED["witness"], {}, facts) == (
        "A witness of the trust file signs the seal, by 2026-11-02T08:00:00.000Z."
    )
    need: dict[str, Fact] = {"id": "closure", "count": 1, "role": "quality", "covers": (4,)}
    assert fill(parts.OWED["approve"], {}, need | facts) == (
        'Approval "closure": 1 further person in the role quality, by 2026-11-02T08:00:00.000Z; one of them covers e4.'
    )
