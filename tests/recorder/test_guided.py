"""The guided run: led through to the seal, interrupted anywhere, with second persons, deviations and wrong answers."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from recorder.bench import codes, shown
from recorder.plant import Plant
from recorder.teletype import Teletype, command
from recorder.typist import Answers, Typist, answers, perform, picking

from opsproof_verify.findings import Verdict
from recorder import bench


@pytest.fixture
def stand(tmp_path: Path) -> Plant:
    """Give a plant with the bench's keys and procedure, and no run yet."""
    made = Plant(tmp_path)
    bench.furnish(made)
    return made


def test_a_run_from_package_to_seal(stand: Plant) -> None:
    typist, path = perform(stand.package, answers(stand))
    assert path == stand.run
    assert "[ok] sealed by op-a" in typist.said
    report = stand.report()
    assert report.verdict is Verdict.PROVISIONAL
    assert [owed.need for owed in report.owed] == ["approve"]
    assert dict(report.bundle.subject) == {"batch": "B-7"}
    stand(*stand.signing())
    assert stand.report().verdict is Verdict.FINAL


def test_what_is_asked_for_is_shown_before(stand: Plant) -> None:
    typist, _ = perform(stand.package, answers(stand))
    for text in (
        "Wear gloves.",
        "Step 1 of 4, 0 done. weigh: Weigh the drum",
        "    - Take a photo of the display.",
        "  mass          Net mass: number, in kg, 40 to 45.00",
        "  photo         Photo of the display: 1 file, image/jpeg or image/png",
        "by a second person with the role supervisor who took no part",
        "release by supervisor before work goes on",
        "at most 2 h from begin to end",
        "sha256 ",
        "10242 bytes",
    ):
        assert text in typist.said
    lines = [line for line in typist.said.split("\n") if not line.startswith(tuple(typist.asked))]
    assert max(map(len, lines)) <= 80
    assert not [line for line in lines if line.endswith(" ")]


def rough(stand: Plant) -> Answers:
    """Give the answers of a run in which a value is out of limits, and the policy stops the work until a release."""
    said = (("^What happened", "Too much base"), ("^Severity", "critical"), ("^What was done", "Valve closed"))
    more = (("^mass", "46"), ("^Is 46 kg right", "yes"), ("^Reason", picking("^out-of-limits")))
    return answers(stand, *more, *said)


def test_somebody_vanishes_at_each_question_and_comes_back(stand: Plant, subtests: pytest.Subtests) -> None:
    whole, _ = perform(stand.package, rough(stand))
    everything = len(whole.asked)
    stand.run.unlink()
    assert everything > 35
    for at in range(everything):
        with subtests.test(at=at):
            _vanish_and_return(stand, at)
        for file in stand.path.glob("run.opb*"):
            file.unlink()


def _vanish_and_return(stand: Plant, at: int) -> None:
    gone, _ = perform(stand.package, rough(stand), leave_at=at)
    left = stand.run.read_bytes() if stand.run.exists() else b""
    back, _ = perform(stand.run if left else stand.package, rough(stand))
    assert "[ok] sealed by op-a" in back.said
    assert stand.run.read_bytes().startswith(left)  # what was reported stands as it stood
    assert not codes(stand)
    assert codes(stand, "provisional") == {"approval.missing", "deviation.not-closed"}
    assert len(stand.report().deviations) == 1
    reported = [line.split()[1] for line in gone.said.split("\n") if line.startswith("[ok] e")]
    if reported:
        assert int(reported[-1][1:]) < stand.report().bundle.entries


# On a real terminal.


def test_a_real_terminal_from_package_to_seal(stand: Plant) -> None:
    asked = answers(stand, (r"^Passphrase of", bench.SESAME))
    line = Teletype(Typist(asked), *command(stand.path, stand.package))
    assert line.run() == 0
    assert "[ok] sealed by op-a" in line.typist.said
    assert "\x1b[1m" in line.raw  # headings are bold
    assert bench.SESAME not in line.raw
    stand(*stand.signing())
    assert stand.report().verdict is Verdict.FINAL


def test_out_of_limits_on_a_real_terminal_up_to_final(stand: Plant) -> None:
    asked = answers(
        stand,
        (r"^mass", ["460", "46"]),  # a slip of the finger, and then what the scale says
        (r"^Is 460 kg right", "no"),
        (r"^Is 46 kg right", "yes"),
        (r"^Reason", picking("^out-of-limits")),
        (r"^What happened", "Too much base"),
        (r"^Severity", "critical"),
        (r"^What was done", "Valve closed"),
        (r"^Passphrase of", ["not it", bench.SESAME]),
    )
    line = Teletype(Typist(asked), *command(stand.path, stand.package))
    assert line.run() == 0
    said = line.typist.said
    for text in (
        "[!] OUTSIDE ITS LIMITS: 460 kg is above its limit 45.00 kg. Not recorded yet.",
        "[STOP] Ruled BLOCK",
        "passphrase is wrong",
    ):
        assert text in said
    assert said.index("[STOP] Ruled BLOCK") < said.index("released by sup") < said.index("weigh completed")
    assert "\x1b[1;31m" in line.raw
    (deviation,) = stand.report().deviations
    assert (deviation.severity, deviation.ruling, deviation.closed) == ("critical", "block", False)
    stand(*stand.signing(), "--covers", f"e{deviation.seq}")
    assert stand.report().verdict is Verdict.FINAL


def test_a_killed_process_loses_nothing(stand: Plant) -> None:
    asked = answers(stand, (r"^Passphrase of", bench.SESAME))
    line = Teletype(Typist(asked), *command(stand.path, stand.package))
    line.kill_at("^colour")
    left = stand.run.read_bytes()
    again = Teletype(Typist(asked), *command(stand.path, stand.run), NO_COLOR="1")
    assert again.run() == 0
    assert "\x1b[1m" not in again.raw
    assert stand.run.read_bytes().startswith(left)
    assert not codes(stand, "fail")


@pytest.mark.parametrize("key", ["\x03", "\x04"])
def test_control_keys_pause(stand: Plant, key: str) -> None:
    line = Teletype(Typist(answers(stand)), *command(stand.path, stand.package))
    assert line.press("^mass", key) == 0
    assert f"opsproof run {stand.run} --as op-a" in line.typist.said
    assert "[>] weigh (Weigh the drum): open; lacks value mass" in stand("status", stand.run)


# What it finds when it comes.


def test_a_torn_tail_is_asked_about(stand: Plant) -> None:
    perform(stand.package, answers(stand, ("^colour", ":pause")))
    with stand.run.open("ab") as file:
        file.write(b"\x82\x02\x59")
    typist, _ = perform(stand.run, answers(stand, ("^What happened", "Power cut")))
    assert "3 bytes were cut" in typist.said
    assert "Power cut" in shown(stand)
    assert not codes(stand)


def test_ended_and_sealed_runs(stand: Plant) -> None:
    perform(stand.package, answers(stand, ("seal it now", "no")))
    typist, _ = perform(stand.run, answers(stand))
    assert typist.asked == ["The run has ended. Seal it now? [yes or no, Enter: yes]: "]
    typist, _ = perform(stand.run, answers(stand))
    assert "is sealed" in typist.said
    assert not typist.asked


def test_text_of_the_contract_is_never_interpreted(stand: Plant) -> None:
    stand.package.unlink()
    evil = bench.PROCEDURE.replace("Blend at the stated speed.", "[bold]x[/bold] :boom: \\u202e\\u200b end")
    bench.furnish(stand, evil)
    typist, _ = perform(stand.package, answers(stand))
    assert r"[bold]x[/bold] :boom: \u202e\u200b end" in typist.said


def test_on_a_plain_pipe(stand: Plant) -> None:
    lines = "B-7\n\n" + f"{stand.run}\n" + "1\n\n42.5\nwhite\n"
    argv = [sys.executable, "-m", "opsproof_record", *map(str, command(stand.path, stand.package))]
    done = subprocess.run(argv, input=lines, capture_output=True, text=True, check=True)
    assert "\x1b" not in done.stdout
    assert "mass (Net mass) [kg, 40 to 45.00]: 42.5\n[ok] e4 mass = 42.5 kg, within 40 to 45.00\n" in done.stdout
    assert "Paused. Every answer is on disk" in done.stdout


def test_what_the_command_refuses(stand: Plant) -> None:
    assert "No such file" in stand("run", stand.path / "none.lep", *stand.by("op-a"), expect=1)
    assert "is not enrolled" in stand(
        "run", stand.package, "--run", stand.run, *stand.by("qa"), typed="B-7\n\n", expect=1
    )
    perform(stand.package, answers(stand, ("^colour", ":pause")))
    assert "is a run already" in stand("run", stand.run, *stand.by("op-a"), "--param", "batch=B-8", expect=1)
    assert "not the key enrolled" in stand("run", stand.run, "--as", "op-a", "--key", stand.key("op-b"), expect=1)
    assert "NAME=VALUE" in stand("run", stand.package, *stand.by("op-a"), "--param", "batch", expect=2)
