"""`exec` under leave: what runs is what a person has read and authorised, once."""

from __future__ import annotations

import json
import shlex
import sys

from recorder.acting import evidence, sound
from recorder.plant import Plant
from recorder.test_exec import prepared, words

HI = (sys.executable, "-c", "print('hi')")


def begun(plant: Plant) -> Plant:
    prepared(plant)
    plant("begin", "deploy", *plant.on("bot"))
    return plant


def test_an_agent_runs_what_a_person_has_read_and_authorised(plant: Plant) -> None:
    begun(plant)
    before = plant.run.read_bytes()
    refused = plant(*words(plant, step="deploy"), *HI, expect=125)
    assert "nobody has given leave" in refused
    assert "--request" in refused
    assert plant.run.read_bytes() == before

    asked = plant(*words(plant, "--request", step="deploy"), *HI)
    assert json.loads(evidence(plant.run)[-1])["argv"] == list(HI)
    assert asked == plant(*words(plant, "--request", step="deploy"), *HI), "once is enough"
    refused = plant(*words(plant, step="deploy"), *HI, expect=125)
    command = refused.splitlines()[-1].split()
    assert command[:3] == ["opsproof", "authorise", "deploy"]
    assert refused.splitlines()[-1].strip() == asked.splitlines()[-1].strip()

    line = refused.splitlines()[-1].strip().replace("NAME", "lead").replace("KEY", str(plant.key("lead")))
    plant(*shlex.split(line)[1:])
    refused = plant(*words(plant, step="deploy"), sys.executable, "-c", "print('ho')", expect=125)
    assert "is for other arguments" in refused
    assert plant(*words(plant, step="deploy"), *HI).startswith("hi\nexit status 0")
    refused = plant(*words(plant, step="deploy"), *HI, expect=125)
    assert "was used; it holds once" in refused
    plant("end", "deploy", *plant.on("bot"))
    sound(plant)


def test_a_file_that_changed_since_is_not_what_was_authorised(plant: Plant) -> None:
    begun(plant)
    (plant.path / "plan").write_text("one")
    call = words(plant, "--input", plant.path / "plan", step="deploy")
    seq = plant(*words(plant, "--request", "--input", plant.path / "plan", step="deploy"), *HI).split()[0]
    leave = "authorise", "deploy", "--for", "bot", "--action", "exec", "--arguments", seq, "--expires-in", "15 min"
    plant(*leave, *plant.on("lead"))
    (plant.path / "plan").write_text("two")
    assert "is for other arguments" in plant(*call, *HI, expect=125)
    (plant.path / "plan").write_text("one")
    assert "exit status 0" in plant(*call, *HI)


def test_people_need_no_leave_and_other_steps_ask_for_none(plant: Plant) -> None:
    begun(plant)
    assert "exit status 0" in plant(*words(plant, step="deploy", actor="op-a"), *HI)
    assert "is a person" in plant(*words(plant, "--request", step="deploy", actor="op-a"), *HI, expect=125)
    assert "step build needs no leave" in plant(*words(plant, "--request"), *HI, expect=125)
