"""The bundles that are measured: honest runs of an automated line, of any size."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from itertools import count
from pathlib import Path
from typing import Any, NamedTuple

from making import ATTEST_EVERY, MIB, Run, contract
from templates import GAP, Template, cbor

STEPS = 50
#: The values of a pass: how many of which type; with start, note and end a pass has 48 entries, or 10.
WIDE = {"decimal": 30, "integer": 10, "text": 3, "boolean": 2}
NARROW = {"decimal": 4, "integer": 2, "text": 1}
SINGLE = {"decimal": 1}
PASSES = 1_000_000
FIRST = (cbor.head(0, 1),)  # pass 1
_UNITS = ("kg", "mm", "degC", "bar")


def line_steps(shape: dict[str, int]) -> list[dict[str, Any]]:
    """Give the steps of the line; each is repeated again and again."""
    specs = [spec(kind, number) for kind, most in shape.items() for number in range(most)]
    return [
        {
            "id": f"station-{step:02}",
            "title": f"Station {step}",
            "roles": ["operator"],
            "repeat": {"min": 1, "max": PASSES},
            "values": specs,
        }
        for step in range(STEPS)
    ]


def spec(kind: str, number: int) -> dict[str, Any]:
    """Give a value-spec; decimals have a unit and limits."""
    limits = {"unit": _UNITS[number % len(_UNITS)], "min": "10.00", "max": "99.99"} if kind == "decimal" else {}
    return {"id": f"{kind}-{number:02}", "type": kind} | limits


class Station(NamedTuple):
    """The templates of the entries of a pass of one step."""

    started: Template
    values: list[tuple[str, Template]]
    note: Template
    completed: Template


def stations(run: Run, shape: dict[str, int]) -> list[Station]:
    """Make the templates of all steps."""
    made = []
    for step in line_steps(shape):
        here = place(step["id"])
        values = [
            (one["type"], run.kind("value-recorded", name=one["id"], value=GAP, **here, **only(one, "unit")))
            for one in step["values"]
        ]
        note = run.kind("note", text="As it should be.", **here)
        ends = (run.kind("step-started", **here), run.kind("step-completed", **here))
        made.append(Station(ends[0], values, note, ends[1]))
    return made


def place(step: str) -> dict[str, Any]:
    """Give the members of an entry that stands in some pass of a step."""
    return {"step": step, "pass_": GAP}


def only(fields: dict[str, Any], *names: str) -> dict[str, Any]:
    """Give those of some members that are there."""
    return {name: fields[name] for name in names if name in fields}


def value(kind: str, number: int) -> bytes:
    """Give an encoded value within its limits."""
    values: dict[str, Any] = {
        "decimal": f"{10 + number % 89}.{number % 100:02}",
        "integer": number * 7919 % 100_000,
        "text": f"lot {number % 1000}",
        "boolean": number % 3 != 0,
    }
    encoded: bytes = cbor.encode(values[kind])
    return encoded


#: So many values of each type, in turn; the prime keeps them out of step with the passes.
VALUES = {kind: [value(kind, number) for number in range(1009)] for kind in WIDE}
HIGH: list[bytes] = [cbor.encode(f"{100 + number % 89}.{number % 100:02}") for number in range(1009)]


def line(
    path: Path, entries: int, shape: dict[str, int] | None = None, *, every: int = ATTEST_EVERY, high: bool = False
) -> Run:
    """Write a run of about so many entries, pass by pass; ``high``: all decimals above their limits."""
    shape = shape or WIDE
    values = VALUES | ({"decimal": HIGH} if high else {})
    with path.open("wb", MIB) as stream:
        run = Run(stream, contract("line", line_steps(shape)), every)
        places = stations(run, shape)
        drawn = 0
        for number in count(len(places)):
            if number >= 2 * len(places) and run.count >= entries:  # each step has been done once
                break
            one, inside = places[number % len(places)], (cbor.head(0, number // len(places)),)
            run.write(one.started, inside)
            for kind, template in one.values:
                drawn += 1
                run.write(template, inside, after=(values[kind][drawn % len(HIGH)],))
            run.write(one.note, inside)
            run.write(one.completed, inside)
        run.finish()
    return run


def slot_steps() -> list[dict[str, Any]]:
    """Give a step with one value and room for evidence."""
    slot = {"id": "scan", "media": ["application/octet-stream"], "min": 0, "max": 100_000_000}
    values = [spec("decimal", 0) | {"optional": True}]
    return [{"id": "scan", "title": "Scan", "roles": ["operator"], "values": values, "evidence": [slot]}]


def scanned(path: Path, bodies: Iterable[tuple[Iterable[bytes], int]], *, zeros: bool = False) -> Run:
    """Write a run of one pass with these evidence bodies; ``zeros``: as a sparse file, of the sizes alone."""
    templates: dict[int, Template] = {}
    with path.open("wb", MIB) as stream:
        run = Run(stream, contract("scan", slot_steps()))
        run.write(run.kind("step-started", **place("scan")), FIRST)
        for slices, size in bodies:
            if size not in templates:
                item = {"slot": "scan", "digest": GAP, "size": size, "media": "application/octet-stream"}
                templates[size] = run.kind("evidence-added", **item, **place("scan"))
            if zeros:
                run.zeros(templates[size], FIRST, size)
            else:
                run.evidence(templates[size], FIRST, slices, size)
        run.write(run.kind("step-completed", **place("scan")), FIRST)
        run.finish()
    return run


def small_bodies(number: int, size: int) -> Iterator[tuple[Iterable[bytes], int]]:
    """Give bodies that differ."""
    block = os.urandom(size)
    for which in range(number):
        yield (which.to_bytes(8, "big")[-min(8, size) :] + block[8:],), size
