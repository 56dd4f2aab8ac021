"""The JSON Schema of policy files in TOML (SPEC 8.1), made from the vocabulary: for editors, never for a verdict.

It says what can be said of one value, or of values beside each other. What needs the whole file (an id twice, a circle
of `after`, rows that are never reached) is for `policy lint`. Of the keywords of JSON Schema 2020-12 only those are
used that Draft 4 has too, and ``const`` and ``if``: Taplo reads Draft 4, and ignores what stands beside a ``$ref``.
"""

from __future__ import annotations

from opsproof_verify.contract import ACTOR_KINDS, SEVERITIES
from opsproof_verify.entries import KINDS
from opsproof_verify.fields import ID, MAX_INTEGER
from opsproof_verify.policy_parts import PARAMETERS
from opsproof_verify.policy_reading import EXCLUDED, MAX_COUNT
from opsproof_verify.records import RULINGS
from opsproof_verify.register import CODES, RULES, Remedy
from opsproof_verify.render.json_form import Json, encode
from opsproof_verify.render.messages import TEXTS
from opsproof_verify.render.policy_words import parameter
from opsproof_verify.selectors import CONDITIONS

_Schema = dict[str, Json]

_ID: _Schema = {"type": "string", "pattern": f"^{ID.pattern}$"}
_PATTERN: _Schema = {"type": "string", "pattern": f"^{ID.pattern}[*]?$"}
_LINE: _Schema = {"type": "string", "minLength": 1, "maxLength": 256, "pattern": "^[^\\u0000-\\u001f\\u007f-\\u009f]*$"}
_POSITIVE: _Schema = {"type": "integer", "minimum": 1, "maximum": MAX_INTEGER}
_COUNT: _Schema = {"type": "integer", "minimum": 1, "maximum": MAX_COUNT}
_DURATION: _Schema = {
    "type": ["integer", "string"],
    "minimum": 1,
    "maximum": MAX_INTEGER,
    "pattern": "^[1-9][0-9]{0,8} ?(ms|s|min|h|d)$",
}

#: With `off` a reason is demanded, and otherwise none is allowed (SPEC 8.1-2).
_OFF: _Schema = {
    "if": {"properties": {"level": {"const": "off"}}, "required": ["level"]},
    "then": {"required": ["reason"]},
    "else": {"not": {"required": ["reason"]}},
}
_REASONED: _Schema = {"allOf": [{"$ref": "#/$defs/off"}]}
_LINES: _Schema = {"$ref": "#/$defs/line"}

_CONDITIONS: dict[str, tuple[Json, str]] = {
    "steps": (_PATTERN, "In a step with one of these ids; a final * stands for anything."),
    "tags": (_ID, "In a step with one of these tags."),
    "roles": (_ID, "By somebody with one of these roles."),
    "kinds": ({"enum": list(ACTOR_KINDS)}, "By an actor of one of these kinds."),
    "severity": ({"enum": list(SEVERITIES)}, "Of one of these severities."),
    "reasons": (_PATTERN, "For one of these reasons; a final * stands for anything."),
}
_PARAMETERS: dict[str, _Schema] = {
    "max-waiting": _POSITIVE,
    "max-same": _POSITIVE,
    "max-lag": _DURATION,
    "max-delay": _DURATION,
    "within": _DURATION,
    "max-age": _DURATION,
    "min-factors": {"type": "integer", "minimum": 1, "maximum": 3},
}


def render_schema() -> bytes:
    """Give the schema as a file."""
    return encode(policy_schema())


def policy_schema() -> _Schema:
    """Give the schema of a policy file."""
    rules: _Schema = {rule: _rule(rule) for rule in RULES}
    hopeless: list[Json] = [rule for rule, code in RULES.items() if code.remedy is Remedy.NONE]
    provisional: _Schema = {"properties": {"default-level": {"const": "provisional"}}}
    schema = _table(
        "A policy profile of OpsProof, vocabulary 1.",
        {
            "vocabulary": {"const": 1, "description": "The frozen set of rules."},
            "id": _about(_ID, "The name of this policy."),
            "version": _about(_POSITIVE, "Counts up with each change."),
            "title": _about(_LINE, "What it is for, in a line."),
            "default-level": _words("The level of each rule that is not listed.", "fail", "provisional"),
            "unevaluable": _words("What cannot be judged is worth the rule's level, or less.", "own", "provisional"),
            "approvers": _words("Whose approvals count: the trust file's people, or the run's too.", "trust", "roster"),
            "retired-keys": _words("Whether the signer's clock is enough before a key's end.", "claimed", "witnessed"),
            "sealing-roles": _set(_ID, "Of the roles that the contract lets seal, these."),
            "contract-approval": _table(
                "Who approves the contract before the run.",
                {"count": _about(_COUNT, "How many people."), "roles": _set(_ID, "In which roles; default any.")},
            ),
            "rules": _table("What each rule is worth. A rule that is not listed has the default level.", rules),
            "approvals": {"type": "array", "description": "Approvals after the seal.", "items": _approval()},
            "rulings": _rulings(),
            "serves": _table(
                "Which clauses of which regulation or house rule a code serves.",
                {code: _set(_LINES, TEXTS[code].meaning) for code in CODES},
            ),
        },
        "vocabulary", "id", "version", "title", "default-level", "rulings",
    )  # fmt: skip
    head: _Schema = {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "OpsProof policy 1"}
    condition: _Schema = {
        "if": {**provisional, "required": ["default-level"]},
        "then": {"required": ["rules"], "properties": {"rules": {"required": hopeless}}},
    }
    parts: _Schema = {name: _condition(name) for name in CONDITIONS}
    return {**head, **schema, **condition, "$defs": {**parts, "line": _LINE, "off": _OFF}}


def _table(about: str, properties: _Schema, *required: str) -> _Schema:
    schema: _Schema = {
        "type": "object",
        "description": about,
        "additionalProperties": False,
        "properties": properties,
    }
    return {**schema, "required": list(required)} if required else schema


def _about(schema: _Schema, text: str) -> _Schema:
    return {**schema, "description": text}


def _words(about: str, *words: str) -> _Schema:
    return {"enum": list(words), "description": about}


def _set(items: Json, about: str, least: int = 1) -> _Schema:
    return {"type": "array", "items": items, "minItems": least, "uniqueItems": True, "description": about}


def _flag(about: str, *, default: bool) -> _Schema:
    return {"type": "boolean", "default": default, "description": about}


# --- selectors


def _condition(name: str) -> _Schema:
    if name == "critical":
        return {"type": "boolean", "description": "In a critical step, or in none."}
    items, about = _CONDITIONS[name]
    return _set(items, about)


def _conditions(looks_at: str = "sad") -> _Schema:
    """Give the conditions of a selector that looks at some of step, actor and deviation (SPEC 8.6-4)."""
    return {name: {"$ref": f"#/$defs/{name}"} for name, looks in CONDITIONS.items() if looks in looks_at}


# --- rules


def _rule(rule: str) -> _Schema:
    """Give the schema of a rule: its levels, rows for what it may look at, its parameters."""
    code = RULES[rule]
    levels = [
        "fail",
        *(() if code.remedy is Remedy.NONE else ("provisional",)),
        *(() if code.hides else ("note", "off")),
    ]
    level: _Schema = {"level": _words("What a violation is worth.", *levels), "reason": _about(_LINE, "Why it is off.")}
    properties: _Schema = {**level}
    if code.selects:
        conditions = _conditions(code.selects)
        row = _table("Another level where these conditions hold.", {**level, **conditions}, "level")
        some: list[Json] = [{"required": [name]} for name in conditions]
        items: Json = {**row, **_REASONED, "anyOf": some}
        properties["when"] = {
            "type": "array",
            "description": "Another level for some violations: the first row that fits decides.",
            "items": items,
        }
    for name, preset in PARAMETERS.get(rule, {}).items():
        properties[name] = _parameter(name, f"Default: {parameter(name, preset)}.")
    return {**_table(TEXTS[rule].meaning, properties, "level"), **_REASONED}


def _parameter(name: str, about: str) -> _Schema:
    if name == "at-once":
        return _set({"enum": list(KINDS)}, about, 0)
    if name == "members":
        return _set({"enum": ["captured", "copy", "source"]}, about)
    return _about(_PARAMETERS[name], about)


# --- approvals and rulings


def _approval() -> _Schema:
    """Give the schema of an approval need (SPEC 8.5)."""
    when = _table("Needed only if there are such deviations.", {**_conditions(), "count": _POSITIVE})
    return _table(
        "An approval that a run needs after its seal.",
        {
            "id": _about(_ID, "Its name; each has its own."),
            "role": _about(_ID, "The role in which the signer signs."),
            "count": _about(_COUNT, "How many different people; default 1."),
            "meaning": _about(_ID, "The id of the meaning that the signature states."),
            "independent-of": _set({"enum": list(EXCLUDED)}, "Who may not give it; default author, performer.", 0),
            "after": _set(_ID, "Approvals that the signer has seen.", 0),
            "when-deviation": when,
            "when-work": _table("Needed only if such work was done.", _conditions("sa")),
            "covers": _table("The deviations that this approval covers, and no other approval.", _conditions()),
            "deadline": _about(_DURATION, "How long after the seal."),
            "last-word": _flag("The signer has seen all that was added after the seal.", default=True),
            "blind": _flag("It counts without a look at a report.", default=False),
            "redacted": _flag("It counts for a copy that lacked entries or evidence.", default=False),
            "serves": _set(_LINES, "Which clauses it serves.", 0),
        },
        "id", "role",
    )  # fmt: skip


def _rulings() -> _Schema:
    """Give the schema of the table of rulings (SPEC 8.4)."""
    ruling = _words("Stop work, go on and review later, or ask for nothing.", *reversed(RULINGS))
    row = _table(
        "What happens on such a deviation; the last row has no condition.", {**_conditions(), "ruling": ruling}
    )
    return {
        "type": "array",
        "description": "What happens on a deviation: the first row that fits decides.",
        "minItems": 1,
        "items": {**row, "required": ["ruling"]},
    }
