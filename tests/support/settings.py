"""Circumstances of a line under which stretches may not be taken as before: contract, policy, trust store, seal."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .bundles import DAY, HOUR, MINUTE, OFFSET, START, Subject, base, finished, model
from .lines import AGENTS, agent, one_pass, time_of

Setting = Callable[[Subject], None]

#: Entries in whose midst a window ends or begins.
_MIDDLE = "fill-2-mass-09"


def _policy(rule: str, pinned: bool = False, **parameters: Any) -> Setting:  # noqa: FBT001, FBT002 - of two tables
    """Give a policy in which a rule has parameters, with the pinned one beside it or in its place."""

    def change(subject: Subject) -> None:
        named = {name.replace("_", "-"): one for name, one in parameters.items()}
        made = base.policy(id="given", rules=base.LEVELS | {rule: {"level": "fail"} | named})
        if pinned:
            subject.item("contract").fields["policy"] = model.Enc(base.canonical(made))
        else:
            subject.policy = made

    return change


def _member(name: str, **more: Callable[[Subject], Any]) -> Setting:
    """Give a member of the roster other fields."""

    def change(subject: Subject) -> None:
        for row in subject.item("contract").fields["roster"]:
            if row["id"] == name:
                row |= {field.replace("_", "-"): make(subject) for field, make in more.items()}

    return change


def _middle(change: int = 0) -> Callable[[Subject], list[int]]:
    return lambda subject: [time_of(subject, _MIDDLE) + change, OFFSET]


def _steps(**more: Any) -> Setting:
    """Give all steps further fields."""

    def change(subject: Subject) -> None:
        named = {name.replace("_", "-"): one for name, one in more.items()}
        fields = subject.item("contract").fields
        fields["steps"] = [{**step, **named} for step in fields["steps"]]

    return change


def _revoked(reason: str, name: str, change: int = 0, policy: str | None = None) -> Setting:
    def revoke(subject: Subject) -> None:
        row = {"key": name, "at": time_of(subject, _MIDDLE) + change, "reason": reason}
        subject.trust["revoked"] = [row]
        if policy:
            subject.policy = base.policy(id="given", **{"retired-keys": policy})

    return revoke


def _by_hand(subject: Subject) -> None:
    """Let a person, who is qualified for half of the time, perform what an agent did."""
    _steps(qualifications=["filler"])(subject)
    held = {"id": "filler", "not-after": [time_of(subject, _MIDDLE), OFFSET]}
    _member("operator-a", qualifications=lambda _: [held])(subject)
    for item in subject.items:
        if item.type == 2 and item.fields["actor"] == AGENTS[1]:
            item.fields["actor"] = "operator-a"
            item.signer = item.signer and "operator-a"


def _assigned(subject: Subject) -> None:
    """Assign an agent in the midst of the run, which performs a pass and attests it."""
    new = agent("agent-3") | {"key": model.Key("agent-3")}
    made = [base.assign("assign", new, "supervisor-1", "super-c"), *one_pass("fill", 3, "agent-3")]
    made.insert(20, base.attest("agent-3-attests-first", "agent-3"))
    made += [base.attest("agent-3-attests", "agent-3"), base.attest("assigner-attests", "supervisor-1")]
    subject.items[subject.index("pack-1-begin") : subject.index("pack-1-begin")] = made


def _assigned_too_late(subject: Subject) -> None:
    _assigned(subject)
    assignment = subject.items.pop(subject.index("assign"))
    subject.items.insert(subject.index("fill-3-mass-09"), assignment)


def _at(change: int | None) -> Setting:
    """Verify in the midst of the run, or at no time."""

    def setting(subject: Subject) -> None:
        subject.at = None if change is None else time_of(subject, _MIDDLE) + change

    return setting


def _sealed(**fields: Any) -> Setting:
    def change(subject: Subject) -> None:
        subject.item("seal").fields |= fields

    return change


def _unknown_issuer(subject: Subject) -> None:
    subject.trust["issuer"][0]["key"] = "another"


def _withheld(subject: Subject) -> None:
    for label in ("fill-1-mass-07", "fill-1-mass-08", "pack-1-mass-11", "mix-1-begin"):
        finished.withhold(label).apply(subject)


def _shared_times(subject: Subject) -> None:
    """Give each third entry the time of the one before."""
    for at, item in enumerate(subject.items):
        if item.type == 2 and at % 3 == 0 and item.fields["kind"] in ("value-recorded", "note"):
            item.fields["time"] = [time_of(subject, item.label) - MINUTE, OFFSET]


def _stranger(subject: Subject) -> None:
    """Give an agent a role with which it may do nothing."""
    _member(AGENTS[0], roles=lambda _: ["visitor"])(subject)


def _swapped(subject: Subject) -> None:
    """Let an actor attest what another one did."""
    for label in [item.label for item in subject.items if item.inner == "attestation"]:
        subject.item(label).inner_fields["count"] = 3


def _shared_too_often(subject: Subject) -> None:
    _policy("time.repeated", max_same=1)(subject)
    _shared_times(subject)


def _undescribed(subject: Subject) -> None:
    """Ask what nobody says of an agent, whose first entry is not the first of its batch."""
    _policy("agent.undescribed")(subject)
    for row in subject.item("contract").fields["roster"]:
        if row["id"] == AGENTS[1]:
            del row["config"]


def _left(label: str, end: str) -> Setting:
    """Let an agent leave the run after values that it has not attested; others do what is to come."""

    def change(subject: Subject) -> None:
        subject.items = [item for item in subject.items if item.inner != "attestation"]
        for item in subject.items[subject.index(end) :]:
            if item.type == 2 and item.fields["actor"] == AGENTS[0]:
                item.fields["actor"] = AGENTS[1]
        subject.items.insert(subject.index(label), base.attest("agent-1-attests", AGENTS[0]))

    return change


def _broken(subject: Subject) -> None:
    subject.item("fill-2-mass-03").fields["prev"] = bytes(32)


def _gone(subject: Subject) -> None:
    """Leave all attestations out."""
    subject.items = [item for item in subject.items if item.inner != "attestation"]


SETTINGS: dict[str, Setting] = {
    **{
        f"{most} may wait": _policy("attestation.late", max_waiting=most)
        for most in (1, 2, 3, 7, 19, 20, 21, 27, 28, 40)
    },
    "9 may wait, says the pinned policy": _policy("attestation.late", pinned=True, max_waiting=9),
    "values are attested at once": _policy("attestation.late", at_once=["value-recorded"]),
    "notes are attested at once": _policy("attestation.late", at_once=["note"]),
    "starts are attested at once": _policy("attestation.late", at_once=["step-started", "attestation"]),
    "no two may have the same time": _policy("time.repeated", max_same=1),
    "nothing may be late": _policy("entry.late-unexplained", max_lag=1),
    "two share a time": _shared_times,
    "an agent's window ends": _member(AGENTS[1], not_after=_middle()),
    "an agent's window ends a millisecond before": _member(AGENTS[1], not_after=_middle(-1)),
    "an agent's window begins": _member(AGENTS[1], not_before=_middle(1)),
    "a key is retired": _revoked("retired", AGENTS[1]),
    "a key is retired a millisecond later": _revoked("retired", AGENTS[1], 1),
    "a retired key needs witnesses": _revoked("retired", AGENTS[0], HOUR, "witnessed"),
    "a key is compromised": _revoked("compromised", AGENTS[1]),
    "a key was compromised before": _revoked("compromised", AGENTS[0], -DAY),
    "a person is qualified for a while": _by_hand,
    "agents need no qualification": _steps(qualifications=["filler"]),
    "all steps are critical": _steps(critical=True),
    "all steps are for others": _steps(roles=["supervisor"]),
    "an agent has no role": _stranger,
    "an agent is assigned": _assigned,
    "an agent is assigned too late": _assigned_too_late,
    "verified in the midst": _at(0),
    "verified a millisecond before": _at(-1),
    "verified at no time": _at(None),
    "attestations of too few": _swapped,
    "no attestations": _gone,
    "values of a critical step that nobody attests": _left("mix-1-grade-0", "mix-1-end"),
    "values that nobody attests": _left("pack-2-grade-0", "pack-2-end"),
    "too many share a time": _shared_too_often,
    "an agent whom nobody describes": _undescribed,
    "a broken link before": _broken,
    "withheld entries": _withheld,
    "an unknown issuer": _unknown_issuer,
    "another root": _sealed(root=bytes(32)),
    "another head": _sealed(head=bytes(32)),
    "another count": _sealed(count=99),
    "sealed before the last entry": _sealed(time=[START + HOUR, OFFSET]),
}
