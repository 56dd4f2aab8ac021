"""A policy that is wrong in all ways at once: each error has its line, key path and remedy (SPEC 8.1-1)."""

import pytest

from opsproof_verify import InputError, Policy
from opsproof_verify.problems import describe

ALL_WRONG = """vocabulary = 1
id = "Site 7"
version = 0
title = "All that can be wrong"
default-level = "provisional"
colour = "red"

[rules."step.unheard"]
level = "fail"

[rules."step.unfinished"]
level = "warn"

[rules."time.repeated"]
level = "note"
max-sane = 3

[[rules."time.repeated".when]]
kinds = ["robot"]
level = "fail"

[[rules."time.repeated".when]]
severity = ["major"]
level = "off"

[[rules."time.repeated".when]]
level = "note"

[[approvals]]
id = "qa"
role = "quality"
count = 0
after = ["ghost"]
covers = { reasons = [] }

[[approvals]]
id = "qa"
role = "Quality"
when-deviation = { severity = ["major", "major"], cuont = 2 }
deadline = "5 weeks"

[[rulings]]
critical = true
ruling = "stop"

[serves]
"step.odd" = ["Site procedure 17"]
"""

#: Line, key path, and a part of what to do, in the order in which they are told. The rows of `time.repeated` are told
#: twice or thrice: what remains of a row without its refused condition is judged too.
ALL_TOLD = [
    (2, "id", "write 1 to 64 characters of a-z"),
    (3, "version", "write a whole number in the allowed range"),
    (8, 'rules."step.unheard"', "correct the rule's name"),
    (12, 'rules."step.unfinished".level', "use one of: fail, provisional, note, off"),
    (19, 'rules."time.repeated".when[0].kinds[0]', "use one of: human, agent, device"),
    (18, 'rules."time.repeated".when[0]', "write the rule's own level instead"),
    (23, 'rules."time.repeated".when[1].severity', "remove the condition"),
    (22, 'rules."time.repeated".when[1]', 'write level = "off" and reason'),
    (26, 'rules."time.repeated".when[2]', "write the rule's own level instead"),
    (22, 'rules."time.repeated".when[1]', "reorder or remove it"),
    (26, 'rules."time.repeated".when[2]', "reorder or remove it"),
    (26, 'rules."time.repeated".when[2]', "remove it"),
    (16, 'rules."time.repeated".max-sane', "remove it or correct its spelling"),
    (5, "default-level", "use fail, or list with fail, note or off"),
    (32, "approvals[0].count", "write a whole number in the allowed range"),
    (34, "approvals[0].covers.reasons", "give at least one item"),
    (38, "approvals[1].role", "write 1 to 64 characters of a-z"),
    (39, "approvals[1].when-deviation.severity", "leave each item once"),
    (40, "approvals[1].deadline", "write a duration such as 30 min"),
    (39, "approvals[1].when-deviation.cuont", "remove it or correct its spelling"),
    (33, "approvals[0].after", "name ids of other approvals"),
    (37, "approvals[1].id", "give each its own id"),
    (29, "approvals", "leave `covers` out of one of them"),
    (44, "rulings[0].ruling", "use one of: allow, review, block"),
    (47, 'serves."step.odd"', "correct the name"),
    (6, "colour", "remove it or correct its spelling"),
    (42, "rulings", "end with [[rulings]] and a ruling alone"),
]


def test_all_errors_of_a_file_are_told_at_once_with_line_path_and_remedy() -> None:
    with pytest.raises(InputError) as caught:
        Policy.parse(ALL_WRONG.encode(), "site.toml")
    told = caught.value.problems
    expected = sorted(ALL_TOLD, key=lambda one: one[0])  # as a person goes through the file
    assert [(one.line, one.path) for one in told] == [(line, path) for line, path, _ in expected]
    for one, (line, path, remedy) in zip(told, expected, strict=True):
        assert remedy in one.remedy
        assert describe("site.toml", one).startswith(f"site.toml:{line}: {path}: ")
