"""Random valid policies over the whole language of SPEC 8, as the tables that TOML says, and TOML for them.

``policies()`` gives maps as ``tomllib`` would: rules that are not listed have the default level, sets are lists in any
order, durations are text or milliseconds. ``written(data)`` is TOML for such a map; ``written(data, random)`` says the
same with its keys, tables, approvals and sets in another order. ``Names`` says of which roles, steps, tags, reasons and
meanings a policy speaks, so that it can be about a given bundle.

    @given(policies())
    def test(data): Policy.parse(written(data).encode())
"""

from __future__ import annotations

import json
from random import Random
from typing import Any, NamedTuple

from hypothesis import strategies as st

from opsproof_verify.policy_parts import PARAMETERS
from opsproof_verify.register import CODES, RULES, Remedy
from opsproof_verify.selectors import Selector

Data = dict[str, Any]


class Names(NamedTuple):
    """What a policy may speak of; patterns of steps and reasons are made from these."""

    roles: tuple[str, ...] = ("operator", "production", "quality", "supervisor")
    steps: tuple[str, ...] = ("fill", "label", "mix", "mix-2")
    tags: tuple[str, ...] = ("gmp", "sterile")
    reasons: tuple[str, ...] = ("label-smudged", "label-torn", "mix-up", "spill")
    meanings: tuple[str, ...] = ("release", "review")


NAMES = Names()

#: Lists whose order means nothing; all but the rows of `when` and `rulings` (SPEC 8.1-9).
ORDERED = ("when", "rulings")

_KINDS = ("human", "agent", "device")
_SEVERITIES = ("minor", "major", "critical")
_EXCLUDED = ("author", "checker", "performer", "recorder", "sealer")
_AT_ONCE = ("acted", "checked", "note", "released")
_LOOKS_AT = {"steps": "s", "tags": "s", "critical": "s", "roles": "a", "kinds": "a", "severity": "d", "reasons": "d"}

lines = st.text("abcXYZ 0123§é\"'\\#[]={},.;-", min_size=1, max_size=24)
durations = st.one_of(
    st.integers(1, 10**9), st.builds("{}{}".format, st.integers(1, 99), st.sampled_from(["ms", " s", " min", "h", "d"]))
)
_VALUES: dict[str, st.SearchStrategy[Any]] = {
    "max-waiting": st.integers(1, 20),
    "max-same": st.integers(1, 20),
    "max-lag": durations,
    "max-delay": durations,
    "within": durations,
    "max-age": durations,
    "min-factors": st.integers(1, 3),
}


def subset(items: tuple[str, ...], least: int = 1) -> st.SearchStrategy[list[str]]:
    """Give some of the items, each once, in any order."""
    return st.lists(st.sampled_from(items), min_size=least, max_size=4, unique=True)


def _patterns(names: tuple[str, ...]) -> st.SearchStrategy[list[str]]:
    """Give exact names, and beginnings of names with a final ``*``."""
    starts = tuple(dict.fromkeys(name[:size] + "*" for name in names for size in (2, len(name))))
    return subset((*names, *starts))


def selectors(names: Names, looks_at: str = "sad", least: int = 0) -> st.SearchStrategy[Data]:
    """Give conditions of a selector that looks at some of step, actor and deviation; at least so many."""
    conditions: dict[str, st.SearchStrategy[Any]] = {
        "steps": _patterns(names.steps),
        "tags": subset(names.tags),
        "critical": st.booleans(),
        "roles": subset(names.roles),
        "kinds": subset(_KINDS),
        "severity": subset(_SEVERITIES),
        "reasons": _patterns(names.reasons),
    }
    able = [name for name, looks in _LOOKS_AT.items() if looks in looks_at]
    chosen = st.lists(st.sampled_from(able), min_size=least, max_size=3, unique=True)
    return chosen.flatmap(lambda picked: st.fixed_dictionaries({name: conditions[name] for name in picked}))


def selector(row: Data) -> Selector:
    """Give the selector of a row, to see what it contains."""
    parts: Data = {name: row[name] if name == "critical" else tuple(row[name]) for name in _LOOKS_AT if name in row}
    return Selector(**parts)


def _reached(rows: list[Data]) -> list[Data]:
    """Leave out rows that an earlier one takes all of (SPEC 8.1-4)."""
    kept: list[Data] = []
    for row in rows:
        if not any(selector(before).contains(selector(row)) for before in kept):
            kept.append(row)
    return kept


def levels(rule: str) -> tuple[str, ...]:
    """Give the levels that a rule can have (SPEC 8.1-3)."""
    code = RULES[rule]
    low = () if code.hides else ("note", "off")
    return ("fail", *(() if code.remedy is Remedy.NONE else ("provisional",)), *low)


@st.composite
def _leveled(draw: st.DrawFn, rule: str) -> Data:
    level = draw(st.sampled_from(levels(rule)))
    return {"level": level, "reason": draw(lines)} if level == "off" else {"level": level}


@st.composite
def rules(draw: st.DrawFn, rule: str, names: Names = NAMES) -> Data:
    """Give a setting of a rule: level, rows for some matters, parameters."""
    setting = draw(_leveled(rule))
    if RULES[rule].selects and draw(st.booleans()):
        given = st.lists(selectors(names, RULES[rule].selects, 1), min_size=1, max_size=3)
        rows = [{**where, **draw(_leveled(rule))} for where in _reached(draw(given))]
        while rows and all(rows[-1].get(name) == setting.get(name) for name in ("level", "reason")):
            rows.pop()  # a last row that changes nothing is refused
        setting |= {"when": rows} if rows else {}
    for name in PARAMETERS.get(rule, {}):
        if draw(st.booleans()):
            setting[name] = draw(_parameter(name))
    return setting


def _parameter(name: str) -> st.SearchStrategy[Any]:
    if name == "at-once":
        return subset(_AT_ONCE, 0)
    return subset(("captured", "copy", "source")) if name == "members" else _VALUES[name]


@st.composite
def _deviations(draw: st.DrawFn, names: Names) -> Data:
    return draw(selectors(names)) | draw(st.fixed_dictionaries({}, optional={"count": st.just(2)}))


@st.composite
def approvals(draw: st.DrawFn, names: Names = NAMES) -> list[Data]:
    """Give approval needs: none waits for itself; if some always exist, one of them has no ``covers`` (SPEC 8.1-7)."""
    needs: list[Data] = []
    for id_ in draw(subset(("closure", "production", "qa", "second"), 0)):
        need: Data = {"id": id_, "role": draw(st.sampled_from(names.roles))}
        optional: dict[str, st.SearchStrategy[Any]] = {
            "count": st.integers(1, 3),
            "meaning": st.sampled_from(names.meanings),
            "independent-of": subset(_EXCLUDED, 0),
            "after": subset(tuple(one["id"] for one in needs), 0) if needs else st.just([]),
            "when-deviation": _deviations(names),
            "when-work": selectors(names, "sa"),
            "covers": selectors(names),
            "deadline": durations,
            "last-word": st.booleans(),
            "blind": st.booleans(),
            "redacted": st.booleans(),
            "serves": st.lists(lines, max_size=2, unique=True),
        }
        chosen = draw(st.lists(st.sampled_from(tuple(optional)), max_size=5, unique=True))
        needs.append(need | {name: draw(optional[name]) for name in chosen})
    always = [need for need in needs if "when-deviation" not in need and "when-work" not in need]
    if always and all("covers" in need for need in always):
        del always[0]["covers"]
    return list(draw(st.permutations(needs)))


@st.composite
def rulings(draw: st.DrawFn, names: Names = NAMES) -> list[Data]:
    """Give a table of rulings that ends with one that takes everything."""
    words = st.sampled_from(("block", "review", "allow"))
    rows = _reached(draw(st.lists(selectors(names, least=1), max_size=3)))
    return [*({**row, "ruling": draw(words)} for row in rows), {"ruling": draw(words)}]


def _contract_approval(names: Names) -> st.SearchStrategy[Data]:
    return st.fixed_dictionaries({}, optional={"count": st.integers(1, 3), "roles": subset(names.roles)})


@st.composite
def policies(draw: st.DrawFn, names: Names = NAMES) -> Data:
    """Give a valid policy."""
    default = draw(st.sampled_from(("fail", "fail", "fail", "provisional")))
    listed = set(draw(st.lists(st.sampled_from(sorted(RULES)), max_size=12, unique=True)))
    if default == "provisional":
        listed |= {name for name, code in RULES.items() if code.remedy is Remedy.NONE}
    data: Data = {
        "vocabulary": 1,
        "id": draw(st.sampled_from(("house", "p", "site-7.batch"))),
        "version": draw(st.integers(1, 9)),
        "title": draw(lines),
        "default-level": default,
    }
    optional: dict[str, st.SearchStrategy[Any]] = {
        "unevaluable": st.sampled_from(("own", "provisional")),
        "approvers": st.sampled_from(("trust", "roster")),
        "retired-keys": st.sampled_from(("claimed", "witnessed")),
        "sealing-roles": subset(names.roles),
        "contract-approval": _contract_approval(names),
        "serves": st.dictionaries(st.sampled_from(sorted(CODES)), st.lists(lines, min_size=1, max_size=2, unique=True)),
    }
    for name in draw(st.lists(st.sampled_from(tuple(optional)), max_size=6, unique=True)):
        data[name] = draw(optional[name])
    data["rules"] = {name: draw(rules(name, names)) for name in sorted(listed)}
    return data | {"approvals": draw(approvals(names)), "rulings": draw(rulings(names))}


# --- writing


def written(data: Data, order: Random | None = None) -> str:
    """Write a policy as TOML; with ``order`` keys, tables, approvals and sets stand in a random order."""
    tables = ["contract-approval", "rules", "serves", "approvals", "rulings"]
    top = {name: item for name, item in data.items() if name not in tables}
    blocks = []
    if data.get("contract-approval"):
        blocks.append(_table("[contract-approval]", data["contract-approval"], order))
    for rule, setting in data.get("rules", {}).items():
        head = f"rules.{json.dumps(rule)}"
        parts = [_table(f"[[{head}.when]]", row, order) for row in setting.get("when", [])]
        blocks.append(_table(f"[{head}]", {k: v for k, v in setting.items() if k != "when"}, order) + "".join(parts))
    if data.get("serves"):
        blocks.append(_table("[serves]", data["serves"], order))
    blocks += [_table("[[approvals]]", need, order) for need in data.get("approvals", [])]
    blocks.append("".join(_table("[[rulings]]", row, order) for row in data["rulings"]))
    if order is not None:
        order.shuffle(blocks)
    return _table("", top, order) + "".join(blocks)


def _table(header: str, pairs: Data, order: Random | None) -> str:
    body = [f"{_key(name)} = {_value(item, order)}\n" for name, item in pairs.items()]
    if order is not None:
        order.shuffle(body)
    return f"\n{header}\n{''.join(body)}"


def _value(value: Any, order: Random | None) -> str:
    if isinstance(value, dict):
        pairs = [f"{_key(name)} = {_value(item, order)}" for name, item in value.items()]
        if order is not None:
            order.shuffle(pairs)
        return "{ " + ", ".join(pairs) + " }"
    if isinstance(value, list):
        items = [_value(item, order) for item in value]
        if order is not None:
            order.shuffle(items)
        return f"[{', '.join(items)}]"
    return json.dumps(value, ensure_ascii=False)


def _key(name: str) -> str:
    return json.dumps(name) if "." in name else name
