"""`docs/guides/agents.md`: its programs run, and its lists are whole."""

from __future__ import annotations

import re
from pathlib import Path

import opsproof_record
import pytest
from opsproof_record import Refused
from recorder.acting import acting, kinds, sound
from recorder.plant import Plant
from recorder.test_mcp import TOOLS

GUIDE = (Path(__file__).parents[2] / "docs" / "guides" / "agents.md").read_text()
MIX = """
[[roster]]
id = "build-agent"
name = "Build agent"
kind = "agent"
principal = "lead"
roles = ["helper"]
key-file = "build-agent.key.pub"

[[steps]]
id = "mix"
title = "Mix"
roles = ["helper"]
optional = true
repeat = {min = 1, max = 9}

[steps.values.speed]
type = "integer"
unit = "rpm"
max = "100"

[steps.evidence.log]
media = ["text/plain"]
"""


def programs(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", GUIDE, re.DOTALL)


def test_the_programs_run(plant: Plant, monkeypatch: pytest.MonkeyPatch) -> None:
    plant("keygen", plant.key("build-agent.key"))
    acting(plant, more=MIX)
    (plant.path / "mixer.log").write_text("ran\n")
    monkeypatch.chdir(plant.path)
    plain, asynchronous = programs("python")
    exec(compile(plain, "guide", "exec"), {})  # noqa: S102 - the guide's own program
    imports, _, body = asynchronous.partition("\n\n")
    whole = f"import asyncio\n{imports}\nasync def main():\n" + "".join(f"    {line}\n" for line in body.splitlines())
    exec(compile(whole + "asyncio.run(main())\n", "guide", "exec"), {})  # noqa: S102 - as above
    assert kinds(plant.run).count("step-completed") == 2
    assert kinds(plant.run).count("deviation-raised") == 1
    assert sound(plant)


def test_the_lists_are_whole() -> None:
    tools = GUIDE[GUIDE.index("The tools are") : GUIDE.index("there are no others")]
    assert set(re.findall(r"`(\w+)`", tools)) == TOOLS
    rows = re.findall(r"^\| `(\w+)` \| ", GUIDE, re.MULTILINE)
    errors = {
        name for name, one in vars(opsproof_record).items() if isinstance(one, type) and issubclass(one, Refused)
    } - {"Refused"}
    assert errors <= set(rows)
