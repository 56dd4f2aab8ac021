"""Random contracts, as maps: what runs are played under."""

from __future__ import annotations

import random
from typing import Any

from opsproof_record.clock import now
from recorder.crew import ACTORS, contract, member

from opsproof_verify.policy import Policy

Map = dict[str, Any]

_DAY = 86_400_000


def random_contract(chance: random.Random, policy: Policy) -> Map:
    """Make up a contract of a few steps that ask for anything that a step can ask for."""
    steps: list[Map] = []
    for number in range(chance.randint(1, 4)):
        steps.append(_step(chance, f"s{number}", [step["id"] for step in steps]))
    roster = [member(name, *said) | _qualified(chance, said[0]) for name, said in ACTORS.items()]
    terms = contract(steps=steps, policy=policy.encode(), roster=roster)
    if chance.random() < 0.5:
        del terms["retention"]
    if chance.random() < 0.2:
        del terms["authority"]["void"]
    return terms


def _qualified(chance: random.Random, kind: str) -> Map:
    """Give what a person is qualified for: mostly everything, in time or not."""
    held: list[Map] = []
    for name in ("aseptic", "forklift"):
        if kind == "human" and chance.random() < 0.85:
            ends = chance.choice((None, None, now()[0] + _DAY, now()[0] - _DAY))
            held.append({"id": name} | ({"not-after": [ends, 0]} if ends else {}))
    return {"qualifications": held} if held else {}


def _step(chance: random.Random, name: str, before: list[str]) -> Map:
    step: Map = {"id": name, "title": f"Step {name}", "roles": chance.choice((["operator"], ["operator", "helper"]))}
    if before and chance.random() < 0.6:
        step["after"] = chance.sample(before, chance.randint(1, min(2, len(before))))
    if chance.random() < 0.25:
        step["optional"] = True
    if chance.random() < 0.35:
        least = chance.randint(1, 2)
        step["repeat"] = {"min": least, "max": least + chance.randint(0, 1)}
    if chance.random() < 0.4:
        step["critical"] = True
        if chance.random() < 0.6:
            step["check"] = chance.choice((["inspection"], ["inspection", "operator"], ["lead"]))
    if chance.random() < 0.35:
        step["hold"] = chance.choice((["lead"], ["lead", "inspection"]))
    if chance.random() < 0.3:
        step["authorise"] = ["lead"]
    if chance.random() < 0.4:
        step["tags"] = chance.sample(["sterile", "weighing"], chance.randint(1, 2))
    if chance.random() < 0.3:
        step["qualifications"] = chance.choice((["aseptic"], ["forklift"], ["aseptic", "forklift"]))
    if chance.random() < 0.3:
        step["instruments"] = chance.choice((["scale"], ["scale", "thermometer"]))
    values = [_value(chance, f"v{number}") for number in range(chance.randint(0, 3))]
    if values:
        step["values"] = values
    if chance.random() < 0.5:
        least = chance.randint(0, 2)
        step["evidence"] = [{"id": "photo", "media": ["image/jpeg"], "min": least, "max": max(1, least) + 1}]
    return step


def _value(chance: random.Random, name: str) -> Map:
    kind = chance.choice(("decimal", "decimal", "integer", "text", "boolean", "choice"))
    spec: Map = {"id": name, "type": kind}
    if kind in {"decimal", "integer"} and chance.random() < 0.8:
        spec |= {"min": "10", "max": "20" if kind == "integer" else "20.5"}
        spec |= {"unit": "kg"} if chance.random() < 0.5 else {}
    if kind == "choice":
        spec["choices"] = ["red", "blue"]
    if chance.random() < 0.4:
        spec["optional"] = True
    return spec
