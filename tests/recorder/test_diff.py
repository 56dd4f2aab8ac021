"""Two revisions compared: nothing that differs goes unmentioned, and what is the same is silent."""

from __future__ import annotations

import copy
import hashlib
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from opsproof_record.contracts.compare import compare
from opsproof_record.contracts.compare_text import describe
from opsproof_record.contracts.locked import Locked
from recorder.contracts import contracts
from recorder.plant import PROCEDURE, Plant
from recorder.profiles import baseline

from opsproof_verify import fields
from opsproof_verify.canonical import encode

Path_ = tuple[Any, ...]
SIDE = Path("x.lep")


def places(value: Any, path: Path_ = ()) -> Iterator[Path_]:
    """Give the paths of everything in a contract, pack and policy opened."""
    if path and path[-1] not in {"nonce", "issued"}:
        yield path
    if isinstance(value, dict):
        for name, member in value.items():
            if name not in {"nonce", "issued"}:
                yield from places(member, (*path, name))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from places(item, (*path, index))


def changed(value: Any) -> Any:
    """Give another value of the same kind."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        return value + 1
    if isinstance(value, str):
        return value + " "
    if isinstance(value, bytes):
        return bytes([value[0] ^ 1]) + value[1:]
    if isinstance(value, list):
        return value[::-1] if value[::-1] != value else value + value[:1] if value else ["more"]
    return {**value, "more": "of it"}


def opened(contract: dict[str, Any]) -> dict[str, Any]:
    carried = {name: fields.decoded(contract[name]) for name in ("pack", "policy") if name in contract}
    return copy.deepcopy(contract) | carried


def closed(contract: dict[str, Any]) -> dict[str, Any]:
    return contract | {name: encode(contract[name]) for name in ("pack", "policy") if name in contract}


def mutate(contract: dict[str, Any], path: Path_, how: str) -> None:
    holder: Any = contract
    for part in path[:-1]:
        holder = holder[part]
    if how == "remove":
        del holder[path[-1]]
    else:
        holder[path[-1]] = changed(holder[path[-1]])


@given(contracts(), st.data())
@settings(max_examples=150, phases=[Phase.generate])  # a contract shrinks too slowly
def test_any_single_change_is_mentioned(contract: dict[str, Any], data: st.DataObject) -> None:
    other = opened(contract)
    path = data.draw(st.sampled_from(list(places(other))))
    mutate(other, path, data.draw(st.sampled_from(["change", "remove"])))
    before = {name: contract[name] for name in ("id", "version", "issued")}
    changes = compare(contract, closed(other))
    assert changes
    page = describe(Locked(SIDE, contract, bytes(32)), Locked(SIDE, before | closed(other), bytes(32)))
    if path not in {("id",), ("version",)}:
        said = "\n".join(page[2:-2]).lower()
        assert any(part.lower() in said for part in ("run parameters", *path) if isinstance(part, str)), page


@given(contracts())
@settings(max_examples=40, phases=[Phase.generate])
def test_no_change_no_difference(contract: dict[str, Any]) -> None:
    signed_again = contract | {"nonce": bytes(16), "issued": [0, 0]}
    assert compare(contract, closed(opened(signed_again))) == []


def text_of(old: str, new: str, plant: Plant, expect: int = 1) -> str:
    for name, text in (("old", old), ("new", new)):
        (plant.path / f"{name}.toml").write_text(text)
    said = plant("diff", plant.path / "old.toml", plant.path / "new.toml", expect=expect)
    assert said.startswith(f"--- {plant.path / 'old.toml'}: acme.fill-line version 4, not signed\n+++ ")
    return said.split("\n", 2)[2]


@pytest.mark.parametrize(
    "old, new, said",
    [
        ('max = "45.00"', 'max = "46"', "values.mass.max: 45.00 -> 46 (wider)"),
        ('max = "45.00"', 'max = "44"', "values.mass.max: 45.00 -> 44 (narrower)"),
        ('max = "45.00"', 'max = "45"', "values.mass.max: 45.00 -> 45 (the same number)"),
        ('max = "45.00"\n', "", "values.mass.max: 45.00 -> (none) (wider)"),
        ('min = "40"', 'min = "41"', "values.mass.min: 40 -> 41 (narrower)"),
        ('min = "40"', 'min = "-1"', "values.mass.min: 40 -> -1 (wider)"),
        ('unit = "kg"', 'unit = "g"', "values.mass.unit: kg -> g"),
        ('media = ["image/jpeg"]', 'media = ["image/jpeg"]\nmax = 3', "evidence.photo.max: 1 -> 3 (more)"),
        ('title = "Weigh the drum"', 'title = "Weigh"', 'title: "Weigh the drum" -> "Weigh"'),
        ('roles = ["operator", "helper"]', 'roles = ["helper", "operator"]', "(another order)"),
        (
            'roles = ["operator", "helper"]',
            'roles = ["helper", "boss"]',
            "operator, helper -> helper, boss (+boss -operator)",
        ),
        (
            'after = ["weigh"]',
            'after = ["weigh"]\ncritical = true',
            "critical: (none) -> yes (an independent check is demanded now)",
        ),
        (
            'after = ["weigh"]',
            'after = ["weigh"]\ntime-limit = "90 min"',
            "max-ms: (none) -> 90 min (a time limit now)",
        ),
        ("[params.batch]", "[params.batch]\noptional = true", "optional: (none) -> yes (may be left out now)"),
        ("[params.batch]", "[params.lot]", "+ lot"),
        ('rule = ["quality"]', "rule = []", "rule: quality -> (none) (-quality)"),
        ('name = "Bot"', 'name = "Robot"', 'name: "Bot" -> "Robot"'),
        ('key-file = "bot.pub"', 'key-file = "rita.pub"', "key: SHA256:"),
        (
            "version = 4",
            "version = 4\nnot-after = 2026-01-01T00:00:00+01:00",
            "not-after: (none) -> 2026-01-01T00:00:00+01:00",
        ),
    ],
)
def test_fields(plant: Plant, old: str, new: str, said: str) -> None:
    assert old in PROCEDURE
    page = text_of(PROCEDURE, PROCEDURE.replace(old, new), plant)
    assert said in page
    assert "Both are version 4, though they differ" in page


LABEL = PROCEDURE[PROCEDURE.index('[[steps]]\nid = "label"') :]


def test_steps_come_go_and_move(plant: Plant) -> None:
    without = PROCEDURE.replace(LABEL, "")
    assert '\n  + label "Label the drum"\n      roles: operator\n      after: weigh\n' in text_of(
        without, PROCEDURE, plant
    )
    assert '\n  - label "Label the drum"\n' in text_of(PROCEDURE, without, plant)
    weigh = PROCEDURE[PROCEDURE.index('[[steps]]\nid = "weigh"') : PROCEDURE.index(LABEL)]
    moved = text_of(PROCEDURE, PROCEDURE.replace(weigh, "") + weigh, plant)
    assert "  ~ weigh\n      place: 1 -> 2\n" in moved or "  ~ label\n      place: 2 -> 1\n" in moved
    assert "1 difference." in moved


def test_texts_are_compared_by_lines(plant: Plant) -> None:
    def told(first: str, last: str) -> str:
        text = f"introduction = '''\n{first}\nSame.\n{last}\n'''\n[params.batch]"
        return PROCEDURE.replace("[params.batch]", text)

    page = text_of(told("One.", "Two."), told("One.", "Three.\x20"), plant)
    assert "  introduction:\n    @@ -2,2 +2,2 @@\n     Same.\n    -Two.\n    +Three. \n" in page


def test_policy_and_pack(plant: Plant) -> None:
    (plant.path / "own.toml").write_text(baseline().replace("# ", "# A comment: "))
    policy = baseline(value_missing='level = "note"')
    policy = re.sub(r"(?m)^version = (\d+)$", lambda found: f"version = {int(found[1]) + 1}", policy, count=1)
    (plant.path / "strict.toml").write_text(policy)
    same = PROCEDURE.replace('policy = "baseline"', 'policy = "./own.toml"')
    other = PROCEDURE.replace('policy = "baseline"', 'policy = "strict.toml"').replace('"general"', '"it-change"')
    page = text_of(same, other, plant)
    assert "\nPolicy\n  - sha256 " in page
    assert re.search(r"\n  version: \d+ -> \d+\n", page)
    assert "  ~ value.missing\n      level: fail -> note (milder)\n" in page
    assert "\nDomain pack\n  - sha256 " in page
    assert "  id: general -> it-change\n" in page
    added = '  + backup-not-verified "Backup missing, or restore not verified"\n'
    assert f"{added}      severity: major\n      demands: steps, action\n" in page


def test_rulings(plant: Plant) -> None:
    policy = (Path(__file__).resolve().parents[2] / "policies/baseline.toml").read_text()
    (plant.path / "own.toml").write_text(
        policy.replace("[[rulings]]", '[[rulings]]\nreasons = ["wrong-record"]\nruling = "allow"\n[[rulings]]', 1)
    )
    page = text_of(PROCEDURE, PROCEDURE.replace('"baseline"', '"own.toml"'), plant)
    assert "    +reason is wrong-record: allow\n" in page


def test_status_and_kinds_of_file(plant: Plant) -> None:
    source = plant.path / "fill.toml"
    assert "No difference." in plant("diff", source, plant.package, expect=0)
    plant.start()
    assert "No difference." in plant("diff", plant.run, plant.package, expect=0)
    assert "No such file" in plant("diff", source, plant.path / "none.toml", expect=2)
    assert ": not TOML" in plant("diff", source, plant.path / "op-a", expect=2)
    torn = plant.path / "torn.lep"
    torn.write_bytes(plant.package.read_bytes()[:100])
    assert "frame.truncated" in plant("diff", torn, plant.package, expect=2)


def test_a_revision_from_a_pipe(plant: Plant) -> None:
    text = plant("export", plant.package)
    for name, form in (("markdown", text), ("toml", plant("export", plant.package, "--format", "toml"))):
        (plant.path / name).write_text(form)  # no suffix tells what it is
        assert "No difference." in plant("diff", plant.path / name, plant.path / name)
    reading, writing = os.pipe()
    with os.fdopen(writing, "wb") as pipe:
        pipe.write(text.encode())
    try:
        said = plant("diff", plant.package, f"/dev/fd/{reading}", expect=1)
        assert "\n  + source\n" in said
        assert f"\n      digest: sha256 {hashlib.sha256(text.encode()).hexdigest()}\n" in said
        assert f"\n      name: {reading}\n" in said
    finally:
        os.close(reading)


def test_keys_beside(plant: Plant) -> None:
    folder = plant.path / "elsewhere"
    folder.mkdir()
    (folder / "fill.toml").write_text(PROCEDURE)
    assert "cannot be read" in plant("diff", plant.package, folder / "fill.toml", expect=2)
    assert "No difference." in plant("diff", plant.package, folder / "fill.toml", "--keys", plant.path)
