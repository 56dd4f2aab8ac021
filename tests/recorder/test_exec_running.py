"""`exec`: signals, ends and interruptions of a command that runs."""

from __future__ import annotations

import json
import os
import pty
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from opsproof_record import Refused, Run
from opsproof_record.run import running
from recorder.acting import evidence, kinds, sound
from recorder.plant import Plant
from recorder.test_exec import prepared, told, words


def wait_for(path: Path) -> None:
    while not path.exists():
        time.sleep(0.01)


SLEEPER = "import pathlib, sys, time; pathlib.Path(sys.argv[1]).touch(); print('begun', flush=True); time.sleep(600)"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_reaches_the_command_and_is_its_status(plant: Plant, number: signal.Signals) -> None:
    prepared(plant)
    mark = plant.path / "mark"
    code = f"import signal; signal.signal({number:d}, signal.SIG_DFL); {SLEEPER}"
    before = signal.signal(number, signal.SIG_DFL)  # `nohup` ignores one of them, for all who come after
    process = plant.process(*words(plant), sys.executable, "-c", code, mark)
    signal.signal(number, before)
    wait_for(mark)
    process.send_signal(number)
    said, _ = process.communicate()
    assert process.returncode == 128 + number, said
    assert (told(plant)["exit-status"], told(plant)["signal"]) == (128 + number, number.name)
    assert evidence(plant.run)[1] == b"begun\n"
    sound(plant)


def test_control_c_at_a_terminal_reaches_the_command(plant: Plant) -> None:
    prepared(plant)
    mark = plant.path / "mark"
    code = (
        "import signal, sys, time; got = []; signal.signal(signal.SIGINT, lambda *_: got.append(1));"
        "open(sys.argv[1], 'w').close(); time.sleep(1); print('got', len(got), flush=True)"
    )
    child, terminal = pty.fork()
    if child == 0:
        argv = ["-m", "opsproof_record", *words(plant), sys.executable, "-c", code, mark]
        os.execv(sys.executable, [sys.executable, *(str(word) for word in argv)])  # noqa: S606 - in a child of its own terminal
    wait_for(mark)
    os.write(terminal, b"\x03")
    _drain(terminal)
    _, status = os.waitpid(child, 0)
    os.close(terminal)
    assert os.waitstatus_to_exitcode(status) == 0
    assert evidence(plant.run)[1] == b"got 1\n"


def _drain(terminal: int) -> None:
    try:
        while os.read(terminal, 4096):
            pass
    except OSError:  # the other side is closed
        pass


@pytest.mark.parametrize("foreground, wanted", [(True, [signal.SIGTERM]), (False, [signal.SIGINT, signal.SIGTERM])])
def test_what_a_terminal_sends_to_both_is_not_sent_again(
    foreground: bool,  # noqa: FBT001 - a column of the table
    wanted: list[int],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    sent: list[int] = []
    monkeypatch.setattr(running, "_in_foreground", lambda: foreground)
    monkeypatch.setattr(subprocess.Popen, "send_signal", lambda _process, number: sent.append(number))
    relay = running._Relay()
    with subprocess.Popen(["true"]) as process:  # noqa: S607 - any command does
        relay.to(process)
        relay.take(signal.SIGINT, None)
        relay.take(signal.SIGTERM, None)
    assert sent == wanted


def test_no_room_for_what_a_command_says(tmp_path: Path) -> None:
    (tmp_path / "stdout").symlink_to("/dev/full")
    code = f"print('x' * 1_000_000, flush=True); open({str(tmp_path / 'mark')!r}, 'w').close()"
    with pytest.raises(Refused, match="could not be kept"):
        running.run(running.Command(argv=(sys.executable, "-c", code), quiet=True), tmp_path)
    assert (tmp_path / "mark").exists(), "the command was not held up"


def test_a_recorder_that_is_killed_leaves_what_was_begun(plant: Plant) -> None:
    prepared(plant)
    mark = plant.path / "mark"
    code = f"import os, pathlib; pathlib.Path({str(plant.path / 'pid')!r}).write_text(str(os.getpid())); {SLEEPER}"
    process = plant.process(*words(plant), sys.executable, "-c", code, mark)
    wait_for(mark)
    process.kill()
    os.kill(int((plant.path / "pid").read_text()), signal.SIGKILL)
    process.communicate()
    assert kinds(plant.run)[-2:] == ["evidence-added", "acted"]
    assert json.loads(evidence(plant.run)[-1])["argv"][2] == code
    with Run.open(plant.run, actor="bot", key=plant.key("bot")) as run:
        run.note("The recorder was killed while the command ran.")
    assert kinds(plant.run)[-2:] == ["note", "attestation"]
    sound(plant)


def test_a_step_that_ended_meanwhile(plant: Plant) -> None:
    prepared(plant)
    mark, go = plant.path / "mark", plant.path / "go"
    wait = f"while not os.path.exists({str(go)!r}): time.sleep(0.01)"
    code = f"import os, time\nopen({str(mark)!r}, 'w').close()\n{wait}\nprint('said')"
    process = plant.process(*words(plant), sys.executable, "-c", code)
    wait_for(mark)
    plant("end", "build", *plant.on("op-a"))
    plant("begin", "build", *plant.on("op-a"))
    go.touch()
    said, _ = process.communicate()
    assert process.returncode == 125
    assert b"pass 1 of build ended while the command ran" in said
    kept = Path(said.decode().partition("kept, masked, in ")[2].partition(":")[0])
    assert (kept / "stdout").read_bytes() == b"said\n"
