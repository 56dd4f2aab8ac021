"""Sign-offs: detached, merged in any order, withdrawn, with evidence, blind."""

from __future__ import annotations

from pathlib import Path

import pytest
from recorder.plant import Plant

from opsproof_verify.findings import Verdict


def detached(plant: Plant, name: str, *more: object) -> Path:
    target = plant.path / f"{name}.signoff"
    plant(*plant.signing(name), "--detached", target, *more)
    return target


@pytest.mark.parametrize("order", [("qa", "rita"), ("rita", "qa")])
def test_parallel_sign_offs_merge_in_either_order(plant: Plant, order: tuple[str, str]) -> None:
    plant.sealed()
    sealed = plant.run.read_bytes()
    files = {name: detached(plant, name) for name in ("qa", "rita")}
    assert plant.run.read_bytes() == sealed
    for name in order:
        plant("append", "--run", plant.run, files[name])
    assert plant.run.read_bytes().startswith(sealed)
    report = plant.report()
    assert report.verdict is Verdict.FINAL
    assert {signoff.person for signoff in report.signoffs} == set(order)


def test_a_sign_off_is_appended_once(plant: Plant) -> None:
    plant.sealed()
    file = detached(plant, "qa")
    plant("append", "--run", plant.run, file)
    before = plant.run.read_bytes()
    assert "in the bundle already" in plant("append", "--run", plant.run, file, expect=1)
    assert plant.run.read_bytes() == before


def test_a_sign_off_of_another_bundle_is_refused(plant: Plant) -> None:
    plant.sealed()
    file = detached(plant, "qa")
    plant.run.rename(plant.path / "first.opb")
    plant.sealed()
    before = plant.run.read_bytes()
    assert "signs another seal" in plant("append", "--run", plant.run, file, expect=1)
    assert plant.run.read_bytes() == before


@pytest.mark.parametrize("lost", [1, 100, 400])
def test_a_torn_detached_file_is_refused(plant: Plant, lost: int) -> None:
    plant.sealed()
    file = detached(plant, "qa")
    file.write_bytes(file.read_bytes()[:-lost])
    before = plant.run.read_bytes()
    assert "no detached sign-off" in plant("append", "--run", plant.run, file, expect=1)
    assert plant.run.read_bytes() == before


def test_one_that_saw_another_asks_for_it(plant: Plant) -> None:
    plant.sealed()
    copy = plant.run.read_bytes()
    plant(*plant.signing("qa"))
    file = detached(plant, "rita")
    plant.run.write_bytes(copy)
    assert "obtain" in plant("append", "--run", plant.run, file)
    assert "signoff.seen-missing" in {found.code.name for found in plant.report().findings}


def test_a_rejection_stands_until_its_signer_withdraws_it(plant: Plant) -> None:
    plant.sealed()
    plant(*plant.signing("qa"))
    reject = [word if word != "release" else "rejected" for word in plant.signing("rita")]
    plant(*reject, "--decision", "reject", "--text", "The photo is blurred")
    report = plant.report()
    assert report.verdict is Verdict.FAIL
    rejection = next(signoff.hash for signoff in report.signoffs if signoff.decision == "reject")
    assert "does not verify" in plant(*plant.signing("rita"), expect=1)
    plant(*plant.signing("rita"), "--decision", "withdraw", "--withdraws", rejection)
    assert plant.report().verdict is Verdict.FINAL


def test_evidence_is_supplied_after_the_seal_and_kept(plant: Plant) -> None:
    plant.start()
    plant("begin", "weigh", *plant.on("op-a"))
    plant("record", "weigh", "mass", "42", *plant.on("op-a"))
    plant("end", "weigh", "--anyway", *plant.on("op-a"))
    plant("begin", "label", *plant.on("op-a"))
    plant("end", "label", *plant.on("op-a"))
    plant("end", *plant.on("op-a"))
    assert "lacks evidence for slot photo" in plant("seal", *plant.on("op-a"), expect=1)
    assert "open for good" in plant("seal", "--with-open-items", *plant.on("op-a"))
    assert {owed.need for owed in plant.report().owed} == {"supply", "approve"}
    photo = plant.path / "late.jpg"
    photo.write_bytes(b"\xff\xd8 late")
    slot = ("--evidence", photo, "--step", "weigh", "--slot", "photo")
    plant("append", "--run", plant.run, detached(plant, "rita", "--decision", "supply", *slot))
    assert photo.read_bytes() in plant.run.read_bytes()
    plant(*plant.signing("qa"))
    assert plant.report().verdict is Verdict.FINAL


def test_what_you_sign_is_shown_and_asked(plant: Plant) -> None:
    plant.sealed()
    before = plant.run.read_bytes()
    words = [word for word in plant.signing() if word != "--yes"]
    said = plant(*words, typed="n\n", expect=1)
    for part in ("PROVISIONAL under baseline 1", "batch=B-1042", "Fill the line", "release", "Nothing was written"):
        assert part in said
    assert plant.run.read_bytes() == before
    plant(*words, typed="y\n")
    assert plant.report().verdict is Verdict.FINAL


def test_a_blind_approval_says_so_and_does_not_count(plant: Plant) -> None:
    plant.sealed()
    words = ("signoff", *plant.on("qa"), "--name", "Quality lead", "--role", "quality", "--meaning", "release", "--yes")
    assert "you sign what you have seen" in plant(*words, expect=1)
    assert "BLIND" in plant(*words, "--blind")
    assert plant.report().verdict is Verdict.PROVISIONAL
