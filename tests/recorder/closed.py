"""Runs up to their seal, and detached sign-offs on them, for the tests of what comes after."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from typing import Any

from recorder.plant import Plant

from opsproof_verify.policy import Policy, shipped
from opsproof_verify.report import Report
from opsproof_verify.trust import TrustStore
from opsproof_verify.verify import verify


def detached(plant: Plant, name: str, *more: object, decision: str = "approve") -> Path:
    target = plant.path / f"{name}.signoff"
    plant(*plant.signing(name, decision), "--detached", target, *more)
    return target


def without_photo(plant: Plant) -> None:
    """Perform a run in which the photo is missing, up to its seal."""
    plant.start()
    plant("begin", "weigh", *plant.on("op-a"))
    plant("record", "weigh", "mass", "42", *plant.on("op-a"))
    plant("end", "weigh", "--anyway", *plant.on("op-a"))
    plant("begin", "label", *plant.on("op-a"))
    plant("end", "label", *plant.on("op-a"))
    plant("end", *plant.on("op-a"))


def overfilled(plant: Plant) -> str:
    """Perform and seal a run with a deviation; give its entry, such as e8."""
    plant.start()
    value = plant.weigh("46").split()[0]
    said = plant("deviate", "out-of-limits", "--value", value, "--description", "Overfilled", *plant.on("op-a"))
    plant.finish()
    return said.split()[0]


def supplied(plant: Plant, *more: object) -> Path:
    photo = plant.path / "late.jpg"
    photo.write_bytes(b"\xff\xd8 late")
    slot = ("--evidence", photo, "--step", "weigh", "--slot", "photo")
    return detached(plant, "rita", *slot, *more, decision="supply")


def asked(plant: Plant, *more: object, name: str = "all.request") -> Path:
    """Make a request as the plant's people do."""
    target = plant.path / name
    trust = ("--trust", plant.path / "trust.toml", "--policy", "baseline")
    plant("request", "--run", plant.run, *trust, "--output", target, *more)
    return target


def answering(plant: Plant, name: str, file: Path, *more: object, decision: str = "approve") -> tuple[object, ...]:
    """Give the words of a sign-off on a request."""
    words = list(plant.signing(name, decision))
    at = words.index("--run")
    words[at : at + 2] = ["--request", str(file)]
    return (*words, "--detached", plant.path / f"{name}.signoff", *more)


def profile(plant: Plant, *approvals: dict[str, Any], **rules: str | dict[str, Any]) -> Path:
    """Write the baseline with other approvals and levels of rules; ``_`` stands for ``-`` and ``__`` for the dot."""
    policy = tomllib.loads(Path(shipped("baseline")).read_text())
    for name, setting in rules.items():
        level = {"level": setting} if isinstance(setting, str) else setting
        policy["rules"][name.replace("__", ".").replace("_", "-")] = level
    policy["approvals"] = list(approvals) or policy["approvals"]
    target = plant.path / "house.toml"
    target.write_text("\n".join(f"{json.dumps(name)} = {_toml(value)}" for name, value in policy.items()))
    return target


def _toml(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{json.dumps(name)} = {_toml(part)}" for name, part in value.items()) + "}"
    return f"[{', '.join(map(_toml, value))}]" if isinstance(value, list) else json.dumps(value)


def under(policy: Path, words: tuple[object, ...]) -> list[object]:
    """Give the words of a command with another policy than the baseline."""
    return [policy if word == "baseline" else word for word in words]


def judged(plant: Plant, policy: Path, evidence: Path | None = None) -> Report:
    """Verify the run under a policy file."""
    trust = TrustStore.load(plant.path / "trust.toml")
    return verify(plant.run.read_bytes(), Policy.load(policy), trust, evidence=evidence)


def codes(report: Report) -> set[str]:
    """Give the codes of the findings, those at `note` aside."""
    return {found.code.name for found in report.findings if found.severity.value != "note"}


def flat(said: str) -> str:
    """Give what was said without the ends of lines."""
    return " ".join(said.split())
