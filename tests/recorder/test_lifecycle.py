"""From keys to FINAL, as people and as processes."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path

from opsproof_record.sealed.signoff import report_digest
from recorder.plant import Plant

from opsproof_verify.container import LABEL
from opsproof_verify.findings import Verdict
from opsproof_verify.policy import Policy
from opsproof_verify.report import Report
from opsproof_verify.trust import TrustStore
from opsproof_verify.verify import verify


def needs(report: Report) -> list[str]:
    return [owed.need for owed in report.owed]


def test_a_clean_run_is_provisional_until_quality_signs(plant: Plant) -> None:
    plant.sealed()
    report = plant.report()
    assert (report.verdict, needs(report)) == (Verdict.PROVISIONAL, ["approve"])
    plant(*plant.signing())
    assert plant.report().verdict is Verdict.FINAL


def test_each_command_works_as_a_process_of_its_own(plant: Plant) -> None:
    commands = [
        ("start", plant.package, "--run", plant.run, *plant.by("op-a"), "--param", "batch=B-7"),
        ("begin", "weigh", *plant.on("bot")),
        ("record", "weigh", "mass", "41", *plant.on("bot")),
        (
            "attach",
            plant.path / "fill.toml",
            "--step",
            "weigh",
            "--slot",
            "photo",
            "--media",
            "image/jpeg",
            *plant.on("bot"),
        ),
        ("end", "weigh", *plant.on("bot")),
        ("attest", *plant.on("bot")),
        ("begin", "label", *plant.on("op-a")),
        ("end", "label", *plant.on("op-a")),
        ("end", *plant.on("op-a")),
        ("seal", *plant.on("op-a")),
        plant.signing(),
    ]
    for command in commands:
        process = plant.process(*command)
        said, _ = process.communicate()
        assert process.returncode == 0, (command, said)
    assert plant.report().verdict is Verdict.FINAL


def test_the_journal_is_only_ever_appended_to(plant: Plant) -> None:
    plant.start()
    states = [plant.run.read_bytes()]
    assert states[0].startswith(plant.package.read_bytes())
    for step in (plant.weigh, plant.finish, lambda: plant(*plant.signing())):
        step()
        states.append(plant.run.read_bytes())
        assert states[-1].startswith(states[-2])
    assert states[0].startswith(LABEL)


def test_a_value_out_of_limits_is_recorded_and_a_deviation_is_asked_for(plant: Plant) -> None:
    plant.start()
    said = plant.weigh("45.01")
    assert "OUT OF LIMITS: 45.01 kg is above its limit 45.00 kg" in said
    assert "opsproof deviate" in said
    plant("end", "weigh", *plant.on("op-a"))
    plant("begin", "label", *plant.on("op-a"))
    plant("end", "label", *plant.on("op-a"))
    refused = plant("end", *plant.on("op-a"), expect=1)
    assert "no deviation covers it" in refused
    value = said.split()[0]
    ruled = plant("deviate", "out-of-limits", "--value", value, "--description", "Overfilled", *plant.on("op-a"))
    assert "ruled review by baseline 1" in ruled
    plant("end", *plant.on("op-a"))
    plant("seal", *plant.on("op-a"))
    report = plant.report()
    assert report.verdict is Verdict.PROVISIONAL
    assert report.deviations[0].ruling == report.deviations[0].recorded == "review"
    plant(*plant.signing(), "--covers", f"e{report.deviations[0].seq}")
    assert plant.report().verdict is Verdict.FINAL


def test_a_block_stops_the_work_in_its_scope(plant: Plant) -> None:
    plant.start()
    plant("begin", "weigh", *plant.on("op-a"))
    said = plant("deviate", "wrong-material", "--step", "weigh", "--description", "Wrong drum", *plant.on("op-a"))
    assert "ruled block" in said
    refused = plant("record", "weigh", "mass", "42", *plant.on("op-a"), expect=1)
    assert "blocked by deviation" in refused
    assert "quality" in refused


def test_a_sign_off_names_the_report_that_was_looked_at(plant: Plant) -> None:
    plant.sealed()
    looked_at = plant.run.read_bytes()
    plant(*plant.signing())
    signoff = plant.report().signoffs[0]
    trust = TrustStore.load(plant.path / "trust.toml")
    again = verify(looked_at, Policy.load("baseline"), trust, at=signoff.time.ms)
    assert report_digest(again) in plant.run.read_bytes()


def test_an_aborted_run_says_why(plant: Plant) -> None:
    plant.start()
    refused = plant("end", "--aborted", "--reason", "Fire drill", *plant.on("op-a"), expect=1)
    assert "needs a deviation" in refused
    plant("deviate", "run-aborted", "--description", "Fire drill", *plant.on("op-a"))
    plant("end", "--aborted", "--reason", "Fire drill", *plant.on("op-a"))
    plant("seal", *plant.on("op-a"))
    assert plant.report().verdict is Verdict.PROVISIONAL


def test_evidence_is_what_sha256sum_says(plant: Plant) -> None:
    plant.start()
    plant("begin", "weigh", *plant.on("op-a"))
    big = plant.path / "big.bin"
    big.write_bytes(bytes(1_000_003))
    said = plant("attach", big, *plant.on("op-a"))
    assert sha256(big.read_bytes()).hexdigest() in said
    assert plant.run.read_bytes().count(bytes(1_000_003)) == 1


def test_no_file_is_left_behind(plant: Plant) -> None:
    before = set(Path(plant.path).iterdir())
    plant.sealed()
    plant(*plant.signing())
    after = set(Path(plant.path).iterdir()) - before
    assert after == {plant.run, plant.path / "drum.jpg", plant.path / "op-a.pending"}
    assert len((plant.path / "op-a.pending").read_text().split("\n")) == 2, "the last signature covers the run's end"
