"""`exec`: a real command, recorded."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from recorder.plant import Plant

from opsproof_verify.container import FrameType, read_frames

STEP = """
[[steps]]
id = "build"
title = "Build"
roles = ["operator", "helper"]

[steps.values.exit-status]
type = "integer"
max = 0

[steps.values.duration-s]
type = "decimal"

[steps.evidence.stdout]
media = ["text/plain"]
"""


def bodies(path: Path) -> list[bytes]:
    with path.open("rb") as stream:
        return [frame.read() for frame in read_frames(stream) if frame.type is FrameType.EVIDENCE]


def prepared(plant: Plant) -> None:
    plant.package.unlink()
    plant.author((plant.path / "fill.toml").read_text() + STEP)
    plant.start()
    plant("begin", "build", *plant.on("bot"))


def execute(plant: Plant, code: str, *more: object) -> tuple[int, bytes]:
    process = plant.process("exec", "--step", "build", *more, *plant.on("bot"), "--", sys.executable, "-c", code)
    said, _ = process.communicate()
    return process.returncode, said


def test_output_status_and_digests_are_recorded(plant: Plant) -> None:
    prepared(plant)
    made = plant.path / "made"
    code = f"import sys; open({str(made)!r}, 'w').write('x'); print('out'); print('err', file=sys.stderr)"
    status, said = execute(plant, code, "--input", plant.package, "--output", made)
    assert status == 0, said
    assert said.startswith(b"out\n") or b"err\n" in said
    out, err, summary = bodies(plant.run)
    assert (out, err) == (b"out\n", b"err\n")
    told = json.loads(summary)
    assert told["argv"][1:] == ["-c", code]
    assert told["exit-status"] == 0
    assert told["inputs"][0]["size"] == plant.package.stat().st_size
    assert told["outputs"][0]["sha256"] == "2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881"
    assert b"exit-status = 0" in said
    assert b"duration-s = " in said


def test_the_status_of_the_command_is_passed_on_and_out_of_limits(plant: Plant) -> None:
    prepared(plant)
    status, said = execute(plant, "raise SystemExit(7)")
    assert status == 7
    assert b"OUT OF LIMITS: exit-status 7 is above its limit 0" in said or b"OUT OF LIMITS: 7 is above" in said


def test_a_command_that_is_not_there_leaves_a_note(plant: Plant) -> None:
    prepared(plant)
    said = plant("exec", "--step", "build", *plant.on("bot"), "--", "no-such-command", expect=125)
    assert "No such file" in said
    assert b"runs: no-such-command" in plant.run.read_bytes()


def test_more_output_than_a_pipe_holds(plant: Plant) -> None:
    prepared(plant)
    status, said = execute(
        plant, "import sys; sys.stdout.write('x' * 3_000_000); sys.stderr.write('y' * 3_000_000)", "--quiet"
    )
    assert status == 0
    assert len(said) < 1000
    out, err, _summary = bodies(plant.run)
    assert (out, err) == (b"x" * 3_000_000, b"y" * 3_000_000)
