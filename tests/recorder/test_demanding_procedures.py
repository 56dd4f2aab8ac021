"""Procedures that say what policies may demand: retention, qualifications, instruments, who makes void."""

from __future__ import annotations

from pathlib import Path

import pytest
from opsproof_record.contracts.compare import compare
from opsproof_record.contracts.compare_words import meaning
from opsproof_record.contracts.export import FORMATS, export
from opsproof_record.contracts.procedure import read_procedure
from opsproof_record.signing.public_keys import public_line
from recorder.crew import private

from opsproof_verify.problems import InputError

KEY = public_line(private("op-1").public_key().public_bytes_raw())
TEXT = f"""
id = "site.weigh"
version = 1
title = "Weigh"
issuer = "owner"
policy = "gxp-batch"
pack = "general"

[authority]
seal = ["operator"]
void = ["operator"]

[retention]
class = "batch-record"
years = 6

[[roster]]
id = "operator-1"
name = "Operator 1"
kind = "human"
roles = ["operator"]
key = "{KEY}"

[roster.qualifications.weighing]
number = "W-7"
not-before = 2026-01-01T00:00:00Z
not-after = 2027-01-01T00:00:00Z

[[steps]]
id = "weigh"
title = "Weigh"
roles = ["operator"]
qualifications = ["weighing"]
instruments = ["scale", "thermometer"]
"""


def test_it_is_read_and_written(tmp_path: Path) -> None:
    path = tmp_path / "weigh.toml"
    path.write_text(TEXT)
    found = read_procedure(path)
    contract = found.contract
    assert contract["retention"] == {"class": "batch-record", "years": 6}
    assert contract["authority"]["void"] == ["operator"]
    (held,) = contract["roster"][0]["qualifications"]
    assert (held["id"], held["number"], held["not-after"]) == ("weighing", "W-7", [1798761600000, 0])
    assert contract["steps"][0]["qualifications"] == ["weighing"]
    assert contract["steps"][0]["instruments"] == ["scale", "thermometer"]
    found.payload()
    for form in FORMATS:
        export(contract, form, "weigh")  # reads its own text back, and compares


@pytest.mark.parametrize(
    "old, new, problem",
    [
        ("years = 6", "years = 0", "retention.years"),
        ('class = "batch-record"', "", "retention.class"),
        ("not-before = 2026", "not-before = 2036", "roster[0].qualifications.weighing.not-after"),
        ('instruments = ["scale", "thermometer"]', "instruments = []", "steps[0].instruments"),
        ("void = [", "void = 1 #", "authority.void"),
    ],
)
def test_what_is_wrong_is_told_at_its_place(tmp_path: Path, old: str, new: str, problem: str) -> None:
    path = tmp_path / "weigh.toml"
    path.write_text(TEXT.replace(old, new))
    with pytest.raises(InputError) as caught:
        read_procedure(path)
    assert [one.path for one in caught.value.problems] == [problem]


def test_hints_name_what_nobody_can_meet(tmp_path: Path) -> None:
    path = tmp_path / "weigh.toml"
    path.write_text(TEXT.replace("[roster.qualifications.weighing]", "[roster.qualifications.driving]"))
    assert "nobody in the roster who may perform step weigh is qualified for it" in [
        hint.what for hint in read_procedure(path).hints
    ]


@pytest.mark.parametrize(
    "new, said",
    [
        ('["weighing", "aseptic"]', "+aseptic: stricter"),
        ('["aseptic"]', "+aseptic -weighing: stricter and milder"),
        (None, "-weighing: milder"),
    ],
)
def test_a_difference_says_whether_it_is_stricter(tmp_path: Path, new: str | None, said: str) -> None:
    path = tmp_path / "weigh.toml"
    path.write_text(TEXT)
    old = read_procedure(path).contract
    line = 'qualifications = ["weighing"]\n'
    path.write_text(TEXT.replace(line, f"qualifications = {new}\n" if new else ""))
    changes = compare(old, read_procedure(path).contract)
    (change,) = [one for one in changes if one.path[0] == "steps"]
    assert meaning(change.path, change.old, change.new) == said
