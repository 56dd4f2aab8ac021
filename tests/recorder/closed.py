"""Runs up to their seal, and detached sign-offs on them, for the tests of what comes after."""

from __future__ import annotations

from pathlib import Path

from recorder.plant import Plant


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
