"""The JSON report (SPEC 11)."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from test_render import BARE, FINAL, HASH, RICH, every_finding, sample

from opsproof_verify import __version__
from opsproof_verify.owed import WORDS
from opsproof_verify.render.json_form import encode
from opsproof_verify.render.json_report import render_json
from opsproof_verify.report import CheckOutcome, Outcome, Report, RuleOutcome

RENDER = Path(__file__).parents[1] / "opsproof_verify" / "render"
SCHEMA: dict[str, Any] = json.loads((RENDER / "report-1.schema.json").read_text())


def flaws(value: Any, schema: dict[str, Any], path: str = "$") -> list[str]:
    """Say where a value is not what the schema demands; the part of JSON Schema that ours uses, nothing else."""
    known = {"$ref", "anyOf", "type", "const", "enum", "pattern", "minimum", "maximum", "properties", "required"}
    known |= {"additionalProperties", "items", "prefixItems", "minItems", "description", "$id", "$schema"}
    known |= {"$comment", "title", "$defs"}
    assert set(schema) <= known, path
    if "$ref" in schema:
        return flaws(value, SCHEMA["$defs"][schema["$ref"].removeprefix("#/$defs/")], path)
    if "anyOf" in schema:
        return [] if any(not flaws(value, option, path) for option in schema["anyOf"]) else [f"{path}: anyOf"]
    return [*_flaws_of_type(value, schema, path), *_flaws_within(value, schema, path)]


TYPES = {"object": dict, "array": list, "string": str, "integer": int, "boolean": bool, "null": type(None)}


def _flaws_of_type(value: Any, schema: dict[str, Any], path: str) -> list[str]:

    names = schema.get("type", [])
    names = [names] if isinstance(names, str) else names
    found = [] if not names or any(type(value) is TYPES[name] for name in names) else [f"{path}: type"]
    found += [f"{path}: const"] if "const" in schema and value != schema["const"] else []
    found += [f"{path}: enum"] if "enum" in schema and value not in schema["enum"] else []
    if isinstance(value, str):
        found += [f"{path}: pattern"] if not re.search(schema.get("pattern", ""), value) else []
    if isinstance(value, int):
        least, most = schema.get("minimum", value), schema.get("maximum", value)
        found += [f"{path}: range"] if not least <= value <= most else []
    return found


def _flaws_within(value: Any, schema: dict[str, Any], path: str) -> list[str]:
    found: list[str] = []
    if isinstance(value, dict):
        found += [f"{path}: lacks {name}" for name in schema.get("required", []) if name not in value]
        rest = schema.get("additionalProperties", True)
        for name, member in value.items():
            inner = schema.get("properties", {}).get(name, rest)
            if inner is False:
                found.append(f"{path}: unknown {name}")
            elif inner is not True:
                found += flaws(member, inner, f"{path}.{name}")
    elif isinstance(value, list):
        first = schema.get("prefixItems", [])
        for index, item in enumerate(value):
            inner = first[index] if index < len(first) else schema.get("items", True)
            if inner is False:
                found.append(f"{path}: too long")
            elif inner is not True:
                found += flaws(item, inner, f"{path}[{index}]")
        found += [f"{path}: too short"] if len(value) < schema.get("minItems", 0) else []
    return found


@pytest.mark.parametrize("report", [FINAL, RICH, BARE], ids=["final", "rich", "bare"])
def test_report_keeps_its_schema(report: Report) -> None:
    assert flaws(json.loads(render_json(report)), SCHEMA) == []


def test_schema_refuses_what_is_not_in_it() -> None:
    document = json.loads(render_json(RICH))
    document["bundle"]["extra"] = 1
    document["findings"][0]["severity"] = "warning"
    document["at"] = "yesterday"
    del document["trust"]
    assert {flaw.partition(":")[0] for flaw in flaws(document, SCHEMA)} == {
        "$",
        "$.bundle",
        "$.at",
        "$.findings[0].severity",
    }


def test_schema_is_strict_and_described_throughout() -> None:
    def walk(schema: Any, path: str) -> None:
        if schema.get("type") == "object":
            assert "additionalProperties" in schema, path
            if "properties" in schema:
                assert schema["additionalProperties"] is False, path
                assert set(schema["required"]) <= set(schema["properties"]), path
        for name, member in schema.get("properties", {}).items():
            assert "description" in member, f"{path}.{name}"
            walk(member, f"{path}.{name}")
        if isinstance(schema.get("items"), dict):
            walk(schema["items"], f"{path}[]")

    assert SCHEMA["$schema"].endswith("2020-12/schema")
    assert SCHEMA["$id"]
    walk(SCHEMA, "$")
    for name, definition in SCHEMA["$defs"].items():
        walk(definition, name)


def test_form_is_that_of_spec_11_1() -> None:
    data = render_json(sample(expect=(("subject.batch", "Müller"),)))
    document = json.loads(data)
    assert data == (json.dumps(document, ensure_ascii=False, sort_keys=True, indent=2) + "\n").encode()
    assert "Müller".encode() in data
    assert b"\r" not in data
    assert document["at"] == "2026-11-05T17:33:20.000Z"
    assert document["verifier"] == {
        "name": "opsproof-verify",
        "version": __version__,
        "spec": 1,
        "vocabulary": 1,
    }


def test_members_of_spec_11() -> None:
    document = json.loads(render_json(RICH))
    assert document["signoffs"][0] == {
        "hash": HASH,
        "person": "a-weiss",
        "name": "Anna Weiss",
        "role": "quality",
        "decision": "approve",
        "meaning": {"id": "released", "text": "I have reviewed the record."},
        "time": "2026-11-03T11:00:00.000+01:00",
        "standing": True,
        "counts-for": ["closure"],
        "covers": [12],
        "authentication": None,
        "delegated-by": None,
    }
    assert document["policy"]["off"] == [{"rule": "time.not-monotonic", "reason": "clocks differ"}]
    assert document["counts"] == {"chain.broken-link": {"fail": 250}}
    assert document["bundle"]["withheld"] == [[2, 2], [4, 6]]
    assert document["not-run"] == [{"phase": 8, "codes": ["seal.missing"]}]
    assert document["at"] is None
    assert document["verdict"] == "FAIL"
    assert document["owed"][0] == {
        "need": "approve",
        "facts": {"count": 1, "covers": [17, 23], "id": "closure", "role": "quality"},
    }


def test_what_rules_and_codes_serve_is_said_with_what_became_of_them() -> None:
    report = sample(
        rules=(RuleOutcome("step.unfinished", "fail", Outcome.PASSED, None, ("21 CFR 211.188", "house rule 4")),),
        checks=(CheckOutcome("chain.broken-link", Outcome.VIOLATED, ("21 CFR 11.10(a)",)),),
    )
    document = json.loads(render_json(report))
    assert flaws(document, SCHEMA) == []
    assert document["rules"] == [
        {
            "rule": "step.unfinished",
            "level": "fail",
            "outcome": "passed",
            "serves": ["21 CFR 211.188", "house rule 4"],
        }
    ]
    assert document["checks"] == [{"code": "chain.broken-link", "outcome": "violated", "serves": ["21 CFR 11.10(a)"]}]
    document["checks"][0]["outcome"] = "off"
    del document["rules"][0]["serves"]
    assert sorted(flaws(document, SCHEMA)) == ["$.checks[0].outcome: enum", "$.rules[0]: lacks serves"]


def test_each_kind_of_act_that_may_be_owed_is_in_the_schema() -> None:
    assert SCHEMA["properties"]["owed"]["items"]["properties"]["need"]["enum"] == list(WORDS)


def test_contract_and_policy_are_left_out_where_there_is_none() -> None:
    document = json.loads(render_json(BARE))
    assert "contract" not in document
    assert "policy" not in document


def test_lone_surrogate_of_an_argument_is_still_utf_8() -> None:
    data = render_json(sample(findings=every_finding("\udcff"), expect=(("subject.batch", "\udcff"),)))
    assert b'"subject.batch": "\\udcff"' in data
    assert json.loads(data.decode("utf-8"))


TEXTS = st.text(st.characters(codec=None) | st.sampled_from('"\\/\n\r\t\b\f\x00\x1f\x7f\x85\u2028\ud800'), max_size=12)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
)


@given(VALUES)
def test_it_is_what_the_module_json_writes(value: Any) -> None:
    """SPEC 11-1."""
    text = json.dumps(value, ensure_ascii=False, sort_keys=True, indent=2, allow_nan=False)
    assert encode(value) == f"{text}\n".encode("utf-8", "backslashreplace")
