"""SPEC as a document: its CDDL accepts what the vectors hold, and Appendix A shows a bundle that is there."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pycddl
import pytest

from opsproof_verify.canonical import decode

ROOT = Path(__file__).parent.parent
BUNDLES = ROOT / "testvectors" / "bundles"
SPEC = (ROOT / "SPEC.md").read_text(encoding="utf-8")
CDDL = "\n".join(re.findall(r"```cddl\n(.*?)```", SPEC, re.DOTALL))
SIGNED = {1: "contract", 6: "seal", 7: "signoff", 8: "witness", 9: "approval"}
INSIDE = ("assignment", "attestation", "witness")  # in entries
CARRIED = "delegation"  # in sign-offs

#: What pycddl 0.6 cannot do: ranges that begin below zero (their upper end is not checked here), keys of maps that have
#: a control (checked below), arrays of a named choice of texts.
WORKAROUNDS = (
    (re.compile(r"(-[0-9]+)\.\.[0-9]+"), r"int .ge \1"),
    (re.compile(r"([*+]) id =>"), r"\1 tstr =>"),
    (re.compile(r"\[\+ severity\]"), '[+ "minor" / "major" / "critical"]'),
)

#: Names of RFC 8610, Appendix D: every CDDL file has them already.
PRELUDE = frozenset(
    re.findall(
        r"\S+",
        """any b64legacy b64url bigfloat bigint biguint bool bstr bytes cbor-any decfrac eb16 eb64legacy eb64url false
        encoded-cbor float float16 float16-32 float32 float32-64 float64 int integer mime-message nil nint null number
        regexp tdate text time true tstr uint undefined unsigned uri""",
    )
)


def rules() -> list[str]:
    """List the names that the CDDL of SPEC defines."""
    return re.findall(r"^([a-z][a-z0-9-]*) +=", CDDL, re.MULTILINE)


def schema(rule: str) -> pycddl.Schema:
    """Give the schema of one rule: CDDL takes the first one."""
    text = CDDL
    for pattern, replacement in WORKAROUNDS:
        text = pattern.sub(replacement, text)
    return pycddl.Schema(f"start = {rule}\n{text}")


def frames(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Give type and body of each frame of a well-formed bundle."""
    at = 12
    while at < len(data):
        info = data[at + 2] & 31
        size = 0 if info < 24 else 1 << info - 24
        length = info if info < 24 else int.from_bytes(data[at + 3 : at + 3 + size], "big")
        at += 3 + size
        yield data[at - size - 2], data[at : at + length]
        at += length


def payload(body: bytes) -> bytes:
    """Give the payload of a signed record."""
    parts = decode(body[1:])
    assert isinstance(parts, list)
    assert isinstance(parts[2], bytes)
    return parts[2]


def records() -> Iterator[tuple[str, bytes]]:
    """Give all records of the bundles that are FINAL, with the rule that each is to match."""
    for path in sorted(BUNDLES.glob("*/vector.json")):
        if json.loads(path.read_text(encoding="utf-8"))["twin"] is not None:
            continue
        for kind, body in frames((path.parent / "bundle.opb").read_bytes()):
            if kind in SIGNED:
                yield SIGNED[kind], payload(body)
            if kind == 7:
                signoff = decode(payload(body))
                assert isinstance(signoff, dict)
                if isinstance(part := signoff.get(CARRIED), bytes):
                    yield CARRIED, payload(part)
            if kind == 1:
                contract = decode(payload(body))
                assert isinstance(contract, dict)
                carried = ((name, contract.get(name)) for name in ("pack", "policy"))
                yield from ((name, part) for name, part in carried if isinstance(part, bytes))
            if kind == 2:
                yield "entry", body
                entry = decode(body)
                assert isinstance(entry, dict)
                yield from ((name, payload(part)) for name in INSIDE if isinstance(part := entry.get(name), bytes))


def by_rule() -> dict[str, set[bytes]]:
    """Sort the records by their rules."""
    sorted_: dict[str, set[bytes]] = {}
    for rule, body in records():
        sorted_.setdefault(rule, set()).add(body)
    return sorted_


RECORDS = by_rule()


def test_the_cddl_defines_each_name_once_and_none_of_the_prelude() -> None:
    names = rules()
    assert len(names) == len(set(names))
    assert PRELUDE.isdisjoint(names)


@pytest.mark.untraced
@pytest.mark.parametrize("rule", sorted(RECORDS))
def test_the_cddl_accepts_the_records_of_the_vectors(rule: str) -> None:
    checker = schema(rule)
    for body in sorted(RECORDS[rule]):
        checker.validate_cbor(body)


def test_records_of_each_signed_kind_were_there() -> None:
    assert set(RECORDS) == {*SIGNED.values(), *INSIDE, CARRIED, "entry", "pack", "policy"}


REFUSED = ("record-field-missing", "record-field-unknown", "record-kind-case", "record-nonce-short")


@pytest.mark.parametrize("name", REFUSED)
def test_the_cddl_refuses_a_malformed_record(name: str) -> None:
    body = list(frames((BUNDLES / name / "bundle.opb").read_bytes()))[4][1]
    with pytest.raises(pycddl.ValidationError):
        schema("entry").validate_cbor(body)


def test_keys_of_maps_that_hold_ids_are_ids() -> None:
    assert re.findall(r"[*+] (\S+) =>", CDDL)
    ident = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")
    for rule, name in (("policy", "rules"), ("pack", "terms")):
        for body in RECORDS[rule]:
            record = decode(body)
            assert isinstance(record, dict)
            table = record[name]
            assert isinstance(table, dict)
            assert all(ident.fullmatch(key) for key in table)


def test_appendix_a_is_the_listing_of_the_smallest_bundle() -> None:
    listing = (ROOT / "testvectors" / "annotated.txt").read_text(encoding="utf-8")
    begin, end = "<!-- annotated:begin -->\n", "<!-- annotated:end -->"
    assert SPEC.split(begin)[1].split(end)[0] == f"```text\n{listing}```\n"


def test_appendix_a_shows_the_bytes_that_are_there() -> None:
    data = (BUNDLES / "minimal" / "bundle.opb").read_bytes()
    lines = re.findall(r"^([0-9a-f]{5})  (?:\.\.\. )?([0-9a-f]+)", SPEC, re.MULTILINE)
    assert len(lines) > 100
    for offset, text in lines:
        at, part = int(offset, 16), bytes.fromhex(text)
        assert data[at : at + len(part)] == part, offset
