"""Where two policies differ, and when one is called stricter (`policy diff`)."""

from typing import Any

import pytest
from hypothesis import given, settings
from support.policies import Data, policies, written

from opsproof_verify import Policy
from opsproof_verify.policy_tools.differences import compare, never_final
from opsproof_verify.policy_tools.relations import Caveat, Relation, together

EQUAL, STRICTER, WEAKER, DIFFERENT = Relation
TOP = 'vocabulary = 1\nid = "p"\nversion = 1\ntitle = "P"\ndefault-level = "fail"\n'
#: Two rules by which almost any two policies would differ for approvals that name one of them, or are by the excluded.
QUIET = '[rules."signoff.other-policy"]\nlevel = "note"\n[rules."approval.self"]\nlevel = "note"\n'
NEED = '[[approvals]]\nid = "qa"\nrole = "quality"\n'
RULING = '[[rulings]]\nruling = "review"\n'
LATE = '[rules."attestation.late"]\n'
ROW = '[[rules."attestation.late".when]]\n'
OPEN = '[rules."gap.unexplained"]\nlevel = "provisional"\n'


def policy(*parts: str, top: str = "", need: str = NEED, ruling: str = RULING, quiet: str = QUIET) -> Policy:
    return Policy.parse((TOP + top + quiet + "".join(parts) + need + ruling).encode())


def rule(name: str, level: str) -> str:
    reason = 'reason = "x"\n' if level == "off" else ""
    return f'[rules."{name}"]\nlevel = "{level}"\n{reason}'


def need(more: str = "", id_: str = "qa", role: str = "quality") -> str:
    return f'[[approvals]]\nid = "{id_}"\nrole = "{role}"\n{more}\n'


CASES: dict[str, tuple[dict[str, Any], dict[str, Any], Relation]] = {
    "nothing": ({}, {}, EQUAL),
    "another title": ({}, {"top": 'sealing-roles = ["a"]\n'}, STRICTER),
    "fail for note": ({"parts": [rule("step.unknown", "note")]}, {}, STRICTER),
    "provisional for fail": ({}, {"parts": [rule("gap.unexplained", "provisional")]}, WEAKER),
    "note for off": ({"parts": [rule("step.unknown", "off")]}, {"parts": [rule("step.unknown", "note")]}, EQUAL),
    "a row above": (
        {"parts": [LATE, 'level = "note"\n']},
        {"parts": [LATE, 'level = "note"\n', ROW, 'kinds = ["agent"]\nlevel = "fail"\n']},
        STRICTER,
    ),
    "rows either way": (
        {"parts": [LATE, 'level = "note"\n', ROW, 'kinds = ["human"]\nlevel = "fail"\n']},
        {"parts": [LATE, 'level = "note"\n', ROW, 'kinds = ["agent"]\nlevel = "fail"\n']},
        DIFFERENT,
    ),
    "the same rows in words": (
        {"parts": [LATE, 'level = "note"\n', ROW, 'kinds = ["human", "device"]\nlevel = "fail"\n']},
        {
            "parts": [
                LATE, 'level = "note"\n', ROW, 'kinds = ["device"]\nlevel = "fail"\n',
                ROW, 'kinds = ["human"]\nlevel = "fail"\n',
            ]
        },
        EQUAL,
    ),
    "a smaller number": ({}, {"parts": [LATE, 'level = "fail"\nmax-waiting = 5\n']}, STRICTER),
    "a greater number": ({}, {"parts": [LATE, 'level = "fail"\nmax-waiting = 20000\n']}, WEAKER),
    "more at once": ({}, {"parts": [LATE, 'level = "fail"\nat-once = ["note"]\n']}, STRICTER),
    "another list": (
        {"parts": [LATE, 'level = "fail"\nat-once = ["acted"]\n']},
        {"parts": [LATE, 'level = "fail"\nat-once = ["note"]\n']},
        DIFFERENT,
    ),
    "more factors": (
        {}, {"parts": ['[rules."signoff.not-authenticated"]\nlevel = "fail"\nmin-factors = 3\n']}, STRICTER,
    ),
    "a number of a note": (
        {"parts": [LATE, 'level = "note"\n']}, {"parts": [LATE, 'level = "note"\nmax-waiting = 5\n']}, EQUAL,
    ),
    "a number that moves the finding to another row": (
        {"parts": [LATE, 'level = "fail"\n', ROW, 'tags = ["a"]\nlevel = "note"\n']},
        {"parts": [LATE, 'level = "fail"\nmax-waiting = 5\n', ROW, 'tags = ["a"]\nlevel = "note"\n']},
        DIFFERENT,
    ),
    "what cannot be judged": ({"top": 'unevaluable = "provisional"\n'}, {}, STRICTER),
    "the roster": ({}, {"top": 'approvers = "roster"\n'}, WEAKER),
    "fewer sealing roles": (
        {"top": 'sealing-roles = ["a", "b"]\n'}, {"top": 'sealing-roles = ["a"]\n'}, STRICTER,
    ),
    "other sealing roles": (
        {"top": 'sealing-roles = ["a"]\n'}, {"top": 'sealing-roles = ["b"]\n'}, DIFFERENT,
    ),
    "more to approve the contract": ({}, {"parts": ["[contract-approval]\ncount = 2\n"]}, STRICTER),
    "any to approve the contract": ({"parts": ['[contract-approval]\nroles = ["a"]\n']}, {}, WEAKER),
    "more to approve a contract that need not be": (
        {"parts": [rule("contract.unapproved", "note")]},
        {"parts": [rule("contract.unapproved", "note"), '[contract-approval]\ncount = 2\nroles = ["a"]\n']},
        EQUAL,
    ),
    "one more person": ({}, {"need": need("count = 2")}, STRICTER),
    "another role": ({}, {"need": need(role="production")}, DIFFERENT),
    "a meaning": ({}, {"need": need('meaning = "release"')}, STRICTER),
    "a blind approval": ({}, {"need": need("blind = true")}, WEAKER),
    "a redacted copy": ({}, {"need": need("redacted = true")}, WEAKER),
    "no last word": ({}, {"need": need("last-word = false")}, WEAKER),
    "independent of more": (
        {}, {"need": need('independent-of = ["author", "performer", "sealer"]')}, STRICTER,
    ),
    "independent of all who wrote, who are also all who performed": (
        {"need": need('independent-of = ["checker", "recorder"]')},
        {"need": need('independent-of = ["recorder"]')},
        EQUAL,
    ),
    "a deadline": ({}, {"need": need('deadline = "5 d"')}, STRICTER),
    "a later deadline": ({"need": need('deadline = "5 d"')}, {"need": need('deadline = "6 d"')}, WEAKER),
    "only sometimes": (
        {}, {"need": need('when-deviation = { severity = ["major"] }') + need(id_="two")}, DIFFERENT,
    ),
    "more often": (
        {"need": need('when-deviation = { severity = ["major"], count = 2 }') + need(id_="two")},
        {"need": need('when-deviation = { severity = ["major", "critical"] }') + need(id_="two")},
        STRICTER,
    ),
    "for less work": (
        {"need": need('when-work = { kinds = ["agent", "device"] }') + need(id_="two")},
        {"need": need('when-work = { kinds = ["agent"] }') + need(id_="two")},
        WEAKER,
    ),
    "for deviations rather than for work": (
        {"need": need('when-work = { kinds = ["agent"] }') + need(id_="two")},
        {"need": need("when-deviation = { critical = true }") + need(id_="two")},
        DIFFERENT,
    ),
    "after another": (
        {"need": need() + need(id_="two")}, {"need": need() + need('after = ["qa"]', "two")}, STRICTER,
    ),
    "one need more, of the same role": ({}, {"need": need() + need(id_="two")}, STRICTER),
    "one need more, whose people may cover what the others may not": (
        {"parts": [OPEN]}, {"parts": [OPEN], "need": need() + need(id_="two", role="production")}, DIFFERENT,
    ),
    "the same, but nothing is to be covered": (
        {"parts": [rule("deviation.not-closed", "note")]},
        {"parts": [rule("deviation.not-closed", "note")], "need": need() + need(id_="two", role="production")},
        STRICTER,
    ),
    "deviations that one need alone covers": (
        {"need": need() + need(id_="two")}, {"need": need() + need("covers = { critical = true }", "two")}, DIFFERENT,
    ),
    "the same with a stricter need": (
        {"need": need() + need("covers = { critical = true }", "two")},
        {"need": need() + need("covers = { critical = true }\ncount = 2", "two")},
        STRICTER,
    ),
    "a need that always exists": (
        {"need": ""}, {"need": need()}, DIFFERENT,
    ),
    "nothing but that a bundle may be FINAL": (
        {"parts": [rule("deviation.not-closed", "note")], "need": need("when-work = { critical = true }")},
        {"parts": [rule("deviation.not-closed", "note")]},
        DIFFERENT,
    ),
    "a ruling above": ({}, {"ruling": '[[rulings]]\nruling = "block"\n'}, STRICTER),
    "rulings either way": (
        {"ruling": '[[rulings]]\ncritical = true\nruling = "block"\n' + RULING},
        {"ruling": '[[rulings]]\ncritical = false\nruling = "block"\n' + RULING},
        DIFFERENT,
    ),
    "the same rulings in other words": (
        {"ruling": '[[rulings]]\ncritical = true\nruling = "block"\n' + RULING},
        {"ruling": '[[rulings]]\ncritical = false\nruling = "review"\n[[rulings]]\nruling = "block"\n'},
        EQUAL,
    ),
    "more rows than are tried": (
        {}, {"ruling": "".join(f'[[rulings]]\ntags = ["t{n}"]\nruling = "block"\n' for n in range(20)) + RULING},
        DIFFERENT,
    ),
    "more rows of a rule than are tried": (
        {},
        {"parts": [LATE, 'level = "fail"\n', *(f'{ROW}tags = ["t{n}"]\nlevel = "note"\n' for n in range(20))]},
        DIFFERENT,
    ),
}  # fmt: skip

_MIRRORED = {EQUAL: EQUAL, STRICTER: WEAKER, WEAKER: STRICTER, DIFFERENT: DIFFERENT}


def made(case: dict[str, Any]) -> Policy:
    return policy(*case.get("parts", ()), **{name: part for name, part in case.items() if name != "parts"})


@pytest.mark.parametrize("name", CASES)
def test_b_is_to_a(name: str) -> None:
    a, b, expected = CASES[name]
    found = compare(made(a), made(b))
    assert found.apart_from_caveats is expected
    assert found.relation is expected
    assert compare(made(b), made(a)).apart_from_caveats is _MIRRORED[expected]


CAVEATS: dict[str, tuple[Policy, Policy, tuple[Caveat, ...]]] = {
    "nothing": (policy(), policy(top='unevaluable = "own"\n'), ()),
    "approvals that name the other": (
        policy(quiet='[rules."approval.self"]\nlevel = "note"\n'),
        policy(quiet='[rules."approval.self"]\nlevel = "note"\n', need=need("count = 2")),
        (Caveat.NAMED,),
    ),
    "approvals by the excluded": (
        policy(quiet=rule("signoff.other-policy", "note")),
        policy(quiet=rule("signoff.other-policy", "note"), need=need('meaning = "release"')),
        (Caveat.SELF,),
    ),
    "approvals by the excluded, which both hold to it": (
        policy(quiet=rule("signoff.other-policy", "note"), need=need() + need('after = ["qa"]', "two")),
        policy(quiet=rule("signoff.other-policy", "note"), need=need("count = 2") + need('after = ["qa"]', "two")),
        (),
    ),
    "approvals by the excluded, after another": (
        policy(quiet=rule("signoff.other-policy", "note"), need=need() + need('after = ["qa"]', "two")),
        policy(
            quiet=rule("signoff.other-policy", "note"),
            need=need('independent-of = ["author", "performer", "sealer"]') + need('after = ["qa"]', "two"),
        ),
        (),
    ),
    "approvals by the excluded, who may sign for another": (
        policy(rule("deviation.not-closed", "note"), quiet=rule("signoff.other-policy", "note")),
        policy(
            rule("deviation.not-closed", "note"),
            quiet=rule("signoff.other-policy", "note"),
            need=need() + need("independent-of = []", "two"),
        ),
        (Caveat.SELF,),
    ),
    "nobody is excluded": (
        policy(quiet=rule("signoff.other-policy", "note"), need=need("independent-of = []")),
        policy(quiet=rule("signoff.other-policy", "note"), need=need('independent-of = []\nmeaning = "release"')),
        (),
    ),
    "keys that were retired": (policy(), policy(top='retired-keys = "witnessed"\n'), (Caveat.RETIRED,)),
}


@pytest.mark.parametrize("name", CAVEATS)
def test_what_a_bundle_must_not_have_is_said(name: str) -> None:
    a, b, expected = CAVEATS[name]
    found = compare(a, b)
    assert found.b_caveats == expected
    assert found.apart_from_caveats in (EQUAL, STRICTER)
    if expected:
        assert found.relation in (WEAKER, DIFFERENT)


@given(policies())
@settings(deadline=None, max_examples=15)
def test_a_policy_is_equal_to_itself(data: Data) -> None:
    one = Policy.parse(written(data).encode())
    found = compare(one, one)
    assert (found.same, found.relation, found.parts) == (True, EQUAL, ())


@given(policies(), policies())
@settings(deadline=None, max_examples=15)
def test_b_to_a_mirrors_a_to_b(first: Data, second: Data) -> None:
    a, b = (Policy.parse(written(one).encode()) for one in (first, second))
    assert compare(b, a).relation is _MIRRORED[compare(a, b).relation]


def test_wholes_are_made_of_parts() -> None:
    assert together([]) is EQUAL
    assert together([EQUAL, STRICTER]) is STRICTER
    assert together([EQUAL, WEAKER]) is WEAKER
    assert together([STRICTER, WEAKER]) is DIFFERENT
    assert together([STRICTER, DIFFERENT]) is DIFFERENT


def test_a_policy_without_a_need_that_always_exists_is_never_final() -> None:
    assert never_final(policy(need=""))
    assert not never_final(policy())
    sometimes = policy(need=need("when-work = { critical = true }"))
    assert never_final(sometimes)
