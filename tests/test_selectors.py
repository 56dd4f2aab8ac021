"""Selectors: what holds for a matter, and what one takes away from another (SPEC 8.6, 8.1-4)."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.policies import NAMES, selector, selectors

from opsproof_verify.policy_tools.matters import sorts
from opsproof_verify.selectors import Matter, Selector, matches

WHOLE = Matter(
    steps=frozenset({"mix", "fill-2"}),
    tags=frozenset({"gmp", "sterile"}),
    critical=True,
    roles=frozenset({"operator", "quality"}),
    kind="human",
    severity="major",
    reason="label-torn",
)

HOLDS: dict[str, tuple[dict[str, Any], bool]] = {
    "no condition": ({}, True),
    "a step": ({"steps": ("mix",)}, True),
    "one step of two": ({"steps": ("weigh", "mix")}, True),
    "another step": ({"steps": ("weigh",)}, False),
    "the beginning of a step": ({"steps": ("fill*",)}, True),
    "a pattern that stands for nothing": ({"steps": ("mix*",)}, True),
    "a pattern with more": ({"steps": ("mix-*",)}, False),
    "a step that only begins so": ({"steps": ("fill",)}, False),
    "a tag": ({"tags": ("other", "gmp")}, True),
    "another tag": ({"tags": ("gm",)}, False),
    "critical": ({"critical": True}, True),
    "not critical": ({"critical": False}, False),
    "a role": ({"roles": ("quality",)}, True),
    "another role": ({"roles": ("author",)}, False),
    "a kind": ({"kinds": ("agent", "human")}, True),
    "another kind": ({"kinds": ("agent",)}, False),
    "a severity": ({"severity": ("critical", "major")}, True),
    "another severity": ({"severity": ("minor",)}, False),
    "a reason": ({"reasons": ("label-torn",)}, True),
    "the beginning of a reason": ({"reasons": ("label-*",)}, True),
    "another reason": ({"reasons": ("label",)}, False),
    "all at once": ({"steps": ("mix",), "kinds": ("human",), "reasons": ("label-*",)}, True),
    "all but one": ({"steps": ("mix",), "kinds": ("agent",), "reasons": ("label-*",)}, False),
}


@pytest.mark.parametrize("name", HOLDS)
def test_all_conditions_must_hold(name: str) -> None:
    conditions, expected = HOLDS[name]
    assert Selector(**conditions).holds(WHOLE) is expected


@pytest.mark.parametrize(
    "conditions",
    [
        {"steps": ("a*",)},
        {"tags": ("a",)},
        {"critical": True},
        {"critical": False},
        {"roles": ("a",)},
        {"kinds": ("human",)},
        {"severity": ("minor",)},
        {"reasons": ("a*",)},
    ],
)
def test_a_condition_on_what_the_matter_does_not_have_does_not_hold(conditions: dict[str, Any]) -> None:
    assert not Selector(**conditions).holds(Matter())
    assert Selector().holds(Matter())


@pytest.mark.parametrize(
    "pattern, name, expected",
    [("ab", "ab", True), ("ab", "abc", False), ("ab*", "ab", True), ("ab*", "abc", True), ("ab*", "a", False)],
)
def test_a_final_star_stands_for_anything_or_nothing(pattern: str, name: str, expected: bool) -> None:  # noqa: FBT001 - a parameter
    assert matches(pattern, name) is expected


CONTAINS: dict[str, tuple[dict[str, Any], dict[str, Any], bool]] = {
    "everything": ({}, {"critical": True}, True),
    "itself": ({"tags": ("a",)}, {"tags": ("a",)}, True),
    "fewer words": ({"tags": ("a", "b")}, {"tags": ("a",)}, True),
    "more words": ({"tags": ("a",)}, {"tags": ("a", "b")}, False),
    "one more condition": ({"tags": ("a",)}, {"tags": ("a",), "critical": True}, True),
    "one condition less": ({"tags": ("a",), "critical": True}, {"tags": ("a",)}, False),
    "the opposite": ({"critical": True}, {"critical": False}, False),
    "a longer beginning": ({"steps": ("a*",)}, {"steps": ("ab*", "a")}, True),
    "a shorter beginning": ({"steps": ("ab*",)}, {"steps": ("a*",)}, False),
    "a name and its beginning": ({"steps": ("ab",)}, {"steps": ("ab*",)}, False),
}


@pytest.mark.parametrize("name", CONTAINS)
def test_one_takes_all_of_another(name: str) -> None:
    mine, theirs, expected = CONTAINS[name]
    assert Selector(**mine).contains(Selector(**theirs)) is expected


def test_conditions_are_named() -> None:
    assert Selector().conditions == ()
    assert Selector(critical=False, kinds=("human",)).conditions == ("critical", "kinds")


rows = st.lists(selectors(NAMES), min_size=1, max_size=4).map(lambda found: [selector(one) for one in found])


@given(rows)
@settings(deadline=None, max_examples=30)
def test_what_one_contains_it_holds_for(found: list[Selector]) -> None:
    tried = sorts(found, "deviation")
    assert tried is not None
    for mine in found:
        for theirs in found:
            if mine.contains(theirs):
                assert all(mine.holds(one) for one in tried if theirs.holds(one))


def matter_of(draw: st.DrawFn) -> Matter:
    """Give any matter of a deviation, of names that a policy may know, or not."""
    some = draw(st.sets(st.sampled_from((*NAMES.steps, "fill-9", "mixed", "other"))))
    return Matter(
        steps=frozenset(some),
        tags=frozenset(draw(st.sets(st.sampled_from((*NAMES.tags, "other"))))) if some else frozenset(),
        critical=draw(st.booleans()) if some else False,
        roles=frozenset(draw(st.sets(st.sampled_from((*NAMES.roles, "other")), min_size=1))),
        kind=draw(st.sampled_from(("human", "agent", "device"))),
        severity=draw(st.sampled_from(("minor", "major", "critical"))),
        reason=draw(st.sampled_from((*NAMES.reasons, "label-new", "mix-", "other"))),
    )


@given(rows, st.data())
@settings(deadline=None, max_examples=30)
def test_each_matter_is_of_a_sort_that_is_tried(found: list[Selector], data: st.DataObject) -> None:
    matter = data.draw(st.composite(matter_of)())
    held = [one.holds(matter) for one in found]
    tried = sorts(found, "deviation")
    assert tried is not None
    assert any([one.holds(other) for one in found] == held for other in tried)


def test_what_a_rule_does_not_look_at_has_no_sorts() -> None:
    assert sorts([], "") == [Matter()]
    alone = sorts([Selector(kinds=("agent",))], "a")
    assert alone is not None
    assert {(one.kind, one.critical, one.severity) for one in alone} == {
        ("", None, ""),
        ("human", None, ""),
        ("agent", None, ""),
        ("device", None, ""),
    }
    one_step = sorts([Selector(steps=("a", "b")), Selector(steps=("b*",))], "s")
    assert one_step is not None
    assert all(len(one.steps) <= 1 for one in one_step)


def test_too_many_sorts_are_not_tried() -> None:
    many = [Selector(tags=(f"t{number}",)) for number in range(20)]
    assert sorts(many, "s") is None


def test_too_many_sorts_of_matters_are_not_tried() -> None:
    """Seven roles and five tags may stand together in ways enough; then nothing is claimed."""
    roles = [Selector(roles=(f"role-{number}",)) for number in range(7)]
    tags = [Selector(tags=(f"tag-{number}",)) for number in range(5)]
    assert sorts(roles + tags, "deviation") is None
    assert sorts(roles, "deviation") is not None
