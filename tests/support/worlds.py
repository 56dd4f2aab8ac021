"""Random runs and random policies for property tests: honest bytes, whatever the conduct.

A world is a subject of the vectors' library: its chain, seal and signatures hold, its people may have done anything. A
policy is that of the library with levels, parameters, rows, needs and rulings drawn at random.
"""

from __future__ import annotations

import copy
import random
from typing import Any

from opsproof_verify.policy_parts import PARAMETERS
from opsproof_verify.register import RULES, Remedy

from .bundles import DAY, HOUR, MINUTE, OFFSET, START, Subject, base, model

LEVELS = ("off", "note", "provisional", "fail")  # least strict first
KINDS = ("human", "agent", "device")
SEVERITIES = ("minor", "major", "critical")
RULINGS = ("allow", "review", "block")
#: Keys and persons of those who sign off; the last three do so in no drawn world.
APPROVERS = (("quality", "qa-lead"), ("production", "production-lead"), ("visitor", "visitor-1"))
RESERVE = (("reserve-1", "reviewer-1"), ("reserve-2", "reviewer-2"), ("reserve-3", "reviewer-3"))

#: Rules that only a recorder or a dishonest file violates: at ``fail`` they leave little to look at.
_GRAVE = ("step.", "value.", "actor.", "agent.", "correction.", "time.outside", "contract.unapproved")


def allowed(rule: str) -> list[str]:
    """Give the levels that a rule may have, least strict first (SPEC 8.1-3)."""
    code = RULES[rule]
    levels = [level for level in LEVELS if level != "provisional" or code.remedy is not Remedy.NONE]
    return [level for level in levels if not code.hides or level in ("provisional", "fail")]


def level(name: str) -> dict[str, Any]:
    """Write a level out."""
    return {"level": name, "reason": "Drawn."} if name == "off" else {"level": name}


def selector(draw: random.Random, looks_at: str) -> dict[str, Any]:
    """Draw one condition, or two."""
    choices: dict[str, Any] = {}
    if "s" in looks_at:
        choices |= {
            "steps": draw.choice([["weigh"], ["in*"], ["clear", "label"]]),
            "tags": ["weighing"],
            "critical": draw.random() < 0.5,
        }
    if "a" in looks_at:
        choices |= {
            "kinds": draw.sample(KINDS, draw.choice([1, 2])),
            "roles": [draw.choice(["operator", "supervisor"])],
        }
    if "d" in looks_at:
        choices |= {
            "severity": draw.sample(SEVERITIES, draw.choice([1, 2])),
            "reasons": draw.choice([["s*"], ["off-weight"]]),
        }
    names = draw.sample(sorted(choices), min(len(choices), draw.choice([1, 1, 2])))
    return {name: choices[name] for name in names}


def rule_setting(draw: random.Random, rule: str, lax: float) -> dict[str, Any]:
    """Draw the setting of one rule; ``lax`` is the chance that it does not weigh."""
    levels = allowed(rule)
    mild = [one for one in levels if one in ("off", "note")] or levels[:1]
    weighty = [one for one in levels if one == "provisional"] if draw.random() < 0.7 else []
    chosen = draw.choice(mild) if draw.random() < lax else draw.choice(weighty or levels)
    setting = level(chosen)
    looks_at = RULES[rule].selects
    if looks_at and draw.random() < 0.15:
        other = draw.choice([one for one in levels if one != chosen])
        setting["when"] = [selector(draw, looks_at) | level(other)]
    for name, preset in PARAMETERS.get(rule, {}).items():
        if draw.random() < 0.3:
            setting[name] = parameter(draw, name, preset)
    return setting


def parameter(draw: random.Random, name: str, preset: Any) -> Any:
    """Draw a parameter of a rule."""
    if name == "members":
        return draw.sample(["captured", "copy", "source"], draw.choice([1, 2, 3]))
    if name == "at-once":
        return draw.sample(["checked", "step-completed"], draw.choice([0, 1]))
    if name == "min-factors":
        return draw.choice([1, 2, 3])
    return draw.choice([1, preset // 2 or 1, preset, preset * 2])


def need(draw: random.Random, name: str) -> dict[str, Any]:
    """Draw an approval need."""
    made: dict[str, Any] = {
        "id": name,
        "role": draw.choice(["quality", "quality", "production"]),
        "count": 1,
        "independent-of": draw.sample(
            ["author", "performer", "checker", "recorder", "sealer"], draw.choice([0, 1, 2, 5])
        ),
        "after": [],
        "blind": draw.random() < 0.2,
        "redacted": draw.random() < 0.2,
        "last-word": draw.random() < 0.7,
    }
    if draw.random() < 0.2:
        made["meaning"] = draw.choice(["released", "reviewed"])
    if draw.random() < 0.2:
        made["deadline"] = draw.choice([HOUR, 40 * DAY])
    return made


def needs(draw: random.Random) -> list[dict[str, Any]]:
    """Draw approval needs: one that always exists, and perhaps others."""
    rows = [need(draw, "closure")]
    if draw.random() < 0.3:
        rows.append(need(draw, "board") | {"after": draw.choice([[], ["closure"]])})
    if draw.random() < 0.3:
        rows.append(need(draw, "special") | {"when-deviation": selector(draw, "sad") | {"count": draw.choice([1, 2])}})
        if draw.random() < 0.5:
            rows[-1]["covers"] = selector(draw, "sad")
    if draw.random() < 0.2:
        rows.append(need(draw, "agents") | {"when-work": selector(draw, "sa")})
    return rows


def policy(draw: random.Random, lax: float = 0.5) -> dict[str, Any]:
    """Draw a policy."""
    rules = {}
    for rule in RULES:
        mild = min(0.95, lax + 0.4) if rule.startswith(_GRAVE) else lax
        rules[rule] = rule_setting(draw, rule, mild)
    rulings = [selector(draw, "sad") | {"ruling": draw.choice(RULINGS)} for _ in range(draw.choice([0, 1]))]
    made: dict[str, Any] = base.policy(
        id="drawn",
        rules=rules,
        approvals=needs(draw),
        rulings=[*rulings, {"ruling": draw.choice(RULINGS)}],
        unevaluable=draw.choice(["own", "provisional"]),
        approvers=draw.choice(["trust", "trust", "roster"]),
    )
    made["retired-keys"] = draw.choice(["claimed", "witnessed"])
    return made


def world(draw: random.Random) -> Subject:
    """Draw a run and what was signed after it; the trust store accepts no pinned policy, so one is given."""
    subject = copy.deepcopy(base.rich(pinned=base.policy()))
    del subject.trust["issuer"][0]["accepted-policies"]
    subject.trust["approver"].append({"person": "visitor-1", "roles": ["visitor"], "key": "visitor"})
    for key, person in RESERVE:
        subject.trust["approver"].append({"person": person, "roles": ["production", "quality"], "key": key})
    for change in (_contract, _conduct, _deviate, _seal, _sign):
        change(draw, subject)
    return subject


def _contract(draw: random.Random, subject: Subject) -> None:
    fields = subject.item("contract").fields
    if draw.random() < 0.3:
        fields["roster"][draw.choice([1, 2])]["person"] = "qa-lead"  # who approves has worked on the run
    if draw.random() < 0.5:
        fields["retention"] = {"class": "batch-record", "years": 10}
    if draw.random() < 0.4:
        fields["steps"][0]["instruments"] = ["scale"]
    if draw.random() < 0.3:
        fields["steps"][0]["qualifications"] = ["weigher"]
    if draw.random() < 0.5:
        fields["roster"][0]["qualifications"] = [{"id": "weigher", "not-after": [START + HOUR, OFFSET]}]
    if draw.random() < 0.3:
        fields["steps"][0]["critical"] = True
    if draw.random() < 0.5:
        subject.item("started").fields["clock"] = "system clock"


def _conduct(draw: random.Random, subject: Subject) -> None:
    """Do and leave undone what people do and leave undone."""
    place = {"step": "weigh", "pass_": 1}
    inside = subject.index("mass")
    extra: list[Any] = []
    if draw.random() < 0.3:
        due = {} if draw.random() < 0.5 else {"due": [START + draw.choice([0, DAY]), OFFSET]}
        extra.append(base.entry("scale", "instrument-used", **place, instrument="S-1", as_="scale", **due))
    if draw.random() < 0.3:
        extra += base.photo("spare", **place, captured=[START - draw.choice([0, HOUR]), OFFSET])
        if draw.random() < 0.5:
            extra.append(
                base.entry("hand", "transferred", digest=model.Digest("spare"), to="operator-b", reason="Kept.")
            )
            if draw.random() < 0.5:
                extra.append(base.entry("taken", "received", "operator-b", transfer=model.Ref("hand")))
    if draw.random() < 0.2:
        extra.append(base.entry("gap", "gap", **({"reason": "Power."} if draw.random() < 0.5 else {})))
    if draw.random() < 0.2:
        extra.append(base.entry("remark", "note", "agent-1", text="Seen."))
    subject.items[inside:inside] = extra
    if draw.random() < 0.3:
        subject.item("mass").fields |= {"observed": [START - HOUR, OFFSET]}
        if draw.random() < 0.5:
            subject.item("mass").fields["late"] = "The terminal was down."
    if draw.random() < 0.2:
        skip = {"reason": "Not dirty."} if draw.random() < 0.5 else {}
        subject.items.insert(
            subject.index("b-attests"), base.entry("skip", "step-skipped", step="clean", pass_=1, **skip)
        )
    for label, chance in (("photo", 0.2), ("b-attests", 0.1), ("agent-attests", 0.1), ("checked", 0.05)):
        if draw.random() < chance:
            _drop(subject, *([label, "photo-entry"] if label == "photo" else [label]))
    if draw.random() < 0.1:
        subject.item("count").fields["time"] = [START + MINUTE, OFFSET]


def _drop(subject: Subject, *labels: str) -> None:
    subject.items = [item for item in subject.items if item.label not in labels]


def _deviate(draw: random.Random, subject: Subject) -> None:
    """Leave the contract, and perhaps say so."""
    if draw.random() < 0.4:
        return
    subject.item("mass").fields["value"] = "43.20"
    reason, severity = draw.choice(
        [("off-weight", "minor"), ("off-weight", "major"), ("spill", "major"), ("torn-label", "minor")]
    )
    scope = {"steps": draw.choice([["weigh"], []]), "values": [model.Ref("mass")], "evidence": []}
    raised = base.entry("raised", "deviation-raised", reason=reason, severity=severity, **scope, description="Heavy.")
    ruling = "allow" if reason == "torn-label" else "review"
    ruled = base.entry("ruled", "deviation-ruled", deviation=model.Ref("raised"), ruling=ruling, policy=model.Pinned())
    at = subject.index("weigh-end")
    subject.items[at:at] = [raised, ruled]
    if draw.random() < 0.2:
        closed = base.entry("closed", "deviation-closed", "supervisor-1", deviation=model.Ref("raised"), text="Seen.")
        subject.items.insert(subject.index("c-attests"), closed)


def _seal(draw: random.Random, subject: Subject) -> None:
    if draw.random() < 0.3:
        time = START + draw.choice([10 * HOUR, 3 * DAY])
        subject.items.insert(subject.index("seal") + 1, base.witness("watch", time=[time, 0]))


def _sign(draw: random.Random, subject: Subject) -> None:
    """Sign off, in any order: approvals, supplies, awareness."""
    _drop(subject, "signoff")
    for number in range(draw.choice([0, 1, 2, 3, 4])):
        subject.items += signoff(draw, subject, f"sign-{number}")


def signoff(draw: random.Random, subject: Subject, label: str) -> list[Any]:
    """Draw one sign-off and its evidence."""
    key, person = draw.choice(APPROVERS[:2])
    decision = draw.choice(["approve"] * 4 + ["acknowledge", "supply", "attest"])
    more: dict[str, Any] = {}
    frames: list[Any] = []
    if decision == "approve":
        if draw.random() < 0.5:
            count = sum(item.type == 2 for item in subject.items)
            more["covers"] = sorted(draw.sample(range(count), draw.choice([3, count])))
        if draw.random() < 0.5:
            more["authentication"] = {"factors": ["knowledge", "possession"], "time": [START + DAY, OFFSET]}
        if draw.random() < 0.1:
            more["blind"] = True
    elif decision == "supply":
        frames.append(model.Item(f"{label}-file", 4, body=base.PHOTO))
        slot = {"step": "photograph", "pass": 1, "slot": "seal-photo"} if draw.random() < 0.7 else {}
        named = {"digest": model.Digest(f"{label}-file"), "size": len(base.PHOTO), "media": "image/png", **slot}
        more["evidence"] = [named]
    elif decision == "attest":
        person = subject.item("contract").fields["roster"][1]["person"]
        late = base.signoff(label, "attest", "operator-b", person, role="operator", late="operator-b")
        attested = "b-attests" in [item.label for item in subject.items] or label != "sign-0"
        return [] if attested else [late]
    return [*frames, base.signoff(label, decision, key, person, role=key, **more)]
