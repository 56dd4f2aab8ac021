"""Runs that the vectors are made of, beyond the two of ``base``."""

from __future__ import annotations

from . import base, crypto
from .base import approval, assign, attest, entry, member, minimal, photo, rich, signoff, witness
from .model import DAY, HOUR, MINUTE, OFFSET, START, Build, Digest, Hash, Item, Ref, Subject

STEP: dict[str, object] = {"step": "seal-bag", "pass_": 1}


def note(label: str = "note", actor: str = "operator-a", **more: object) -> Item:
    """Give a note on the one step of the small procedure."""
    return entry(label, "note", actor, **({**STEP, "text": "x"} | more))


def supplied(label: str = "supply") -> list[Item]:
    """Give evidence added after the seal, and the sign-off that names it."""
    item = {"digest": Digest("late"), "size": len(base.LATE), "media": "text/plain"}
    return [Item("late", 4, body=base.LATE), signoff(label, "supply", evidence=[item])]


def largest(size: int) -> Subject:
    """Give a run whose entry 0 has so many parameters that its body is exactly so many bytes long."""
    names = [f"p{number:03}" for number in range(490)]
    subject = minimal(params=[{"id": name} for name in names])
    fields = subject.item("started").fields
    fields["subject"] = dict.fromkeys(names, "x" * 128)
    excess = len(Build(subject).body("started")) - size
    while excess > 0:
        less = min(excess, 100)
        fields["subject"][names.pop()] = "x" * (128 - less)
        excess -= less
    return subject


def parallel(*labels: str) -> Subject:
    """Give two needs met by two people who sign without having seen each other."""
    need = base.policy()["approvals"][0]
    policy = base.policy(approvals=[need | {"id": "production", "role": "production"}, need])
    subject = minimal(pinned=policy)
    two = {
        "signoff": signoff(seen=[]),
        "second": signoff("second", signer="production", person="production-lead", seen=[]),
    }
    subject.items[-1:] = [two[label] for label in labels]
    two["signoff"].fields["time"] = two["second"].fields["time"] = [START + DAY, OFFSET]
    return subject


def ordered() -> Subject:
    """Give two needs of which one must have been seen by the signer of the other."""
    need = base.policy()["approvals"][0]
    first = need | {"id": "production", "role": "production"}
    subject = minimal(pinned=base.policy(approvals=[first, need | {"after": ["production"]}]))
    subject.items.insert(-1, signoff("second", signer="production", person="production-lead"))
    return subject


def two_of_quality() -> Subject:
    """Give a need of two people."""
    need = base.policy()["approvals"][0]
    subject = minimal(pinned=base.policy(approvals=[need | {"count": 2}]))
    subject.trust["approver"].append({"person": "ruth", "roles": ["quality"], "key": "quality-2"})
    second = signoff("second", signer="quality-2", person="ruth", role="quality")
    subject.items.append(second)
    return subject


def rejected() -> Subject:
    """Give a rejection that its signer withdrew after it was seen."""
    reject = signoff("reject", "reject", signer="production", person="production-lead")
    back = signoff("withdraw", "withdraw", signer="production", person="production-lead", withdraws=Hash("reject"))
    subject = minimal()
    subject.items[-1:-1] = [reject, back]
    return subject


def assigned(*, by_issuer: bool = False) -> Subject:
    """Give a run that a further operator joins and writes a note in."""
    new = member("operator-d", "tech-d", "operator")
    who = ("operator-a", "owner", "issuer") if by_issuer else ("supervisor-1", "super-c", None)
    items = [assign("assigned", new, *who), note("note", "operator-d"), attest("d-attests", "operator-d")]
    return minimal(*items, *([] if by_issuer else [attest("c-attests", "supervisor-1")]))


def late() -> Subject:
    """Give a run in which an operator attests after the seal."""
    return base.reviewed(
        signoff("late-attest", "attest", signer="operator-b", person="tech-b", role="operator", late="operator-b")
    )


def late_run() -> Subject:
    """Give the run of :func:`late` with the entry that it attests."""
    subject = late()
    subject.items.insert(subject.index("end"), note("note", "operator-b"))
    return subject


def remediated(*, by_signoff: bool = False) -> Subject:
    """Give a deviation whose reason demands remediation."""
    subject = base.deviated("spill", severity="major")
    if by_signoff:
        item = {"digest": Digest("late"), "size": len(base.LATE), "media": "text/plain"}
        new = signoff(
            "remediate", "remediate", "production", "production-lead", deviation=Ref("raised"), evidence=[item]
        )
        subject.items[-1:-1] = [Item("late", 4, body=base.LATE), new]
    else:
        cleaned = photo("cleaned", body=b"\x89PNG\r\n\x1a\nclean floor")
        done = entry(
            "remediated", "deviation-remediated", deviation=Ref("raised"), text="Cleaned.", evidence=[Digest("cleaned")]
        )
        at = subject.index("ruled") + 1
        subject.items[at:at] = [*cleaned, done]
    return subject


def blocked() -> Subject:
    """Give a blocking deviation that was released before work on its step went on."""
    subject = base.deviated("mix-up", "block", "critical")
    free = entry("freed", "released", "supervisor-1", deviation=Ref("raised"))
    at = subject.index("ruled") + 1
    subject.items[at:at] = [free, correction("43.20", "42.60")]
    return subject


def correction(old: str, new: str) -> Item:
    """Give a correction of the mass."""
    return entry("correction", "correction", corrects=Ref("mass"), old=old, new=new, why="Read again.")


def closed() -> Subject:
    """Give a deviation that a supervisor closed in the run."""
    subject = base.deviated()
    subject.item("signoff").fields.pop("covers")
    done = entry("closed", "deviation-closed", "supervisor-1", deviation=Ref("raised"), text="Verified.")
    subject.items.insert(subject.index("ruled") + 1, done)
    return subject


def witnessed() -> Subject:
    """Give a run whose head an independent clock signed."""
    item = Item("witnessed", 2, {"kind": "witnessed", "actor": "operator-a"}, signer="clock", inner="witness")
    item.inner_fields = {"witness": "plant-clock"}
    return minimal(item)


def every_kind() -> Subject:
    """Give the full run with one entry of each kind that it lacks."""
    subject = rich(
        *photo("plan", "operator-a", b"%PDF-", media="application/pdf", name="plan.pdf", source="scanner 2"),
        entry("remark", "note", text="Line 4 is warm."),
        entry("transfer", "transferred", digest=Digest("plan"), to="operator-b", reason="Takes the plan to the store."),
        entry("gap", "gap", reason="Power cut.", since=[START, OFFSET], cut={"digest": crypto.fixed("cut"), "size": 3}),
        entry("skip", "step-skipped", step="clean", pass_=1, reason="Tools were new."),
    )
    at = subject.index("mass")
    tool = entry("tool", "instrument-used", step="weigh", pass_=1, instrument="SCALE 7", due=[START + DAY, OFFSET])
    action = {"step": "label", "pass_": 1, "action": "print labels", "arguments": crypto.fixed("a")}
    until = [START + HOUR, OFFSET]
    leave = entry("leave", "authorised", "supervisor-1", **action, expires=until, for_="agent-1")
    subject.items.insert(at, tool)
    subject.items.insert(subject.index("released") + 1, leave)
    subject.items.insert(subject.index("count"), entry("act", "acted", "agent-1", **action, authorised=Ref("leave")))
    return subject


def closing_time(ms: int) -> Subject:
    """Give the smallest run, verified at a time of its last sign-off plus so much."""
    subject = minimal()
    subject.at = START + DAY + HOUR + ms
    return subject


def withdrawn(ms: int) -> Subject:
    """Give the smallest run, its contract withdrawn so long after its start."""
    subject = minimal()
    subject.trust["withdrawn-contract"] = [{"hash": Hash("contract"), "at": START + ms}]
    return subject


def long_value() -> Subject:
    """Give the full run with the longest further value."""
    subject = rich()
    remark = entry("remark", "value-recorded", step="weigh", pass_=1, name="log", value="x" * 1024)
    subject.items.insert(subject.index("mass"), remark)
    return subject


def repeated() -> Subject:
    """Give the full run with a second pass of its repeatable step."""
    subject = rich()
    count = entry("count2", "value-recorded", step="label", pass_=2, name="count", value=3)
    at = subject.index("label-end") + 1
    subject.items[at:at] = base.step("label", count, number=2)
    return subject


def keys_as(form: str) -> Subject:
    """Give the smallest run with the keys of the trust store in another form."""
    subject = minimal()
    subject.key_form = form
    return subject


def beside() -> Subject:
    """Give a run whose evidence lies beside the bundle."""
    subject = minimal(*photo("photo"))
    subject.item("photo").type = 5
    subject.beside = ["photo"]
    return subject


def mapped() -> Subject:
    """Give a firm's own name for the role of the approver."""
    subject = minimal()
    subject.item("signoff").fields["role"] = "qp"
    subject.trust["role-map"] = {"acme": {"qp": "quality"}}
    return subject


def by_roster() -> Subject:
    """Give a policy that counts approvals by people of the roster."""
    need = base.policy()["approvals"][0]
    policy = base.policy(approvers="roster", approvals=[need | {"role": "supervisor"}])
    subject = minimal(pinned=policy)
    subject.items[-1] = signoff(signer="supervisor-1", person="super-c", role="supervisor")
    return subject


def two_approvals() -> Subject:
    """Give the smallest run with a second contract approval."""
    subject = minimal()
    subject.items.insert(2, approval("second-approval", "production", "production-lead"))
    return subject


def pinned_with(**changes: object) -> Subject:
    """Give the smallest run under a changed pinned policy."""
    return minimal(pinned=base.policy(**changes))


def at_waiting_limit() -> Subject:
    """Give a run in which exactly as many entries wait as may."""
    return pinned_with(rules=base.rules(attestation__late={"level": "fail", "max-waiting": 4}))


def monotonic_noted() -> Subject:
    """Give a policy that only notes a clock that was set back."""
    return pinned_with(rules=base.rules(time__not_monotonic={"level": "note"}))


def given_policy() -> Subject:
    """Give a policy to the verifier; the trust store accepts no pinned one."""
    subject = minimal()
    subject.policy = base.policy(id="tv-given")
    del subject.trust["issuer"][0]["accepted-policies"]
    return subject


def expectations() -> Subject:
    """Give expectations of each kind that hold."""
    subject = minimal()
    subject.expect = {"contract": "acme.seal-bag", "min-version": "4", "subject.batch": "B-1042"}
    return subject


def retired() -> Subject:
    """Give an approver whose key was retired later."""
    subject = minimal()
    subject.trust["revoked"] = [{"key": "quality", "at": START + 5 * DAY, "reason": "retired"}]
    return subject


def compromised() -> Subject:
    """Give an approver whose key was compromised later, all of it witnessed before."""
    subject = base.appended(witness(target="signoff"))
    subject.trust["revoked"] = [{"key": "quality", "at": START + 5 * DAY, "reason": "compromised"}]
    return subject


def close_seal() -> Subject:
    """Give a seal in the millisecond of the last entry."""
    subject = minimal()
    subject.item("seal").fields["time"] = [START + 3 * MINUTE, -OFFSET]
    return subject
