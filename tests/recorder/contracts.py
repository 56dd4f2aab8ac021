"""Random contracts, as maps: what an author could have written, prose at its worst included."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import strategies as st
from opsproof_record import packs

from opsproof_verify import fields
from opsproof_verify.canonical import encode
from opsproof_verify.contract import DEMANDS, SEVERITIES
from opsproof_verify.findings import Rejected
from opsproof_verify.policy import Policy

Map = dict[str, Any]

KEYS = [
    Ed25519PrivateKey.from_private_bytes(bytes([number]) * 32).public_key().public_bytes_raw() for number in range(4)
]
BASELINE = Policy.load("baseline")

ids = st.from_regex(r"[a-z0-9][a-z0-9._-]{0,9}", fullmatch=True)


def _accepted(read: fields.Reader[str]) -> st.SearchStrategy[str]:
    """Give texts that the verifier accepts, with the letters that markup, TOML and terminals care about."""

    def is_sound(text: str) -> bool:
        try:
            read(text)
        except Rejected:
            return False
        return True

    letters = st.sampled_from(list("ab #*_[]()<>&;`~\\\"'.-+=|!{}1é漢\u00a0\u200f\u202e\U0001f9ea")) | st.characters(
        exclude_categories=["Cs", "Cc"]
    )
    return st.text(letters, min_size=1, max_size=20).filter(is_sound)


lines = _accepted(fields.line)

#: Pieces of Markdown that have meant trouble to somebody.
PIECES = [
    "",
    "Text.",
    "trailing spaces  ",
    "   ",
    "# A heading",
    "### Another {#id}",
    "Set\n===",
    "under\n---",
    "- one\n  - two\n    1. three",
    "> quoted\n> # not a heading",
    "| a | b |\n|---|---|\n| 1 | 2 |",
    "```\n# no heading\n```",
    "~~~python\nx = '''y'''\n~~~",
    "````\n```toml step\n````",
    '```toml step\nid = "trap"\n```',
    '- ```toml step\n  id = "trap"\n  ```',
    "```",
    "~~~",
    "<!-- a comment",
    "<div>\n\n# in HTML\n\n</div>",
    "<script>",
    "    indented code",
    "+++",
    "---",
    "'''",
    '"""',
    "\\",
    "[a]: /url",
    "é 漢字 \u202e\u00a0",
]
prose = st.lists(st.sampled_from(PIECES) | lines, min_size=1, max_size=6).map("\n".join).filter(bool)

moments = st.tuples(st.integers(0, 253_000_000_000_000), st.integers(-1439, 1439)).map(list)
numbers = st.from_regex(fields.DECIMAL, fullmatch=True).filter(lambda text: not fields.NEGATIVE_ZERO.fullmatch(text))
durations = st.integers(1, fields.MAX_INTEGER) | st.sampled_from([1000, 60_000, 5_400_000, 86_400_000])


def some(of: st.SearchStrategy[Any], least: int = 1) -> st.SearchStrategy[list[Any]]:
    """Give a few different items."""
    return st.lists(of, min_size=least, max_size=3, unique=True)


def rows(of: st.SearchStrategy[Map], most: int = 3, least: int = 0) -> st.SearchStrategy[list[Map]]:
    """Give rows with identifiers of their own."""
    return st.lists(of, min_size=least, max_size=most, unique_by=lambda row: row.get("id", row.get("code")))


def record(need: Map, may: Map) -> st.SearchStrategy[Map]:
    """Give maps with all members of ``need`` and some of ``may``."""
    return st.fixed_dictionaries(need, optional=may)


def _ordered(spec: Map) -> Map:
    """Put two limits into order."""
    if "min" in spec and "max" in spec:
        spec["min"], spec["max"] = sorted([spec["min"], spec["max"]], key=Decimal)
    return spec


true = st.just(True)  # noqa: FBT003 - the one value that a flag has
value_specs = st.one_of(
    record({"id": ids, "type": st.sampled_from(["text", "boolean"])}, {"title": lines, "optional": true}),
    record({"id": ids, "type": st.just("choice"), "choices": some(lines)}, {"title": lines, "optional": true}),
    record(
        {"id": ids, "type": st.sampled_from(["decimal", "integer"])},
        {"title": lines, "unit": lines.filter(lambda text: len(text.encode()) <= 32), "min": numbers, "max": numbers},
    ).map(_ordered),
)
slots = record(
    {
        "id": ids,
        "media": some(st.sampled_from(["image/jpeg", "text/csv", "application/vnd.x+json"])),
        "min": st.integers(0, 3),
        "max": st.integers(3, fields.MAX_INTEGER),
    },
    {"title": lines},
)
repeats = st.tuples(st.integers(1, 9), st.integers(9, fields.MAX_INTEGER)).map(
    lambda two: {"min": two[0], "max": two[1]}
)
plain_steps = record(
    {"id": ids, "title": lines, "roles": some(ids)},
    {
        "instruction": prose,
        "optional": true,
        "repeat": repeats,
        "values": rows(value_specs, least=1),
        "evidence": rows(slots, least=1),
        "hold": some(ids),
        "authorise": some(ids),
        "max-ms": durations,
    },
)


@st.composite
def steps(draw: st.DrawFn, tags: list[str]) -> list[Map]:
    """Give steps that name earlier ones in ``after``."""
    result: list[Map] = draw(rows(plain_steps, most=4, least=1))
    for index, step in enumerate(result):
        if index and draw(st.booleans()):
            step["after"] = draw(some(st.sampled_from([one["id"] for one in result[:index]])))
        if draw(st.booleans()):
            step["critical"] = True
            if draw(st.booleans()):
                step["check"] = draw(some(ids))
        if bool(tags) and draw(st.booleans()):
            step["tags"] = draw(some(st.sampled_from(tags)))
    return result


members = record(
    {
        "id": ids,
        "person": ids,
        "name": lines,
        "kind": st.sampled_from(["human", "agent", "device"]),
        "roles": some(ids),
    },
    {
        "not-before": moments,
        "software": lines,
        "config": st.binary(min_size=32, max_size=32),
        "principal": ids,
    },
)


@st.composite
def rosters(draw: st.DrawFn) -> list[Map]:
    """Give actors with keys of their own."""
    result: list[Map] = draw(rows(members, most=len(KEYS), least=1))
    for member, key in zip(result, KEYS, strict=False):
        member["key"] = key
        if member["kind"] == "human":
            member.pop("principal", None)
    return result


reasons = record(
    {"code": ids, "title": lines, "severity": st.sampled_from(SEVERITIES)},
    {"demands": some(st.sampled_from(DEMANDS)), "remediation": true},
)
own_packs = record(
    {
        "id": ids,
        "version": st.integers(1, fields.MAX_INTEGER),
        "title": lines,
        "terms": st.dictionaries(st.sampled_from(["run", "step", "sign-off"]), lines),
        "tags": some(ids, 0),
        "reasons": rows(reasons, least=1),
    },
    {},
).map(encode)
shipped_packs = st.sampled_from(packs.shipped()).map(lambda name: packs.load(name, Path()))
_POLICY: Any = fields.decoded(BASELINE.encode())
own_policies = st.builds(
    lambda title, level: encode(
        _POLICY | {"title": title, "rules": _POLICY["rules"] | {"gap.unexplained": {"level": level}}}
    ),
    lines,
    st.sampled_from(["fail", "note"]),
)


@st.composite
def contracts(draw: st.DrawFn) -> Map:
    """Give contracts that satisfy SPEC 6.1."""
    pack = draw(st.none() | shipped_packs | own_packs)
    tags = [] if pack is None else list(packs.parse(pack).tags)
    contract: Map = draw(
        record(
            {
                "id": ids,
                "version": st.integers(1, fields.MAX_INTEGER),
                "title": lines,
                "issuer": ids,
                "nonce": st.binary(min_size=16, max_size=16),
                "issued": moments,
                "params": rows(record({"id": ids}, {"title": lines, "optional": true})),
                "roster": rosters(),
                "authority": record(
                    {"assign": some(ids, 0), "release": some(ids, 0), "rule": some(ids, 0), "seal": some(ids)}, {}
                ),
                "policy": st.just(BASELINE.encode()) | own_policies,
                "steps": steps(tags),
            },
            {
                "introduction": prose,
                "not-before": moments,
                "source": record(
                    {
                        "digest": st.binary(min_size=32, max_size=32),
                        "size": st.integers(0, fields.MAX_INTEGER),
                        "media": st.just("application/pdf"),
                    },
                    {"name": lines},
                ),
            },
        )
    )
    return contract if pack is None else contract | {"pack": pack}
