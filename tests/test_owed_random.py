"""Doing exactly what a report lists as owed makes a random run FINAL; leaving any one item out does not (SPEC 9.12)."""

import copy
import random
from collections import Counter
from typing import Any

import pytest
from support import worlds
from support.bundles import Subject, base, check, model, policy_of
from test_monotone import drawn

from opsproof_verify import Policy, Verdict

SEEDS = range(5)
LAX = 0.75  # the share of rules that do not weigh
WORLDS_A_SEED = 20

Facts = dict[str, Any]


def perform(subject: Subject, items: list[tuple[str, Facts]]) -> None:
    """Do what is owed, in the order of the report but for approvals: those stand in the order of the policy."""
    policy = policy_of(subject)
    assert policy is not None
    order = [need.id for need in policy.approvals]
    others = [item for item in items if item[0] != "approve"]
    approvals = sorted((item for item in items if item[0] == "approve"), key=lambda item: order.index(item[1]["id"]))
    reserve = iter(worlds.RESERVE * 2)
    for number, (word, facts) in enumerate([*others, *approvals]):
        label = f"done-{number}"
        if word == "approve":
            approve(subject, label, facts, reserve, policy)
        elif word in ("supply", "remediate"):
            add(subject, label, word, facts)
        elif word == "attest":
            actor = facts["actor"]
            person = {row["id"]: row["person"] for row in subject.item("contract").fields["roster"]}[actor]
            subject.items.append(base.signoff(label, "attest", actor, person, role="operator", late=actor))
        elif word == "withdraw":
            withdraw(subject, label, facts["signoff"])
        elif word == "witness":
            made = base.witness(label)
            if "by" in facts:
                made.fields["time"] = [min(facts["by"], model.START + 9 * model.DAY), 0]
            subject.items.append(made)
        elif word == "accept":
            subject.trust["approver"].append({"person": "tech-a", "roles": ["none"], "key": "operator-a"})
        else:
            assert word == "time"
            subject.at = model.START + 30 * model.DAY


def approve(subject: Subject, label: str, facts: Facts, reserve: Any, policy: Policy) -> None:
    """Approve by as many people as are owed, who claim all that a policy may ask; the first covers what must be."""
    for number in range(facts["count"]):
        key, person = next(reserve)
        more: Facts = {"covers": list(facts["covers"])} if number == 0 and "covers" in facts else {}
        if "by" in facts:
            more["time"] = [min(facts["by"], model.START + 9 * model.DAY), 0]
        if "meaning" in facts:
            more["meaning"] = {"id": facts["meaning"], "text": "As the policy asks."}
        made = base.signoff(f"{label}-{number}", "approve", key, person, role=facts["role"], **more)
        subject.items.append(made)
        at = more.get("time") or [model.START + model.DAY + sum(i.type == 7 for i in subject.items) * model.HOUR, 0]
        made.fields["authentication"] = {"factors": ["inherence", "knowledge", "possession"], "time": at}
        made.fields["policy"] = policy.digest


def add(subject: Subject, label: str, decision: str, facts: Facts) -> None:
    """Add evidence by somebody who does not have to approve."""
    count = facts.get("missing", 1)
    bodies = [base.PHOTO + bytes([1, number]) for number in range(count)]
    files = [model.Item(f"{label}-file-{number}", 4, body=body) for number, body in enumerate(bodies)]
    place = {name: facts[name] for name in ("step", "pass", "slot") if name in facts}
    named = [
        {"digest": model.Digest(file.label), "size": len(file.body), "media": "image/png", **place} for file in files
    ]
    more: Facts = {"evidence": named}
    if decision == "remediate":
        refs = {ref[0]: model.Ref(name) for name, ref in model.Build(subject).refs.items()}
        more["deviation"] = refs[facts["seq"]]
    subject.items += [*files, base.signoff(label, decision, "visitor", "visitor-1", role="visitor", **more)]


def withdraw(subject: Subject, label: str, hash_: str) -> None:
    """Withdraw a sign-off by who signed it."""
    hashes = {found.hex(): name for name, found in model.Build(subject).hashes.items()}
    target = subject.item(hashes[hash_])
    signer, person = target.signer, target.fields["person"]
    subject.items.append(base.signoff(label, "withdraw", signer, person, withdraws=model.Hash(target.label)))


@pytest.mark.parametrize("seed", SEEDS)
def test_what_is_owed_is_enough_and_nothing_of_it_too_much(seed: int) -> None:
    draw = random.Random(f"owed {seed}")
    words: Counter[str] = Counter()
    for _ in range(WORLDS_A_SEED):
        subject = worlds.world(draw)
        drawn(draw, subject, LAX)
        if draw.random() < 0.1:
            subject.at = None
        report = check(subject)
        items: list[tuple[str, Facts]] = [(item.need, dict(item.facts)) for item in report.owed]
        if report.verdict != Verdict.PROVISIONAL or sum(facts.get("count", 0) for _, facts in items) > 6:
            continue
        words.update(word for word, _ in items)
        left_outs = [None, *draw.sample(range(len(items)), min(3, len(items)))]
        for left_out in left_outs:
            tried = copy.deepcopy(subject)
            perform(tried, [item for number, item in enumerate(items) if number != left_out])
            result = check(tried)
            found = [(one.code.name, str(one.severity), one.facts) for one in result.findings]
            assert (result.verdict == Verdict.FINAL) == (left_out is None), (items, left_out, found)
    assert words["approve"]


def test_each_word_is_owed_by_some() -> None:
    """Of what is not withheld or absent: the properties above would hold of runs that owe nothing but approvals."""
    draw = random.Random("words")
    words: Counter[str] = Counter()
    for _ in range(150):
        subject = worlds.world(draw)
        drawn(draw, subject, LAX)
        words.update(item.need for item in check(subject).owed)
    assert words.keys() == {"accept", "attest", "supply", "remediate", "witness", "withdraw", "approve"}
