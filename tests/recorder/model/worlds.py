"""Random contracts and some policies, as maps and texts: what runs are played under."""

from __future__ import annotations

import random
from typing import Any

from recorder.crew import contract

from opsproof_verify.policy import Policy, shipped

Map = dict[str, Any]

#: Two people in a fixed order, sharper rulings, signatures at once; what is withheld or not given counts as violated.
STRICT = """
vocabulary = 1
id = "strict"
version = 2
title = "Strict"
default-level = "fail"
unevaluable = "own"
sealing-roles = ["sealing"]
[contract-approval]
count = 1
roles = ["quality"]
[rules."attestation.late"]
level = "fail"
max-waiting = 4
at-once = ["checked", "released", "deviation-ruled"]
[rules."step.skip-unexplained"]
level = "provisional"
[rules."evidence.missing"]
level = "provisional"
[rules."deviation.not-closed"]
level = "provisional"
[rules."approval.missing"]
level = "provisional"
[rules."time.after-verification"]
level = "note"
[rules."trust.stale"]
level = "note"
[[approvals]]
id = "production"
role = "production"
[[approvals]]
id = "closure"
role = "quality"
count = 2
meaning = "release"
independent-of = ["author", "performer", "checker", "sealer"]
after = ["production"]
[[approvals]]
id = "review"
role = "quality"
when-severity = "critical"
meaning = "release"
[[rulings]]
severity = ["minor"]
critical = true
ruling = "block"
[[rulings]]
reasons = ["bad"]
ruling = "block"
[[rulings]]
severity = ["minor", "major"]
ruling = "review"
[[rulings]]
ruling = "block"
"""

#: People of the run approve, blind if they like; much is a note, and nothing stops the work.
LENIENT = """
vocabulary = 1
id = "lenient"
version = 1
title = "Lenient"
default-level = "fail"
unevaluable = "provisional"
approvers = "roster"
[contract-approval]
count = 1
[rules."step.unfinished"]
level = "note"
[rules."deviation.missing"]
level = "off"
reason = "Nobody looks at limits here"
[rules."check.missing"]
level = "note"
[rules."gap.unexplained"]
level = "provisional"
[rules."value.missing"]
level = "note"
[rules."evidence.missing"]
level = "provisional"
[rules."attestation.missing"]
level = "provisional"
[rules."approval.missing"]
level = "provisional"
[rules."approval.self"]
level = "note"
[rules."trust.stale"]
level = "off"
reason = "An archive is checked long after"
[[approvals]]
id = "closure"
role = "lead"
independent-of = ["author"]
blind = true
[[rulings]]
severity = ["critical"]
ruling = "review"
[[rulings]]
ruling = "allow"
"""

POLICIES: dict[str, Policy] = {
    "baseline": Policy.parse(shipped("baseline").read_bytes()),
    "strict": Policy.parse(STRICT.encode()),
    "lenient": Policy.parse(LENIENT.encode()),
}

_ROLES = ("operator", "helper")


def random_contract(chance: random.Random, policy: Policy) -> Map:
    """Make up a contract of a few steps that ask for anything that a step can ask for."""
    steps: list[Map] = []
    for number in range(chance.randint(1, 4)):
        steps.append(_step(chance, f"s{number}", [step["id"] for step in steps]))
    return contract(steps=steps, policy=policy.encode())


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
