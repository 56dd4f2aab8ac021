"""One run for each shipped profile, with the records that the profile asks for, signed by whom it asks for.

Built from the full run of the vectors: the profile is pinned, whoever must sign at once does, and all have approved.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Collection
from typing import Any

from support.bundles import AGENT, DAY, HOUR, MINUTE, OFFSET, START, Subject, base, crypto, model

from opsproof_verify import Policy
from opsproof_verify.policy_parts import ApprovalNeed

Item = Any  # vectorlib.model.Item
Change = Callable[[Subject], None]

OPERATOR, SECOND, SUPERVISOR = "operator-a", "operator-b", "supervisor-1"
HELD = [{"id": "licence", "number": "L 7", "not-after": [START + 99 * DAY, OFFSET]}]
LEAVE = {"step": "label", "pass_": 1, "action": "print labels", "arguments": crypto.fixed("arguments")}


def run_under(name: str, *changes: Change, needs: Collection[str] = ()) -> Subject:
    """Give the run for a profile, further needs signed for too; changes are made before anybody attests or signs."""
    policy = Policy.load(name)
    subject = copy.deepcopy(base.rich())
    _enrich_contract(subject, policy)
    _enrich_entries(subject)
    subject.items = [item for item in subject.items if item.inner != "attestation" and item.type not in (7, 9)]
    _approve_contract(subject, policy)
    _sign_off(subject, policy, needs)
    for change in changes:
        change(subject)
    _attest(subject, policy)
    _place_times(subject)
    return subject


def _enrich_contract(subject: Subject, policy: Policy) -> None:
    """Pin the profile, and ask for qualifications, an instrument, and leave for the agent."""
    fields = subject.item("contract").fields
    fields["policy"] = policy.encode()
    fields["retention"] = {"class": "record", "years": 5}
    fields["steps"] = copy.deepcopy(fields["steps"])
    steps = {step["id"]: step for step in fields["steps"]}
    steps["weigh"]["instruments"] = ["scale"]
    steps["inspect"]["qualifications"] = ["licence"]
    steps["label"]["authorise"] = ["supervisor"]
    members = {member["id"]: member for member in fields["roster"]}
    members[SECOND]["qualifications"] = members[SUPERVISOR]["qualifications"] = HELD
    members[AGENT]["config"] = crypto.fixed("configuration")


def _enrich_entries(subject: Subject) -> None:
    """Add the clock, the instrument, custody, leave and the action; describe the evidence."""
    subject.item("started").fields["clock"] = "time server of the plant"
    subject.item("photo-entry").fields.update(source="camera 2", copy="original")
    tool = base.entry("tool", "instrument-used", step="weigh", pass_=1, instrument="SCALE 7", as_="scale")
    tool.fields["due"] = [START + DAY, OFFSET]
    handed = base.entry("handed", "transferred", digest=model.Digest("photo"), to=SECOND, reason="To the store.")
    got = base.entry("got", "received", SECOND, transfer=model.Ref("handed"))
    until = [START + DAY, OFFSET]
    leave = base.entry("leave", "authorised", SUPERVISOR, **LEAVE, expires=until, for_=AGENT)
    act = base.entry("act", "acted", AGENT, **LEAVE, authorised=model.Ref("leave"))
    for label, new in (("mass", tool), ("label-begin", leave), ("count", act), ("inspect-begin", handed)):
        subject.items.insert(subject.index(label), new)
    subject.items.insert(subject.index("inspect-begin"), got)
    for label in ("label-begin", "label-end"):
        subject.item(label).fields["actor"] = AGENT


def _approve_contract(subject: Subject, policy: Policy) -> None:
    """Let somebody of the profile's role approve the contract."""
    role = (policy.contract_roles or ("quality",))[0]
    subject.trust["approver"] += [
        {"person": "contract-approver", "roles": [role], "key": "contract-approver"},
        {"person": "tech-a", "roles": ["sealing"], "key": OPERATOR},
    ]
    new = base.approval(signer="contract-approver", person="contract-approver", role=role)
    subject.items.insert(subject.index("contract") + 1, new)


def _sign_off(subject: Subject, policy: Policy, needs: Collection[str]) -> None:
    """Witness the seal, and sign for what is always needed, what an agent's work needs, and the needs named."""
    subject.items.append(base.witness(time=[START + 6 * HOUR, 0]))
    for need in policy.approvals:
        worked = need.when_work is not None and need.when_work.kinds == ("agent",)
        if not need.conditional or worked or need.id in needs:
            sign(subject, need)


def sign(subject: Subject, need: ApprovalNeed) -> None:
    """Add the approval for a need, by a person of its own."""
    subject.trust["approver"].append({"person": need.id, "roles": [need.role], "key": need.id})
    hour = START + DAY + len(subject.items) * MINUTE
    fresh = {"factors": ["knowledge", "possession"], "time": [hour - MINUTE, OFFSET]}
    meaning = {"id": need.meaning, "text": "I have read the record."}
    new = base.signoff(need.id, signer=need.id, person=need.id, role=need.role, meaning=meaning)
    new.fields.update(authentication=fresh, time=[hour, OFFSET])
    subject.items.append(new)


def drop(*labels: str) -> Change:
    """Leave records out."""

    def change(subject: Subject) -> None:
        kept = [item for item in subject.items if item.label not in labels]
        assert len(kept) == len(subject.items) - len(labels)
        subject.items = kept

    return change


def edit(label: str, **fields: Any) -> Change:
    """Set fields of a record; ``None`` leaves one out."""

    def change(subject: Subject) -> None:
        item = subject.item(label)
        item.fields.update({name: value for name, value in fields.items() if value is not None})
        item.without |= {name for name, value in fields.items() if value is None}

    return change


def member(actor: str, **fields: Any) -> Change:
    """Set fields of a member of the roster; ``None`` leaves one out."""

    def change(subject: Subject) -> None:
        found = next(one for one in subject.item("contract").fields["roster"] if one["id"] == actor)
        for name, value in fields.items():
            found.pop(name, None)
            found.update({} if value is None else {name: value})

    return change


def step(name: str, **fields: Any) -> Change:
    """Set fields of a step of the contract."""

    def change(subject: Subject) -> None:
        contract = subject.item("contract").fields
        next(one for one in contract["steps"] if one["id"] == name).update(fields)
        if "tags" in fields:
            contract["pack"].value["tags"] = [*contract["pack"].value["tags"], *fields["tags"]]

    return change


def insert(after: str, *items: Item) -> Change:
    """Write further records after one."""

    def change(subject: Subject) -> None:
        at = subject.index(after) + 1
        subject.items[at:at] = items

    return change


def deviate(severity: str, *, count: int = 1, release: bool) -> Change:
    """Raise deviations about the first step, rule on them, and release them if that is needed."""
    items = []
    for number in range(count):
        raised = f"raised{number}"
        about: dict[str, Any] = {"steps": ["weigh"], "values": [], "evidence": [], "description": "It fell."}
        items += [
            base.entry(raised, "deviation-raised", reason="torn-label", severity=severity, **about),
            base.entry(
                f"ruled{number}", "deviation-ruled", deviation=model.Ref(raised), policy=model.Pinned(),
                ruling="block" if release else "review",
            ),
        ]  # fmt: skip
        if release:
            items.append(base.entry(f"freed{number}", "released", SUPERVISOR, deviation=model.Ref(raised)))
    return insert("weigh-end", *items)


def cover(need: str, *numbers: int) -> Change:
    """Let the approval for a need cover deviations."""
    return edit(need, covers=[model.Seq(f"raised{number}") for number in numbers])


def _attest(subject: Subject, policy: Policy) -> None:
    """Let each actor attest at once what the profile wants so, and all but the sealer the rest at the end."""
    at_once = policy.rules["attestation.late"].words("at-once")
    items: list[Item] = []
    waiting: dict[str, bool] = {}
    for item in subject.items:
        if item.label == "ended":
            items += [_attestation(actor, items) for actor, owes in waiting.items() if owes and actor != OPERATOR]
        items.append(item)
        if item.type == 2:
            actor = item.fields["actor"]
            waiting[actor] = item.fields["kind"] not in at_once
            if not waiting[actor]:
                items.append(_attestation(actor, items))
    subject.items = items


def _attestation(actor: str, items: list[Item]) -> Item:
    return base.attest(f"attests-{len(items)}", actor)


def _place_times(subject: Subject) -> None:
    """Evidence was captured when it was added."""
    entries = [item for item in subject.items if item.type == 2]
    for seq, item in enumerate(entries):
        if item.fields["kind"] == "evidence-added" and "captured" not in item.without:
            item.fields["captured"] = [START + seq * MINUTE, OFFSET]
