"""The JSON Schema of policy files: made from the vocabulary, and what it takes and refuses (SPEC 8.1)."""

import json
import tomllib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from jsonschema import Draft202012Validator
from support.policies import Data, policies, written
from test_policy import FULL
from test_policy_refused import WRONG

from opsproof_verify import Policy
from opsproof_verify.cli import main
from opsproof_verify.register import CODES, RULES
from opsproof_verify.render.policy_schema import policy_schema, render_schema

FOLDER = Path(__file__).parent.parent / "policies"
SCHEMA: dict[str, Any] = json.loads(render_schema())
VALIDATOR = Draft202012Validator(SCHEMA)


def refused(text: str) -> list[str]:
    return [error.json_path for error in VALIDATOR.iter_errors(tomllib.loads(text))]


def test_the_schema_in_the_repository_is_that_of_the_vocabulary() -> None:
    """Make it anew with ``opsproof-verify policy schema > policies/policy-1.schema.json``."""
    assert (FOLDER / "policy-1.schema.json").read_bytes() == render_schema()


def test_the_command_prints_it(capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    assert main(["policy", "schema"]) == 0
    assert capfdbinary.readouterr().out == render_schema()


def test_it_is_a_schema_and_each_rule_and_code_is_in_it() -> None:
    Draft202012Validator.check_schema(policy_schema())
    assert SCHEMA["properties"]["rules"]["properties"].keys() == RULES.keys()
    assert SCHEMA["properties"]["serves"]["properties"].keys() == CODES.keys()


def test_only_what_editors_know_is_used() -> None:
    """Taplo reads Draft 4, passes over newer keywords, and ignores what stands beside a ``$ref``."""

    def walk(value: Any) -> None:
        if isinstance(value, dict):
            assert "$ref" not in value or len(value) == 1
            assert value.keys().isdisjoint({"prefixItems", "contains", "unevaluatedProperties", "dependentSchemas"})
            for part in value.values():
                walk(part)
        if isinstance(value, list):
            for part in value:
                walk(part)

    walk(SCHEMA)


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.toml")), ids=lambda path: path.stem)
def test_each_shipped_policy_is_taken(path: Path) -> None:
    assert refused(path.read_text(encoding="utf-8")) == []


def test_a_policy_with_everything_is_taken() -> None:
    assert refused(FULL) == []


@given(policies())
@settings(deadline=None, max_examples=25, suppress_health_check=[HealthCheck.too_slow])
def test_each_valid_policy_is_taken(data: Data) -> None:
    text = written(data)
    Policy.parse(text.encode())
    assert refused(text) == []


#: What needs more than one value beside another, or is no matter of JSON, is for `policy lint` alone.
BEYOND = {
    "carriage returns",
    "a float",  # 1.0 is an integer of JSON Schema
    "a last ruling with a condition",
    "an unreachable ruling",
    "a ruling within an earlier one",
    "a ruling within a pattern",
    "a row that changes nothing",
    "a row within an earlier one",
    "two approvals of one id",
    "after itself",
    "after nobody",
    "a circle",
    "each with covers",
}


@pytest.mark.parametrize("name", WRONG)
def test_what_is_refused_for_its_shape_is_refused_by_the_schema(name: str) -> None:
    text, _ = WRONG[name]
    assert bool(refused(text)) is (name not in BEYOND)


def test_a_default_of_provisional_needs_every_rule_without_a_remedy_listed() -> None:
    text = FULL.replace('default-level = "fail"', 'default-level = "provisional"')
    found = {error.message for error in VALIDATOR.iter_errors(tomllib.loads(text))}
    assert "'step.unfinished' is a required property" in found


def test_the_example_of_the_guide_is_taken_and_can_be_used() -> None:
    guide = (FOLDER.parent / "docs" / "guides" / "policies.md").read_text(encoding="utf-8")
    example = guide.partition("```toml\n")[2].partition("```")[0]
    assert Policy.parse(example.encode()).id == "house-batch"
    assert refused(example) == []
