"""`exec`: a real command, recorded: what it was given, what it said, how it ended, and no secret."""

from __future__ import annotations

import hashlib
import json
import os
import sys
from typing import Any

import pytest
from recorder.acting import acting, evidence, kinds, sound
from recorder.plant import Plant

SECRET = "hunter22-and-more"  # noqa: S105 - the secret of the tests


def prepared(plant: Plant) -> Plant:
    acting(plant)
    plant("begin", "build", *plant.on("bot"))
    return plant


def words(plant: Plant, *more: object, step: str = "build", actor: str = "bot") -> tuple[object, ...]:
    return "exec", "--step", step, *more, *plant.on(actor), "--"


def execute(plant: Plant, code: str, *more: object, argv: tuple[str, ...] = ()) -> tuple[int, bytes]:
    process = plant.process(*words(plant, *more), sys.executable, "-c", code, *argv)
    said, _ = process.communicate()
    return process.returncode, said


def told(plant: Plant) -> dict[str, Any]:
    """Give the latest exec.json."""
    summary: dict[str, Any] = json.loads(evidence(plant.run)[-1])
    return summary


def test_all_of_a_command_is_recorded(plant: Plant) -> None:
    prepared(plant)
    made = plant.path / "made"
    code = f"import sys; open({str(made)!r}, 'w').write('x'); print('out'); print('err', file=sys.stderr)"
    status, said = execute(plant, code, "--input", plant.package, "--output", made, "--output", "absent")
    assert status == 0, said
    arguments, out, err, summary = evidence(plant.run)
    assert (out, err) == (b"out\n", b"err\n")
    given = json.loads(arguments)
    assert given["argv"][1:] == ["-c", code]
    assert given["cwd"] == "."
    assert given["inputs"] == [
        {
            "name": str(plant.package),
            "size": plant.package.stat().st_size,
            "sha256": hashlib.sha256(plant.package.read_bytes()).hexdigest(),
        }
    ]
    assert given["outputs"] == [str(made), "absent"]
    ended = json.loads(summary)
    assert ended["arguments"] == hashlib.sha256(arguments).hexdigest()
    assert ended["exit-status"] == 0
    assert ended["duration-ms"] >= 0
    assert ended["stdout"] == {"size": 4, "sha256": hashlib.sha256(b"out\n").hexdigest()}
    assert ended["outputs"] == [
        {"name": str(made), "size": 1, "sha256": hashlib.sha256(b"x").hexdigest()},
        {"name": "absent", "missing": True},
    ]
    assert b"exit-status = 0" in said
    assert b"duration-s = " in said
    assert kinds(plant.run)[-7:] == ["evidence-added", "acted", *["evidence-added"] * 3, *["value-recorded"] * 2]
    sound(plant)


def test_the_same_arguments_are_evidence_once(plant: Plant) -> None:
    prepared(plant)
    for _ in range(3):
        assert plant(*words(plant, "--quiet"), "true")
    assert kinds(plant.run).count("acted") == 3
    assert len(evidence(plant.run)) == 1 + 3 * 2
    assert len({body for body in evidence(plant.run) if b"argv" in body}) == 1


def test_the_status_of_the_command_is_passed_on_and_out_of_limits(plant: Plant) -> None:
    prepared(plant)
    status, said = execute(plant, "raise SystemExit(7)")
    assert status == 7
    assert b"OUT OF LIMITS: exit-status 7 is above its limit 0" in said or b"OUT OF LIMITS: 7 is above" in said


def test_a_command_that_is_not_there_leaves_no_trace(plant: Plant) -> None:
    prepared(plant)
    before = plant.run.read_bytes()
    assert "no such program" in plant(*words(plant), "no-such-command", expect=125)
    assert "no such program" in plant(*words(plant), "./no-such-command", expect=125)
    assert "no directory" in plant(*words(plant, "--cwd", plant.path / "absent"), "true", expect=125)
    assert plant.run.read_bytes() == before


def test_a_command_that_cannot_be_started_leaves_a_note(plant: Plant) -> None:
    prepared(plant)
    script = plant.path / "script"
    script.write_bytes(b"\0 no program")
    script.chmod(0o700)
    said = plant(*words(plant), script, expect=125)
    assert "Exec format error" in said
    assert kinds(plant.run)[-2:] == ["acted", "note"]
    assert b"exec, as begun above: " in plant.run.read_bytes()


def test_more_output_than_a_pipe_holds(plant: Plant) -> None:
    prepared(plant)
    status, said = execute(
        plant, "import sys; sys.stdout.write('x' * 3_000_000); sys.stderr.write('y' * 3_000_000)", "--quiet"
    )
    assert status == 0
    assert len(said) < 1000
    _, out, err, _summary = evidence(plant.run)
    assert (out, err) == (b"x" * 3_000_000, b"y" * 3_000_000)


def test_nobody_reading_what_is_shown_stops_nothing(plant: Plant) -> None:
    prepared(plant)
    process = plant.process(*words(plant), sys.executable, "-c", "print('x' * 1_000_000)")
    assert process.stdout is not None
    process.stdout.close()
    process.wait(60)  # it would wait for ever
    assert len(evidence(plant.run)[1]) == 1_000_001


def test_standard_input_is_nothing_or_a_file(plant: Plant) -> None:
    prepared(plant)
    code = "import sys; sys.stdout.write(sys.stdin.read().upper())"
    execute(plant, code)
    assert told(plant)["stdout"]["size"] == 0
    (plant.path / "data.csv").write_text("a;b\n")
    status, said = execute(plant, code, "--stdin", plant.path / "data.csv")
    assert status == 0, said
    arguments, out, _ = evidence(plant.run)[-3:]
    assert out == b"A;B\n"
    given = json.loads(arguments)
    assert given["stdin"] == given["inputs"][0]["name"] == str(plant.path / "data.csv")
    assert given["inputs"][0]["sha256"] == hashlib.sha256(b"a;b\n").hexdigest()
    assert "absent" in plant(*words(plant, "--stdin", plant.path / "absent"), "true", expect=125)


def files(plant: Plant) -> bytes:
    """Give all that lies in the plant but for keys."""
    return b"".join(path.read_bytes() for path in plant.path.rglob("*") if path.is_file())


MASKED = "import os, sys; print('me', *sys.argv[1:], os.environ.get('TOKEN')); print(sys.argv[-1] * 3, file=sys.stderr)"


@pytest.mark.parametrize("option", [("--password", SECRET), (f"--password={SECRET}",)])
def test_a_secret_of_an_option_is_nowhere(
    plant: Plant, option: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    prepared(plant)
    monkeypatch.setenv("TMPDIR", str(plant.path))  # what is spooled is looked at, too
    named = plant.path / f"of-{SECRET}"
    named.write_text("x")
    status, said = execute(
        plant,
        MASKED,
        *("--mask", "password", "--input", named, "--output", named),
        argv=(*option, f"https://me:{SECRET}@host", SECRET),
    )
    assert status == 0, said
    named.unlink()
    assert SECRET.encode() not in files(plant) + said
    assert said.count(b"[masked]") == 3 + 1
    summary = told(plant)
    assert summary["masked"] == {"options": ["password"], "patterns": 0, "stdout": 3, "stderr": 1, "long-lines": 0}
    given = json.loads(evidence(plant.run)[0])
    assert given["masked"] == {"options": ["password"], "patterns": 0, "places": 5}
    assert given["inputs"][0]["name"] == summary["outputs"][0]["name"] == str(plant.path / "of-[masked]")


def test_what_matches_a_pattern_is_nowhere(plant: Plant) -> None:
    prepared(plant)
    status, said = execute(plant, MASKED, "--mask-pattern", r"AKIA\w+", argv=("AKIA1234", "xAKIA5678x"))
    assert status == 0, said
    assert b"AKIA" not in plant.run.read_bytes() + said
    assert told(plant)["masked"] == {"options": [], "patterns": 1, "stdout": 2, "stderr": 1, "long-lines": 0}


def test_a_secret_in_a_line_that_never_ends(plant: Plant) -> None:
    prepared(plant)
    code = "import sys; sys.stdout.write('x' * 100_000 + 'AKIA1234' + 'x' * 100_000 + '\\nend')"
    status, said = execute(plant, code, "--mask-pattern", r"AKIA\w+")
    assert status == 0, said
    assert evidence(plant.run)[1] == b"[masked]\nend"
    assert told(plant)["masked"]["long-lines"] == 1


def test_nothing_of_the_environment_is_recorded(plant: Plant, monkeypatch: pytest.MonkeyPatch) -> None:
    prepared(plant)
    monkeypatch.setenv("TOKEN", SECRET)
    status, said = execute(plant, "import os; print(len(os.environ['TOKEN']))", "--attest")
    assert (status, said.startswith(b"17\n")) == (0, True), said
    assert SECRET.encode() not in plant.run.read_bytes()
    assert b"TOKEN" in plant.run.read_bytes(), "only where the command's own words name it"
    assert plant.run.read_bytes().count(b"TOKEN") == 1


@pytest.mark.parametrize(
    "more, argv, said",
    [
        (("--mask", "pasword"), ("true", "--password", SECRET), "masks nothing"),
        (("--mask", "password"), ("true", "--password", "abc"), "fewer than 4"),
        (("--mask-pattern", "a("), ("true",), "unterminated"),
        (("--input", "absent"), ("true",), "No such file"),
        (("--mask", "p", "--input", f"absent-{SECRET}"), ("true", "-p", SECRET), "absent-[masked]"),
        ((), ("true", b"\xff"), "not UTF-8"),
    ],
)
def test_what_is_refused_before_anything_runs(
    plant: Plant, more: tuple[str, ...], argv: tuple[object, ...], said: str
) -> None:
    prepared(plant)
    before = plant.run.read_bytes()
    given = [os.fsdecode(word) if isinstance(word, bytes) else word for word in argv]
    refused = plant(*words(plant, *more), *given, expect=125)
    assert said in refused
    assert SECRET not in refused
    assert plant.run.read_bytes() == before
