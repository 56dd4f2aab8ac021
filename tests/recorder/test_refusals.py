"""Each refusal writes nothing, and says what to do next."""

from __future__ import annotations

import os
import stat

import pytest
from opsproof_record.clock import now
from opsproof_record.log.journal import Journal
from opsproof_record.run.recorder import build_entry
from opsproof_record.signing.keys import load
from recorder.plant import Plant

from opsproof_verify.container import FrameType


def unchanged(plant: Plant, *words: object, said: str) -> None:
    """Show that a command is refused with these words and leaves every file as it was."""
    before = contents(plant)
    refused = plant(*words, expect=1)
    assert said in refused
    assert len(refused.strip().split("\n")) >= 2, "a refusal says what to do next"
    assert contents(plant) == before


def contents(plant: Plant) -> dict[str, bytes]:
    """Give all files but the signers' memories and what is derived from a journal."""
    files = [path for path in plant.path.iterdir() if path.suffix != ".pending" and ".index" not in path.name]
    return {path.name: path.read_bytes() for path in files}


def test_nothing_is_overwritten(plant: Plant) -> None:
    plant.sealed()
    unchanged(plant, "keygen", plant.key("op-a"), said="exists")
    unchanged(plant, "author", plant.path / "fill.toml", "--output", plant.package, *plant.by("owner"), said="exists")
    start = ("start", plant.package, "--run", plant.run, *plant.by("op-a"), "--param", "batch=B-1")
    unchanged(plant, *start, said="exists")
    unchanged(plant, *plant.signing(), "--detached", plant.run, said="exists")


def test_nobody_writes_under_another_name(plant: Plant) -> None:
    plant.start()
    words = ("begin", "weigh", "--run", plant.run)
    unchanged(plant, *words, "--as", "op-a", "--key", plant.key("bot"), said="not the key enrolled for op-a")
    unchanged(plant, *words, "--as", "zoe", "--key", plant.key("bot"), said="not enrolled")
    unchanged(plant, *words, "--as", "op-a", "--key", plant.path / "fill.toml", said="not a private key")


def test_steps_go_in_order_and_by_role(plant: Plant) -> None:
    plant.start()
    unchanged(plant, "begin", "label", *plant.on("op-a"), said="weigh comes before label")
    unchanged(plant, "begin", "label", *plant.on("bot"), said="takes the role operator")
    unchanged(plant, "begin", "lable", *plant.on("op-a"), said="no step")
    unchanged(plant, "record", "weigh", "mass", "42", *plant.on("op-a"), said="not open")
    plant("begin", "weigh", *plant.on("op-a"))
    unchanged(plant, "begin", "weigh", *plant.on("op-a"), said="open already")
    unchanged(plant, "end", "weigh", *plant.on("op-a"), said="still lacks value mass, evidence for slot photo")
    unchanged(plant, "end", *plant.on("op-a"), said="step weigh is open; step label was not done")
    unchanged(plant, "seal", *plant.on("op-a"), said="has not ended")


@pytest.mark.parametrize(
    "value, unit, said",
    [
        ("heavy", "kg", "is no decimal"),
        ("1e3", "kg", "is no decimal"),
        ("-0", "kg", "is no decimal"),
        ("42", "g", "not in g"),
    ],
)
def test_a_value_fits_its_type_as_typed(plant: Plant, value: str, unit: str, said: str) -> None:
    plant.start()
    plant("begin", "weigh", *plant.on("op-a"))
    unchanged(plant, "record", "weigh", "mass", value, "--unit", unit, *plant.on("op-a"), said=said)


def test_a_value_is_recorded_once(plant: Plant) -> None:
    plant.start()
    plant.weigh()
    unchanged(plant, "record", "weigh", "mass", "43", *plant.on("op-a"), said="recorded already: 42.50")
    unchanged(plant, "record", "weigh", "weight", "43", *plant.on("op-a"), said='no value "weight"')


def test_evidence_fits_its_slot(plant: Plant) -> None:
    plant.start()
    plant.weigh()
    photo, text = plant.path / "drum.jpg", plant.path / "fill.toml"
    attach = ("attach", photo, "--step", "weigh", "--slot")
    unchanged(plant, *attach, "photo", *plant.on("op-a"), said="holds 1 items already")
    unchanged(plant, *attach, "foto", *plant.on("op-a"), said="no evidence slot")
    unchanged(plant, "attach", text, "--step", "weigh", "--slot", "photo", *plant.on("op-a"), said="takes image/jpeg")
    unchanged(plant, "attach", plant.path, *plant.on("op-a"), said="is the journal itself")
    unchanged(plant, "attach", "/dev/null", *plant.on("op-a"), said="not a regular file")
    unchanged(plant, "attach", plant.path / "none", *plant.on("op-a"), said="No such file")


def test_what_no_verifier_would_read_is_not_written(plant: Plant) -> None:
    plant.start()
    odd = plant.path / "line\nfeed.txt"
    odd.write_text("x")
    unchanged(plant, "attach", odd, *plant.on("op-a"), said="name is not valid (line)")
    unchanged(plant, "note", "bell\a", *plant.on("op-a"), said="text is not valid (prose)")
    unchanged(plant, "note", "\udcff", *plant.on("op-a"), said="not valid (text)")
    unchanged(plant, "note", "x" * 16_385, *plant.on("op-a"), said="text is not valid (prose)")


def test_a_value_may_be_negative(plant: Plant) -> None:
    plant.start()
    plant("begin", "weigh", *plant.on("op-a"))
    assert "-4.5 kg is below its limit 40 kg" in plant("record", "weigh", "mass", "-4.5", *plant.on("op-a"))


def test_deviations_name_a_reason_and_its_scope(plant: Plant) -> None:
    plant.start()
    plant.weigh()
    say = ("--description", "x", *plant.on("op-a"))
    unchanged(plant, "deviate", "bad-luck", *say, said="no reason of the domain pack")
    unchanged(plant, "deviate", "out-of-limits", *say, said="asks for its values")
    unchanged(plant, "deviate", "out-of-limits", "--value", "e0", *say, said="no recorded value")
    unchanged(plant, "deviate", "step-skipped", "--step", "weigh", "--severity", "minor", *say, said="at least major")
    unchanged(plant, "deviate", "other", "--evidence", "00" * 32, *say, said="not in this run")


def test_the_run_ends_when_everybody_has_signed(plant: Plant) -> None:
    plant.start()
    plant("note", "unsigned", *plant.on("bot"))
    plant.weigh()
    plant("end", "weigh", *plant.on("op-a"))
    plant("begin", "label", *plant.on("op-a"))
    plant("end", "label", *plant.on("op-a"))
    unchanged(plant, "end", *plant.on("op-a"), said="bot has 1 unsigned entry: `opsproof attest --as bot`")
    unchanged(plant, "end", *plant.on("bot"), said="whoever ends it seals it")
    plant("attest", *plant.on("bot"))
    plant("end", *plant.on("op-a"))
    unchanged(plant, "note", "late", *plant.on("op-a"), said="has ended")
    unchanged(plant, *plant.signing(), said="not sealed")
    plant("seal", *plant.on("op-a"))
    unchanged(plant, "seal", *plant.on("op-a"), said="sealed already")
    unchanged(plant, "note", "late", *plant.on("op-a"), said="is sealed")


def test_entries_that_somebody_else_wrote_in_my_name_are_not_signed(plant: Plant) -> None:
    plant.start()
    with Journal(plant.run) as journal:  # who can write the file can write this
        forged = build_entry(journal.state, "op-a", "note", {"text": "I approve of everything"}, now())
        journal.append(FrameType.ENTRY, forged)
        journal.commit()
    unchanged(plant, "attest", *plant.on("op-a"), said="e2 stand under the name op-a, but this key has no memory")
    assert "e2" in plant("note", "mine", *plant.on("op-a"), expect=1)


def test_a_package_is_started_with_its_parameters(plant: Plant) -> None:
    words = ("start", plant.package, "--run", plant.run, *plant.by("op-a"))
    unchanged(plant, *words, said="asks for batch")
    unchanged(plant, *words, "--param", "batch=B", "--param", "lot=1", said="no parameter")
    unchanged(plant, *words, "--param", "batch= ", said="not a token")
    unchanged(plant, "note", "x", "--run", plant.package, *plant.by("op-a"), said="a package, no run")


def test_who_issues_does_not_approve(plant: Plant) -> None:
    words = ("--name", "O", "--role", "quality")
    unchanged(plant, "approve", plant.package, *plant.by("owner"), *words, said="issued this contract")
    unchanged(plant, "approve", plant.package, *plant.by("op-a"), *words, said="in the roster")
    unchanged(plant, "author", plant.path / "fill.toml", *plant.by("qa"), said="names owner as its issuer")


def test_key_files_are_private_and_may_be_encrypted(plant: Plant) -> None:
    assert stat.S_IMODE(plant.key("op-a").stat().st_mode) == 0o600
    assert plant.key("op-a").read_text().startswith("-----BEGIN PRIVATE KEY-----")
    secret = plant.key("secret")
    plant("keygen", secret, "--passphrase-fd", _pipe(b"open sesame\n"))
    assert "ENCRYPTED" in secret.read_text()
    public = secret.with_name("secret.pub").read_text()
    assert public.startswith("ssh-ed25519 AAAA")
    assert load(secret, lambda _path: b"open sesame").public
    unchanged(plant, "note", "x", "--run", plant.run, "--as", "op-a", "--key", secret, said="no terminal to ask")
    wrong = ("--passphrase-fd", _pipe(b"wrong\n"))
    unchanged(
        plant, "note", "x", "--run", plant.run, "--as", "op-a", "--key", secret, *wrong, said="passphrase is wrong"
    )


def _pipe(data: bytes) -> int:
    reading, writing = os.pipe()
    os.write(writing, data)
    os.close(writing)
    return reading
