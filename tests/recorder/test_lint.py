"""`author` names everything that is wrong at once, with line, key and remedy, and signs nothing."""

from __future__ import annotations

from pathlib import Path

import pytest
from recorder.plant import Plant

ROOT = Path(__file__).resolve().parents[2]

BROKEN = """\
id = "Acme Fill"
title = "Fill"
issuer = "owner"
policy = "basline"
pack = "generall"
colour = "red"

[authority]
seal = []

[[roster]]
id = "op-a"
name = "Technician A"
kind = "person"
roles = ["operator"]
key = "ssh-rsa AAAA"

[[steps]]
id = "weigh"
title = "Weigh"
roles = ["operator"]
after = ["label"]
time-limit = "soon"

[steps.values.mass]
type = "decimal"
min = 40.5

[[steps]]
id = "label"
titel = "Label"
roles = ["operator"]
after = ["weigh", "pack"]
check = ["quality"]

[steps.evidence.photo]
media = ["jpeg"]
min = 3
max = 2
"""


def test_all_problems_at_once(plant: Plant) -> None:
    source = plant.path / "broken.toml"
    source.write_text(BROKEN)
    said = plant("author", source, "--lint", expect=2)
    expected = [
        ":1: id: is not an identifier",
        ": version: is missing; add it",
        ":4: policy: ",
        ':5: pack: "generall" is no shipped pack; use one of: general',
        ":6: colour: is not known here",
        ":9: authority.seal: has too few",
        ":14: roster[0].kind: is not one of the words",
        ":16: roster[0].key: is no Ed25519 public key",
        ":18: steps: `after` goes in a circle",
        ':23: steps[0].time-limit: is not a duration; write a number and ms, s, min, h or d, such as "30 min"',
        ":27: steps[0].values.mass.min: is not an exact decimal",
        ':31: steps[1].titel: is not known here; write "title"?',
        ":29: steps[1].title: is missing",
        ':33: steps[1].after: names "pack", which is no step',
        ":34: steps[1].check: is only for critical steps",
        ":37: steps[1].evidence.photo.media[0]: is not a media type",
        ":38: steps[1].evidence.photo.min: is above max",
    ]
    for problem in expected:
        assert f"{source}{problem}" in said, (problem, said)
    assert len(said.strip().split("\n")) == len(expected)


@pytest.mark.parametrize(
    "content, said",
    [(b"id = ", ": not TOML"), (b"id = 1\nid = 2\n", ":2: not TOML"), (b"\xff", ":1: not UTF-8")],
)
def test_what_is_no_toml(plant: Plant, content: bytes, said: str) -> None:
    source = plant.path / "broken.toml"
    source.write_bytes(content)
    assert f"{source}{said}" in plant("author", source, "--lint", expect=2)


def test_what_is_not_there(plant: Plant) -> None:
    assert "No such file" in plant("author", plant.path / "none.toml", "--lint", expect=2)


def test_the_example_has_no_problems(plant: Plant) -> None:
    for name in ("operator-1", "build-agent"):
        plant("keygen", plant.path / f"{name}.key")
    example = ROOT / "recorder/examples/build-procedure.toml"
    said = plant("author", example, "--keys", plant.path, "--lint")
    assert "no problems. opsproof.build version 1, 4 steps, 2 actors" in said


def test_hints_are_no_problems(plant: Plant) -> None:
    text = (
        (plant.path / "fill.toml")
        .read_text()
        .replace('pack = "general"\n', "")
        .replace('["operator"]\nafter', '["boss"]\nafter')
    )
    source = plant.path / "odd.toml"
    source.write_text(text)
    said = plant("author", source, "--lint")
    assert "hint: no domain pack" in said
    assert "hint: nobody in the roster may perform step label" in said
