"""What an approval covers, and the last word: what is shown of both, and what the verifier makes of it."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import pytest
from opsproof_record.sealed import request
from recorder.closed import answering, asked, codes, detached, flat, judged, overfilled, profile, supplied, under
from recorder.closed import without_photo as _without_photo
from recorder.plant import PROCEDURE, Plant

from opsproof_verify.findings import Verdict
from opsproof_verify.parse_entry import parse_entry

CLOSURE = {"id": "closure", "role": "quality", "count": 1, "meaning": "release"}


@pytest.fixture
def calibrated(plant: Plant) -> Plant:
    """Give a plant with a sealed run in which two instruments lacked a valid calibration: e6 and e8."""
    plant.start()
    plant("begin", "weigh", *plant.on("op-a"))
    plant("record", "weigh", "mass", "42", *plant.on("op-a"))
    plant("instrument", "weigh", "SC-1", "--due", "2020-01-01T00:00:00Z", *plant.on("op-a"))
    plant("instrument", "weigh", "SC-2", "--due", "2020-01-01T00:00:00Z", *plant.on("op-a"))
    photo = plant.path / "drum.jpg"
    photo.write_bytes(b"photo")
    plant("attach", photo, "--step", "weigh", "--slot", "photo", *plant.on("op-a"))
    plant.finish()
    return plant


def strict(plant: Plant, *approvals: dict[str, Any]) -> Path:
    return profile(plant, *approvals, instrument__out_of_calibration="provisional")


def owed(plant: Plant, policy: Path) -> dict[str, Any]:
    (approval,) = [dict(one.facts) for one in judged(plant, policy).owed if one.need == "approve"]
    return approval


def test_findings_at_entries_are_covered_by_their_numbers(calibrated: Plant) -> None:
    policy = strict(calibrated)
    found = owed(calibrated, policy)["covers"]
    assert len(found) == 2
    covers = [word for seq in found for word in ("--covers", f"e{seq}")]
    said = flat(calibrated(*under(policy, calibrated.signing("qa")), *covers))
    assert f"e{found[0]} instrument-used by op-a: weigh: SC-1" in said
    assert said.count("-- COVERED by yours") == 2
    assert "in vain" not in said
    assert "stays open" not in said
    assert judged(calibrated, policy).verdict is Verdict.FINAL


def test_what_an_approval_leaves_open_is_told(calibrated: Plant) -> None:
    policy = strict(calibrated)
    first, second = owed(calibrated, policy)["covers"]
    said = flat(calibrated(*under(policy, calibrated.signing("qa")), "--covers", f"e{first}"))
    assert "-- NOT covered by yours" in said
    assert f"What is found at e{second} stays open: this approval does not cover it (--covers e{second})" in said
    assert judged(calibrated, policy).verdict is Verdict.PROVISIONAL
    assert owed(calibrated, policy)["covers"] == (second,)
    calibrated(*under(policy, calibrated.signing("rita")), "--covers", f"e{second}")
    assert judged(calibrated, policy).verdict is Verdict.FINAL


def test_a_cover_of_what_is_nothing_is_told_to_be_in_vain(plant: Plant) -> None:
    deviation = overfilled(plant)
    said = flat(plant(*plant.signing("qa"), "--covers", "e2", "--covers", deviation))
    assert "At e2 nothing is found that an approval covers: the signature names it in vain" in said
    assert f"At {deviation} nothing" not in said
    assert plant.report().verdict is Verdict.FINAL
    again = flat(plant(*plant.signing("rita"), "--covers", deviation))
    assert "in vain" not in again


def test_nobody_covers_their_own_entries(calibrated: Plant) -> None:
    trust = calibrated.path / "trust.toml"
    public = calibrated.path.joinpath("op-a.pub").read_text().strip()
    approver = f'[[approver]]\nperson = "op-a"\nroles = ["quality"]\nkey = "{public}"\n'
    trust.write_text(trust.read_text() + approver)
    policy = strict(calibrated, CLOSURE | {"independent-of": []})
    first, second = owed(calibrated, policy)["covers"]
    sign = (*under(policy, calibrated.signing("op-a")), "--covers", f"e{first}", "--covers", f"e{second}")
    assert f"You answer for e{first}, so your approval does not cover it" in flat(calibrated(*sign))
    report = judged(calibrated, policy)
    assert report.verdict is Verdict.PROVISIONAL
    assert codes(report) == {"instrument.out-of-calibration"}


def test_a_deviation_with_an_approval_of_its_own_is_covered_by_that_alone(plant: Plant) -> None:
    deviation = overfilled(plant)
    board = {"id": "board", "role": "quality", "meaning": "mrb", "covers": {"reasons": ["out-of-limits"]}}
    policy = profile(plant, CLOSURE, board | {"when-deviation": {"reasons": ["out-of-limits"]}})
    said = flat(plant(*under(policy, plant.signing("qa")), "--covers", deviation))
    assert f"{deviation} is covered by an approval for board alone, which this is not" in said
    words = ["mrb" if word == "release" else word for word in under(policy, plant.signing("rita"))]
    said = flat(plant(*words, "--covers", deviation))
    assert "It counts for the approval board of baseline 1, where the run has what it is asked for" in said
    assert "alone, which" not in said
    assert judged(plant, policy).verdict is Verdict.FINAL


def test_an_approval_that_comes_too_early_is_told_so(plant: Plant) -> None:
    plant.sealed()
    first = {"id": "production", "role": "quality", "meaning": "reviewed"}
    policy = profile(plant, first, CLOSURE | {"after": ["production"]})
    said = flat(plant(*under(policy, plant.signing("qa"))))
    assert "will NOT count: it has to come after the approval production, which is owed" in said
    words = ["reviewed" if word == "release" else word for word in under(policy, plant.signing("rita"))]
    plant(*words)
    assert "It counts for the approval closure" in flat(plant(*under(policy, plant.signing("qa"))))
    assert judged(plant, policy).verdict is Verdict.FINAL


def test_a_late_approval_is_told_so(plant: Plant, monkeypatch: pytest.MonkeyPatch) -> None:
    plant.sealed()
    policy = profile(plant, CLOSURE | {"deadline": "1 s"}, approval__late="note")
    monkeypatch.setattr("opsproof_record.cli.signing.now", lambda: [4_070_908_800_000, 0])
    assert "It comes late: the approval closure was due by" in flat(plant(*under(policy, plant.signing("qa"))))


# Elsewhere.


def test_a_request_proves_the_entries_to_be_covered(calibrated: Plant) -> None:
    policy = strict(calibrated)
    found = owed(calibrated, policy)["covers"]
    file = asked(calibrated, "--policy", policy)
    read = request.load(file)
    assert isinstance(read, request.Request)
    assert [parse_entry(one.body).kind for one in read.entries[1:-1]] == ["instrument-used"] * 2
    covers = [word for seq in found for word in ("--covers", f"e{seq}")]
    said = calibrated(*under(policy, answering(calibrated, "qa", file)), *covers)
    proven = said.partition("SAID BY WHOEVER MADE THE REQUEST")[0]
    assert flat(proven).count("-- COVERED by yours") == 2
    calibrated("append", "--run", calibrated.run, calibrated.path / "qa.signoff")
    assert judged(calibrated, policy).verdict is Verdict.FINAL


def test_a_request_with_evidence_to_be_covered_is_answered(plant: Plant) -> None:
    plant.sealed()
    every = {"level": "provisional", "members": ["source"]}
    policy = profile(plant, evidence__undescribed=every)
    (seq,) = owed(plant, policy)["covers"]
    file = asked(plant, "--policy", policy)
    said = flat(plant(*under(policy, answering(plant, "qa", file)), "--covers", f"e{seq}"))
    assert f"e{seq} evidence-added by op-a" in said
    plant("append", "--run", plant.run, plant.path / "qa.signoff")
    assert judged(plant, policy).verdict is Verdict.FINAL


def test_a_request_holds_no_entry_that_nothing_is_found_at(calibrated: Plant) -> None:
    """What its report does not speak of has no place in a request: it could only mislead."""
    document = json.loads(asked(calibrated, "--policy", strict(calibrated)).read_text())
    lenient = json.loads(asked(calibrated, name="lenient.request").read_text())
    document["report"] = lenient["report"]
    file = calibrated.path / "hostile.request"
    file.write_text(json.dumps(document))
    assert "has no place in a request" in calibrated(*answering(calibrated, "qa", file), expect=1)


def test_a_report_of_entries_beyond_the_run_is_not_followed(plant: Plant) -> None:
    deviation = overfilled(plant)
    document = json.loads(asked(plant).read_text())
    report = json.loads(base64.b64decode(document["report"]))
    approve = next(one for one in report["owed"] if one["need"] == "approve")
    approve["facts"]["covers"] = [*approve["facts"]["covers"], 999]
    document["report"] = base64.b64encode(json.dumps(report).encode()).decode()
    file = plant.path / "hostile.request"
    file.write_text(json.dumps(document))
    said = flat(plant(*answering(plant, "qa", file, "--covers", "e999"), expect=1))
    assert f"To be covered: {deviation}." in said
    assert "e999 stays open" not in flat(plant(*answering(plant, "qa", file, "--covers", deviation)))


# The last word.


@pytest.fixture
def without_photo(plant: Plant) -> Plant:
    """Give a plant with a sealed run that lacks its photo."""
    _without_photo(plant)
    plant("seal", "--with-open-items", *plant.on("op-a"))
    return plant


def test_who_approves_too_early_is_told_to_wait(without_photo: Plant) -> None:
    said = flat(without_photo(*without_photo.signing("qa")))
    assert "WAIT: Evidence is supplied for photo of step weigh" in said
    assert "After that, an approval given now counts no more and has to be given again" in said
    without_photo("append", "--run", without_photo.run, supplied(without_photo))
    report = without_photo.report()
    assert report.verdict is Verdict.PROVISIONAL
    assert [one.need for one in report.owed] == ["approve"]
    assert "WAIT" not in without_photo(*without_photo.signing("qa"))
    assert without_photo.report().verdict is Verdict.FINAL


def test_who_supplies_is_told_whose_approval_has_to_be_repeated(without_photo: Plant) -> None:
    without_photo(*without_photo.signing("qa"))
    photo = without_photo.path / "late.jpg"
    photo.write_bytes(b"late")
    supply = (*without_photo.signing("rita", "supply"), "--evidence", photo, "--step", "weigh", "--slot", "photo")
    said = flat(without_photo(*supply))
    assert "The approval of qa (quality) is older than this and will count no more: qa, or somebody else" in said
    supply_hash = next(one.hash for one in without_photo.report().signoffs if one.decision == "supply")
    without_photo(*without_photo.signing("qa"))
    said = flat(without_photo(*without_photo.signing("rita", "withdraw"), "--withdraws", supply_hash))
    assert "The approval of qa (quality) is older than this" in said
    assert without_photo.report().verdict is Verdict.PROVISIONAL


def test_who_supplies_first_is_told_that_approvals_follow(without_photo: Plant) -> None:
    photo = without_photo.path / "late.jpg"
    photo.write_bytes(b"late")
    supply = (*without_photo.signing("rita", "supply"), "--evidence", photo, "--step", "weigh", "--slot", "photo")
    assert "Approvals come after this" in flat(without_photo(*supply))


def test_a_remediation_names_what_has_to_be_covered_again(plant: Plant) -> None:
    plant.start()
    plant.weigh()
    failed = "deviate", "equipment-failure", "--step", "weigh", "--description", "The scale broke"
    deviation = plant(*failed, *plant.on("op-a")).split()[0]
    plant.finish()
    said = flat(plant(*plant.signing("qa"), "--covers", deviation))
    assert f"WAIT: The deviation {deviation} is remediated, with evidence" in said
    proof = plant.path / "proof.txt"
    proof.write_text("done")
    remediate = (*plant.signing("rita", "remediate"), "--deviation", deviation, "--evidence", proof)
    said = flat(plant(*remediate))
    assert f"has to approve after this, covering {deviation} again" in said
    assert plant.report().verdict is Verdict.PROVISIONAL
    plant(*plant.signing("qa"), "--covers", deviation)
    assert plant.report().verdict is Verdict.FINAL


def test_without_the_last_word_nothing_has_to_be_repeated(without_photo: Plant) -> None:
    policy = profile(without_photo, CLOSURE | {"last-word": False})
    assert "WAIT" not in without_photo(*under(policy, without_photo.signing("qa")))
    photo = without_photo.path / "late.jpg"
    photo.write_bytes(b"late")
    supply = (*without_photo.signing("rita", "supply"), "--evidence", photo, "--step", "weigh", "--slot", "photo")
    assert "will count no more" not in flat(without_photo(*under(policy, supply)))
    assert judged(without_photo, policy).verdict is Verdict.FINAL


def test_in_parallel_it_is_told_that_others_may_come_between(plant: Plant) -> None:
    plant.sealed()
    said = flat(plant(*answering(plant, "qa", asked(plant))))
    assert "without your having seen it takes the effect of this approval away" in said


def test_who_goes_blind_is_told_of_every_approval(plant: Plant) -> None:
    plant.sealed()
    plant(*plant.signing("qa"))
    withdrawn = detached(plant, "rita")
    plant("append", "--run", plant.run, withdrawn)
    taken = next(one.hash for one in plant.report().signoffs if one.person == "rita")
    plant(*plant.signing("rita", "withdraw"), "--withdraws", taken)
    photo = plant.path / "late.jpg"
    photo.write_bytes(b"late")
    words = [
        word for word in plant.signing("rita", "supply") if word not in ("--trust", str(plant.path / "trust.toml"))
    ]
    said = flat(plant(*words, "--blind", "--evidence", photo))
    assert "The approval of qa (quality)" in said
    assert "The approval of rita" not in said


def test_append_says_which_approvals_came_too_early(without_photo: Plant) -> None:
    plant = without_photo
    file = asked(plant)
    assert "Approvals come last" in plant("request", "--run", plant.run, "--output", plant.path / "b", *_trust(plant))
    plant(*answering(plant, "qa", file))
    photo = plant.path / "late.jpg"
    photo.write_bytes(b"late")
    words = answering(plant, "rita", file, "--evidence", photo, decision="supply")
    plant(*words, "--step", "weigh", "--slot", "photo")
    early = "qa approved as quality without having seen all that was supplied"
    assert early not in flat(plant("append", "--run", plant.run, plant.path / "qa.signoff"))
    assert early in flat(plant("append", "--run", plant.run, plant.path / "rita.signoff"))
    plant(*plant.signing("qa"))
    assert plant.report().verdict is Verdict.FINAL
    aware = plant.path / "aware.signoff"
    plant(*plant.signing("rita", "acknowledge"), "--detached", aware)
    assert early not in flat(plant("append", "--run", plant.run, aware))


def _trust(plant: Plant) -> tuple[object, ...]:
    return "--trust", plant.path / "trust.toml"


def test_a_withdrawn_supply_leaves_its_slot_free(without_photo: Plant) -> None:
    plant = without_photo
    photo = plant.path / "late.jpg"
    photo.write_bytes(b"wrong")
    supply = (*plant.signing("rita", "supply"), "--evidence", photo, "--step", "weigh", "--slot", "photo")
    plant(*supply)
    assert "takes 1 and holds 1" in plant(*supply, expect=1)
    wrong = next(one.hash for one in plant.report().signoffs)
    plant(*plant.signing("rita", "withdraw"), "--withdraws", wrong)
    photo.write_bytes(b"right")
    plant(*supply)
    plant(*plant.signing("qa"))
    assert plant.report().verdict is Verdict.FINAL


def test_what_was_voided_is_shown_with_what_it_names(plant: Plant) -> None:
    """A voiding is to be known of, and makes sense only with the value or evidence that it takes away."""
    plant.package.unlink()
    plant.author(PROCEDURE.replace("[authority]", '[authority]\nvoid = ["operator"]'))
    plant.start()
    value = plant.weigh().split()[0]
    photo = f"e{int(value[1:]) + 2}"
    plant("void", photo, "--why", "Wrong drum", *plant.on("op-a"))
    again = plant.path / "again.jpg"
    again.write_bytes(b"\xff\xd8 the right drum")
    plant("attach", again, "--step", "weigh", "--slot", "photo", *plant.on("op-a"))
    plant.finish()
    file = asked(plant)
    read = request.load(file)
    assert isinstance(read, request.Request)
    kinds = [parse_entry(one.body).kind for one in read.entries]
    assert kinds == ["run-started", "evidence-added", "voided", "run-ended"]
    said = flat(plant(*answering(plant, "qa", file)))
    assert f"{photo} evidence-added by op-a" in said
    assert "Wrong drum" in said
    plant("append", "--run", plant.run, plant.path / "qa.signoff")
    assert plant.report().verdict is Verdict.FINAL
