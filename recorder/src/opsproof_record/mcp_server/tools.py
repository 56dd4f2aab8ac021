"""The tools of the MCP server: names, what they say of themselves, and the schemas of their arguments."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from opsproof_record.mcp_server.desk import Desk

Schema = dict[str, Any]

#: Seconds that `act` waits at most.
MAX_WAIT = 300
_LISTED = 200  # steps that a schema names one by one


@dataclass(frozen=True, slots=True)
class Tool:
    """A tool: ``call`` takes the arguments by name; ``reads`` tells whether it only reads."""

    name: str
    description: str
    schema: Schema
    call: Callable[..., dict[str, Any]]
    reads: bool = False


def tools(desk: Desk) -> dict[str, Tool]:
    """Give the tools of a desk, by name; there are no others."""
    step = _choice("The step, by its id.", desk.steps if len(desk.steps) <= _LISTED else ())
    found = _reading(desk, step) + _working(desk, step) + _evidence(desk, step) + _deviating(desk, step)
    return {tool.name: tool for tool in found + _acting(desk, step)}


def _reading(desk: Desk, step: Schema) -> list[Tool]:
    return [
        Tool(
            "status",
            "How the run stands and what you can do now: open steps and what they lack, steps that can or cannot begin "
            "and why, deviations, leave for actions, entries that you have not signed. Call it first.",
            _object({}),
            desk.status,
            reads=True,
        ),
        Tool(
            "read_step",
            "All of one step: its instruction, the values with units and limits, the evidence slots, who may do what, "
            "and what its latest pass holds and lacks. Read it before you begin the step.",
            _object({"step": step}),
            desk.read_step,
            reads=True,
        ),
    ]


def _working(desk: Desk, step: Schema) -> list[Tool]:
    instrument = {"type": "string", "minLength": 1, "maxLength": 128, "description": "Its id, printable ASCII."}
    name = _id("The value, by its name in read_step.")
    return [
        Tool("begin_step", "Begin the next pass of a step.", _object({"step": step}), desk.begin_step),
        Tool(
            "record_value",
            "Record a value that the open step asks for. A value outside its limits is recorded all the same; "
            "out_of_limits says so, and you then call raise_deviation.",
            _object(
                {"step": step, "name": name, "value": _VALUE}, {"unit": _UNIT, "observed": _OBSERVED, "late": _LATE}
            ),
            desk.record_value,
        ),
        Tool(
            "correct_value",
            "Replace a value that was recorded wrongly; both stay on record.",
            _object({"entry": _ENTRY, "value": _VALUE, "why": _prose("Why the recorded value is wrong.")}),
            desk.correct_value,
        ),
        Tool(
            "use_instrument",
            "Record an instrument or tool that is used in the open step.",
            _object(
                {"step": step, "instrument": instrument},
                {
                    "due": _time("Until when its calibration holds."),
                    "serves_as": _id("What it is used as, by its name in read_step."),
                },
            ),
            desk.use_instrument,
        ),
        Tool(
            "note",
            "Write a note, about a step or about the run.",
            _object({"text": _prose("The note.")}, {"step": step}),
            desk.note,
        ),
        Tool(
            "skip_step",
            "Record that a step, or its open pass, is not done. If it is not optional, raise a deviation too.",
            _object({"step": step, "reason": _prose("Why it is not done.")}),
            desk.skip_step,
        ),
        Tool(
            "complete_step",
            "Complete the open pass of a step, and sign what you recorded. Refused while something is missing.",
            _object({"step": step}),
            desk.complete_step,
        ),
        Tool("attest", "Sign what you have recorded and not signed yet.", _object({}), desk.attest),
    ]


def _evidence(desk: Desk, step: Schema) -> list[Tool]:
    path = {"type": "string", "minLength": 1, "description": "The file, absolute or in an allowed directory."}
    text = {"type": "string", "description": "The text; it is recorded as UTF-8."}
    return [
        Tool(
            "attach_file",
            "Add a file as evidence for the open step, for one of its slots, or without a step for the run. Only files "
            "in the directories that a person has allowed.",
            _object(
                {"path": path}, {"step": step} | _PLACE | {"name": _line("The name to record; default: the file's.")}
            ),
            desk.attach_file,
        ),
        Tool(
            "attach_text",
            "Add text as evidence: what a program said, what you found.",
            _object({"text": text, "name": _line("The name to record, such as result.txt.")}, {"step": step} | _PLACE),
            desk.attach_text,
        ),
        Tool(
            "receive",
            "Confirm that evidence which another actor handed over to you is here.",
            _object({"transfer": _ENTRY | {"description": "The entry that hands it over, such as e12."}}),
            desk.receive,
        ),
    ]


def _deviating(desk: Desk, step: Schema) -> list[Tool]:
    scope = {
        "severity": {"enum": ["minor", "major", "critical"], "description": "If it is higher than the reason's least."},
        "steps": _list(step, "Steps that it is about."),
        "values": _list(_ENTRY, "Entries of recorded values that it is about."),
        "evidence": _list(_ITEM, "Evidence that it is about."),
        "action": _prose("What was done at once."),
        "occurred": _time("When it happened."),
    }
    reason = _choice("The reason, by its code.", desk.reasons)
    return [
        Tool(
            "raise_deviation",
            "Say that the run left its contract, or will. The policy rules on it at once: allow, review, or block, "
            "which stops the work in its scope until a person releases it. It is about the steps, values and evidence "
            "that you name, or about the whole run if you name none. status lists the reasons and what each demands.",
            _object({"reason": reason, "description": _prose("What happened.")}, scope),
            desk.raise_deviation,
        ),
        Tool(
            "remediate_deviation",
            "Record what was done about a deviation, and the evidence that shows it. A person closes it.",
            _object(
                {"deviation": _ENTRY, "text": _prose("What was done.")},
                {"evidence": _list(_ITEM, "Evidence that was attached before.")},
            ),
            desk.remediate_deviation,
        ),
    ]


def _acting(desk: Desk, step: Schema) -> list[Tool]:
    return [
        Tool(
            "request_authorisation",
            "Ask for leave for one action in a step that demands it: its arguments become evidence, and a person reads "
            "and authorises exactly them. Nothing is done by this; tell the person what to run.",
            _object({"step": step} | _ACTION),
            desk.request_authorisation,
        ),
        Tool(
            "act",
            "Record that you take an action now. Call it before you act, and act only if it succeeds. In a step that "
            "demands leave it is refused until a person has authorised this action with exactly these arguments; leave "
            "holds once and expires.",
            _object({"step": step} | _ACTION, {"wait_seconds": _WAIT}),
            desk.act,
        ),
    ]


def _object(needed: Mapping[str, Schema], optional: Mapping[str, Schema] | None = None) -> Schema:
    """Make the schema of a tool's arguments: these and no others."""
    return {
        "type": "object",
        "properties": {**needed, **(optional or {})},
        "required": list(needed),
        "additionalProperties": False,
    }


def _id(description: str) -> Schema:
    return {"type": "string", "pattern": "^[a-z0-9][a-z0-9._-]{0,63}$", "description": description}


def _choice(description: str, among: tuple[str, ...]) -> Schema:
    return _id(description) | ({"enum": list(among)} if among else {})


def _line(description: str) -> Schema:
    return {"type": "string", "minLength": 1, "maxLength": 256, "description": f"{description} One line."}


def _prose(description: str) -> Schema:
    return {"type": "string", "minLength": 1, "maxLength": 16_384, "description": description}


def _time(description: str) -> Schema:
    return {"type": "string", "format": "date-time", "description": f"{description} RFC 3339 with a zone."}


def _list(of: Schema, description: str) -> Schema:
    return {"type": "array", "items": of, "minItems": 1, "maxItems": 1000, "description": description}


_VALUE: Schema = {
    "type": ["string", "integer", "boolean"],
    "description": 'The value. A decimal number is text with the digits as read, such as "42.50"; no exponent.',
}
_UNIT: Schema = {
    "type": "string",
    "minLength": 1,
    "maxLength": 32,
    "description": "The unit that you read; it has to be the contract's.",
}
_ENTRY: Schema = {
    "type": "string",
    "pattern": "^e(0|[1-9][0-9]{0,15})$",
    "description": "An entry by its number, such as e12.",
}
_ITEM: Schema = {
    "type": "string",
    "pattern": "^(e(0|[1-9][0-9]{0,15})|[0-9a-f]{64})$",
    "description": "Evidence by the entry that added it, such as e12, or by its SHA-256.",
}
_OBSERVED = _time("When it was read, if not now.")
_LATE = _prose("Why it was not recorded then.")
_PLACE: dict[str, Schema] = {
    "slot": _id("The evidence slot of the step."),
    "media": {"type": "string", "description": "Media type, such as image/jpeg; default: by the name, or text/plain."},
    "source": _line("The device, program or place that it comes from."),
    "captured": _time("When it was captured or made."),
    "copy": {"enum": ["original", "true-copy"], "description": "Whether it is the original or a true copy of it."},
    "late": _LATE,
}
_ACTION: dict[str, Schema] = {
    "action": _line("The action in a few words; compared letter by letter."),
    "arguments": {"type": "object", "description": "All that the action depends on, as JSON; nothing secret."},
}
_WAIT: Schema = {
    "type": "number",
    "minimum": 0,
    "maximum": MAX_WAIT,
    "description": "Wait so many seconds for leave; default: 0.",
}
