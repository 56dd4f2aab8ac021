"""TOML that the caller gives: what is no TOML, and where a problem is said to be (SPEC 7-1, 8.1-1)."""

import pytest

from opsproof_verify import InputError, Policy, TrustStore
from opsproof_verify.problems import locate, locate_all
from opsproof_verify.toml_input import MOST_PROBLEMS


def told(data: bytes) -> str:
    with pytest.raises(InputError) as caught:
        TrustStore.parse(data, "t.toml")
    return str(caught.value)


NO_TOML: dict[str, tuple[bytes, str]] = {
    "not UTF-8": (b'id = "t"\n# \xff\n', "t.toml:2: not UTF-8; save the file as UTF-8"),
    "a line that is none": (b'id = "t"\nserial\n', "t.toml:2: not TOML: "),
    "a key twice": (b'id = "t"\nid = "u"\n', "t.toml:2: not TOML: "),
    "cut off": (b"id = ", "t.toml: not TOML: "),
    "nested without end": (b"a = " + b"[" * 100_000, "t.toml: not TOML: "),
    "a number of 5,000 digits": (b"serial = " + b"1" * 5_000, "t.toml: not TOML: "),
    "a day that is none": (b"issued = 2026-02-30T00:00:00Z", "not TOML: "),
}


@pytest.mark.parametrize("name", NO_TOML)
def test_what_is_no_toml_is_an_input_error(name: str) -> None:
    data, message = NO_TOML[name]
    assert message in told(data)


def test_a_message_has_file_line_path_problem_and_remedy() -> None:
    assert "t.toml:2: serial: not allowed here (integer); write a whole number in the allowed range" in told(
        b'id = "t"\nserial = -1\n'
    )


def test_problems_are_in_one_order_whatever_the_hash_seed() -> None:
    unknown = "".join(f"key-{number} = 1\n" for number in range(20))
    with pytest.raises(InputError) as caught:
        Policy.parse(unknown.encode())
    found = [problem.path for problem in caught.value.problems if problem.what == "unknown key"]
    assert found == [f"key-{number}" for number in range(20)]  # by line


TEXT = """id = "x"

[contract-approval]
count = 0

[rules."time.not-monotonic"]
level = "none"

[[approvals]]
id = "a"

[[approvals]]
id = "b"
count = 0
[rulings]
"""

LINES = {
    "": 0,
    "id": 1,
    "contract-approval": 3,
    "contract-approval.count": 4,
    'rules."time.not-monotonic"': 6,
    'rules."time.not-monotonic".level': 7,
    "approvals[0].id": 10,
    "approvals[1].id": 13,
    "approvals[1].count": 14,
    "approvals[1].missing": 12,
    "approvals[0]": 9,
    "rulings": 15,
    "nowhere": 0,
    "nowhere[3].at-all": 0,
}


@pytest.mark.parametrize("path", LINES)
def test_a_key_path_is_found_in_the_text(path: str) -> None:
    assert locate(TEXT, path) == LINES[path]


NESTED = """[rules."attestation.late"]
level = "note"

[[rules."attestation.late".when]]
kinds = ["agent"]
level = "fail"

[[ rules . "attestation.late" . when ]]
kinds = [
  "human",
]
'level' = "none"

[[approvals]]
id = "a"
when-deviation = { severity = [], count = 0 }
rulings.odd = 1

[approvals.when-work]
tags = []

[[approvals]]
id = "b"

[approvals.when-work]
tags = []

[serves]
"step.x" = ["a"]
"""

NESTED_LINES = {
    'rules."attestation.late".max-waiting': 1,
    'rules."attestation.late".level': 2,
    'rules."attestation.late".when': 4,
    'rules."attestation.late".when[0]': 4,
    'rules."attestation.late".when[0].level': 6,
    'rules."attestation.late".when[1]': 8,
    'rules."attestation.late".when[1].kinds[0]': 9,
    'rules."attestation.late".when[1].level': 12,
    'rules."attestation.late".when[2]': 1,
    "approvals": 14,
    "approvals[0].when-deviation.count": 16,
    "approvals[0].rulings.odd": 17,
    "approvals[0].when-work.tags": 20,
    "approvals[1].when-work.tags": 26,
    "approvals[1].when-work": 25,
    'serves."step.x"[0]': 29,
    'serves."step.y"': 28,
}


@pytest.mark.parametrize("path", NESTED_LINES)
def test_a_key_path_is_found_in_nested_tables(path: str) -> None:
    assert locate(NESTED, path) == NESTED_LINES[path]


def test_without_a_text_there_is_no_line() -> None:
    assert locate("", "id") == 0


def test_many_problems_are_told_in_part_with_their_lines() -> None:
    data = "".join(f"k{number} = 1\n" for number in range(250)).encode()
    lines = told(data).splitlines()
    assert len(lines) == MOST_PROBLEMS + 1  # of 254: four keys are missing
    assert lines[4] == "t.toml:1: k0: unknown key; remove it or correct its spelling"
    assert lines[-1] == "t.toml: 154 problems more than those above; correct those above first"


@pytest.mark.parametrize("key", [".".join("a" * 100), ".".join(['"a"'] * 100), " . ".join("a" * 100_000)])
def test_a_key_of_very_many_parts_is_refused(key: str) -> None:
    said = "t.toml:2: not TOML: a key of too many parts (at line 2); correct the syntax"
    assert told(f"x = 1\n{key} = 1\n".encode()) == said


def test_a_byte_order_mark_is_named() -> None:
    assert told(b"\xef\xbb\xbfa = 1").startswith("t.toml:1: not TOML: it begins with a byte order mark")


def test_a_text_of_brackets_and_spaces_is_no_header() -> None:
    assert locate('x = """\n[' + " " * 100_000 + '\n"""\ny = 1', "y") == 4


def test_an_array_of_tables_has_the_line_of_its_first_row() -> None:
    text = "a = 1\n[[b]]\nc = 1\n[[b]]\nd = 1\n"
    assert locate_all(text, ["b", "b[1].d", "b[1].c", "b[0]", "e", "a", "a"]) == [2, 5, 4, 2, 0, 1, 1]
