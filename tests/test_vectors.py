"""The vectors that define conformance: what they are, what they cover, and that the verifier gives their answers."""

import base64
import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from opsproof_verify import Policy, TrustStore, verify
from opsproof_verify.canonical import CanonicalError, decode
from opsproof_verify.ed25519 import admission_flaw, thumbprint
from opsproof_verify.ed25519 import verify as verify_signature
from opsproof_verify.merkle import Frontier, leaf_hash
from opsproof_verify.register import CODES, RULES, Stops

ROOT = Path(__file__).parent.parent
VECTORS = ROOT / "testvectors"
BUNDLES = VECTORS / "bundles"
NAMES = sorted(path.name for path in BUNDLES.iterdir())
ROW = re.compile(
    r"^\| `([a-z.-]+)` \| \[(OPV-[0-9.]+-[0-9]+)\] \| (.+?) \| (\w+) \| (\w+) \| (.*?) ?\| ([sad ]*?) ?\|$",
    re.MULTILINE,
)
#: A clause of SPEC 9.10 or 9.11 that is a rule: the rule, and its marks in brackets.
MARKED = re.compile(r"^- \[OPV-9\.1[01]-[0-9]+\] `([a-z.-]+)`(?: \(([wmth, ]+)\))?", re.MULTILINE)


def read(name: str) -> dict[str, Any]:
    """Read a file of the vectors."""
    value: dict[str, Any] = json.loads((VECTORS / name).read_text(encoding="utf-8"))
    return value


VECTOR = {name: read(f"bundles/{name}/vector.json") for name in NAMES}


def run(script: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a script of the vectors."""
    command = [sys.executable, str(VECTORS / script), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def show(pairs: set[tuple[str, int | None]]) -> list[str]:
    return sorted(code if frame is None else f"{code}@{frame}" for code, frame in pairs)


@pytest.mark.parametrize("name", NAMES)
def test_the_verifier_gives_the_answer(name: str) -> None:
    given, expect, folder = VECTOR[name]["input"], VECTOR[name]["expect"], BUNDLES / name
    report = verify(
        folder / given["bundle"],
        Policy.load(folder / given["policy"]) if given["policy"] else None,
        TrustStore.load(folder / given["trust"]),
        at=given["at"],
        expect=given["expect"] or None,
        evidence=folder / given["evidence"] if given["evidence"] else None,
    )
    found = {(one.code.name, one.frame) for one in report.findings}
    wanted = {(code, frame) for code, frame in expect["findings"]}
    assert show(found) == show(wanted), VECTOR[name]["title"]
    assert (report.primary.code.name if report.primary else None) == expect["primary"]
    assert str(report.verdict) == expect["verdict"]


@pytest.mark.untraced
def test_the_files_are_what_the_generator_writes() -> None:
    done = run("generate.py", "--check")
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_compiled_copy_holds_the_same_vectors() -> None:
    lines = [json.loads(line) for line in (VECTORS / "all.jsonl").read_text().splitlines()]
    assert [line["id"] for line in lines] == NAMES
    for line in lines:
        files = {name: base64.b64decode(body) for name, body in line.pop("files").items()}
        folder = VECTORS / "bundles" / line["id"]
        assert line == json.loads((folder / "vector.json").read_text())
        assert {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()} == {
            "vector.json",
            *files,
        }
        assert all((folder / name).read_bytes() == body for name, body in files.items())


def test_each_vector_has_the_form_of_the_schema() -> None:
    schema = read("schema/vector.schema.json")
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema)
    for name, vector in VECTOR.items():
        assert vector["id"] == name
        assert [error.message for error in validator.iter_errors(vector)] == [], name
        findings = vector["expect"]["findings"]
        assert findings == sorted(findings, key=lambda pair: (pair[0], pair[1] or 0))


def test_each_class_is_one_of_the_list_and_has_vectors() -> None:
    listed = {row["class"]: row["clauses"] for row in json.loads((VECTORS / "classes.json").read_text())}
    assert {vector["class"] for vector in VECTOR.values()} == set(listed)
    assert [name for name, clauses in listed.items() if not clauses] == ["sound"]


def test_manifest_and_answers_have_the_form_of_their_schemas() -> None:
    def valid(schema: str, value: object) -> bool:
        checker = jsonschema.Draft202012Validator(json.loads((VECTORS / f"schema/{schema}.schema.json").read_text()))
        return bool(checker.is_valid(value))

    folder = BUNDLES / "approval-missing"
    given = VECTOR["approval-missing"]["input"]
    files = {key: str(folder / given[key]) if given[key] else None for key in ("bundle", "trust", "policy", "evidence")}
    question = {"cmd": "verify", "seq": 7, "at": given["at"], "expect": given["expect"], **files}
    asked = "".join(json.dumps(line) + "\n" for line in ({"cmd": "hello"}, question, {"cmd": "bye"}))
    command = [sys.executable, str(VECTORS / "adapter_opsproof.py")]
    done = subprocess.run(command, input=asked, capture_output=True, text=True, check=True)
    hello, result = (json.loads(line) for line in done.stdout.splitlines())
    assert valid("ics", hello)
    assert valid("result", result)
    assert valid("result", {"seq": 7, "error": "it broke"})
    assert not valid("result", {"seq": 7, "verdict": "PASS", "primary": None, "findings": []})
    assert valid("manifest", read("manifest.json"))
    assert not valid("manifest", read("manifest.json") | {"root": "00"})


def test_each_file_of_a_vector_is_one_that_it_names() -> None:
    for name, vector in VECTOR.items():
        named = {"vector.json", *(vector["input"][key] for key in ("bundle", "trust", "policy", "evidence"))} - {None}
        assert {path.name for path in (BUNDLES / name).iterdir()} == named


def test_register_spec_and_vectors_have_the_same_codes() -> None:
    spec = [tuple(row) for row in ROW.findall((ROOT / "SPEC.md").read_text(encoding="utf-8"))]
    stops = {Stops.NOTHING: "", Stops.CLOSURE: "stops closure", Stops.RULES: "stops rules", Stops.ALL: "stops all"}
    fixed = {"rule.not-evaluated": "its rule"}
    register = [
        (
            code.name,
            f"OPV-{code.clause}",
            code.severity.value if code.severity else fixed.get(code.name, "policy"),
            code.speaks.value,
            code.remedy.value,
            stops[code.stops],
            " ".join(code.selects),
        )
        for code in sorted(CODES.values(), key=lambda code: code.order)
    ]
    listed = json.loads((VECTORS / "codes.json").read_text(encoding="utf-8"))
    shipped = [
        (
            row["code"],
            f"OPV-{row['clause']}",
            *(row[key] for key in ("severity", "speaks", "remedy", "stops", "matter")),
        )
        for row in listed
    ]
    assert spec == register
    assert shipped == spec


def test_register_and_spec_have_the_same_marks() -> None:
    told = dict(MARKED.findall((ROOT / "SPEC.md").read_text(encoding="utf-8")))
    assert told.pop("rule.not-evaluated") == ""
    marks = {
        name: ", ".join(
            mark
            for mark, has in (
                ("w", code.entries and not code.missing),
                ("m", code.missing),
                ("t", code.time),
                ("h", code.hides),
            )
            if has
        )
        for name, code in RULES.items()
    }
    assert told == marks


def test_each_code_is_expected_somewhere() -> None:
    expected = {code for vector in VECTOR.values() for code, _ in vector["expect"]["findings"]}
    assert expected == set(CODES)


def test_each_code_that_can_be_primary_is() -> None:
    primary = {vector["expect"]["primary"] for vector in VECTOR.values()} - {None}
    assert set(CODES) - primary == set()


def test_each_clause_named_exists() -> None:
    spec = set(re.findall(r"\[(OPV-[0-9.]+-[0-9]+)\]", (ROOT / "SPEC.md").read_text(encoding="utf-8")))
    assert {clause for vector in VECTOR.values() for clause in vector["clauses"]} <= spec


def test_each_negative_has_a_twin_that_passes() -> None:
    for name, vector in VECTOR.items():
        if vector["twin"] is None:
            assert vector["expect"] == {"verdict": "FINAL", "primary": None, "findings": []}, name
        else:
            assert VECTOR[vector["twin"]]["twin"] is None, name
            assert vector["expect"]["findings"], name
            assert vector["mutation"], name


def test_each_verdict_and_each_type_of_frame_occurs() -> None:
    assert {vector["expect"]["verdict"] for vector in VECTOR.values()} == {"FAIL", "PROVISIONAL", "FINAL"}
    types = set()
    for name, vector in VECTOR.items():
        if vector["mutation"] is None or vector["mutation"]["op"] in ("withhold", "detach"):
            types |= set(frame_types((BUNDLES / name / "bundle.opb").read_bytes()))
    assert types == set(range(1, 10))


def frame_types(data: bytes) -> list[int]:
    """List the types of the frames of a well-formed bundle."""
    at, types = 12, []
    while at < len(data):
        types.append(data[at + 1])
        info = data[at + 2] & 31
        size = 0 if info < 24 else 1 << info - 24
        length = info if info < 24 else int.from_bytes(data[at + 3 : at + 3 + size], "big")
        at += 3 + size + length
    return types


def test_no_prefix_of_a_bundle_is_better_than_provisional() -> None:
    folder = BUNDLES / "minimal"
    data, given = (folder / "bundle.opb").read_bytes(), VECTOR["minimal"]["input"]
    trust = TrustStore.load(folder / "trust.toml")
    ends = [at for at in range(len(data)) if at % 97 == 0 or at > len(data) - 8]
    verdicts = {str(verify(data[:end], None, trust, at=given["at"]).verdict) for end in ends}
    assert verdicts == {"FAIL"}


def test_no_flipped_bit_leaves_a_bundle_final() -> None:
    folder = BUNDLES / "minimal"
    data, at = (folder / "bundle.opb").read_bytes(), VECTOR["minimal"]["input"]["at"]
    trust = TrustStore.load(folder / "trust.toml")
    for place in range(0, len(data), 7):
        bent = bytearray(data)
        bent[place] ^= 1 << place % 8
        assert str(verify(bytes(bent), None, trust, at=at).verdict) != "FINAL", place


CBOR = json.loads((VECTORS / "primitives/cbor.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("row", CBOR, ids=lambda row: row["cbor"][:40])
def test_cbor(row: dict[str, Any]) -> None:
    try:
        decode(bytes.fromhex(row["cbor"]))
        code = None
    except CanonicalError as refusal:
        code = refusal.code
    assert code == row["code"]


@pytest.mark.parametrize("row", read("primitives/ed25519.json")["keys"], ids=lambda row: row["key"][:16])
def test_keys(row: dict[str, Any]) -> None:
    key = bytes.fromhex(row["key"])
    assert (admission_flaw(key) is None) == row["admitted"]
    assert row["kid"] is None or thumbprint(key).hex() == row["kid"]


@pytest.mark.parametrize("row", read("primitives/ed25519.json")["signatures"], ids=lambda row: row["id"])
def test_signatures(row: dict[str, Any]) -> None:
    key, message, signature = (bytes.fromhex(row[name]) for name in ("key", "message", "signature"))
    assert verify_signature(key, signature, message) == row["valid"]


def test_merkle() -> None:
    known = read("primitives/merkle.json")
    leaves = [leaf_hash(bytes.fromhex(text)) for text in known["inputs"]]
    assert [leaf.hex() for leaf in leaves] == known["leaves"]
    tree = Frontier()
    for count, leaf in enumerate(leaves, 1):
        tree.append(leaf)
        assert tree.root().hex() == known["roots"][str(count)]
        assert tree.root().hex() not in known["wrong"].values()


@pytest.mark.untraced
def test_the_runner_agrees_at_each_level() -> None:
    done = run("run.py", "--seed", "1", "--level", "3", "--", sys.executable, str(VECTORS / "adapter_opsproof.py"))
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"{len(NAMES)} of {len(NAMES)} agree" in done.stdout


BROKEN = ("", "import sys; sys.stdin.readline(); print('{}', flush=True)", "import time; time.sleep(9)")


@pytest.mark.parametrize("program", BROKEN, ids=["ends", "malformed", "silent"])
def test_the_runner_takes_a_broken_implementation_for_broken(program: str) -> None:
    done = run("run.py", "--timeout", "0.5", "--", sys.executable, "-c", program)
    assert done.returncode == 2
    assert done.stderr.startswith("SUITE FAILURE")


CLAIMING = """
import json, sys
codes, findings = map(json.loads, sys.argv[1:])
for message in map(json.loads, sys.stdin):
    if message["cmd"] == "bye":
        break
    hello = {"protocol": 1, "implementation": "some codes"} | ({"codes": codes} if codes is not None else {})
    answer = hello if message["cmd"] == "hello" else {"seq": message["seq"], "findings": findings}
    print(json.dumps(answer), flush=True)
"""
[[FOUND, _]] = VECTOR["seal-absent"]["expect"]["findings"]
OTHER = min(CODES)


@pytest.mark.parametrize(
    "codes, findings, status, told",
    [
        ([FOUND], [[FOUND, None]], 0, "some codes: 1 codes claimed: 1 of 1 agree"),
        ([FOUND], [[FOUND, None], [OTHER, 3]], 0, "1 of 1 agree"),
        ([OTHER], [], 0, "1 of 1 agree"),
        ([FOUND, OTHER], [], 1, f"seal-absent: missing {FOUND}, not expected nothing"),
        ([FOUND, OTHER], [[FOUND, None], [OTHER, 3]], 1, f"seal-absent: missing nothing, not expected {OTHER}@3"),
        ([FOUND], "none", 2, "malformed answer"),
        ([], [], 2, "codes of hello are no list of codes"),
        (FOUND, [], 2, "codes of hello are no list of codes"),
        (["no.such"], [], 2, "codes of hello are no list of codes"),
        ([7], [], 2, "codes of hello are no list of codes"),
        (None, [], 2, "malformed answer"),
    ],
)
def test_the_runner_compares_what_is_claimed(codes: object, findings: object, status: int, told: str) -> None:
    command = [sys.executable, "-c", CLAIMING, json.dumps(codes), json.dumps(findings)]
    done = run("run.py", "--only", "seal-absent", "--", *command)
    assert (done.returncode, told in done.stdout + done.stderr) == (status, True), done.stdout + done.stderr


def test_answers_of_who_claims_some_codes_have_the_form_of_the_schemas() -> None:
    def valid(schema: str, value: object) -> bool:
        return bool(jsonschema.Draft202012Validator(read(f"schema/{schema}.schema.json")).is_valid(value))

    hello = {"protocol": 1, "implementation": "some codes", "codes": [FOUND]}
    assert valid("ics", hello)
    assert not valid("ics", hello | {"codes": []})
    assert not valid("ics", hello | {"codes": [FOUND, FOUND]})
    assert valid("result", {"seq": 7, "findings": [[FOUND, None]]})
    assert not valid("result", {"seq": 7, "findings": [], "verdict": "FAIL"})
    assert not valid("result", {"seq": 7})
