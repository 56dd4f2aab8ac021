"""The Python API: opening, keys, signatures, closing, and what others do to the journal meanwhile."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from opsproof_record import Busy, Closed, NotEntitled, Refused, Run, Unknown
from opsproof_record.log.journal import Journal
from opsproof_record.signing.keys import load
from recorder.acting import acting, kinds, sound
from recorder.agents import fake_agent, honest
from recorder.plant import Plant
from recorder.profiles import baseline
from recorder.test_api import opened

from opsproof_verify.findings import Verdict

STRICT = baseline(attestation_late='level = "note", max-waiting = 3, at-once = ["deviation-raised"]')


@pytest.mark.parametrize(
    "actor, key, wanted",
    [("bot", "op-a", NotEntitled), ("nobody", "bot", NotEntitled), ("bot", "absent", Refused)],
)
def test_nobody_opens_a_run_under_another_name(plant: Plant, actor: str, key: str, wanted: type[Refused]) -> None:
    plant.start()
    with pytest.raises(wanted):
        Run.open(plant.run, actor=actor, key=plant.key(key))


def test_a_package_is_no_run(plant: Plant) -> None:
    with pytest.raises(Closed, match="package"):
        Run.open(plant.package, actor="bot", key=plant.key("bot"))
    assert not plant.package.with_name("fill.lep.index").exists()
    with pytest.raises(Unknown):
        Run.open(plant.path / "absent.opb", actor="bot", key=plant.key("bot"))


def test_closing_and_what_comes_after(plant: Plant) -> None:
    plant.start()
    run = opened(plant, "bot")
    step = run.begin("weigh")
    run.close()
    run.close()
    assert kinds(plant.run)[-1] == "attestation"
    for call in (lambda: step.record("mass", 42), lambda: run.note("late"), run.attest, run.end, run.seal):
        with pytest.raises(Closed, match="let go"):
            call()
    with pytest.raises(Closed, match="let go"), run.looking():
        pass


def test_a_run_that_others_end(plant: Plant) -> None:
    plant.start()
    with opened(plant, "bot") as bot, opened(plant, "op-a") as operator:
        operator.deviate("run-aborted", "Fire drill")
        operator.end("aborted", "Fire drill")
        with pytest.raises(Closed, match="ended"):
            bot.note("late")
        operator.seal(with_open_items=True)
        with pytest.raises(Closed, match="sealed"):
            bot.note("late")
    with opened(plant, "op-a") as run, run.looking() as state:
        assert state.seal is not None
    assert not list(plant.path.glob("run.opb.index*"))
    assert plant.report().verdict is Verdict.PROVISIONAL


def test_sealing_that_is_refused_leaves_the_run_usable(plant: Plant) -> None:
    plant.start()
    with opened(plant, "op-a") as run:
        with pytest.raises(Closed):
            run.seal()
        run.note("still here")
        run.deviate("run-aborted", "Fire drill")
        run.end("aborted")
        with pytest.raises(Closed):
            run.note("late")
        run.seal(with_open_items=True)


def test_keys_of_all_kinds(plant: Plant) -> None:
    acting(plant)
    words = "--id", "night", "--name", "Night shift", "--role", "operator"
    plant("keygen", plant.key("night"), "--passphrase-fd", _pipe(b"open sesame\n"))
    plant("assign", *words, "--public-key", plant.key("night.pub"), *plant.on("lead"))
    with pytest.raises(Refused, match="encrypted"):
        opened(plant, "night")
    with pytest.raises(Refused, match="passphrase is wrong"):
        opened(plant, "night", passphrase=b"open barley")
    for passphrase in ("open sesame", b"open sesame", lambda _path: b"open sesame"):
        with opened(plant, "night", passphrase=passphrase) as run:
            run.note("quiet")
    signer = load(plant.key("bot"), _no)
    with Run.open(plant.run, actor="bot", key=signer) as run:
        run.note("with a signer")
    private = load_pem_private_key(plant.key("bot").read_bytes(), None)
    assert isinstance(private, Ed25519PrivateKey)
    with fake_agent(plant.path / "agent", honest(private)) as agent:
        with Run.open(plant.run, actor="bot", key=plant.key("bot.pub"), agent=agent.path) as run:
            run.note("through the agent")
        assert agent.asked
    sound(plant)


def _no(_path: Path) -> bytes:
    raise AssertionError


def _pipe(data: bytes) -> int:
    read, write = os.pipe()
    os.write(write, data)
    os.close(write)
    return read


@pytest.mark.parametrize(
    "actor, attest, wanted",
    [("op-a", None, 4), ("op-a", "batch", 1), ("bot", None, 1), ("bot", "each", 4)],
)
def test_when_entries_are_signed(plant: Plant, actor: str, attest: str | None, wanted: int) -> None:
    acting(plant)
    with opened(plant, actor, attest=attest) as run:
        before = kinds(plant.run).count("attestation")
        for number in range(4):
            run.note(str(number))
    assert kinds(plant.run).count("attestation") - before == wanted
    sound(plant)


def test_what_the_policy_wants_signed_at_once_is(plant: Plant) -> None:
    acting(plant, policy=STRICT)
    with opened(plant, "bot") as run:
        for number in range(7):
            run.note(str(number))
        run.deviate("run-aborted", "Fire drill")
        with run.batch():
            run.deviate("run-aborted", "Fire again")
            for number in range(7):
                run.note(str(number))
    found = [kind for kind in kinds(plant.run) if kind in {"note", "deviation-raised", "attestation"}][1:]
    waiting = 0
    for before, kind in zip(["", *found], found, strict=False):
        assert before != "deviation-raised" or kind == "attestation"
        waiting = 0 if kind == "attestation" else waiting + 1
        assert waiting <= 3
    sound(plant)


def test_a_writer_that_does_not_let_go(plant: Plant) -> None:
    plant.start()
    with opened(plant, "bot", patience=0.05) as run:
        with Journal(plant.run), pytest.raises(Busy):
            run.note("in vain")
        run.note("now")


def test_an_interrupted_write_gets_its_reason(plant: Plant) -> None:
    plant.start()
    run = opened(plant, "bot", gap_reason="the power failed")
    with plant.run.open("ab") as file:
        file.write(b"\x82\x02\x59\x02")
    run.note("again")
    run.close()
    assert kinds(plant.run)[-3:] == ["gap", "note", "attestation"]
    assert b"the power failed" in plant.run.read_bytes()
    sound(plant)


def test_a_run_is_not_carried_into_another_process(plant: Plant, monkeypatch: pytest.MonkeyPatch) -> None:
    plant.start()
    with opened(plant, "bot") as run:
        monkeypatch.setattr(os, "getpid", lambda: 1)
        with pytest.raises(Closed, match="another process"):
            run.note("in a child")
        monkeypatch.undo()
        run.note("in the parent")


def test_entries_that_somebody_else_wrote_in_the_name_of_a_key_are_not_signed(plant: Plant) -> None:
    plant.start()
    with opened(plant, "bot") as run:
        run.note("mine")
        plant.key("bot.pending").unlink()
        with pytest.raises(NotEntitled, match="no memory"):
            run.attest()
        with pytest.raises(NotEntitled, match="no memory"):
            run.close()
    with pytest.raises(Closed):
        run.note("it was let go")
