"""Domain packs: what is shipped is usable, what is wrong is named, and a trade's words reach whoever asks."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from opsproof_record import packs
from opsproof_record.contracts.procedure import read_procedure
from opsproof_record.terms import PLAIN, Terms
from recorder.plant import PROCEDURE, Plant

from opsproof_verify.contract import DEMANDS, SEVERITIES
from opsproof_verify.parse_contract import parse_contract

ROOT = Path(__file__).resolve().parents[2]
TRADES = ["aircraft-line-maintenance", "it-change", "pharma-batch"]

OWN = """\
id = "own"
version = 1
title = "Own"
tags = ["a"]
[terms]
step = "task"
[reasons.stopped]
title = "Stopped"
severity = "major"
demands = ["action"]
"""


def test_what_is_shipped(plant: Plant) -> None:
    assert packs.shipped() == sorted([*TRADES, "general"])
    said = plant("pack", "list")
    assert [line.split()[0] for line in said.strip().split("\n")] == packs.shipped()


@pytest.mark.parametrize("name", ["general", *TRADES])
def test_each_fact_of_a_run_can_be_covered(name: str) -> None:
    pack = packs.parse(packs.load(name, Path()))
    assert (pack.id, packs.hints(pack)) == (name, [])
    assert {reason.severity for reason in pack.reasons.values()} == set(SEVERITIES)
    assert any(reason.remediation for reason in pack.reasons.values())


@pytest.mark.parametrize("name", TRADES)
def test_a_trade_has_reasons_tags_and_words_of_its_own(name: str) -> None:
    pack = packs.parse(packs.load(name, Path()))
    assert 12 <= len(pack.reasons) <= 25
    assert {demand for reason in pack.reasons.values() for demand in reason.demands} >= {"steps", "values", "action"}
    assert pack.terms.keys() <= PLAIN.keys()
    assert all(word != PLAIN[key] for key, word in pack.terms.items())
    assert len(pack.tags) >= 12


def test_a_pack_as_a_table(plant: Plant) -> None:
    said = plant("pack", "show", "it-change")
    assert said.startswith("Production change in IT operations: it-change version 1, sha256 ")
    assert "\n  rollback-failed      critical  Rollback failed or not possible\n" in said
    assert " steps, occurred, action; remediation with evidence\n" in said
    assert "\n  step            task\n" in said
    assert max(len(line) for line in said.split("\n")[1:]) <= 120
    own = plant.path / "own.toml"
    own.write_text(OWN)
    assert plant("pack", "show", own).startswith("Own: own version 1, sha256 ")
    assert '"it-chang" is no shipped pack' in plant("pack", "show", "it-chang", expect=1)
    assert "No such file" in plant("pack", "show", "./it-change.toml", expect=2)


def test_what_is_wrong_with_a_pack(plant: Plant) -> None:
    own = plant.path / "own.toml"
    own.write_text(OWN)
    assert "no problems. own version 1, 1 reason" in plant("pack", "lint", own)
    broken = OWN.replace("step =", "stepp =").replace('"major"', '"bad"').replace('"action"', '"actions"')
    own.write_text(
        broken.replace("[reasons.stopped]", "[reasons.Stopped]").replace('["a"]', '["a", "a"]') + "scope = []\n"
    )
    said = plant("pack", "lint", own, expect=2).replace(f"{own}:", "")
    assert [line.split("; ")[0] for line in said.strip().split("\n")] == [
        "4: tags: names something twice",
        "6: terms.stepp: is not known here",
        "7: reasons.Stopped: is not an identifier",
        "9: reasons.Stopped.severity: is not one of the words known here",
        "10: reasons.Stopped.demands[0]: is not one of the words known here",
        "11: reasons.Stopped.scope: is not known here",
    ]
    assert 'write "step"?' in said
    assert f"use one of: {', '.join(DEMANDS)}" in said
    own.write_text(OWN[: OWN.index("[reasons")])
    assert "reasons: are missing; write [reasons.CODE]" in plant("pack", "lint", own, expect=2)


def test_reasons_that_cannot_cover_everything(plant: Plant) -> None:
    own = plant.path / "own.toml"
    own.write_text(OWN.replace('["action"]', '["values"]'))
    said = plant("pack", "lint", own)
    assert "hint: no reason is about the run as a whole" in said
    assert "hint: no reason fits a step without a value" in said


def test_problems_of_a_pack_are_said_where_it_is_named(plant: Plant) -> None:
    (plant.path / "own.toml").write_text(OWN.replace('"major"', '"bad"'))
    source = plant.path / "fill.toml"
    source.write_text(PROCEDURE.replace('"general"', '"own.toml"'))
    said = plant("author", source, "--lint", expect=2)
    assert f"{source}:6: pack: {plant.path / 'own.toml'}:9: reasons.stopped.severity: is not one of the words" in said


def test_a_code_that_the_pack_does_not_have_is_refused(plant: Plant) -> None:
    source = plant.path / "fill.toml"
    source.write_text(PROCEDURE.replace('"general"', '"it-change"'))
    package = plant.path / "change.lep"
    plant("author", source, "--output", package, *plant.by("owner"))
    run = plant.path / "change.opb"
    by = ("--run", str(run), *plant.by("op-a"))
    plant("start", package, *by, "--param", "batch=C-1")
    said = plant("deviate", "out-of-limits", *by, "--description", "x", expect=1)
    assert "out-of-limits" in said
    assert "rollback-executed" in said


def test_terms(plant: Plant) -> None:
    (plant.path / "own.toml").write_text(OWN)
    source = plant.path / "fill.toml"
    words = []
    for pack in ('pack = "own.toml"', ""):
        source.write_text(PROCEDURE.replace('pack = "general"', pack))
        terms = Terms.of(parse_contract(read_procedure(source).payload()))
        words.append((terms("step"), terms("steps"), terms("hold-point")))
    assert words == [("task", "steps", "hold point"), ("step", "steps", "hold point")]
    assert Terms()("sign-off") == "sign-off"
    with pytest.raises(KeyError):
        Terms()("stepp")


def test_the_guide_lists_each_term_with_its_plain_word() -> None:
    guide = (ROOT / "docs/guides/packs.md").read_text().split("## Terms")[1]
    told: dict[str, str] = {}
    for keys, words in re.findall(r"^\| (`.*?`) \| ([^:|]*)", guide, re.MULTILINE):
        told |= dict(zip(re.findall("`(.*?)`", keys), [word.strip() for word in words.split(",")], strict=True))
    assert told == PLAIN


def test_the_guides_examples_have_no_problems(plant: Plant) -> None:
    guide = (ROOT / "docs/guides/packs.md").read_text()
    own = plant.path / "acme.toml"
    own.write_text(guide.split("```toml\n")[1].split("```")[0])
    assert "no problems. acme-filling version 1, 2 reasons" in plant("pack", "lint", own)
    text = (ROOT / "docs/guides/procedures.md").read_text().split("````markdown\n")[1].split("````")[0]
    sop = plant.path / "sop.md"
    sop.write_text(text)
    plant("keygen", plant.path / "operator-1.key")
    said = plant("author", sop, "--lint")
    assert "no problems. acme.fill-line version 4, 2 steps, 1 actor" in said
