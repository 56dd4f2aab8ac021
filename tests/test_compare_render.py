"""What people and programs read of a comparison: text and JSON (SPEC 9.13)."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from support.bundles import LABEL, base, build, changed, crypto, finished, frame, frames, model, ops, runs
from test_compare import FIRST, FULL, PAIRS, SEALED, WITH_PHOTO, both, cut, made, run

from opsproof_verify.compare import compare
from opsproof_verify.compare.values import Altered, Listed
from opsproof_verify.render.compare_json import render_compare_json
from opsproof_verify.render.compare_text import render_compare_text
from opsproof_verify.slotted import replace

SCHEMA = json.loads(
    (Path(__file__).parents[1] / "opsproof_verify" / "render" / "compare-1.schema.json").read_text(encoding="utf-8")
)
FILES = ("ours.opb", "theirs.opb")
DIGEST = crypto.sha256(base.PHOTO).hex()
APPROVAL = model.Build(run()).hashes["signoff"].hex()
SEALED_ONLY = cut(FIRST, 7)


def text(a: bytes, b: bytes, **options: Any) -> str:
    """Compare, and give what a person reads."""
    return render_compare_text(both(a, b), FILES, **options)


def flat(a: bytes, b: bytes) -> str:
    """Give what a person reads, without its lines."""
    return " ".join(text(a, b).split())


# --- text


def test_what_a_person_reads_of_a_fork() -> None:
    said = text(FULL, made(run(), ops.edit("note", "text", "y")))
    leaf, other = (
        model.Build(changed(run(), *change)).hashes["note"].hex() for change in ((), (ops.edit("note", "text", "y"),))
    )
    assert said.startswith(
        "forked\n"
        "  A and B are two histories of one run. They part at e2. Both are signed: see\n"
        "  the proof.\n"
        "\n"
        "  A           ours.opb\n"
        "              6 entries, sealed by operator-a, 2026-11-02T09:06:00.000+01:00, 1\n"
        "              record after the seal\n"
        "  B           theirs.opb\n"
    )
    assert (
        "\nWHERE THEY PART\n"
        "  A           e2: note by operator-a, 2026-11-02T09:02:00.000+01:00\n"
        f"        hash  {leaf}\n"
        "  B           e2: note by operator-a, 2026-11-02T09:02:00.000+01:00\n"
        f"        hash  {other}\n"
    ) in said
    proof = said[said.index("\nPROOF\n") : said.index("\nONLY IN A\n")]
    for line in (
        "  A           the attestation e3 of operator-a (person tech-a), signed over e2\n",
        "              and so over all before it. The signature verifies.\n",
        "  Both records are signed with the same key: its holder signed both histories.\n",
        "  not judged here: `check` tells whether its issuer is trusted.\n",
    ):
        assert line in proof


@pytest.mark.parametrize(
    "name,sentences",
    [
        ("one file", ["identical A and B are the same file, byte for byte.", "no signature was verified."]),
        ("another subject", ["Contract A acme", "Contract B acme", "Nothing further was compared."]),
        ("another seal", ["They part at the seal. Both are signed", "A the seal by operator-a, 2026"]),
        (
            "more where it was sealed",
            ["They part at e6, before which A is sealed. This is not proven", "B e6: note"],
        ),
        (
            "an entry bent",
            ["B contradicts itself at e4.", "B e4: cannot be read", "From e5 on, A and B are the same again"],
        ),
        (
            "a nonce of the last entry bent",
            ["what follows names something else in this place", "Both hold the same seal", "is no second history"],
        ),
        ("the seal's signature bent", ["the signature does not verify under the key of the actor that it names"]),
        ("entries swapped", ["this names another run, number or predecessor", "SIGNATURES"]),
        ("the contract bent", ["NOT AS RECORDED - The contract differs. A agrees with the record that names it"]),
        ("an approval bent", ["The approvals of the contract differ. A agrees"]),
        (
            "evidence bent",
            [f"- e2: The evidence {DIGEST}", "differs. A agrees with the record that names it, B does not."],
        ),
        ("evidence after the seal bent", ["- sign-off ", ": The evidence "]),
        ("two actors in withheld frames", ["names another actor. Which of them is right cannot be told"]),
        (
            "each with a sign-off of its own",
            [
                "ONLY IN A - approve by Qa lead (qa-lead, quality), 2026",
                "ONLY IN B - approve by Production lead (production-lead, production), 2026",
                f" bytes at offset {len(SEALED_ONLY)} TO MERGE",
                "TO MERGE Check both copies first",
                "opsproof append --run ours.opb FILE... - B: take each record that only A has",
                "opsproof append --run theirs.opb FILE...",
            ],
        ),
        ("one with a sign-off, one with a witness", ["ONLY IN B - witness of the seal by plant-clock, 2026"]),
        (
            "a journal and what grew from it",
            ["ONLY IN B - e3 to e5 (3 entries) - the seal by operator-a", "not sealed"],
        ),
        ("more entries", ["ONLY IN B - e3 to e5 (3 entries) WHAT"]),
        (
            "more, and something withheld",
            ["B holds every record of A, and more. B lacks content that A has: see below."],
        ),
        (
            "less, and something withheld",
            ["B lacks records that A holds: approve by qa-lead. Do not let B take the place of A.", "B lacks content"],
        ),
        (
            "the file cut in the middle",
            [
                "e3 to e5, the seal, approve by qa-lead.",
                "B was not read to the end. What is said here",
                "read up to byte",
            ],
        ),
        ("an entry withheld", ["CONTENT WITHHELD OR ABSENT - B lacks, and A has, the content of e2"]),
        ("evidence absent", [f"B lacks, and A has, the evidence {DIGEST}"]),
        ("evidence left out with its frame", [f"B lacks, and A has, the evidence {DIGEST}"]),
        ("sign-offs in another order", ["ORDER What stands after the seal stands in another order"]),
        ("a sign-off twice", [f"ORDER B holds the record {APPROVAL} more than once. WHAT"]),
        ("evidence that no record names", ["ORDER They differ only in evidence frames that no record names."]),
        ("a frame that this version cannot read", ["is not known. B was not read to the end. A ours.opb"]),
        (
            "a contract without a run",
            ["A and B have one contract, but A has no entry that can be read", "Run A not known"],
        ),
    ],
)
def test_what_a_person_reads(name: str, sentences: list[str]) -> None:
    said = flat(*PAIRS[name][:2])
    for sentence in sentences:
        assert sentence in said, said


def test_more_that_a_person_reads() -> None:
    reject = changed(
        base.minimal(), ops.insert("signoff", base.signoff("no", "reject", "production", "production-lead"))
    )
    assert "reject by production-lead. Do not let B take the place of A. A rejection is among them." in flat(
        build(reject), build(base.minimal())
    )
    nothing = base.minimal(runs.note("note"))
    open_ended = ops.drop("ended", "seal", "signoff")
    unsigned = [made(nothing, *change, open_ended) for change in ((), (ops.edit("note", "text", "y"),))]
    said = flat(*unsigned)
    assert "This is not proven: see below." in said
    assert "A no signed record commits to this side. B no signed record" in said
    assert "A side without such a record can have been written by anybody who held the file." in said
    forged = made(run(), ops.edit("note", "text", "y"), ops.flip("attested"), open_ended)
    assert "B 1 signed record for this side, but no signature that verifies" in flat(FULL, forged)
    hidden = made(run(), ops.edit("note", "text", "y"), finished.withhold("note"))
    assert "B e2: withheld, said to be of operator-a" in flat(FULL, hidden)
    colleague = changed(run(), ops.edit("note", "actor", "operator-b"), ops.signer("attested", "operator-b"))
    colleague.item("attested").fields["actor"] = "operator-b"
    assert "The two records are signed with different keys." in flat(FULL, made(colleague, open_ended))
    twice = ops.edit("contract", "roster/1/id", "operator-a")
    said = flat(made(run(), twice), made(run(), twice, ops.edit("note", "text", "y")))
    assert "Contract cannot be read" in said
    assert "PROOF No signature could be verified: the keys are those of the contract, which cannot be read" in said
    assert "neither has an entry that can be read" in flat(
        LABEL + frames(FULL)[0], LABEL + frames(FULL)[0] + frames(FULL)[1]
    )
    assert "A and B were not read to the end." in flat(FULL + b"x", FULL + b"yy")
    assert "neither was" not in said
    bare = made(base.minimal(params=[]), ops.edit("started", "subject", {}))
    assert "subject not stated; started 2026" in flat(bare, bare)
    sealed = made(run(), ops.hook("seal", "cose", "cut", lambda data: data[:-1]))
    assert "6 entries, sealed, 1 record after the seal" in flat(sealed, sealed)


def test_what_only_one_has_after_the_seal_and_cannot_be_read() -> None:
    said = flat(FULL + frame(7, b"x") + frame(8, b"y"), FULL)
    assert "a sign-off that cannot be read, the witness record that cannot be read." in said
    assert "ONLY IN A - a sign-off that cannot be read " in said
    assert " - a witness that cannot be read " in said


def test_what_is_withheld_in_both_is_said_apart() -> None:
    subject = base.minimal(*(runs.note(f"n{number}") for number in range(4)), *base.photo("photo"))
    a = made(subject, finished.withhold("n0"), finished.detach("photo"))
    b = made(subject, finished.withhold("n0"), finished.withhold("n2"), finished.detach("photo"))
    said = flat(a, b)
    assert (
        "- B lacks, and A has, the content of e4 - in all, A withholds e2 - in all, absent from A is the evidence"
        in said
    )
    assert "- in all, B withholds e2, e4 - in all, absent from B" in said
    assert "CONTENT WITHHELD" in flat(a, a)


def test_long_lists_are_cut_and_say_so() -> None:
    found = both(WITH_PHOTO, PAIRS["evidence bent"][1])
    ranges = Listed(63, tuple((2 * number, 2 * number) for number in range(21)))
    digests = Listed(22, tuple("ab" * 32 for _ in range(22)))
    altered = Listed(30, tuple(Altered("actor", a=False, b=False, seq=number) for number in range(30)))
    many = replace(
        found,
        a=replace(found.a, lacks_entries=ranges, withheld=ranges, lacks_evidence=digests, absent=digests),
        altered=altered,
    )
    said = " ".join(render_compare_text(many, FILES).split())
    assert "e38 and more, 63 entries in all" in said
    assert said.count("ab" * 32) == 20
    assert "and 2 more; --format json lists up to 10000." in said
    assert said.count("Neither agrees with the record that names it.") == 20
    assert "and 10 more; --format json" in said
    supply = both(SEALED, FULL).b.only_appended
    lost = replace(both(FULL, SEALED), a=replace(both(FULL, SEALED).a, only_appended=supply * 23))
    assert "approve by qa-lead and 3 more. Do not" in " ".join(render_compare_text(lost, FILES).split())


@pytest.mark.parametrize("name", PAIRS)
def test_lines_fit_and_json_keeps_its_schema(name: str) -> None:
    for a, b in (PAIRS[name][:2], PAIRS[name][1::-1]):
        found = compare(io.BytesIO(a), io.BytesIO(b))
        said = render_compare_text(found, FILES)
        assert max(map(len, said.splitlines())) <= 80
        assert said.isascii()
        assert said.startswith(f"{found.word}\n")
        assert "\x1b[" in render_compare_text(found, FILES, colour=True)
        document = json.loads(render_compare_json(found, FILES))
        jsonschema.validate(document, SCHEMA)
        assert (document["word"], document["a"]["file"], document["b"]["file"]) == (found.word, *FILES)


def test_the_schema_is_strict_and_described_throughout() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)

    def walk(schema: Any) -> None:
        if isinstance(schema, list):
            for part in schema:
                walk(part)
        elif isinstance(schema, dict):
            if schema.get("type") == "object" and "properties" in schema:
                assert schema["additionalProperties"] is False
                assert set(schema["required"]) == set(schema["properties"])
                assert all("description" in member for member in schema["properties"].values())
            for part in schema.values():
                walk(part)

    walk(SCHEMA)


def test_members_of_the_json_form() -> None:
    data = render_compare_json(both(FULL, made(run(), ops.edit("note", "text", "y"))), FILES)
    document = json.loads(data)
    assert data == (json.dumps(document, ensure_ascii=False, sort_keys=True, indent=2) + "\n").encode()
    assert document["format"] == "opsproof-compare/1"
    assert document["parting"]["proven"] is True
    assert document["parting"]["a"]["proof"]["record"] == "attestation"
    assert document["b"]["only"]["appended"][0]["decision"] == "approve"
    witness = json.loads(render_compare_json(both(build(base.minimal()), build(base.appended(base.witness()))), FILES))
    assert witness["b"]["only"]["appended"][0]["witness"] == "plant-clock"
    stopped = json.loads(render_compare_json(both(FULL, FULL + frame(10, b"")), FILES))["b"]["stopped"]
    assert stopped["code"] == "frame.unknown-type"
    assert stopped["frame"] == 11


def test_nothing_in_a_copy_moves_the_cursor() -> None:
    title = ops.edit("contract", "title", "Seal \u202eabag")
    name = ops.edit("signoff", "name", "Qa\u200b\u2066lead")
    said = render_compare_text(both(made(run(), title), made(run(), title, name)), ("a\x1b[31m.opb", "b\u202e.opb"))
    for hidden in ("\\u202eabag", "Qa\\u200b\\u2066lead", "a\\x1b[31m.opb", "b\\u202e.opb"):
        assert hidden in said
    assert said.isascii()
