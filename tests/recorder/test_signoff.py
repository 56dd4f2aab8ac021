"""Sign-offs: what each decision does and refuses, and what is shown before a signature is given."""

from __future__ import annotations

import pytest
from opsproof_record.sealed import merge
from opsproof_record.signing.pending import Pending
from recorder.closed import detached, overfilled, supplied, without_photo
from recorder.plant import Plant

from opsproof_verify.findings import Verdict

# Decisions.


def test_a_rejection_stands_until_its_signer_withdraws_it(plant: Plant) -> None:
    plant.sealed()
    plant(*plant.signing("qa"))
    plant(*plant.signing("rita", "reject"), "--text", "The photo is blurred")
    report = plant.report()
    assert report.verdict is Verdict.FAIL
    rejection = next(signoff.hash for signoff in report.signoffs if signoff.decision == "reject")
    assert "rita has rejected" in plant(*plant.signing("rita"), expect=1)
    assert "a sign-off of rita" in plant(*plant.signing("qa", "withdraw"), "--withdraws", rejection, expect=1)
    assert rejection in plant(*plant.signing("rita", "withdraw"), expect=1)
    plant(*plant.signing("rita", "withdraw"), "--withdraws", rejection)
    assert plant.report().verdict is Verdict.FINAL
    assert "withdrawn already" in plant(*plant.signing("rita", "withdraw"), "--withdraws", rejection, expect=1)
    taken_back = next(signoff.hash for signoff in plant.report().signoffs if signoff.decision == "withdraw")
    assert "nothing un-withdraws" in plant(*plant.signing("rita", "withdraw"), "--withdraws", taken_back, expect=1)


def test_awareness_closes_nothing(plant: Plant) -> None:
    plant.sealed()
    said = plant(*plant.signing("qa", "acknowledge"))
    assert "closes, approves and completes" in said
    report = plant.report()
    assert report.verdict is Verdict.PROVISIONAL
    assert [owed.need for owed in report.owed] == ["approve"]


def test_evidence_is_supplied_after_the_seal_and_kept(plant: Plant) -> None:
    without_photo(plant)
    plant("seal", "--with-open-items", *plant.on("op-a"))
    assert {owed.need for owed in plant.report().owed} == {"supply", "approve"}
    plant("append", "--run", plant.run, supplied(plant))
    assert (plant.path / "late.jpg").read_bytes() in plant.run.read_bytes()
    plant(*plant.signing("qa"))
    assert plant.report().verdict is Verdict.FINAL


@pytest.mark.parametrize(
    "words, refused",
    [
        (("--step", "weigh", "--slot", "scan"), "no evidence slot"),
        (("--step", "wiegh"), "no step"),
        (("--step", "weigh", "--pass", "2"), "no pass 2"),
        (("--slot", "photo"), "belongs to a step"),
        (("--step", "weigh", "--slot", "photo", "--media", "image/png"), "takes image/jpeg"),
        (("--media", "image"), "no media type"),
    ],
)
def test_evidence_that_would_not_fit_is_refused(plant: Plant, words: tuple[str, ...], refused: str) -> None:
    without_photo(plant)
    plant("seal", "--with-open-items", *plant.on("op-a"))
    photo = plant.path / "late.jpg"
    photo.write_bytes(b"late")
    before = plant.run.read_bytes()
    supply = plant.signing("rita", "supply")
    assert refused in plant(*supply, "--evidence", photo, *words, expect=1)
    assert "Give --evidence" in plant(*supply, *words, expect=1)
    assert plant.run.read_bytes() == before


def test_a_slot_is_not_filled_beyond_its_most(plant: Plant) -> None:
    plant.sealed()
    photo = plant.path / "late.jpg"
    photo.write_bytes(b"late")
    supply = (*plant.signing("rita", "supply"), "--evidence", photo)
    assert "takes 1 and holds 1" in plant(*supply, "--step", "weigh", "--slot", "photo", expect=1)
    plant(*supply, "--evidence", photo, "--step", "weigh")
    plant(*plant.signing("qa"))
    assert plant.report().verdict is Verdict.FINAL


def test_a_file_that_changes_after_it_was_shown_is_not_signed(plant: Plant, monkeypatch: pytest.MonkeyPatch) -> None:
    plant.sealed()
    photo = plant.path / "late.jpg"
    photo.write_bytes(b"late")
    before = plant.run.read_bytes()

    def agree(*, already: bool) -> None:
        photo.write_bytes(b"fake")

    monkeypatch.setattr("opsproof_record.cli.signing.agree", agree)
    supply = (*plant.signing("rita", "supply"), "--evidence", photo)
    assert "has changed since you looked at it" in plant(*supply, expect=1)
    assert plant.run.read_bytes() == before


def test_a_deviation_is_remediated_and_then_covered_by_somebody_else(plant: Plant) -> None:
    plant.start()
    plant.weigh()
    failed = "deviate", "equipment-failure", "--step", "weigh", "--description", "The scale broke"
    deviation = plant(*failed, *plant.on("op-a")).split()[0]
    plant.finish()
    assert {owed.need for owed in plant.report().owed} == {"remediate", "approve"}
    proof = plant.path / "recalibration.txt"
    proof.write_text("done")
    remediate = plant.signing("rita", "remediate")
    assert "names its deviation" in plant(*remediate, "--evidence", proof, expect=1)
    assert "shown by evidence" in plant(*remediate, "--deviation", deviation, expect=1)
    assert f"to be seen here: {deviation}" in plant(*remediate, "--deviation", "e2", "--evidence", proof, expect=1)
    plant(*remediate, "--deviation", deviation, "--evidence", proof)
    own = plant(*plant.signing("rita"), "--covers", deviation, "--detached", plant.path / "own.signoff")
    assert f"You remediated deviation {deviation}" in own
    assert "stays open" in plant(*plant.signing("qa"), "--detached", plant.path / "without.signoff")
    plant(*plant.signing("qa"), "--covers", deviation)
    assert plant.report().verdict is Verdict.FINAL


def test_an_approval_covers_what_can_be_covered(plant: Plant) -> None:
    deviation = overfilled(plant)
    assert f"To be covered: {deviation}" in plant(*plant.signing("qa"), "--covers", "e999", expect=1)
    assert "--covers is not for" in plant(*plant.signing("qa", "acknowledge"), "--covers", deviation, expect=1)


def test_who_worked_on_the_run_does_not_approve_it(plant: Plant) -> None:
    plant.sealed()
    words = ("signoff", *plant.on("op-a"), "--name", "Technician", "--role", "quality", "--meaning", "release")
    trust = ("--trust", plant.path / "trust.toml", "--policy", "baseline", "--yes")
    assert "op-a worked in the run" in plant(*words, *trust, expect=1)
    agent = [word if word not in ("op-a", str(plant.key("op-a"))) else word.replace("op-a", "bot") for word in words]
    assert "is no human" in plant(*agent, *trust, expect=1)


def test_a_key_signs_for_its_person_alone(plant: Plant) -> None:
    plant.sealed()
    words = list(plant.signing("qa"))
    words[words.index("--key") + 1] = str(plant.key("rita"))
    assert "is the key of rita, not of qa" in plant(*words, expect=1)
    words[words.index("--key") + 1] = str(plant.key("owner"))
    assert "is the key of owner" in plant(*words, expect=1)
    stranger = plant.path / "stranger"
    plant("keygen", stranger)
    words[words.index("--key") + 1] = str(stranger)
    assert "not the key that is known for qa" in plant(*words, expect=1)
    words[words.index("--as") + 1] = "nobody"
    assert "not in the trust file audit" in plant(*words, "--detached", plant.path / "x.signoff")


def test_a_late_attestation_closes_what_is_owed(plant: Plant) -> None:
    plant.start()
    plant("begin", "weigh", *plant.on("bot"))
    plant("record", "weigh", "mass", "41", *plant.on("bot"))
    photo = plant.path / "p.jpg"
    photo.write_bytes(b"p")
    plant("attach", photo, "--step", "weigh", "--slot", "photo", *plant.on("bot"))
    plant("end", "weigh", *plant.on("bot"))
    plant("begin", "label", *plant.on("op-a"))
    plant("end", "label", *plant.on("op-a"))
    plant("end", "--anyway", *plant.on("op-a"))
    sealed = plant("seal", "--with-open-items", *plant.on("op-a"))
    assert "bot has 4 unsigned entries: provisional until they are attested late" in sealed
    assert {owed.need for owed in plant.report().owed} == {"attest", "approve"}
    attest = ("signoff", *plant.on("bot"), "--name", "Bot", "--role", "helper", "--decision", "attest")
    trust = ("--trust", plant.path / "trust.toml", "--policy", "baseline", "--yes")
    said = plant(*attest, *trust, "--detached", plant.path / "bot.signoff")
    assert "4 entries of bot" in said
    assert "step-started: weigh" in said
    assert "not the key of an actor" in plant(*plant.signing("qa", "attest"), expect=1)
    plant("append", "--run", plant.run, plant.path / "bot.signoff")
    plant(*plant.signing("qa"))  # last, so that it has seen that
    assert plant.report().verdict is Verdict.FINAL
    assert "attested late already" in plant(*attest, *trust, expect=1)


def test_nobody_attests_late_what_their_key_did_not_write(plant: Plant) -> None:
    plant.start()
    plant("begin", "weigh", *plant.on("bot"))
    plant("end", "weigh", "--anyway", *plant.on("bot"))
    plant("begin", "label", *plant.on("op-a"))
    plant("end", "label", *plant.on("op-a"))
    plant("end", "--anyway", *plant.on("op-a"))
    plant("seal", "--with-open-items", *plant.on("op-a"))
    Pending(plant.key("bot")).path.unlink()
    before = plant.run.read_bytes()
    attest = ("signoff", *plant.on("bot"), "--name", "Bot", "--role", "helper", "--decision", "attest", "--blind")
    assert "no memory of writing them" in plant(*attest, "--yes", expect=1)
    assert plant.run.read_bytes() == before


# What is shown and asked.


def test_what_you_sign_is_shown_and_asked(plant: Plant) -> None:
    deviation = overfilled(plant)
    before = plant.run.read_bytes()
    words = [word for word in plant.signing() if word != "--yes"] + ["--covers", deviation]
    said = plant(*words, typed="n\n", expect=1)
    for part in (
        "PROVISIONAL under baseline 1",
        "Still owed",
        "batch B-1042",
        "Fill the line",
        "release what it describes",
        "Overfilled",
        "mass = 46 kg",
        "ruled       review",
        "COVERED by yours",
        "counts for the approval closure",
        "Nothing was written",
    ):
        assert part in said
    assert plant.run.read_bytes() == before
    assert "nobody answered" in plant(*words, typed="", expect=1)
    assert plant.run.read_bytes() == before
    plant(*words, typed="y\n")
    assert plant.report().verdict is Verdict.FINAL


def test_a_meaning_does_not_say_the_opposite_of_the_decision(plant: Plant) -> None:
    plant.sealed()
    said = plant(*plant.signing("qa", "reject"), "--meaning", "release", expect=1)
    assert "release is what an approval means" in said


def test_an_approval_in_vain_is_told_so(plant: Plant) -> None:
    plant.sealed()
    words = list(plant.signing())
    words[words.index("release")] = "review"
    said = plant(*words, "--detached", plant.path / "vain.signoff")
    assert "meets no approval that baseline 1 asks for" in said
    plant("append", "--run", plant.run, plant.path / "vain.signoff")
    assert plant.report().verdict is Verdict.PROVISIONAL


def test_a_record_cannot_move_the_cursor(plant: Plant) -> None:
    plant.start()
    value = plant.weigh("46").split()[0]
    trap = "Fine\u202e.\u2066 COVERED"
    plant("deviate", "out-of-limits", "--value", value, "--description", trap, *plant.on("op-a"))
    plant.finish()
    said = plant(*plant.signing(), "--detached", plant.path / "x.signoff")
    assert "\u202e" not in said
    assert "Fine\\u202e" in said


def test_a_bundle_that_grew_meanwhile_is_looked_at_again(plant: Plant, monkeypatch: pytest.MonkeyPatch) -> None:
    plant.sealed()
    file = detached(plant, "rita", decision="acknowledge")

    def agree(*, already: bool) -> None:
        merge.append(plant.run, (file,))

    monkeypatch.setattr("opsproof_record.cli.signing.agree", agree)
    assert "has grown since you looked" in plant(*plant.signing("qa"), expect=1)
    assert [signoff.person for signoff in plant.report().signoffs] == ["rita"]


def test_an_approval_by_somebody_without_the_role_is_told_so(plant: Plant) -> None:
    plant.sealed()
    trust = plant.path / "trust.toml"
    trust.write_text(
        trust.read_text().replace('person = "rita"\nroles = ["quality"]', 'person = "rita"\nroles = ["x"]')
    )
    said = " ".join(plant(*plant.signing("rita")).split())
    assert "will NOT count: the trust file audit does not give rita the role quality" in said
    assert plant.report().verdict is Verdict.PROVISIONAL


def test_a_torn_tail_is_mended_before_it_is_looked_at(plant: Plant) -> None:
    plant.sealed()
    plant.run.write_bytes(plant.run.read_bytes() + b"\x82\x07\x58")
    assert "The last write" in plant(*plant.signing())
    assert plant.report().verdict is Verdict.FINAL


def test_what_cannot_be_signed_is_refused_in_words(plant: Plant) -> None:
    plant.sealed()
    odd = plant.path / ("x" * 240 + "\x07.txt")
    odd.write_text("odd")
    before = plant.run.read_bytes()
    said = plant(*plant.signing("qa", "supply"), "--evidence", odd, expect=1)
    assert "evidence[0].name is not valid" in said
    assert plant.run.read_bytes() == before
    text = "\u00e9" * 8_000
    plant(*plant.signing("qa", "acknowledge"), "--text", text, "--detached", plant.path / "long.signoff")


def test_a_blind_approval_says_so_and_does_not_count(plant: Plant) -> None:
    plant.sealed()
    words = ("signoff", *plant.on("qa"), "--name", "Quality lead", "--role", "quality", "--meaning", "release", "--yes")
    assert "you sign what you have seen" in plant(*words, expect=1)
    assert "BLIND" in plant(*words, "--blind")
    assert plant.report().verdict is Verdict.PROVISIONAL


def test_a_clock_before_the_seal_signs_nothing(plant: Plant, monkeypatch: pytest.MonkeyPatch) -> None:
    plant.sealed()
    monkeypatch.setattr("opsproof_record.cli.signing.now", lambda: [0, 0])
    assert "before the time of the seal" in plant(*plant.signing(), expect=1)
