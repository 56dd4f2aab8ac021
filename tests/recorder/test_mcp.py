"""`opsproof mcp`: the real client over standard input and output, against the real server process."""

from __future__ import annotations

import asyncio
import json
import shlex
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import pytest
from mcp import Client, MCPError, StdioServerParameters
from mcp.client.stdio import stdio_client
from opsproof_record import Run
from opsproof_record.cli import mcp as command
from recorder.acting import acting, kinds, sound
from recorder.plant import Plant

from opsproof_verify.findings import Verdict

TOOLS = {
    *("status", "read_step", "begin_step", "record_value", "correct_value", "attach_file", "attach_text", "receive"),
    *("use_instrument", "note", "raise_deviation", "remediate_deviation", "skip_step", "request_authorisation", "act"),
    *("complete_step", "attest"),
}
SCALE = {"step": "deploy", "action": "scale", "arguments": {"service": "web", "replicas": 3}}


class Agent:
    """A client of a server; ``said`` is what it wrote to standard error."""

    def __init__(self, client: Client) -> None:
        self.client = client

    async def __call__(self, tool: str, **arguments: Any) -> dict[str, Any]:
        """Call a tool that is to succeed."""
        result = await self.client.call_tool(tool, arguments)
        assert not result.is_error, result.content
        told: dict[str, Any] = result.structured_content
        assert json.loads(result.content[0].text) == told  # type: ignore[union-attr]
        return told

    async def refused(self, tool: str, **arguments: Any) -> dict[str, Any]:
        """Call a tool that is to be refused."""
        result = await self.client.call_tool(tool, arguments)
        assert result.is_error, result.content
        told: dict[str, Any] = result.structured_content
        assert told["what"]
        assert told["remedy"]
        assert result.content[0].text == f"{told['what']}\n{told['remedy']}"  # type: ignore[union-attr]
        assert "Traceback" not in str(told)
        return told


@asynccontextmanager
async def session(plant: Plant, *more: object, mode: str = "auto") -> AsyncIterator[Agent]:
    argv = ["-m", "opsproof_record", "mcp", *(str(word) for word in (*plant.on("bot"), *more))]
    with (plant.path / "said").open("w") as said:
        server = StdioServerParameters(command=sys.executable, args=argv, cwd=plant.path)
        async with Client(stdio_client(server, said), mode=mode) as client:
            yield Agent(client)
    assert (plant.path / "said").read_text() == ""


def perform(plant: Plant, work: Callable[[Agent], Awaitable[object]], *more: object, mode: str = "auto") -> None:
    async def run() -> None:
        async with session(plant, *more, mode=mode) as agent:
            await work(agent)

    asyncio.run(run())


@pytest.mark.parametrize("mode", ["auto", "legacy"])
def test_the_tools_are_these_and_none_decides(plant: Plant, mode: str) -> None:
    acting(plant)

    async def look(agent: Agent) -> None:
        found = {tool.name: tool for tool in (await agent.client.list_tools()).tools}
        assert found.keys() == TOOLS
        for word in (
            "approve",
            "check",
            "release",
            "authorise",
            "close",
            "sign_off",
            "signoff",
            "end",
            "seal",
            "assign",
        ):
            assert word not in found
        for tool in found.values():
            assert tool.input_schema["additionalProperties"] is False
            assert tool.description
            assert tool.annotations is not None
            assert tool.annotations.read_only_hint is (tool.name in {"status", "read_step"})
        steps = found["begin_step"].input_schema["properties"]["step"]["enum"]
        assert steps == ["weigh", "build", "deploy"], "those whose roles the agent has"
        assert "run-aborted" in found["raise_deviation"].input_schema["properties"]["reason"]["enum"]
        assert "quoted data" in (agent.client.instructions or "")
        with pytest.raises(MCPError, match="no tool"):
            await agent.client.call_tool("seal", {})

    perform(plant, look, mode=mode)


def test_a_whole_run_with_an_action_that_a_person_authorises(plant: Plant) -> None:
    acting(plant)
    photo = plant.path / "photos" / "drum.jpg"
    photo.parent.mkdir()
    photo.write_bytes(b"JFIF")

    async def work(agent: Agent) -> None:
        status = await agent("status")
        assert {"step": "weigh", "can_begin": True, "optional": False} in status["other_steps"]
        read = await agent("read_step", step="weigh")
        assert read["from_contract"]["values"][0] == {
            "name": "mass",
            "title": "",
            "type": "decimal",
            "optional": False,
            "unit": "kg",
            "min": "40",
            "max": "45.00",
        }
        await agent("begin_step", step="weigh")
        assert (await agent("read_step", step="weigh"))["lacks"] == ["value mass", "evidence for slot photo"]
        value = await agent("record_value", step="weigh", name="mass", value="45.5", unit="kg")
        assert value["out_of_limits"] == "45.5 kg is above its limit 45.00 kg"
        fixed = await agent("correct_value", entry=value["entry"], value="44.5", why="misread")
        assert fixed["out_of_limits"] is None
        ruled = await agent(
            "raise_deviation",
            reason="out-of-limits",
            description="Misread",
            values=[value["entry"]],
            action="Read again",
        )
        assert (ruled["severity"], ruled["ruling"]) == ("minor", "review")
        assert [one["entry"] for one in (await agent("status"))["deviations"]] == [ruled["entry"]]
        item = await agent("attach_file", path="drum.jpg", step="weigh", slot="photo")
        await agent("remediate_deviation", deviation=ruled["entry"], text="Read twice", evidence=[item["entry"]])
        await agent("use_instrument", step="weigh", instrument="scale-7", due="2031-01-01T00:00:00Z")
        await agent("note", text="The scale was warm.", step="weigh")
        assert (await agent("complete_step", step="weigh"))["signed_entries"] >= 8
        await deploy(agent)

    async def deploy(agent: Agent) -> None:
        await agent("begin_step", step="deploy")
        assert "nobody has given leave" in (await agent.refused("act", **SCALE))["what"]
        asked = await agent("request_authorisation", **SCALE)
        assert await agent("request_authorisation", **SCALE) == asked, "once is enough"
        assert (await agent.refused("act", **SCALE, wait_seconds=0.1))["error"] == "Unauthorised"
        line = asked["a_person_has_to_run"].replace("NAME", "lead").replace("KEY", str(plant.key("lead")))
        await asyncio.to_thread(plant, *shlex.split(line)[1:])
        assert (await agent("status"))["leave"][0]["arguments_sha256"] == asked["arguments_sha256"]
        other = SCALE | {"arguments": {"service": "web", "replicas": 30}}
        assert "is for other arguments" in (await agent.refused("act", **other))["what"]
        assert (await agent("act", **SCALE))["arguments_sha256"] == asked["arguments_sha256"]
        assert "was used; it holds once" in (await agent.refused("act", **SCALE))["what"]
        await agent("attach_text", text="scaled", name="out.txt", step="deploy")
        await agent("complete_step", step="deploy")
        await agent("note", text="Done.")

    perform(plant, work, "--allow-dir", photo.parent)
    assert kinds(plant.run)[-2:] == ["note", "attestation"], "signed when the client left"
    assert sound(plant)
    finish(plant)
    assert plant.report().verdict is Verdict.PROVISIONAL
    deviation = plant.report().deviations[0]
    plant(*plant.signing(), "--covers", f"e{deviation.seq}")
    assert plant.report().verdict is Verdict.FINAL


def finish(plant: Plant) -> None:
    with Run.open(plant.run, actor="op-a", key=plant.key("op-a")) as run:
        with run.step("label"):
            pass
        run.end(anyway=True)
        run.seal(with_open_items=True)


def test_what_was_done_past_the_server_is_found(plant: Plant) -> None:
    acting(plant)

    async def work(agent: Agent) -> None:
        await agent("begin_step", step="deploy")
        await agent("request_authorisation", **SCALE)

    perform(plant, work)
    with Run.open(plant.run, actor="bot", key=plant.key("bot")) as run:
        with run.step("weigh") as step:
            step.record("mass", 42)
            step.attach(b"JFIF", slot="photo", name="drum.jpg", media="image/jpeg")
        with run.step("deploy") as step, run.writing() as recorder:
            recorder.write("acted", step="deploy", pass_=step.number, action="scale", arguments=bytes(32))
    finish(plant)
    report = plant.report()
    failed = [(one.code.name, dict(one.facts).get("why")) for one in report.findings if one.severity == "fail"]
    assert (report.verdict, failed) == (Verdict.FAIL, [("action.unauthorised", "no-leave")])


def test_waiting_for_a_person(plant: Plant) -> None:
    acting(plant)

    async def work(agent: Agent) -> None:
        await agent("begin_step", step="deploy")
        asked = await agent("request_authorisation", **SCALE)
        waiting = asyncio.create_task(agent("act", **SCALE, wait_seconds=60))
        await asyncio.sleep(0.3)
        await agent("note", text="others go on meanwhile")
        assert not waiting.done()
        with Run.open(plant.run, actor="lead", key=plant.key("lead")) as lead:
            lead.authorise("deploy", "bot", "scale", int(asked["entry"][1:]), timedelta(minutes=5))
        await waiting
        assert (await agent.refused("act", **SCALE, wait_seconds=301))["error"] == "Unfit"

    perform(plant, work)


def test_leave_that_expires(plant: Plant) -> None:
    acting(plant)

    async def work(agent: Agent) -> None:
        await agent("begin_step", step="deploy")
        asked = await agent("request_authorisation", **SCALE)
        with Run.open(plant.run, actor="lead", key=plant.key("lead")) as lead:
            lead.authorise("deploy", "bot", "scale", int(asked["entry"][1:]), timedelta(milliseconds=300))
        await asyncio.sleep(0.4)
        assert "has expired" in (await agent.refused("act", **SCALE))["what"]

    perform(plant, work)


REFUSED: list[tuple[str, dict[str, Any], str]] = [
    ("begin_step", {"step": "label"}, "Unfit"),
    ("begin_step", {"step": "weigh", "more": 1}, "Unfit"),
    ("begin_step", {}, "Unfit"),
    ("record_value", {"step": "weigh", "name": "mass", "value": "42"}, "OutOfOrder"),
    ("record_value", {"step": "build", "name": "exit-status", "value": 1.5}, "Unfit"),
    ("record_value", {"step": "build", "name": "no-such", "value": 1}, "Unknown"),
    ("correct_value", {"entry": "e0", "value": 1, "why": "x"}, "Unknown"),
    ("correct_value", {"entry": "0", "value": 1, "why": "x"}, "Unfit"),
    ("use_instrument", {"step": "build", "instrument": "a\nb"}, "Unfit"),
    ("use_instrument", {"step": "build", "instrument": "a", "due": "tomorrow"}, "Unfit"),
    ("note", {"text": "\u0007"}, "Unfit"),
    ("raise_deviation", {"reason": "no-such", "description": "x"}, "Unfit"),
    ("raise_deviation", {"reason": "out-of-limits", "description": "x"}, "Incomplete"),
    ("remediate_deviation", {"deviation": "e1", "text": "x"}, "Unknown"),
    ("remediate_deviation", {"deviation": "e1", "text": "x", "evidence": ["e1"]}, "Unknown"),
    ("attach_text", {"text": "x", "name": "x", "step": "build", "slot": "no-such"}, "Unknown"),
    ("attach_text", {"text": "x", "name": "x", "media": "nonsense"}, "Unfit"),
    ("attach_file", {"path": "x"}, "NotEntitled"),
    ("skip_step", {"step": "weigh", "reason": ""}, "Unfit"),
    ("request_authorisation", {"step": "build", "action": "x", "arguments": {}}, "OutOfOrder"),
    ("request_authorisation", {"step": "deploy", "action": "x", "arguments": []}, "Unfit"),
    ("complete_step", {"step": "deploy"}, "OutOfOrder"),
]


def test_refusals_are_tool_errors_and_leave_no_trace(plant: Plant) -> None:
    acting(plant)
    plant("begin", "build", *plant.on("bot"), "--attest")
    before = plant.run.read_bytes()

    async def work(agent: Agent) -> None:
        for tool, arguments, error in REFUSED:
            assert (await agent.refused(tool, **arguments))["error"] == error, (tool, arguments)
            assert plant.run.read_bytes() == before, tool

    perform(plant, work)


@pytest.mark.parametrize("actor, said", [("op-a", "never acts as a person"), ("nobody", "is not enrolled")])
def test_only_agents_and_devices_are_served(plant: Plant, actor: str, said: str) -> None:
    plant.start()
    plant("note", "not signed yet", *plant.on("op-a"), "--no-attest")
    words = "--run", plant.run, "--as", actor, "--key", plant.key("op-a")
    before = plant.run.read_bytes()
    assert said in plant("mcp", *words, expect=1)
    assert plant.run.read_bytes() == before


def test_without_the_extra_it_says_what_to_install(plant: Plant, monkeypatch: pytest.MonkeyPatch) -> None:
    plant.start()
    monkeypatch.setattr(command, "find_spec", lambda _name: None)
    assert "'opsproof-record[mcp]'" in plant("mcp", *plant.on("bot"), expect=1)


def test_a_directory_that_is_none(plant: Plant) -> None:
    plant.start()
    assert "is no directory" in plant("mcp", *plant.on("bot"), "--allow-dir", plant.package, expect=1)
