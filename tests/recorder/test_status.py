"""Status: what it foresees is what a verification finds, in each situation; and what it says of a run."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import pytest
from opsproof_record import packs
from opsproof_record.guided.commands import COMMANDS
from opsproof_record.standing import foresight, status
from recorder.byhand import DOSING, Play
from recorder.faults import FAULTS
from recorder.mishaps import SITUATIONS
from recorder.plant import Plant

from opsproof_verify import judge
from opsproof_verify.register import RULES
from opsproof_verify.trust import TrustStore
from opsproof_verify.verify import verify

#: What no run shows by itself: it depends on the time of the verification and on the trust store.
_ELSEWHERE = {"rule.not-evaluated", "policy.not-accepted"}
_SUPPLY = "opsproof signoff --decision supply --step weigh --slot photo --evidence FILE"


@pytest.fixture
def play(tmp_path: Path) -> Play:
    """Give an empty bench."""
    return Play(Plant(tmp_path))


@pytest.mark.parametrize("name", [*SITUATIONS, *FAULTS])
def test_what_is_foreseen_is_what_a_verification_finds(play: Play, name: str) -> None:
    (SITUATIONS | FAULTS)[name](play)
    plant = play.plant
    foreseen = status.read(plant.run, "op-a")
    if foreseen.phase == "running":
        plant("end", "--anyway", *plant.on("op-a"))
    plant("seal", "--with-open-items", *plant.on("op-a"))
    report = verify(plant.run.read_bytes(), None, TrustStore.load(plant.path / "trust.toml"))
    for level in ("fail", "provisional"):
        found = {one.code.name for one in report.findings if one.severity == level} - _ELSEWHERE
        assert {one.code for one in foreseen.open if one.level == level} == found
    assert foreseen.fails == (report.verdict == "FAIL")


def test_the_rules_are_those_of_the_verifier() -> None:
    assert vars(foresight)["AT_END"] is judge.AT_END
    assert {*RULES, "attestation.owed", "seal.unauthorised"} >= foresight.IN_RUN


@pytest.mark.parametrize(
    "name, code, ways",
    [
        ("one-step-done", "step.unfinished", {"in-run": "opsproof begin blend"}),
        ("a-step-open", "step.unfinished", {"in-run": "opsproof end weigh"}),
        ("out-of-limits", "deviation.missing", {"in-run": "opsproof deviate REASON --value e4"}),
        ("skipped", "deviation.missing", {"in-run": "opsproof deviate REASON --step label"}),
        ("ended-without-a-value", "value.missing", {"in-run": "opsproof deviate REASON --step weigh"}),
        ("ended-without-evidence", "evidence.missing", {"after-seal": _SUPPLY}),
        ("everything-done", "approval.missing", {"after-seal": "opsproof signoff --role quality --meaning release"}),
        ("a-gap-not-explained", "gap.unexplained", {"after-seal": "opsproof signoff --covers e2"}),
        ("an-agent-completes-without-acting", "action.unauthorised", {}),
        ("a-value-recorded-twice", "value.overwritten", {}),
        ("started-before-the-release", "step.not-released", {}),
        ("not-released", "step.not-released", {"in-run": "opsproof release blend"}),
        ("aborted-without-deviation", "deviation.missing", {}),
        ("ended-not-sealed", "approval.missing", {"after-seal": "opsproof signoff --role quality --meaning release"}),
    ],
)
def test_how_an_item_can_be_mended(play: Play, name: str, code: str, ways: dict[str, str]) -> None:
    (SITUATIONS | FAULTS)[name](play)
    assert next(one for one in status.read(play.plant.run).open if one.code == code).mend == ways


def test_what_a_deviation_excuses_does_not_keep_from_sealing(play: Play) -> None:
    SITUATIONS["ended-without-a-value-deviated"](play)
    assert "lacks" not in play.plant("status", play.plant.run)
    play.plant("end", *play.plant.on("op-a"))
    assert "open for good" not in play.plant("seal", *play.plant.on("op-a"))


def test_what_each_step_waits_for(play: Play) -> None:
    SITUATIONS["not-checked"](play)
    play.deviate("wrong-material", steps=("rinse",))
    play.blend()
    said = play.plant("status", play.plant.run)
    for line in (
        "STEPS: 3 OF 3 DONE",
        "[x] weigh (Weigh the drum): done",
        "[?] blend (Blend): done 2 times, of 1 to 2; waits for its check (pass 1);",
        "waits for its check (pass 2); waits for its release (pass 2)",
        "[!] rinse (Rinse the scoop): blocked by deviation e",
        "- check blend: sup",
        "- release blend, pass 2: sup",
        "about rinse: ruled block, needs its release,",
    ):
        assert line in said


def test_an_open_step_says_what_it_lacks(play: Play) -> None:
    SITUATIONS["nothing-done"](play)
    play.plant("begin", "weigh", *play.plant.on("op-a"))
    said = play.plant("status", "--run", play.plant.run, "--as", "op-b")
    assert "[>] weigh (Weigh the drum): open; lacks value mass, value colour, evidence" in said
    assert "[.] blend (Blend): step weigh comes before blend, and it has not ended" in said
    assert "OP-B CAN NOW\n  - go on with weigh\n  - begin rinse\n" in said
    assert "Sealed now, it leads to FAIL." in said


def test_who_has_not_signed(play: Play) -> None:
    SITUATIONS["an-agent-has-not-signed"](play)
    said = play.plant("status", play.plant.run)
    assert "UNSIGNED ENTRIES\n  bot           2 entries\n" in said
    assert "now: opsproof attest --as bot; after the seal: a late attestation by bot" in said
    assert "Sealed now, it leads to PROVISIONAL at best" in said


def test_requests_for_leave(play: Play) -> None:
    play.prepare((DOSING[0], DOSING[1].replace('["doser"]', '["doser", "operator"]')))
    with play.run("bot") as run:
        run.begin("rinse").request("dose", {"litres": 4})
    with play.run() as run, run.step("rinse", anyway=True) as step:
        step.attach(b"{}", name="arguments.json", media="application/json", origin="dose")  # by a person: no request
        step.use_instrument("SCALE-7")
        step.note("half of it")
        _check_requests(play)


def _check_requests(play: Play) -> None:
    moves = json.loads(play.plant("status", "--json", play.plant.run))["moves"]
    (asked,) = [move for move in moves if move["kind"] == "authorise"]
    assert asked["actors"] == ["sup"]
    assert asked["command"] == "opsproof authorise rinse --for bot --action dose --arguments e3"
    assert 'authorise bot in rinse: "dose", arguments e3: sup' in play.plant("status", play.plant.run)
    with play.run("sup") as run:
        run.authorise("rinse", "bot", "dose", asked["request"], timedelta(hours=1))
    assert '"authorise"' not in play.plant("status", "--json", play.plant.run)


def test_a_sealed_bundle_says_what_is_owed_and_who_signed(play: Play) -> None:
    SITUATIONS["out-of-limits-deviated"](play)
    plant = play.plant
    plant("end", *plant.on("op-a"))
    plant("seal", *plant.on("op-a"))
    said = plant("status", plant.run)
    seq = json.loads(plant("status", "--json", plant.run))["deviations"][0]["entry"]
    assert "Blend a drum: sealed" in said
    assert f"after the seal: opsproof signoff --covers e{seq}" in said
    assert "SIGN-OFFS\n  None." in said
    assert "can now" not in said.lower()
    plant(*plant.signing(), "--covers", f"e{seq}")
    said = plant("status", plant.run)
    assert said.count("signed by qa: check says whether it counts") == 2
    assert "- approve by qa as quality" in said


def test_a_package_has_no_run_yet(play: Play) -> None:
    play.prepare(start=False)
    said = play.plant("status", play.plant.package)
    assert "Blend a drum: no run yet" in said
    assert "pinned policy" not in said.lower()
    assert json.loads(play.plant("status", "--json", play.plant.package))["verdict"] is None


def test_status_writes_nothing_and_sees_a_torn_tail(play: Play) -> None:
    SITUATIONS["one-step-done"](play)
    with play.plant.run.open("ab") as file:
        file.write(b"\x82\x02\x59")
    before = {path: path.read_bytes() for path in play.plant.path.iterdir() if path.is_file()}
    said = play.plant("status", play.plant.run)
    assert "Torn          3 bytes at the end" in said
    assert {path: path.read_bytes() for path in play.plant.path.iterdir() if path.is_file()} == before


def test_status_does_not_wait_for_a_long_write(play: Play, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("opsproof_record.log.reading.reading.__wrapped__.__defaults__", (0.05,))
    SITUATIONS["one-step-done"](play)
    whole = play.plant.run.stat().st_size
    with play.run() as run, run.looking(), play.plant.run.open("ab") as file:
        file.write(b"\x82\x04\x5a\x7f")  # the head of a large item on its way
        file.flush()
        assert "[x] weigh" in play.plant("status", play.plant.run)
        file.truncate(whole)


def test_the_json_object(play: Play) -> None:
    SITUATIONS["blocked"](play)
    text = play.plant("status", "--json", play.plant.run)
    found = json.loads(text)
    assert text == json.dumps(found, indent=2, sort_keys=True) + "\n"
    assert (found["format"], found["phase"], found["verdict"]) == ("opsproof-status/1", "running", "FAIL")
    assert found["subject"] == {"batch": "B-7"}
    assert [step["state"] for step in found["steps"]] == ["done", "blocked", "optional", "later"]
    assert found["deviations"][0]["wants"] == ["release", "remediation", "closing"]
    release = next(move for move in found["moves"] if move["kind"] == "release")
    assert (release["deviation"], release["actors"]) == (found["deviations"][0]["entry"], ["sup"])


def test_what_status_refuses(play: Play) -> None:
    SITUATIONS["nothing-done"](play)
    plant = play.plant
    assert "one run is asked for" in plant("status", expect=1)
    assert "one run is asked for" in plant("status", plant.run, "--run", plant.run, expect=1)
    assert "No such file" in plant("status", plant.path / "none.opb", expect=1)
    assert '"nobody" is not enrolled' in plant("status", plant.run, "--as", "nobody", expect=1)


def test_words_of_the_trade(play: Play) -> None:
    pack = '[terms]\nstep = "operation"\nsteps = "operations"\ndeviations = "incidents"\nrun = "batch record"\n'
    text = Path(packs.__file__).with_name("general.toml").read_text()
    play.plant.path.joinpath("trade.toml").write_text(f"{text}\n{pack}")
    play.prepare(('pack = "general"', 'pack = "trade.toml"'))
    play.deviate("other")
    said = play.plant("status", play.plant.run)
    for word in ("OPERATIONS: 0 OF 3 DONE", "INCIDENTS", "Batch record"):
        assert word in said


def test_text_of_the_record_is_escaped(play: Play) -> None:
    SITUATIONS["nothing-done"](play)
    play.deviate("other", "\u202e[31mred")
    assert r"\u202e[31mred" in play.plant("status", play.plant.run)


def test_the_guide_names_every_member_and_word(play: Play) -> None:
    guide = (Path(__file__).parents[2] / "docs/guides/guided-run.md").read_text()
    SITUATIONS["blocked"](play)
    found = json.loads(play.plant("status", "--json", play.plant.run))
    rows = [found, *(found[name][0] for name in ("steps", "deviations", "moves", "open"))]
    assert [name for row in rows for name in row if f"`{name}`" not in guide] == []
    assert [word for word in COMMANDS if f"`{word}`" not in guide] == []
