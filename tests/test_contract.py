"""Contracts: what is no contract, and what is one that contradicts itself (SPEC 6.1)."""

import copy
from collections.abc import Callable
from typing import Any

import pytest
from support.bundles import base, cbor, model

from opsproof_verify.findings import Rejected
from opsproof_verify.parse_contract import parse_contract, parse_pack

Change = Callable[[dict[str, Any]], object]


def full() -> dict[str, Any]:
    """Give the full contract of the vectors, decoded."""
    body = model.Build(base.rich()).body("contract")
    decoded: dict[str, Any] = cbor.decode(cbor.decode(body)[2])
    return decoded


FULL = full()


def refusal(change: Change) -> tuple[str, object]:
    contract = copy.deepcopy(FULL)
    change(contract)
    with pytest.raises(Rejected) as caught:
        parse_contract(cbor.encode(contract))
    return caught.value.code, caught.value.facts["why"]


def pack(change: Change) -> Change:
    def apply(contract: dict[str, Any]) -> None:
        inner = cbor.decode(contract["pack"])
        change(inner)
        contract["pack"] = cbor.encode(inner)

    return apply


def step(index: int, **changes: Any) -> Change:
    return lambda contract: contract["steps"][index].update(changes)


def value(**changes: Any) -> Change:
    return lambda contract: contract["steps"][0]["values"][0].update(changes)


def test_the_contract_is_read() -> None:
    contract = parse_contract(cbor.encode(FULL))
    assert list(contract.steps) == [row["id"] for row in FULL["steps"]]
    assert contract.pack is not None
    assert contract.steps["weigh"].values["mass"].unit == "kg"
    assert (contract.steps["weigh"].passes, contract.steps["label"].passes) == ((1, 1), (1, 2))
    assert contract.params["batch"].optional is False


def test_what_may_be_absent_is_read() -> None:
    contract = copy.deepcopy(FULL) | {"introduction": "Purpose.\nSafety."}
    contract["steps"][0]["authorise"] = ["supervisor", "quality"]
    read, bare = parse_contract(cbor.encode(contract)), parse_contract(cbor.encode(FULL))
    assert (read.introduction, bare.introduction) == ("Purpose.\nSafety.", None)
    assert (read.steps["weigh"].authorise, bare.steps["weigh"].authorise) == (("supervisor", "quality"), ())
    assert bare.pack is not None
    assert {name: reason.demands for name, reason in bare.pack.reasons.items() if reason.demands} == {
        "off-weight": ("values",),
        "mix-up": ("steps",),
        "spoilt": ("steps", "values", "evidence", "action", "occurred"),
    }


INCONSISTENT: dict[str, tuple[Change, str]] = {
    "in force until before from": (lambda c: c.update({"not-before": [9, 0], "not-after": [8, 0]}), "window"),
    "a member until before from": (
        lambda c: c["roster"][0].update({"not-before": [9, 0], "not-after": [8, 0]}),
        "window",
    ),
    "an actor twice": (lambda c: c["roster"][1].update(id=c["roster"][0]["id"]), "duplicate-id"),
    "a key twice": (lambda c: c["roster"][1].update(key=c["roster"][0]["key"]), "duplicate-key"),
    "a step twice": (lambda c: c["steps"].append(c["steps"][5]), "duplicate-id"),
    "a param twice": (lambda c: c["params"].append(c["params"][0]), "duplicate-id"),
    "a value twice": (lambda c: c["steps"][0]["values"].append(c["steps"][0]["values"][1]), "duplicate-id"),
    "a slot twice": (lambda c: c["steps"][1]["evidence"].append(c["steps"][1]["evidence"][0]), "duplicate-id"),
    "a reason twice": (pack(lambda p: p["reasons"].append(p["reasons"][0])), "duplicate-id"),
    "after a step that is none": (step(1, after=["unheard"]), "unknown-step"),
    "after itself": (step(0, after=["weigh"]), "cycle"),
    "in a circle": (step(0, after=["label"]), "cycle"),
    "more at least than at most": (step(4, repeat={"min": 3, "max": 2}), "window"),
    "a check of what is not critical": (step(0, check=["supervisor"]), "check-not-critical"),
    "a tag that the pack does not have": (step(0, tags=["unheard"]), "unknown-tag"),
    "more items at least than at most": (lambda c: c["steps"][1]["evidence"][0].update(min=3), "window"),
    "limits of a text": (lambda c: c["steps"][0]["values"][1].update(min="1"), "limits"),
    "a unit of a text": (lambda c: c["steps"][0]["values"][1].update(unit="kg"), "limits"),
    "least above greatest": (value(min="43.01"), "window"),
    "choices of a number": (value(choices=["a"]), "choices"),
    "a choice without choices": (lambda c: c["steps"][0]["values"][1].update(type="choice"), "choices"),
}


@pytest.mark.parametrize("name", INCONSISTENT)
def test_a_contract_does_not_contradict_itself(name: str) -> None:
    change, why = INCONSISTENT[name]
    assert refusal(change) == ("contract.inconsistent", why)


MALFORMED: dict[str, tuple[Change, str]] = {
    "an unknown member": (lambda c: c.update(more=1), "unknown-member"),
    "no steps": (lambda c: c.update(steps=[]), "length"),
    "2,001 steps": (
        lambda c: c.update(steps=[{"id": f"s{n}", "title": "x", "roles": ["r"]} for n in range(2_001)]),
        "length",
    ),
    "nobody": (lambda c: c.update(roster=[]), "length"),
    "1,001 people": (lambda c: c.update(roster=c["roster"][:1] * 1_001), "length"),
    "nobody who may seal": (lambda c: c["authority"].update(seal=[]), "length"),
    "a version of none": (lambda c: c.update(version=0), "integer"),
    "a flag that does not hold": (step(0, optional=False), "flag"),
    "a repeat of none": (step(0, repeat={"min": 0, "max": 1}), "integer"),
    "a pass more": (step(0, repeat={"min": 1, "max": 1, "mean": 1}), "unknown-member"),
    "a type that is none": (value(type="float"), "word"),
    "a limit that is no decimal": (value(min="1e3"), "decimal"),
    "a short key": (lambda c: c["roster"][0].update(key=bytes(31)), "bytes"),
    "a kind that is none": (lambda c: c["roster"][0].update(kind="robot"), "word"),
    "a source without a size": (lambda c: c.update(source={"digest": bytes(32), "media": "a/b"}), "missing"),
    "a role twice": (step(0, roles=["operator", "operator"]), "duplicate"),
    "a pack without reasons": (pack(lambda p: p.update(reasons=[])), "length"),
    "a pack that knows more": (pack(lambda p: p.update(more=1)), "unknown-member"),
    "steps that are no list": (lambda c: c.update(steps={}), "array"),
}


@pytest.mark.parametrize("name", MALFORMED)
def test_a_contract_has_the_form_of_the_specification(name: str) -> None:
    change, why = MALFORMED[name]
    assert refusal(change) == ("record.malformed", why)


def test_members_that_may_be_absent_may_be_present() -> None:
    contract = copy.deepcopy(FULL)
    contract["source"] = {"digest": bytes(32), "size": 9, "media": "application/pdf", "name": "sop.pdf"}
    contract["params"].append({"id": "note", "title": "A note", "optional": True})
    contract["roster"][0] |= {"not-before": [0, 0], "not-after": [9, 0]}
    contract["steps"][0]["values"][0]["title"] = "Mass"
    read = parse_contract(cbor.encode(contract))
    assert read.source is not None
    assert read.source.name == "sop.pdf"
    assert read.params["note"].optional is True


def test_a_pack_is_read_by_itself() -> None:
    assert parse_pack(FULL["pack"]).reasons["spill"].remediation is True


def test_a_step_may_have_any_tag_where_there_is_no_pack() -> None:
    contract = copy.deepcopy(FULL)
    del contract["pack"]
    contract["steps"][0]["tags"] = ["anything"]
    assert parse_contract(cbor.encode(contract)).pack is None
