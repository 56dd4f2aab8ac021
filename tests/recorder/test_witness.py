"""Independent clocks: witnesses of a head, of the seal, of a sign-off; appended, detached, on request."""

from __future__ import annotations

from pathlib import Path

import pytest
from opsproof_record.log.journal import Journal
from opsproof_record.run.work import note
from recorder.closed import detached
from recorder.plant import Plant

from opsproof_verify.findings import Verdict


@pytest.fixture
def clock(plant: Plant) -> tuple[str, ...]:
    """Give the words of a witness that the auditor's trust file knows."""
    plant("keygen", plant.key("clock"))
    public = plant.path.joinpath("clock.pub").read_text().strip()
    with (plant.path / "trust.toml").open("a") as trust:
        trust.write(f'[[witness]]\nid = "plant-clock"\nkey = "{public}"\n')
    return "--as", "plant-clock", "--key", str(plant.key("clock")), "--yes"


def targets(plant: Plant) -> list[tuple[str, str]]:
    return [(one.target, one.hash) for one in plant.report().witnessed]


def test_the_seal_is_witnessed_by_default(plant: Plant, clock: tuple[str, ...]) -> None:
    plant.sealed()
    before = plant.run.read_bytes()
    said = plant("witness", "--run", plant.run, *clock)
    for part in ("the seal of a run", "plant-clock", "batch B-1042", "by this machine's clock", "existed at this time"):
        assert part in said
    assert plant.run.read_bytes().startswith(before)
    plant(*plant.signing())
    report = plant.report()
    assert targets(plant) == [("seal", report.bundle.seal)]
    assert report.verdict is Verdict.FINAL


def test_a_sign_off_is_witnessed(plant: Plant, clock: tuple[str, ...]) -> None:
    plant.sealed()
    words = ("witness", "--run", plant.run, "--target", "signoff", *clock)
    assert "nobody has signed yet" in plant(*words, expect=1)
    plant("append", "--run", plant.run, detached(plant, "qa"), detached(plant, "rita"))
    hashes = [one.hash for one in plant.report().signoffs]
    assert hashes[0] in plant(*words, expect=1)
    assert "there is no sign-off" in plant(*words, "--signoff", "00" * 32, expect=1)
    assert "is no hash" in plant(*words, "--signoff", "xyz", expect=1)
    assert "approve by Qa (qa)" in plant(*words, "--signoff", hashes[0])
    assert targets(plant) == [("signoff", hashes[0])]
    assert plant.report().verdict is Verdict.FINAL


def test_the_only_latest_sign_off_needs_no_name(plant: Plant, clock: tuple[str, ...]) -> None:
    plant.sealed()
    plant(*plant.signing("qa"))
    plant(*plant.signing("rita", "acknowledge"))
    plant("witness", "--run", plant.run, "--target", "signoff", *clock)
    latest = next(one.hash for one in plant.report().signoffs if one.person == "rita")
    assert targets(plant) == [("signoff", latest)]


def test_nothing_is_signed_without_a_yes(plant: Plant, clock: tuple[str, ...]) -> None:
    plant.sealed()
    before = plant.run.read_bytes()
    assert "not signed" in plant("witness", "--run", plant.run, *clock[:-1], typed="n\n", expect=1)
    assert plant.run.read_bytes() == before


def test_detached_witnesses_join_in_any_order(plant: Plant, clock: tuple[str, ...]) -> None:
    plant.sealed()
    request = plant.path / "all.request"
    trust = ("--trust", plant.path / "trust.toml", "--policy", "baseline")
    plant("request", "--run", plant.run, *trust, "--output", request)
    seal, signoff = plant.path / "seal.witness", plant.path / "signoff.witness"
    assert "--detached" in plant("witness", "--request", request, *clock, expect=1)
    plant("witness", "--request", request, "--detached", seal, *clock)
    approval = detached(plant, "qa")
    sealed = plant.run.read_bytes()
    plant("append", "--run", plant.run, approval)
    plant("witness", "--run", plant.run, "--target", "signoff", "--detached", signoff, *clock)
    plant.run.write_bytes(sealed)
    assert "a sign-off that is not here" in plant("append", "--run", plant.run, signoff, expect=1)
    assert plant.run.read_bytes() == sealed
    said = plant("append", "--run", plant.run, signoff, seal, approval)
    assert "witness plant-clock of the seal appended" in said
    assert {target for target, _ in targets(plant)} == {"seal", "signoff"}
    assert plant.report().verdict is Verdict.FINAL
    assert "in the bundle already" in plant("append", "--run", plant.run, seal, signoff, expect=1)


def test_a_witness_of_another_seal_is_refused(plant: Plant, clock: tuple[str, ...]) -> None:
    plant.sealed()
    seal = plant.path / "seal.witness"
    plant("witness", "--run", plant.run, "--detached", seal, *clock)
    plant.run.unlink()
    plant.sealed()
    before = plant.run.read_bytes()
    assert "witnesses another run" in plant("append", "--run", plant.run, seal, expect=1)
    assert plant.run.read_bytes() == before


@pytest.mark.parametrize("name, key", [("op-a", "clock"), ("owner", "clock"), ("plant-clock", "bot")])
def test_somebody_of_the_run_is_no_witness(plant: Plant, clock: tuple[str, ...], name: str, key: str) -> None:
    plant.start()
    journal = plant.path / "running.opb"
    journal.write_bytes(plant.run.read_bytes())
    words = ("--as", name, "--key", plant.key(key), "--detached", plant.path / "x.witness", "--yes")
    assert "no independent witness" in plant("witness", "--run", journal, *words, expect=1)
    head = plant.path / "head.request"
    plant("request", "--run", journal, "--output", head)
    plant("witness", "--request", head, *words)  # it says nothing about who is in the run
    writes = ("--as", "op-a", "--key", plant.key("op-a"))
    assert "no independent witness" in plant("append", "--run", journal, *writes, plant.path / "x.witness", expect=1)


# Heads of running journals.


def head_of(plant: Plant, clock: tuple[str, ...], name: str = "head") -> Path:
    file = plant.path / f"{name}.witness"
    plant("witness", "--run", plant.run, "--detached", file, *clock)
    return file


def test_a_head_is_witnessed_and_written_into_the_run(plant: Plant, clock: tuple[str, ...]) -> None:
    plant.start()
    plant.weigh()
    request = plant.path / "head.request"
    said = plant("request", "--run", plant.run, "--output", request, "--text", "Every hour, please")
    assert "a witness of the head e7" in said
    file = plant.path / "head.witness"
    said = plant("witness", "--request", request, "--detached", file, *clock)
    assert "the head of a running journal, entry e7" in said
    assert "Every hour, please" in said
    plant("note", "Work goes on", *plant.on("op-a"))
    assert "Give both --as and --key" in plant("append", "--run", plant.run, file, "--as", "op-a", expect=1)
    assert "give --as and --key" in plant("append", "--run", plant.run, file, expect=1)
    assert "e10 witness plant-clock of e7" in plant("append", *plant.on("op-a"), file)
    assert "in the run already, as e10" in plant("append", *plant.on("op-a"), file, expect=1)
    plant.finish()
    plant(*plant.signing())
    report = plant.report()
    assert [one.target for one in report.witnessed] == ["entry"]
    assert report.verdict is Verdict.FINAL


def test_a_head_needs_a_file(plant: Plant, clock: tuple[str, ...]) -> None:
    plant.start()
    assert "--detached" in plant("witness", "--run", plant.run, *clock, expect=1)
    assert "no seal to witness" in plant("witness", "--run", plant.run, "--target", "seal", *clock, expect=1)


def test_files_go_where_they_belong(plant: Plant, clock: tuple[str, ...]) -> None:
    plant.start()
    head = head_of(plant, clock)
    plant.weigh()
    plant.finish()
    assert "belongs into the run before its end" in plant("append", "--run", plant.run, head, expect=1)
    seal = plant.path / "seal.witness"
    plant("witness", "--run", plant.run, "--detached", seal, *clock)
    assert "no head to witness" in plant("witness", "--run", plant.run, "--target", "head", *clock, expect=1)
    plant.run.rename(plant.path / "first.opb")
    plant.start()
    before = plant.run.read_bytes()
    assert "is for a sealed bundle" in plant("append", *plant.on("op-a"), seal, expect=1)
    assert "witnesses another run" in plant("append", *plant.on("op-a"), head, expect=1)
    assert plant.run.read_bytes() == before


def test_an_ended_run_takes_no_more(plant: Plant, clock: tuple[str, ...]) -> None:
    plant.start()
    file = head_of(plant, clock)
    plant("deviate", "run-aborted", "--description", "Fire drill", *plant.on("op-a"))
    plant("end", "--aborted", "--reason", "Fire drill", *plant.on("op-a"))
    assert "has ended" in plant("append", *plant.on("op-a"), file, expect=1)
    assert "let the seal be witnessed" in plant("witness", "--run", plant.run, "--detached", file, *clock, expect=1)
    assert "no run" in plant("witness", "--run", plant.package, "--detached", file, *clock, expect=1)


@pytest.mark.parametrize("between, taken", [(1022, True), (1023, False)])
def test_a_witness_is_so_far_back_at_most(plant: Plant, clock: tuple[str, ...], between: int, taken: bool) -> None:  # noqa: FBT001 - of the table
    from opsproof_record.run.recorder import recording  # noqa: PLC0415 - as above
    from opsproof_record.signing.keys import load  # noqa: PLC0415 - used here alone

    plant.start()
    file = head_of(plant, clock)  # of e1; e2 is the first that can stand between
    signer = load(plant.key("bot"), lambda _: b"")
    with recording(plant.run, "bot", signer, lambda _: None) as recorder:
        for number in range(between):
            note(recorder, f"{number}")
        recorder.attest()
    before = plant.run.read_bytes()
    said = plant("append", *plant.on("op-a"), file, expect=0 if taken else 1)
    assert ("witness plant-clock of e1" if taken else "1025 entries back") in said
    assert (plant.run.read_bytes() == before) is not taken
    with Journal(plant.run) as journal:
        assert journal.state.count == between + 3 + (2 if taken else 0)
    plant.weigh()
    plant.finish()
    plant(*plant.signing())
    assert plant.report().verdict is Verdict.FINAL
