"""Automated lines: runs in which actors record value after value, so that stretches can be taken.

``line`` is FINAL. Whatever is changed in its items, chain, windows, seal and signatures are made anew.
"""

from __future__ import annotations

from typing import Any

from .bundles import HOUR, MINUTE, OFFSET, START, Subject, base, model, policy_of, trust_of
from .paths import Inputs

#: Value-specs of the steps: of each type some, with what limits and units a type may have.
SPECS: list[dict[str, Any]] = [
    *({"id": f"mass-{n:02}", "type": "decimal", "unit": "kg", "min": "10.00", "max": "99.99"} for n in range(16)),
    *({"id": f"ratio-{n}", "type": "decimal"} for n in range(2)),
    *({"id": f"count-{n}", "type": "integer", "min": "-5", "max": "1000"} for n in range(5)),
    *({"id": f"lot-{n}", "type": "text"} for n in range(3)),
    *({"id": f"good-{n}", "type": "boolean"} for n in range(3)),
    *({"id": f"grade-{n}", "type": "choice", "choices": ["high", "low"]} for n in range(2)),
]
VALUES = {"mass": "42.50", "ratio": "-0.125", "count": 7, "lot": "lot 12", "good": True, "grade": "low"}
STEPS: list[dict[str, Any]] = [
    {"id": "fill", "title": "Fill", "roles": ["operator"], "repeat": {"min": 1, "max": 9}},
    {"id": "mix", "title": "Mix", "roles": ["operator"], "critical": True, "hold": ["supervisor"]},
    {"id": "pack", "title": "Pack", "roles": ["operator"], "repeat": {"min": 1, "max": 3}, "tags": ["weighing"]},
]
AGENTS = ("agent-1", "agent-2")
#: Values behind which their actor attests.
OFTEN = (
    "mix-1-mass-00", "mix-1-mass-01", "mix-1-mass-02", "mix-1-mass-08", "mix-1-count-4", "mix-1-lot-0", "mix-1-lot-1",
    "pack-2-good-2", "pack-2-grade-0", "pack-2-grade-1",
)  # fmt: skip


def agent(name: str, *roles: str) -> dict[str, Any]:
    """Give an agent of the roster."""
    described = {"principal": "tech-a", "software": "line 4", "config": bytes(32)}
    member: dict[str, Any] = base.member(name, "robot-" + name, *(roles or ("operator",)), kind="agent", **described)
    return member


def contract(**more: Any) -> Any:
    """Give the contract of the line."""
    fields = {
        "id": "acme.line",
        "title": "A line",
        "steps": [step | {"values": [spec | {"optional": True} for spec in SPECS]} for step in STEPS],
        "roster": [
            base.member("operator-a", "tech-a", "operator"),
            base.member("supervisor-1", "super-c", "supervisor"),
            *map(agent, AGENTS),
        ],
        "authority": base.AUTHORITY | {"void": ["operator", "supervisor"]},
        "pack": model.Enc(base.PACK),
    }
    return base.contract(fields | more)


def value(label: str, actor: str, step: str, number: int, name: str, **more: Any) -> Any:
    """Give an entry with a value of a line."""
    kind = name.partition("-")[0]
    unit = {"unit": "kg"} if kind == "mass" else {}
    given = {"name": name, "value": VALUES.get(kind, "free")} | unit
    return base.entry(label, "value-recorded", actor, step=step, pass_=number, **given | more)


def values(step: str, number: int, actor: str) -> list[Any]:
    """Give the values of a pass, and notes between and after them, with and without its place."""
    prefix = f"{step}-{number}"
    made = [value(f"{prefix}-{spec['id']}", actor, step, number, spec["id"]) for spec in SPECS]
    made.append(value(f"{prefix}-free", actor, step, number, "free-name"))
    for at in (29, 12, 12):
        made.insert(at, base.entry(f"{prefix}-note-{len(made)}", "note", actor, step=step, pass_=number, text="Fine."))
    made.insert(20, base.entry(f"{prefix}-remark", "note", actor, text="Of no pass."))
    return made


def one_pass(step: str, number: int, actor: str) -> list[Any]:
    """Give a pass with all its values."""
    place = {"step": step, "pass_": number}
    return [
        base.entry(f"{step}-{number}-begin", "step-started", actor, **place),
        *values(step, number, actor),
        base.entry(f"{step}-{number}-end", "step-completed", actor, **place),
    ]


def line(**more: Any) -> Subject:
    """Give a run of five passes; in one of them two actors take turns, and attestations stand within.

    In two they follow one another so closely that one is in a stretch with what it signs.
    """
    items = [
        *one_pass("fill", 1, "agent-1"),
        *one_pass("fill", 2, "agent-2"),
        *one_pass("mix", 1, "agent-1"),
        base.entry("mixed", "checked", "supervisor-1", step="mix", pass_=1, passed=True),
        base.entry("mix-free", "released", "supervisor-1", step="mix", pass_=1),
        *one_pass("pack", 1, "agent-2"),
        *one_pass("pack", 2, "agent-1"),
    ]
    labels = [item.label for item in items]
    inside = labels.index("pack-1-mass-00")
    for item in items[inside + 8 : inside + 20]:
        item.fields["actor"] = "agent-1"
    for at, name in ((len(items), "agent-1"), (len(items), "agent-2"), (len(items), "supervisor-1"),
                     (inside + 26, "agent-2"), (labels.index("fill-2-mass-07"), "agent-1"),
                     (labels.index("fill-1-lot-1"), "agent-1")):  # fmt: skip
        items.insert(at, base.attest(f"{name}-attests-{at}", name))
    for label in OFTEN:
        at = next(at for at, item in enumerate(items) if item.label == label) + 1
        items.insert(at, base.attest(f"agent-1-attests-{label}", "agent-1"))
    run = [base.started(), *items, base.entry("ended", "run-ended", outcome="completed")]
    subject = model.Subject([contract(**more), base.approval(), *run, base.seal(), base.signoff()], base.trust())
    subject.item("seal").fields["time"] = [START + 9 * HOUR, OFFSET]
    return subject


def inputs(subject: Subject) -> Inputs:
    """Give what a subject is verified with."""
    return Inputs(policy_of(subject), trust_of(subject), subject.at, subject.expect or None)


def time_of(subject: Subject, label: str) -> int:
    """Give the time that an entry of a line has if nothing else is said."""
    seq = sum(item.type in (2, 3) for item in subject.items[: subject.index(label)])
    own: int = START + seq * MINUTE
    return own
