"""Redactions: who withholds what a copy lacks says so, and why, on the copy."""

from __future__ import annotations

import shlex
from pathlib import Path

import pytest
from recorder.closed import asked, codes, flat, judged, profile, under
from recorder.plant import Plant

from opsproof_verify.findings import Verdict


@pytest.fixture
def copied(plant: Plant) -> Plant:
    """Give a plant whose run is a copy that lacks two notes, and the photo's content."""
    plant.start()
    plant.weigh()
    plant("note", "The drum was dented", *plant.on("op-a"))
    plant("note", "Nothing else", *plant.on("op-a"))
    plant.finish()
    plant(*plant.signing("qa"))
    whole = plant.run.rename(plant.path / "whole.opb")
    chosen = ("--kind", "note", "--evidence", "e6")
    said = plant("withhold", "--run", whole, "--output", plant.run, *chosen)
    command = next(line for line in said.splitlines() if "--decision redact" in line)
    assert shlex.split(command)[:6] == ["opsproof", "signoff", "--run", str(plant.run), "--decision", "redact"]
    return plant


def redacting(plant: Plant, *more: object) -> tuple[object, ...]:
    return (*plant.signing("rita", "redact"), *more)


def unexplained(plant: Plant, policy: Path) -> list[dict[str, object]]:
    found = judged(plant, policy).findings
    return [dict(one.subject) for one in found if one.code.name == "redaction.unexplained"]


def test_a_redaction_names_all_that_the_copy_lacks(copied: Plant) -> None:
    policy = profile(copied, redaction__unexplained="provisional")
    assert len(unexplained(copied, policy)) == 3
    said = flat(copied(*under(policy, redacting(copied, "--text", "Trade secret"))))
    assert "Withholds e8" in said
    assert "e10" in said
    assert "shows nothing of it" in said
    assert unexplained(copied, policy) == []
    report = judged(copied, policy)
    assert report.verdict is Verdict.PROVISIONAL  # what is withheld stays withheld
    assert codes(report) >= {"entry.withheld", "evidence.absent"}
    assert "nothing is withheld in this copy that nobody has explained" in copied(
        *redacting(copied, "--text", "Again"), expect=1
    )


def test_what_nobody_explains_fails_where_the_policy_is_strict(plant: Plant) -> None:
    plant.sealed()
    plant(*plant.signing("qa"))
    whole = plant.run.rename(plant.path / "whole.opb")
    plant("withhold", "--run", whole, "--output", plant.run, "--evidence", "e6")
    policy = profile(plant, redaction__unexplained="fail")
    assert judged(plant, policy).verdict is Verdict.FAIL
    plant(*under(policy, redacting(plant, "--text", "Shows a face", "--evidence", "e6")))
    report = judged(plant, policy)
    assert report.verdict is Verdict.PROVISIONAL
    assert codes(report) == {"evidence.absent"}
    photos = plant.path / "photos"
    photos.mkdir()
    (photos / report.bundle.absent[0]).write_bytes((plant.path / "drum.jpg").read_bytes())
    assert judged(plant, policy, evidence=photos).verdict is Verdict.FINAL


def test_a_redaction_may_name_a_part(copied: Plant) -> None:
    policy = profile(copied, redaction__unexplained="provisional")
    digest = judged(copied, policy).bundle.absent[0]
    copied(*under(policy, redacting(copied, "--text", "Trade secret", "--entries", "e8", "--evidence", digest)))
    assert [one.get("seq") for one in unexplained(copied, policy)] == [10]
    copied(*under(policy, redacting(copied, "--text", "Trade secret")))
    assert unexplained(copied, policy) == []


def test_entries_are_named_in_lists_and_ranges(copied: Plant) -> None:
    policy = profile(copied, redaction__unexplained="provisional")
    copied(*under(policy, redacting(copied, "--text", "Trade secret", "--entries", "e8,e10-e10", "--entry", "8")))
    assert [one.get("seq") for one in unexplained(copied, policy)] == [None]


def test_blind_it_names_what_it_is_told(copied: Plant) -> None:
    words = [
        word for word in redacting(copied, "--text", "x") if word not in ("--trust", str(copied.path / "trust.toml"))
    ]
    assert "it is not known what this copy lacks" in copied(*words, "--blind", expect=1)
    copied(*words, "--blind", "--entries", "e8")
    assert len(unexplained(copied, profile(copied, redaction__unexplained="provisional"))) == 2


@pytest.mark.parametrize(
    "more, status, refused",
    [
        ((), 1, "says why"),
        (("--text", "x", "--entries", "e2"), 1, "e2 is not withheld in this copy"),
        (("--text", "x", "--entries", "e8-e9"), 1, "e9 is not withheld in this copy"),
        (("--text", "x", "--entries", "e999"), 1, "has no entries e999"),
        (("--text", "x", "--entries", "e9-e8"), 1, "has no entries e9-e8"),
        (("--text", "x", "--entries", "e8,"), 2, "names no entries"),
        (("--text", "x", "--evidence", "00" * 32), 1, "is not absent from this copy"),
        (("--text", "x", "--evidence", "e2"), 1, "added no evidence"),
        (("--text", "x", "--evidence", "photo.jpg"), 2, "is no entry"),
        (("--text", "x", "--step", "weigh"), 1, "are about files to add"),
    ],
)
def test_what_is_not_withheld_is_not_redacted(copied: Plant, more: tuple[str, ...], status: int, refused: str) -> None:
    before = copied.run.read_bytes()
    assert refused in flat(copied(*redacting(copied, *more), expect=status))
    assert copied.run.read_bytes() == before


def test_it_is_signed_on_the_copy_alone(copied: Plant) -> None:
    words = list(redacting(copied, "--text", "x", "--detached", copied.path / "r.signoff"))
    at = words.index("--run")
    words[at : at + 2] = ["--request", asked(copied)]
    assert "needs the copy itself" in copied(*words, expect=1)
    other = (*copied.signing("rita", "acknowledge"), "--entries", "e8")
    assert "--entries is not for acknowledge" in copied(*other, expect=1)


def test_it_travels_as_a_detached_file(copied: Plant) -> None:
    file = copied.path / "r.signoff"
    copied(*redacting(copied, "--text", "Trade secret", "--detached", file))
    assert "redact by rita appended" in copied("append", "--run", copied.run, file)
    assert unexplained(copied, profile(copied, redaction__unexplained="provisional")) == []


def test_a_running_journal_is_offered_no_redaction(plant: Plant) -> None:
    plant.start()
    plant("note", "Private", *plant.on("op-a"))
    said = plant("withhold", "--run", plant.run, "--output", plant.path / "copy.opb", "--kind", "note")
    assert "redact" not in said
