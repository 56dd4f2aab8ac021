"""`author` names everything that is wrong at once, with line, key and remedy, and signs nothing."""

from __future__ import annotations

import hashlib
import tomllib
from pathlib import Path

import pytest
from opsproof_record import packs
from opsproof_record.contracts.toml_lines import line_of, locate
from recorder.plant import PROCEDURE, Plant

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
        ": version: is missing; write version = 1",
        ":4: policy: ",
        ':5: pack: "generall" is no shipped pack; write "general"?',
        ":6: colour: is not known here",
        ":9: authority.seal: has too few",
        ":14: roster[0].kind: is not one of the words known here; use one of: human, agent, device",
        ":16: roster[0].key: ",
        ":22: steps[0].after: goes in a circle: ",
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
    [
        (b"id = ", ":1: not TOML: Invalid value (at end of document)"),
        (b"id = 1\nid = 2\n", ":2: not TOML: Cannot overwrite a value, column 7"),
        (b"a = 1\n\xff", ":2: not UTF-8"),
        (b"a = 1\rb = 2\n", ":1: a carriage return by itself"),
        (b"a = 1\n\0", ":2: a NUL"),
    ],
)
def test_what_is_no_toml(plant: Plant, content: bytes, said: str) -> None:
    source = plant.path / "broken.toml"
    source.write_bytes(content)
    assert f"{source}{said}" in plant("author", source, "--lint", expect=2)


def test_what_is_too_large(plant: Plant) -> None:
    source = plant.path / "large.toml"
    with source.open("wb") as file:
        file.truncate(16_777_217)
    assert ": more than 16777216 bytes; split it" in plant("author", source, "--lint", expect=2)


def test_what_is_not_there(plant: Plant) -> None:
    assert "No such file" in plant("author", plant.path / "none.toml", "--lint", expect=2)


EXAMPLES = [
    ("build-procedure.toml", ["operator-1", "build-agent"], ", 2 hints. opsproof.build version 1, 4 steps, 2 actors"),
    (
        "tablet-compression.md",
        ["operator-1", "supervisor-1", "quality-1", "tester-1"],
        ", 1 hint. example.tablet-compression version 3, 6 steps, 4 actors",
    ),
]


@pytest.mark.parametrize("name, keys, said", EXAMPLES)
def test_the_examples_have_no_problems(plant: Plant, name: str, keys: list[str], said: str) -> None:
    for key in keys:
        plant("keygen", plant.path / f"{key}.key")
    told = plant("author", ROOT / "recorder/examples" / name, "--keys", plant.path, "--lint")
    assert f"no problems{said}" in told


def lint(plant: Plant, *changes: tuple[str, str], expect: int = 0) -> str:
    """Lint the plant's procedure with some changes; give what was said of it, without the name of the file."""
    text = PROCEDURE
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new, 1)
    source = plant.path / "changed.toml"
    source.write_text(text)
    return plant("author", source, "--lint", expect=expect).replace(f"{source}:", "")


SECOND = """\
[[roster]]
id = "op-b"
name = "Technician B Example"
kind = "human"
roles = ["operator"]
key-file = "rita.pub"

[[steps]]"""
CHECKED = ('id = "label"\n', 'id = "label"\ncritical = true\n')


def test_the_procedure_of_the_plant_has_the_hints_that_it_deserves(plant: Plant) -> None:
    said = lint(plant)
    assert said.count("hint: ") == 2, said
    assert "11: hint: authority.rule: no human in the roster may close deviations of a run (roles quality)" in said
    assert "12: hint: authority.release: no human in the roster may release blocks of a run (roles quality)" in said


@pytest.mark.parametrize(
    "changes, said",
    [
        (
            [('pack = "general"\n', "")],
            "hint: pack: no domain pack: a run under this contract can record no valid deviation",
        ),
        (
            [('["operator"]\nafter', '["boss"]\nafter')],
            "hint: steps[1].roles: nobody in the roster may perform step label",
        ),
        (
            [('["operator", "helper"]', '["operator", "boss"]')],
            'hint: steps[0].roles[1]: nobody in the roster holds the role "boss"',
        ),
        (
            [('after = ["weigh"]', 'hold = ["qa"]')],
            "hint: steps[1].hold: no human in the roster may release step label (roles qa)",
        ),
        (
            [('after = ["weigh"]', 'authorise = ["qa"]\nafter = ["weigh"]')],
            "hint: steps[1].authorise: no human in the roster may authorise actions in step label (roles qa)",
        ),
        (
            [('after = ["weigh"]', 'authorise = ["operator"]\nafter = ["weigh"]')],
            "hint: steps[1].authorise: only people perform step label",
        ),
        ([('seal = ["operator"]', 'seal = ["boss"]')], "hint: authority.seal: nobody in the roster may seal a run"),
        ([CHECKED], "hint: steps[1].critical: whoever in the roster may check step label is the one who performs it"),
        (
            [('["operator"]\nafter', '["helper"]\nafter'), CHECKED],  # the operator answers for the bot
            "hint: steps[1].critical: whoever in the roster may check step label is the one who performs it",
        ),
        (
            [
                (
                    "[[steps]]",
                    SECOND,
                ),
                ('id = "label"\n', 'id = "label"\ncritical = true\ncheck = ["operator"]\n'),
            ],
            "hint: steps[1].check: everybody who may perform step label may check it too",
        ),
        ([('principal = "op-a"\n', "")], "hint: roster[1]: nobody answers for the agent bot"),
        (
            [('principal = "op-a"', 'principal = "op-z"')],
            'hint: roster[1].principal: "op-z" is no person of the roster',
        ),
        (
            [('after = ["weigh"]', 'after = ["weigh"]\nhold = ["helper"]'), ('kind = "agent"\n', 'kind = "device"\n')],
            'hint: roster[1].roles: a device holds "helper" (hold of label)',
        ),
        ([('issuer = "owner"', 'issuer = "op-a"')], "hint: roster[0]: op-a is the issuer too"),
        ([('after = ["weigh"]\n', "")], "hint: steps: no step has `after`: they may be done in any order"),
        ([("version = 4", "version = 4\nnot-after = 2020-01-01T00:00:00Z")], "hint: not-after: is past already"),
        (
            [('id = "bot"', 'id = "bot"\nnot-after = 2020-01-01T00:00:00Z')],
            "hint: roster[1].not-after: is past already",
        ),
    ],
)
def test_hints(plant: Plant, changes: list[tuple[str, str]], said: str) -> None:
    told = lint(plant, *changes)
    assert said in told, told
    assert said not in lint(plant)
    assert "no problems" in told


def test_nothing_is_said_of_people_who_are_yet_to_be_assigned(plant: Plant) -> None:
    roles = ('["operator"]\nafter', '["operator", "contractor"]\ncritical = true\nauthorise = ["operator"]\nafter')
    said = lint(plant, roles)
    assert 'nobody in the roster holds the role "contractor"' in said
    assert "hint: steps[1].critical" not in said
    assert "hint: steps[1].authorise" not in said


def test_hints_on_the_policy(plant: Plant) -> None:
    policy = (ROOT / "policies/baseline.toml").read_text().replace('approvers = "trust"', 'approvers = "roster"')
    policy = policy.replace("# Only", 'sealing-roles = ["supervisor"]\n# Only')
    policy = policy.replace(
        "[[rulings]]", '[[rulings]]\nreasons = ["mix-up", "other"]\nruling = "block"\n[[rulings]]', 1
    )
    (plant.path / "own.toml").write_text(policy)
    said = lint(plant, ('"baseline"', '"own.toml"'))
    assert "hint: authority.seal: the policy lets seal only supervisor" in said
    assert 'hint: policy: approval "closure" wants the role "quality" of the roster' in said
    assert "hint: policy: the policy rules on reasons that the domain pack does not have: mix-up;" in said


@pytest.mark.parametrize(
    "changes, said",
    [
        ([("version = 4", "version = 9007199254740992")], "2: version: is not an integer in range"),
        (
            [("version = 4", "version = 4\nnot-before = 2026-01-02T00:00:00Z\nnot-after = 2026-01-01T00:00:00Z")],
            "4: not-after: is earlier than not-before",
        ),
        (
            [('id = "bot"', 'id = "bot"\nnot-before = 2026-01-02T00:00:00Z\nnot-after = 2026-01-01T00:00:00Z')],
            "25: roster[1].not-after: is earlier than not-before",
        ),
        ([("version = 4", "version = 4\nnot-after = 2026-01-01T00:00:00")], "3: not-after: is not a time with a zone"),
        (
            [("version = 4", "version = 4\nnot-after = 2026-01-01T00:00:00.0001Z")],
            "3: not-after: is not a time with a zone",
        ),
        ([("version = 4", "version = 4\nnot-after = 1969-01-01T00:00:00Z")], "3: not-after: is not a time with a zone"),
        (
            [('key-file = "bot.pub"', 'key-file = "op-a.pub"')],
            "28: roster[1].key-file: is the key of op-a too, another person (op-a)",
        ),
        ([('id = "bot"', 'id = "op-a"')], '23: roster[1].id: is "op-a", as in line 16; give each an id of its own'),
        ([('id = "label"', 'id = "weigh"')], '45: steps[1].id: is "weigh", as in line 31; give each an id of its own'),
        (
            [('roles = ["operator"]\nafter', 'roles = ["operator"]\ntags = [\n"safety",\n"safty"]\nafter')],
            '50: steps[1].tags[1]: "safty" is no tag of the domain pack; write "safety"?',
        ),
        (
            [('roles = ["operator"]\nafter', 'roles = ["operator"]\ntags = ["zzz"]\nafter')],
            '48: steps[1].tags[0]: "zzz" is no tag of the domain pack; use one of: measurement,',
        ),
        ([('after = ["weigh"]', 'after = ["label"]')], "48: steps[1].after: goes in a circle: label → label"),
        (
            [('after = ["weigh"]', 'after = ["weig"]')],
            '48: steps[1].after: names "weig", which is no step; write "weigh"?',
        ),
        (
            [('type = "decimal"', 'type = "boolean"')],
            "37: steps[0].values.mass.unit: is not for values of type boolean",
        ),
        ([('type = "decimal"\n', "")], "35: steps[0].values.mass.type: is missing; choose one of: decimal, integer"),
        (
            [('max = "45.00"', "max = 45.5")],
            "39: steps[0].values.mass.max: is not an exact decimal; write it in quotes",
        ),
        ([('max = "45.00"', 'max = "1e3"')], "39: steps[0].values.mass.max: is not an exact decimal"),
        (
            [('media = ["image/jpeg"]', 'media = ["image/jpeg"]\nmin = 2\nmax = 1')],
            "43: steps[0].evidence.photo.min: is above max",
        ),
        ([('after = ["weigh"]', 'time-limit = "30 minutes"')], "48: steps[1].time-limit: is not a duration"),
        ([('after = ["weigh"]', 'time-limit = "9007199254740992 ms"')], "48: steps[1].time-limit: is not a duration"),
        ([('after = ["weigh"]', 'instruction = ""')], "48: steps[1].instruction: is empty; write text, or remove it"),
        ([('after = ["weigh"]', "instruction = 5")], "48: steps[1].instruction: is not text"),
        ([('after = ["weigh"]', 'instruction = "a\\u001bb"')], "48: steps[1].instruction: holds escape (U+001B)"),
        (
            [('after = ["weigh"]', f'instruction = "{"x" * 16385}"')],
            "48: steps[1].instruction: has 16385 bytes, allowed are 16384",
        ),
        (
            [("[params.batch]\n", f'introduction = "{"x" * 16385}"\n[params.batch]\n')],
            "8: introduction: has 16385 bytes",
        ),
        ([("[params.batch]\n", 'pack-digest = "00"\n[params.batch]\n')], "8: pack-digest: is not a SHA-256"),
        (
            [("[params.batch]\n", f'policy-digest = "{"0" * 64}"\n[params.batch]\n')],
            "8: policy-digest: is not the digest of the policy;",
        ),
        (
            [("[params.batch]\n", '[params]\nbatch = "B"\n')],
            "9: params.batch: is not a table; write [params.NAME] before each",
        ),
        ([('"general"', '"none.toml"')], "6: pack: "),
        ([('"baseline"', '"none.toml"')], "5: policy: none.toml: No such file or directory"),
        (
            [("[params.batch]\n", 'order = "any"\n[params.batch]\n')],
            "8: order: is not one of the words known here; use one of: as-written, free",
        ),
        ([("[authority]", "[authority]\nsael = []")], '11: authority.sael: is not known here; write "seal"?'),
    ],
)
def test_problems(plant: Plant, changes: list[tuple[str, str]], said: str) -> None:
    told = lint(plant, *changes, expect=2)
    assert any(line.startswith(said) for line in told.split("\n")), told


def test_the_issuers_key_is_not_in_the_roster(plant: Plant) -> None:
    source = plant.path / "fill.toml"
    said = plant("author", source, "--lint", "--key", plant.key("bot"), expect=2)
    assert f"{source}:28: roster[1].key-file: is the issuer's key" in said
    assert "no problems" in plant("author", source, "--lint", "--key", plant.key("owner"))


def many(least: int, one: str) -> str:
    return "".join(one.replace("NUMBER", str(number)) for number in range(least))


STEP = '[[steps]]\nid = "sNUMBER"\ntitle = "S"\nroles = ["operator"]\n'


def test_limits_of_the_whole(plant: Plant) -> None:
    head = PROCEDURE[: PROCEDURE.index("[[steps]]")]
    source = plant.path / "large.toml"
    source.write_text(head)
    assert ": steps: there are 0 steps; write 1 to 2000 steps" in plant("author", source, "--lint", expect=2)
    source.write_text(head + many(2001, STEP))
    assert ": steps: there are 2001 steps; write 1 to 2000 steps" in plant("author", source, "--lint", expect=2)
    source.write_text(head + many(300, f'{STEP}instruction = "{"x" * 14_000}"\n'))
    assert "bytes, allowed are 4194304; split" in plant("author", source, "--lint", expect=2)
    values = "".join(f'[steps.values.v{number}]\ntype = "boolean"\n' for number in range(60))
    source.write_text(head + many(700, STEP + values))
    assert "has more than 200000 data items" in plant("author", source, "--lint", expect=2)


def test_pins_hold_what_a_name_stands_for(plant: Plant) -> None:
    digest = hashlib.sha256(packs.load("general", plant.path)).hexdigest()
    pinned = ('pack = "general"', f'pack = "general"\npack-digest = "{digest}"')
    assert "no problems" in lint(plant, pinned)
    said = lint(plant, (pinned[0], pinned[1].replace("general", "it-change", 1)), expect=2)
    assert "7: pack-digest: is not the digest of the pack; see what has changed there" in said


TOML = '''\
a = 1 # [x]
"b.c" = [1, [2,
  3], # ]
  "x]",
]
d = { e = "}", f = [{ g = 1 },
  { g = 2 }] }
h = """
[no]
no = 1
\\""""" # two quotes
i = \'\'\'
[[no]]\'\'\'\'
[k.l]
m.n = 1979-05-27 07:32:00Z
"o" = 'p#'
[[q]]
r = 1
[[q.s]]
t = 1
[[q]]
[[q.s]]
t = 2
[[q.s]]
t = 3
'''


@pytest.mark.parametrize(
    "path, line",
    [
        ("a", 1),
        ("b.c", 2),
        ("b.c[1]", 2),
        ("b.c[1][1]", 3),
        ("b.c[2]", 4),
        ("d.e", 6),
        ("d.f[1].g", 7),
        ("h", 8),
        ("i", 12),
        ("k", 14),
        ("k.l.m.n", 15),
        ("k.l.o", 16),
        ("q", 17),
        ("q[0].s[0].t", 20),
        ("q[1]", 21),
        ("q[1].s[0].t", 23),
        ("q[1].s[1].t", 25),
        ("q[1].s[1].unknown", 24),
        ("no", 0),
        ("", 0),
    ],
)
def test_where_keys_stand(path: str, line: int) -> None:
    tomllib.loads(TOML)
    assert line_of(locate(TOML), path) == line
