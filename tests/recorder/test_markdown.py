"""A procedure in Markdown: what becomes a step, that no text is lost, and the way back from a contract."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from opsproof_record.contracts.export import FORMATS, export
from opsproof_record.contracts.locked import read_any, read_locked
from opsproof_record.contracts.markdown import prose_of, take_apart
from opsproof_record.contracts.markdown_write import heading
from opsproof_record.contracts.procedure import Procedure, read_procedure
from opsproof_record.errors import Refused
from opsproof_record.signing.public_keys import public_line
from recorder.contracts import KEYS, PIECES, contracts, lines
from recorder.plant import Plant

from opsproof_verify.problems import InputError

FRONT = f"""\
+++
id = "acme.fill-line"
version = 4
issuer = "owner"
policy = "baseline"
pack = "general"

[authority]
seal = ["operator"]

[[roster]]
id = "op-a"
name = "Operator A"
kind = "human"
roles = ["operator"]
key = "{public_line(KEYS[0])}"
+++
"""
BODY = """\
# Fill the line

## Purpose

Why.

## Weigh

Before.

```toml step
id = "weigh"
roles = ["operator"]
[values.mass]
type = "decimal"
unit = "kg"
max = "45.00"
```

After.

### Care

Gloves.

## Label the drum

```toml step
roles = ["operator"]
after = ["weigh"]
```

# History

Version 4.
"""


def read(path: Path, body: str, front: str = FRONT, *, newline: str = "\n") -> Procedure:
    source = path / "sop.md"
    source.write_bytes((front + body).replace("\n", newline).encode())
    return read_procedure(source)


def problems(path: Path, body: str, front: str = FRONT) -> list[tuple[int, str, str]]:
    with pytest.raises(InputError) as caught:
        read(path, body, front)
    return [(one.line, one.path, one.what) for one in caught.value.problems]


def line(path: Path, needle: str) -> int:
    """Give the line of the file that was read last in which a text stands."""
    return next(at for at, one in enumerate((path / "sop.md").read_text("utf-8-sig").split("\n"), 1) if needle in one)


def test_headings_become_steps(tmp_path: Path) -> None:
    contract = read(tmp_path, BODY).contract
    assert contract["title"] == "Fill the line"
    assert contract["introduction"] == "## Purpose\n\nWhy."
    weigh, label = contract["steps"]
    assert weigh == {
        "id": "weigh",
        "title": "Weigh",
        "instruction": "Before.\n\nAfter.\n\n### Care\n\nGloves.",
        "roles": ["operator"],
        "values": [{"id": "mass", "type": "decimal", "unit": "kg", "max": "45.00"}],
    }
    assert label == {
        "id": "label-the-drum",
        "title": "Label the drum",
        "instruction": "# History\n\nVersion 4.",
        "roles": ["operator"],
        "after": ["weigh"],
    }


def test_the_same_in_toml_is_the_same_contract(tmp_path: Path) -> None:
    steps = """
[[steps]]
id = "weigh"
title = "Weigh"
roles = ["operator"]
instruction = '''
Before.

After.

### Care

Gloves.
'''
[steps.values.mass]
type = "decimal"
unit = "kg"
max = "45.00"
[[steps]]
id = "label-the-drum"
title = "Label the drum"
roles = ["operator"]
after = ["weigh"]
instruction = "# History\\n\\nVersion 4."
"""
    front = FRONT.replace("+++\n", "").replace("version", 'title = "Fill the line"\nversion')
    front = front.replace("[authority]", 'introduction = "## Purpose\\n\\nWhy."\n[authority]')
    path = tmp_path / "sop.toml"
    path.write_text(front + steps)
    in_toml, in_markdown = read_procedure(path).contract, read(tmp_path, BODY).contract
    in_markdown.pop("source")
    assert {key: in_toml[key] for key in in_toml if key not in {"nonce", "issued"}} == {
        key: in_markdown[key] for key in in_markdown if key not in {"nonce", "issued"}
    }


NASTY = (
    "Two spaces make a break.  \nNext line.\n\n\n- a\n  - b\n    1. c\n\n| a | b |\n|---|:-:|\n| 1 | 2 |\n\n"
    "````text\n# no heading\n```toml step\nid = 1\n```\n````\n\n~~~\n## neither\n~~~\n\n<!--\n# a comment\n-->\n\n"
    "<table>\n<tr><td>x</td></tr>\n</table>\n\n    indented = code\n\n> # quoted\n\n\tcolumn\tcolumn\n\n"
    "üñ 漢字 \u00a0end\n   \n\\\\ \\* &amp; [a][b]"
)


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_prose_is_kept_byte_for_byte(tmp_path: Path, newline: str) -> None:
    body = f'# T\n\n{NASTY}\n\n## S\n\n```toml step\nroles = ["operator"]\n```\n\n{NASTY}\n'
    contract = read(tmp_path, body, newline=newline).contract
    assert contract["introduction"] == NASTY
    assert contract["steps"][0]["instruction"] == NASTY
    assert len(contract["steps"]) == 1


def test_a_byte_order_mark_is_no_text(tmp_path: Path) -> None:
    assert read(tmp_path, BODY, "\ufeff" + FRONT).contract["title"] == "Fill the line"


@pytest.mark.parametrize("name", ["\x1b", "\x85", "\u2028"])
def test_what_the_format_does_not_hold_is_named_with_its_line(tmp_path: Path, name: str) -> None:
    body = BODY.replace("Gloves.", f"Gloves.\nMore{name}gloves.").replace("Why.", f"Why{name}.")
    where = [(at, path) for at, path, what in problems(tmp_path, body) if f"U+{ord(name):04X}" in what]
    assert where == [(line(tmp_path, "Why"), "introduction"), (line(tmp_path, "More"), "steps[0].instruction")]


def test_a_text_that_is_too_long(tmp_path: Path) -> None:
    long = "x" * 16_385
    found = problems(tmp_path, BODY.replace("Gloves.", long).replace("Why.", long))
    assert [(at, what) for at, _, what in found] == [
        (line(tmp_path, "## Purpose"), f"has {16_385 + len('## Purpose..')} bytes, allowed are 16384"),
        (line(tmp_path, "Before"), f"has {16_385 + len('Before...After...### Care..')} bytes, allowed are 16384"),
    ]


@pytest.mark.parametrize(
    "written, title",
    [
        ("## Weigh", "Weigh"),
        ("##   Weigh the *drum*  ##", "Weigh the *drum*"),
        ("Weigh\n-----", "Weigh"),
        ("## Operator\\'s check \\#3", "Operator's check #3"),
        ("## 5 &lt; 6 kg", "5 < 6 kg"),
        ("## Run `make` [now](x)", "Run `make` [now](x)"),
        ("## a_b and 5*x", "a_b and 5*x"),
    ],
)
def test_the_text_of_a_heading(tmp_path: Path, written: str, title: str) -> None:
    body = f'# T\n\n{written}\n\n```toml step\nid = "a"\nroles = ["operator"]\n```\n'
    assert read(tmp_path, body).contract["steps"][0]["title"] == title


def test_identifiers_from_headings(tmp_path: Path) -> None:
    block = '\n```toml step\nroles = ["operator"]\n```\n'
    names = ["5.1 Weigh: the drum!", "Prüfen", "-- x --", "w" * 70]
    contract = read(tmp_path, "# T\n" + "".join(f"## {name}\n{block}" for name in names)).contract
    assert [step["id"] for step in contract["steps"]] == ["5.1-weigh-the-drum", "prufen", "x", "w" * 64]
    assert problems(tmp_path, f"# T\n## 漢字\n{block}## Weigh\n{block}## Weigh!\n{block}") == [
        (line(tmp_path, "漢字"), "steps[0].id", "cannot be made of the heading"),
        (line(tmp_path, "## Weigh!"), "steps[2].id", f'is "weigh", as in line {line(tmp_path, "## Weigh")}'),
    ]


STEP = '\n```toml step\nroles = ["operator"]\n```\n'


@pytest.mark.parametrize(
    "body, at, what",
    [
        (f"{STEP}\n# A\n{STEP}", 2, "a step's block stands before the first heading"),
        (f"# A\n{STEP}{STEP}", 7, "the section has a step's block at line"),
        (f"# A\n{STEP}\n- b\n\n  ```toml step\n  ```\n", 9, "a step's block stands inside a list"),
        (f"# A\n{STEP}\n> ```toml step\n> ```\n", 7, "a step's block stands inside a list"),
        ('# A\n\n```toml step\nroles = ["operator"]\n', 3, "a step's block does not end"),
        ('# A\n\n````toml step\nroles = ["operator"]\n```\n', 3, "a step's block does not end"),
        ("# A\n\n~~~ toml  step", 3, "a step's block does not end"),
    ],
)
def test_blocks_out_of_place(tmp_path: Path, body: str, at: int, what: str) -> None:
    front = FRONT.replace("version", 'title = "T"\nversion')
    found = [number for number, _, said in problems(tmp_path, body, front) if said.startswith(what)]
    assert found == [front.count("\n") + at]


def test_lines_inside_blocks(tmp_path: Path) -> None:
    body = BODY.replace('max = "45.00"', 'max = 45.0\nminn = "1"').replace(
        'roles = ["operator"]\nafter', "role = 1\nafter"
    )
    assert problems(tmp_path, body) == [
        (line(tmp_path, "max = "), "steps[0].values.mass.max", "is not an exact decimal"),
        (line(tmp_path, "minn"), "steps[0].values.mass.minn", "is not known here"),
        (line(tmp_path, "## Label"), "steps[1].roles", "is missing"),
        (line(tmp_path, "role = 1"), "steps[1].role", "is not known here"),
    ]


def test_a_block_that_is_no_toml_does_not_hide_the_rest(tmp_path: Path) -> None:
    body = BODY.replace('unit = "kg"', "unit = kg").replace('after = ["weigh"]', 'check = ["quality"]')
    assert problems(tmp_path, body) == [
        (line(tmp_path, "unit = kg"), "steps[0]", "not TOML: Invalid value, column 8"),
        (line(tmp_path, "check = "), "steps[1].check", "is only for critical steps"),
    ]


@pytest.mark.parametrize(
    "front, at, what",
    [
        ("", 1, "the front matter is missing"),
        ("---\nid: x\n---\n", 1, "the front matter is missing (--- is YAML)"),
        ("+++\nid = 1\n", 1, "the front matter does not end"),
        ("+++\nid = \n+++\n", 2, "not TOML: Invalid value, column 6"),
    ],
)
def test_front_matter(tmp_path: Path, front: str, at: int, what: str) -> None:
    assert (at, "", what) in problems(tmp_path, BODY, front)


def test_what_belongs_elsewhere(tmp_path: Path) -> None:
    body = BODY.replace('id = "weigh"', 'id = "weigh"\ntitle = "Weigh"\ninstruction = "Also."')
    front = FRONT.replace("[authority]", 'introduction = "x"\nsteps = []\n[authority]')
    assert problems(tmp_path, body, front) == [
        (line(tmp_path, "introduction"), "introduction", twice(tmp_path, "## Purpose")),
        (line(tmp_path, "steps = []"), "steps", "are sections of the document"),
        (line(tmp_path, "title = "), "steps[0].title", "is the heading of the section"),
        (line(tmp_path, "instruction = "), "steps[0].instruction", twice(tmp_path, "Before")),
    ]


def twice(path: Path, needle: str) -> str:
    return f"is written here and as text of the document (line {line(path, needle)})"


def test_the_title(tmp_path: Path) -> None:
    named = read(tmp_path, BODY, FRONT.replace("version", 'title = "Named"\nversion')).contract
    assert named["title"] == "Named"
    assert named["introduction"] == "# Fill the line\n\n## Purpose\n\nWhy."
    both = read(tmp_path, BODY, FRONT.replace("version", 'title = "Fill the line"\nversion')).contract
    assert both["introduction"] == "## Purpose\n\nWhy."
    late = read(tmp_path, f"Preface.\n\n{BODY}").contract
    assert (late["title"], late["introduction"]) == ("Fill the line", "Preface.\n\n## Purpose\n\nWhy.")
    assert (0, "title", "is missing") in problems(tmp_path, f"## A\n{STEP}\n# B\n")


def test_near_misses_are_hinted_at(tmp_path: Path) -> None:
    body = BODY.replace("Gloves.", "```toml steps\n```").replace("Why.", "```TOML Step\n```")
    hints = [(one.line, one.what) for one in read(tmp_path, body).hints]
    assert (line(tmp_path, "TOML Step"), 'the block "TOML Step" is read as prose') in hints
    assert (line(tmp_path, "toml steps"), 'the block "toml steps" is read as prose') in hints
    told = 'the section "History" has no step\'s block: it belongs to the instruction of "label-the-drum"'
    assert (line(tmp_path, "# History"), told) in hints
    assert not [what for _, what in hints if '"Care"' in what]  # a heading below the step's own


def test_the_document_is_its_own_source(tmp_path: Path) -> None:
    contract = read(tmp_path, BODY, newline="\r\n").contract
    data = (tmp_path / "sop.md").read_bytes()
    assert contract["source"] == {
        "digest": hashlib.sha256(data).digest(),
        "size": len(data),
        "media": "text/markdown",
        "name": "sop.md",
    }


def test_another_source(tmp_path: Path) -> None:
    (tmp_path / "sop.pdf").write_bytes(b"%PDF")
    by_file = FRONT.replace("[authority]", '[source]\nfile = "sop.pdf"\nmedia = "application/pdf"\n[authority]')
    digest = hashlib.sha256(b"%PDF").digest()
    expected = {"digest": digest, "size": 4, "media": "application/pdf", "name": "sop.pdf"}
    assert read(tmp_path, BODY, by_file).contract["source"] == expected
    by_digest = by_file.replace('file = "sop.pdf"', f'digest = "{digest.hex()}"\nsize = 4\nname = "sop.pdf"')
    assert read(tmp_path, BODY, by_digest).contract["source"] == expected
    assert [path for _, path, _ in problems(tmp_path, BODY, by_file.replace("sop.pdf", "none.pdf"))] == ["source.file"]


def test_order_as_written(tmp_path: Path) -> None:
    front = FRONT.replace("[authority]", 'order = "as-written"\n[authority]')
    body = f"# T\n## A\n{STEP}\n## B\n{STEP}\n## C\n{STEP}".replace("roles", "after = []\nroles", 3)
    written = [read(tmp_path, text, front).contract for text in (body, body.replace("after = []\n", ""))]
    orders = [[step.get("after") for step in contract["steps"]] for contract in written]
    assert orders == [[None, None, None], [None, ["a"], ["b"]]]
    hints = [one.what for one in read(tmp_path, body).hints]
    assert "no step has `after`: they may be done in any order" in hints
    free = read(tmp_path, body, FRONT.replace("[authority]", 'order = "free"\n[authority]'))
    assert "no step has `after`: they may be done in any order" not in [one.what for one in free.hints]


@given(st.lists(st.sampled_from([*PIECES, "STEP"]) | lines, max_size=12))
def test_no_line_is_lost(pieces: list[str]) -> None:
    text = "\n".join(f"\n## Step {at}\n{STEP}" if piece == "STEP" else piece for at, piece in enumerate(pieces))
    document = take_apart(text.split("\n"), 0)
    steps = [section for section in document.sections if section.blocks]
    ends = [section.start for section in steps] + [len(document.lines)]
    kept = [prose_of(document, [(0, ends[0])])]
    for section, end in zip(steps, ends[1:], strict=True):
        kept.append(prose_of(document, [(section.body, section.blocks[0].start), (section.blocks[0].end, end)]))
    taken = {
        at
        for one in steps
        for span in ((one.start, one.body), (one.blocks[0].start, one.blocks[0].end))
        for at in range(*span)
    }
    rest = [(at + 1, line) for at, line in enumerate(document.lines) if at not in taken and line]
    assert [
        (at, line) for said, numbers in kept for at, line in zip(numbers, said.split("\n"), strict=False) if line
    ] == rest


@pytest.mark.parametrize("form", FORMATS)
def test_author_after_export_gives_the_same_contract(tmp_path_factory: pytest.TempPathFactory, form: str) -> None:
    folder = tmp_path_factory.mktemp("round")

    @given(contracts())
    @settings(max_examples=60, phases=[Phase.generate])  # a contract shrinks too slowly
    def round_trip(contract: dict[str, Any]) -> None:
        exported = export(contract, form, "own")
        path = folder / f"own{FORMATS[form]}"
        for name, text in {path.name: exported.text, **exported.beside}.items():
            (folder / name).write_bytes(text.encode())
        procedure = read_procedure(path)
        procedure.payload()
        back = procedure.contract
        if "source" not in contract:
            back.pop("source", None)
        aside = {"nonce", "issued"}
        assert {k: v for k, v in back.items() if k not in aside} == {
            k: v for k, v in contract.items() if k not in aside
        }

    round_trip()


@given(lines)
def test_each_title_has_a_heading(title: str) -> None:
    section = take_apart([f"## {heading(title)}"], 0).sections[0]
    assert section.title == title


@pytest.mark.parametrize(
    "text, plain",
    [
        (NASTY, True),
        ("## A heading\n\nbelow", True),
        ("```\nnever ends", False),
        ("<!-- never ends", False),
        ('# Trap\n\n```toml step\nid = "trap"\n```', False),
        ("- ```toml step\n  ```", False),
        ("\nbegins with an empty line", False),
        ("ends with one\n", False),
        ("```\n+++\n", False),
    ],
)
def test_text_leaves_as_prose_where_a_reader_finds_it_again(tmp_path: Path, text: str, *, plain: bool) -> None:
    contract = read(tmp_path, BODY).contract
    contract["introduction"] = contract["steps"][0]["instruction"] = text
    written = export(contract, "markdown", "x").text
    assert (f"\n\n{text}\n\n## Weigh\n" in written) is plain
    assert (f"\n\n{text}\n\n## Label" in written) is plain
    assert written.count("introduction = ") + written.count("instruction = ") == (0 if plain else 2)


def test_export_of_a_package_and_a_run(plant: Plant) -> None:
    text = plant("export", plant.package)
    assert text.startswith('+++\nid = "acme.fill-line"\nversion = 4\n')
    assert '\n# Fill the line\n\n## Weigh the drum\n\n```toml step\nid = "weigh"\n' in text
    plant.start()
    assert plant("export", plant.run) == text
    copy = plant.path / "copy.md"
    assert "copy.md: acme.fill-line version 4 as markdown" in plant("export", plant.run, "--output", copy)
    assert copy.read_text() == text
    before, after = read_locked(plant.package).contract, read_any(copy).contract
    assert before["roster"] == after["roster"]
    assert plant("export", plant.run, "--output", copy, expect=1).startswith("refused: ")


def test_export_with_files_beside(plant: Plant) -> None:
    (plant.path / "own.toml").write_text(
        'id = "own"\nversion = 1\ntitle = "Own"\n[reasons.other]\ntitle = "O"\nseverity = "minor"\n'
    )
    source = plant.path / "own-fill.toml"
    source.write_text((plant.path / "fill.toml").read_text().replace('pack = "general"', 'pack = "own.toml"'))
    package = plant.path / "own.lep"
    plant("author", source, "--output", package, *plant.by("owner"))
    assert "the text needs files beside it" in plant("export", package, expect=1)
    out = plant.path / "again.toml"
    said = plant("export", package, "--format", "toml", "--output", out)
    assert "again.pack.toml: named in it" in said
    assert plant("diff", package, out).endswith("No difference.\n")


def test_export_of_what_is_no_package(plant: Plant) -> None:
    assert "trust.toml holds no contract that can be read: label.missing" in plant(
        "export", plant.path / "trust.toml", expect=1
    )
    empty = plant.path / "empty.lep"
    empty.write_bytes(plant.package.read_bytes()[:12])
    assert "empty.lep holds no whole contract" in plant("export", empty, expect=1)


def test_a_contract_that_no_text_can_say(plant: Plant) -> None:
    contract = read_locked(plant.package).contract
    with pytest.raises(Refused, match="cannot be written as toml"):
        export(contract | {"not-after": [2**53 - 1, 0]}, "toml", "x")
    with pytest.raises(Refused, match='differs in "more"'):
        export(contract | {"more": 1}, "toml", "x")
