"""Policies that are refused: each error by its key path (SPEC 8.1)."""

import pytest
from test_policy import LEAST, NEED, RULING

from opsproof_verify import InputError, Policy
from opsproof_verify.register import RULES


def problems(text: str) -> list[str]:
    with pytest.raises(InputError) as caught:
        Policy.parse(text.encode())
    assert all(problem.remedy for problem in caught.value.problems)
    return [problem.path for problem in caught.value.problems]


def rule(name: str, body: str) -> str:
    return f'{LEAST}[rules."{name}"]\n{body}\n{RULING}'


def row(name: str, body: str, level: str = 'level = "fail"') -> str:
    return f'{LEAST}[rules."{name}"]\n{level}\n[[rules."{name}".when]]\n{body}\n{RULING}'


WRONG: dict[str, tuple[str, list[str]]] = {
    "nothing there": ("", ["vocabulary", "default-level", "id", "version", "title", "rulings"]),
    "another vocabulary": (LEAST.replace("1", "2", 1) + RULING, ["vocabulary"]),
    "unknown keys": (LEAST + "zebra = 1\nalpha = 1\n" + RULING, ["alpha", "zebra"]),
    "carriage returns": ((LEAST + RULING).replace("\n", "\r\n"), [""]),
    "a float": (LEAST.replace("version = 1", "version = 1.0") + RULING, ["version"]),
    "an integer too large": (LEAST.replace("version = 1", f"version = {2**53}") + RULING, ["version"]),
    "a date": (LEAST.replace('"P"', "2026-01-01") + RULING, ["title"]),
    "a default of note": (LEAST.replace('"fail"', '"note"') + RULING, ["default-level"]),
    "no ruling": (LEAST, ["rulings"]),
    "a last ruling with a condition": (LEAST + RULING + "critical = true\n", ["rulings"]),
    "a ruling that is none": (LEAST + RULING.replace("review", "maybe"), ["rulings[0].ruling"]),
    "empty severities": (LEAST + RULING + "severity = []\n" + RULING, ["rulings[0].severity", "rulings[1]"]),
    "a pattern that is none": (LEAST + RULING + 'reasons = ["*"]\n' + RULING, ["rulings[0].reasons[0]", "rulings[1]"]),
    "an unreachable ruling": (LEAST + RULING + RULING, ["rulings[1]"]),
    "a ruling within an earlier one": (
        LEAST
        + RULING
        + 'severity = ["minor", "major"]\n'
        + RULING
        + 'severity = ["minor"]\nreasons = ["a"]\ncritical = true\n'
        + RULING,
        ["rulings[1]"],
    ),
    "a ruling within a pattern": (
        LEAST + RULING + 'reasons = ["mix*"]\n' + RULING + 'reasons = ["mix-up", "mixed*"]\n' + RULING,
        ["rulings[1]"],
    ),
    "an unknown rule": (LEAST + '[rules."step.unheard"]\nlevel = "fail"\n' + RULING, ['rules."step.unheard"']),
    "an unknown parameter": (
        rule("step.unknown", 'level = "fail"\nmax-waiting = 1'),
        ['rules."step.unknown".max-waiting'],
    ),
    "a rule that is no table": (
        LEAST + "[rules]\n" + '"step.unknown" = "off"\n' + RULING,
        ['rules."step.unknown"', 'rules."step.unknown".level'],
    ),
    "a level that is none": (rule("step.unknown", 'level = "warn"'), ['rules."step.unknown".level']),
    "off without a reason": (rule("step.unknown", 'level = "off"'), ['rules."step.unknown"']),
    "a reason without off": (rule("step.unknown", 'level = "note"\nreason = "x"'), ['rules."step.unknown"']),
    "provisional without a remedy": (rule("step.unknown", 'level = "provisional"'), ['rules."step.unknown".level']),
    "hiding below provisional": (rule("evidence.absent", 'level = "note"'), ['rules."evidence.absent".level']),
    "hiding that is off": (
        rule("evidence.absent", 'level = "off"\nreason = "x"'),
        ['rules."evidence.absent".level'],
    ),
    "waiting of none": (
        rule("attestation.late", 'level = "fail"\nmax-waiting = 0'),
        ['rules."attestation.late".max-waiting'],
    ),
    "a kind that is none": (
        rule("attestation.late", 'level = "fail"\nat-once = ["start"]'),
        ['rules."attestation.late".at-once[0]'],
    ),
    "no members": (
        rule("evidence.undescribed", 'level = "fail"\nmembers = []'),
        ['rules."evidence.undescribed".members'],
    ),
    "four factors": (
        rule("signoff.not-authenticated", 'level = "fail"\nmin-factors = 4'),
        ['rules."signoff.not-authenticated".min-factors'],
    ),
    "a duration without a unit": (
        rule("evidence.late", 'level = "fail"\nmax-lag = "5"'),
        ['rules."evidence.late".max-lag'],
    ),
    "a duration of nothing": (
        rule("evidence.late", 'level = "fail"\nmax-lag = "0 min"'),
        ['rules."evidence.late".max-lag'],
    ),
    "a negative duration": (
        rule("evidence.late", 'level = "fail"\nmax-lag = -1'),
        ['rules."evidence.late".max-lag'],
    ),
    "a row without a condition": (row("step.unknown", 'level = "note"'), ['rules."step.unknown".when[0]']),
    "a row without a level": (
        row("step.unknown", "critical = true", 'level = "note"'),
        ['rules."step.unknown".when[0].level'],
    ),
    "a row that changes nothing": (
        row("step.unknown", 'critical = true\nlevel = "fail"'),
        ['rules."step.unknown".when[0]'],
    ),
    "a row on what the rule has not": (
        row("step.unfinished", 'kinds = ["agent"]\nlevel = "note"'),
        ['rules."step.unfinished".when[0].kinds'],
    ),
    "a row on a rule that has nothing": (
        row("trust.stale", 'tags = ["a"]\nlevel = "note"'),
        ['rules."trust.stale".when[0].tags'],
    ),
    "a row within an earlier one": (
        row(
            "step.unknown",
            'tags = ["a", "b"]\nlevel = "note"\n'
            '[[rules."step.unknown".when]]\ntags = ["b"]\ncritical = true\nlevel = "note"',
        ),
        ['rules."step.unknown".when[1]'],
    ),
    "a row with more": (
        row("step.unknown", 'critical = true\nlevel = "note"\nodd = 1'),
        ['rules."step.unknown".when[0].odd'],
    ),
    "rows that are none": (
        rule("step.unknown", 'level = "fail"\nwhen = 1'),
        ['rules."step.unknown".when'],
    ),
    "a count of none": (LEAST + NEED + "count = 0\n" + RULING, ["approvals[0].count"]),
    "a count of 65": (LEAST + NEED + "count = 65\n" + RULING, ["approvals[0].count"]),
    "two approvals of one id": (LEAST + NEED + NEED + RULING, ["approvals[1].id"]),
    "after itself": (LEAST + NEED + 'after = ["qa"]\n' + RULING, ["approvals[0].after", "approvals"]),
    "after nobody": (LEAST + NEED + 'after = ["other"]\n' + RULING, ["approvals[0].after"]),
    "a circle": (
        LEAST + NEED + 'after = ["two"]\n' + NEED.replace("qa", "two") + 'after = ["qa"]\n' + RULING,
        ["approvals"],
    ),
    "each with covers": (LEAST + NEED + "covers = { critical = true }\n" + RULING, ["approvals"]),
    "a condition on deviations for work": (
        LEAST + NEED + 'when-work = { severity = ["major"] }\n' + RULING,
        ["approvals[0].when-work.severity"],
    ),
    "so many deviations as none": (
        LEAST + NEED + "when-deviation = { count = 0 }\n" + RULING,
        ["approvals[0].when-deviation.count"],
    ),
    "a count of work": (LEAST + NEED + "when-work = { count = 1 }\n" + RULING, ["approvals[0].when-work.count"]),
    "a deadline that is none": (LEAST + NEED + 'deadline = "soon"\n' + RULING, ["approvals[0].deadline"]),
    "what is gone": (LEAST + NEED + 'when-severity = "major"\n' + RULING, ["approvals[0].when-severity"]),
    "independent of somebody else": (
        LEAST + NEED + 'independent-of = ["owner"]\n' + RULING,
        ["approvals[0].independent-of[0]"],
    ),
    "the same word twice": (
        LEAST + NEED + 'independent-of = ["author", "author"]\n' + RULING,
        ["approvals[0].independent-of"],
    ),
    "a number for a boolean": (LEAST + NEED + "blind = 1\n" + RULING, ["approvals[0].blind"]),
    "no sealing roles": (LEAST + "sealing-roles = []\n" + RULING, ["sealing-roles"]),
    "no roles for the contract": (LEAST + "[contract-approval]\nroles = []\n" + RULING, ["contract-approval.roles"]),
    "more of the contract": (LEAST + "[contract-approval]\nperson = 1\n" + RULING, ["contract-approval.person"]),
    "approvals that are no tables": (LEAST + "approvals = 1\n" + RULING, ["approvals"]),
    "serving by no code": (LEAST + '[serves]\n"step.odd" = ["x"]\n' + RULING, ['serves."step.odd"']),
    "serving nothing": (LEAST + '[serves]\n"step.unknown" = []\n' + RULING, ['serves."step.unknown"']),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_is_wrong_is_named_by_its_path(name: str) -> None:
    text, expected = WRONG[name]
    assert sorted(problems(text)) == sorted(expected)


def test_a_default_of_provisional_needs_every_rule_without_a_remedy_listed() -> None:
    with pytest.raises(InputError) as caught:
        Policy.parse((LEAST.replace('"fail"', '"provisional"') + RULING).encode())
    (problem,) = caught.value.problems
    assert problem.path == "default-level"
    hopeless = [name for name, code in RULES.items() if code.remedy.value == "none"]
    assert problem.remedy.endswith(": " + ", ".join(hopeless))


def test_two_rulings_that_each_take_a_part_are_both_reached() -> None:
    first, second, third = 'reasons = ["a", "b"]\n', 'reasons = ["b", "c"]\n', "critical = true\n"
    text = LEAST + RULING + first + RULING + second + RULING + third + RULING
    assert len(Policy.parse(text.encode()).rulings) == 4
