"""The two procedures that most vectors run: one step without values, and one with everything in it."""

from __future__ import annotations

from typing import Any

from .model import DAY, HOUR, OFFSET, START, Digest, Enc, Hash, Item, Key, Pinned, Ref, Seq, Subject
from .toml import DEMANDING, RULES, canonical

PHOTO = b"\x89PNG\r\n\x1a\nnot a photograph, but bytes"
LATE = b"torque tool certificate 7719"

MENDABLE = [rule for rule, mendable in RULES.items() if mendable]
OFF = {"level": "off", "reason": "Not asked here."}
LEVELS: dict[str, dict[str, Any]] = {
    **{rule: {"level": "provisional"} for rule in MENDABLE},
    **dict.fromkeys(sorted(DEMANDING), OFF),
}


def policy(**changes: Any) -> dict[str, Any]:
    """Give the base policy: what can be mended is provisional, all else fails."""
    data: dict[str, Any] = {
        "vocabulary": 1, "id": "tv-base", "version": 1, "title": "Base policy of the vectors",
        "default-level": "fail", "unevaluable": "provisional", "approvers": "trust", "retired-keys": "claimed",
        "contract-approval": {"count": 1},
        "rules": dict(LEVELS),
        "approvals": [{
            "id": "closure", "role": "quality", "count": 1, "independent-of": ["author", "performer"], "after": [],
            "blind": False, "redacted": False,
        }],
        "rulings": [{"severity": ["critical"], "ruling": "block"}, {"reasons": ["torn-label"], "ruling": "allow"},
                    {"ruling": "review"}],
    }  # fmt: skip
    return data | changes


def rules(**levels: dict[str, Any]) -> dict[str, Any]:
    """Give the base policy's rules with some of them replaced; ``_`` stands for ``.`` in their names."""
    changed = {name.replace("__", ".").replace("_", "-"): settings for name, settings in levels.items()}
    return {**LEVELS, **changed}


def asking(*names: str, settings: dict[str, dict[str, Any]] | None = None, **changes: Any) -> dict[str, Any]:
    """Give the base policy with rules on at their usual level; ``settings`` replaces those of further rules."""
    usual = {name: {"level": "provisional" if RULES[name] else "fail"} for name in names}
    return policy(rules={**LEVELS, **usual, **(settings or {})}, **changes)


def trust() -> dict[str, Any]:
    """Give the base trust store."""
    return {
        "id": "tv-trust", "serial": 7, "issued": START - 60 * DAY, "next-update": START + 60 * DAY,
        "issuer": [{"person": "owner", "organisation": "Acme", "key": "issuer", "contracts": ["acme.*"],
                    "accepted-policies": [Pinned()]}],
        "approver": [{"person": "qa-lead", "roles": ["quality"], "key": "quality"},
                     {"person": "production-lead", "roles": ["production"], "key": "production"}],
        "witness": [{"id": "plant-clock", "key": "clock"}],
    }  # fmt: skip


def member(actor: str, person: str, *roles: str, kind: str = "human", **more: Any) -> dict[str, Any]:
    """Give a member of a roster; the key has the actor's name."""
    return {
        "id": actor, "person": person, "name": person.replace("-", " ").capitalize(), "kind": kind,
        "roles": list(roles), "key": Key(actor), **more,
    }  # fmt: skip


def contract(fields: dict[str, Any], pinned: dict[str, Any] | None = None) -> Item:
    """Give a contract, signed by its issuer."""
    defaults = {
        "version": 4, "issuer": "owner", "nonce": bytes(range(16)), "issued": [START - 30 * DAY, OFFSET],
        "params": [{"id": "batch"}], "policy": Enc(canonical(pinned or policy())),
    }  # fmt: skip
    return Item("contract", 1, defaults | fields, signer="issuer")


def approval(label: str = "approval", signer: str = "quality", person: str = "qa-lead", **more: Any) -> Item:
    """Give a contract approval."""
    meaning = {"id": "approved", "text": "I approve this contract for use."}
    fields = {"person": person, "name": person.replace("-", " ").capitalize(), "role": signer, "meaning": meaning}
    return Item(label, 9, fields | more, signer=signer)


def entry(label: str, kind: str, actor: str = "operator-a", **fields: Any) -> Item:
    """Give an entry; ``_`` stands for ``-`` in the names of fields, ``pass_`` for ``pass``."""
    named = {name.rstrip("_").replace("_", "-"): value for name, value in fields.items()}
    return Item(label, 2, {"kind": kind, "actor": actor, **named})


def started(**more: Any) -> Item:
    """Give entry 0."""
    fields = {"subject": {"batch": "B-1042"}, "recorder": "vectors 1"}
    return entry("started", "run-started", **(fields | more))


def attest(label: str, actor: str) -> Item:
    """Give an attestation entry."""
    return Item(label, 2, {"kind": "attestation", "actor": actor}, signer=actor, inner="attestation")


def assign(label: str, new: dict[str, Any], actor: str, by: str, signer: str | None = None) -> Item:
    """Give an assignment entry, signed by the actor who writes it if nobody else is named."""
    inner = {"member": new, "by": by}
    return Item(label, 2, {"kind": "assigned", "actor": actor}, signer or actor, None, None, "assignment", inner)


def photo(label: str, actor: str = "operator-a", body: bytes = PHOTO, **more: Any) -> list[Item]:
    """Give an evidence frame and its entry."""
    fields = {"digest": Digest(label), "size": len(body), "media": "image/png"} | more
    return [Item(label, 4, body=body), entry(label + "-entry", "evidence-added", actor, **fields)]


def seal(actor: str = "operator-a") -> Item:
    """Give the seal."""
    return Item("seal", 6, {"actor": actor}, signer=actor)


def signoff(
    label: str = "signoff",
    decision: str = "approve",
    signer: str = "quality",
    person: str = "qa-lead",
    **more: Any,
) -> Item:
    """Give a sign-off; ``late`` names the actor of an ``attest``."""
    meaning = {"id": "released", "text": "I reviewed the record and release it."}
    if decision != "approve":
        meaning = {"id": decision, "text": "I state: " + decision + "."}
    late = more.pop("late", None)
    fields = {
        "person": person,
        "name": person.replace("-", " ").capitalize(),
        "role": signer,
        "decision": decision,
        "meaning": meaning,
    }
    item = Item(label, 7, fields | {name.replace("_", "-"): value for name, value in more.items()}, signer=signer)
    if late:
        item.inner_fields = {"actor": late}
    return item


def witness(label: str = "witness", target: str = "seal", **more: Any) -> Item:
    """Give a witness after the seal."""
    return Item(label, 8, {"witness": "plant-clock", "target": target, "hash": Hash(target)} | more, signer="clock")


AUTHORITY = {"assign": ["supervisor"], "release": ["supervisor"], "rule": ["supervisor"], "seal": ["operator"]}


def minimal(*extra: Item, pinned: dict[str, Any] | None = None, **fields: Any) -> Subject:
    """Give the smallest complete run; extra entries stand between the step's start and its end."""
    small = {
        "id": "acme.seal-bag", "title": "Seal a bag",
        "steps": [{"id": "seal-bag", "title": "Seal the bag", "roles": ["operator"]}],
        "roster": [member("operator-a", "tech-a", "operator"), member("operator-b", "tech-b", "operator"),
                   member("supervisor-1", "super-c", "supervisor")],
        "authority": AUTHORITY,
    }  # fmt: skip
    step: dict[str, Any] = {"step": "seal-bag", "pass_": 1}
    return Subject(
        [
            contract(small | fields, pinned), approval(), started(),
            entry("begin", "step-started", **step), *extra, entry("end", "step-completed", **step),
            entry("ended", "run-ended", outcome="completed"), seal(), signoff(),
        ],
        trust(),
    )  # fmt: skip


def appended(*items: Item, **fields: Any) -> Subject:
    """Give the smallest run with more frames after its sign-off."""
    subject = minimal(**fields)
    subject.items += items
    return subject


def reviewed(*items: Item, **fields: Any) -> Subject:
    """Give the smallest run with more frames between its seal and its approval, whose signer has seen them."""
    subject = minimal(**fields)
    subject.items[-1:-1] = items
    return subject


PACK = {
    "id": "acme.filling", "version": 2, "title": "Filling lines", "terms": {"run": "batch"}, "tags": ["weighing"],
    "reasons": [
        {"code": "torn-label", "title": "A label is torn", "severity": "minor"},
        {"code": "off-weight", "title": "The mass is off", "severity": "minor", "demands": ["values"]},
        {"code": "skipped", "title": "A step was not done", "severity": "major"},
        {"code": "spill", "title": "Product was spilt", "severity": "major", "remediation": True},
        {"code": "mix-up", "title": "Products were mixed up", "severity": "critical", "demands": ["steps"]},
        {"code": "spoilt", "title": "Product was spoilt", "severity": "minor",
         "demands": ["steps", "values", "evidence", "action", "occurred"]},
    ],
}  # fmt: skip

STEPS: list[dict[str, Any]] = [
    {"id": "weigh", "title": "Weigh the filling", "roles": ["operator"], "tags": ["weighing"], "max-ms": HOUR,
     "values": [{"id": "mass", "type": "decimal", "unit": "kg", "min": "42.00", "max": "43.00"},
                {"id": "remark", "type": "text", "optional": True}]},
    {"id": "photograph", "title": "Photograph the seal", "roles": ["operator"], "after": ["weigh"],
     "evidence": [{"id": "seal-photo", "media": ["image/png", "image/jpeg"], "min": 1, "max": 2}]},
    {"id": "inspect", "title": "Inspect the seal", "roles": ["operator"], "after": ["photograph"], "critical": True,
     "check": ["supervisor"]},
    {"id": "clear", "title": "Clear the line", "roles": ["operator"], "after": ["inspect"], "hold": ["supervisor"]},
    {"id": "label", "title": "Label the boxes", "roles": ["operator"], "after": ["clear"],
     "repeat": {"min": 1, "max": 2}, "values": [{"id": "count", "type": "integer"}]},
    {"id": "clean", "title": "Clean the tools", "roles": ["operator"], "optional": True},
]  # fmt: skip


def step(name: str, *inside: Item, actor: str = "operator-a", number: int = 1) -> list[Item]:
    """Give one pass of a step."""
    suffix = "" if number == 1 else str(number)
    where = {"step": name, "pass_": number}
    return [
        entry(f"{name}-begin{suffix}", "step-started", actor, **where), *inside,
        entry(f"{name}-end{suffix}", "step-completed", actor, **where),
    ]  # fmt: skip


def rich(*extra: Item, pinned: dict[str, Any] | None = None) -> Subject:
    """Give the run of the example in SPEC 1, with everything in it; extra entries stand after the first step."""
    full = {
        "id": "acme.fill-line", "title": "Fill a line", "steps": STEPS, "authority": AUTHORITY, "pack": Enc(PACK),
        "not-before": [START - 10 * DAY, OFFSET], "not-after": [START + 10 * DAY, OFFSET],
        "roster": [member("operator-a", "tech-a", "operator"), member("operator-b", "tech-b", "operator", "supervisor"),
                   member("supervisor-1", "super-c", "supervisor"),
                   member("agent-1", "robot", "operator", "supervisor", kind="agent", principal="tech-a",
                          software="vision 2.1")],
    }  # fmt: skip
    inspect: dict[str, Any] = {"step": "inspect", "pass_": 1}
    mass = entry("mass", "value-recorded", step="weigh", pass_=1, name="mass", value="42.50", unit="kg")
    count = entry("count", "value-recorded", "agent-1", step="label", pass_=1, name="count", value=12)
    picture = photo("photo", step="photograph", pass_=1, slot="seal-photo")
    return Subject(
        [
            contract(full, pinned), approval(), started(),
            *step("weigh", mass), *extra, *step("photograph", *picture), *step("inspect", actor="operator-b"),
            entry("checked", "checked", "supervisor-1", **inspect, passed=True), *step("clear", actor="operator-b"),
            entry("released", "released", "supervisor-1", step="clear", pass_=1), *step("label", count),
            attest("b-attests", "operator-b"), attest("c-attests", "supervisor-1"), attest("agent-attests", "agent-1"),
            entry("ended", "run-ended", outcome="completed"), seal(), signoff(),
        ],
        trust(),
    )  # fmt: skip


def deviated(
    reason: str = "off-weight", ruling: str = "review", severity: str = "minor", value: str = "43.20", **more: Any
) -> Subject:
    """Give the full run with a mass outside its limits, a deviation for it and its ruling; its approval closes it."""
    scope: dict[str, Any] = {
        "steps": ["weigh"],
        "values": [Ref("mass")],
        "evidence": [],
        "description": "Too heavy.",
    } | more
    raised = entry("raised", "deviation-raised", reason=reason, severity=severity, **scope)
    ruled = entry("ruled", "deviation-ruled", deviation=Ref("raised"), ruling=ruling, policy=Pinned())
    subject = rich(raised, ruled)
    subject.item("mass").fields["value"] = value
    subject.item("signoff").fields["covers"] = [Seq("raised")]
    return subject
