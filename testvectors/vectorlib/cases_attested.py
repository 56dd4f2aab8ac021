"""Entries that no bundle is FINAL with unless their actor attested them (SPEC 9.11-6), a kind each."""

from __future__ import annotations

import copy
from typing import Any

from . import base, crypto
from .base import OFF, asking, attest, entry, minimal, photo
from .case import Cases
from .cases_work import with_roster
from .model import HOUR, OFFSET, START, Digest, Enc, Item, Pinned, Ref, Subject
from .ops import drop

# The cases below are a table: rows are filled, not broken as code is.
# fmt: off

CASES = Cases()
case, passes = CASES, CASES.passes

STEP: dict[str, Any] = {"step": "seal-bag", "pass_": 1}
B = "operator-b"
STEPS: list[dict[str, Any]] = [
    {"id": "seal-bag", "title": "Seal the bag", "roles": ["operator"], "hold": ["supervisor"]},
    {"id": "clean", "title": "Clean the jaws", "roles": ["operator"], "optional": True},
    {"id": "inspect", "title": "Inspect the bag", "roles": ["operator"], "optional": True, "critical": True},
]  # fmt: skip


SCOPE: dict[str, Any] = {"steps": ["seal-bag"], "values": [], "evidence": []}
TORN = [entry("raised", "deviation-raised", reason="torn-label", severity="minor", description="Torn.", **SCOPE),
        entry("ruled", "deviation-ruled", deviation=Ref("raised"), ruling="allow", policy=Pinned())]
ABOUT: dict[str, Any] = {"deviation": Ref("raised"), "text": "Taped."}
ACTION: dict[str, Any] = {**STEP, "action": "close jaws", "arguments": crypto.fixed("arguments")}


def one(kind: str, **fields: Any) -> Item:
    """Give the one entry of operator B."""
    return entry("one", kind, B, **fields)


def inspected(*inside: Item, check: Item) -> list[Item]:
    """Give a critical step and its check."""
    where: dict[str, Any] = {"step": "inspect", "pass_": 1}
    return [entry("inspect-begin", "step-started", **where), *inside,
            entry("inspect-end", "step-completed", **where), check]


SEEN: dict[str, Any] = {"step": "inspect", "pass_": 1, "passed": True}
#: By kind of B's entry, what the step holds; B begins, ends or releases the step for the other kinds.
INSIDE: dict[str, list[Item]] = {
    "step-skipped": [one("step-skipped", step="clean", pass_=1, reason="Clean.")],
    "authorised": [one("authorised", **ACTION, for_="operator-a", expires=[START + HOUR, OFFSET])],
    "acted": [one("acted", **ACTION)],
    "transferred": [*photo("photo"), one("transferred", digest=Digest("photo"), to=B, reason="Takes it.")],
    "correction": [entry("count", "value-recorded", **STEP, name="count", value=3),
                   one("correction", corrects=Ref("count"), old=3, new=4, why="Counted again.")],
    "deviation-remediated": [*TORN, one("deviation-remediated", **ABOUT, evidence=[])],
    "deviation-closed": [*TORN, one("deviation-closed", **ABOUT)],
    "checked": inspected(check=one("checked", **SEEN)),
    "value-recorded": inspected(one("value-recorded", step="inspect", pass_=1, name="dents", value=0),
                                check=entry("checked", "checked", "supervisor-1", **SEEN)),
}  # fmt: skip


def by_b(kind: str) -> Subject:
    """Give a run in which operator B writes one entry of a kind and attests it; all else is of others."""
    subject = minimal(*copy.deepcopy(INSIDE.get(kind, [])), steps=STEPS, pack=Enc(base.PACK),
                      pinned=asking(settings={"custody.broken": OFF}))
    releaser = B if kind == "released" else "supervisor-1"
    attesters = [B] if releaser == B else [B, "supervisor-1"]
    at = subject.index("end") + 1
    subject.items[at:at] = [entry("free", "released", releaser, **STEP),
                            *(attest(f"{name}-attests", name) for name in attesters)]
    for label, its in (("begin", "step-started"), ("end", "step-completed")):
        subject.item(label).fields["actor"] = B if kind == its else "operator-a"
    return with_roster(subject)


UNSIGNED = "Somebody could be put down for what he never did."
for kind in ("step-started", "step-completed", "step-skipped", "checked", "authorised", "acted", "released",
             "transferred", "correction", "deviation-remediated", "deviation-closed"):
    passes(f"attested-{kind}", f"An entry `{kind}` is attested by its actor", "9.11-6",
           lambda kind=kind: by_b(kind))  # type: ignore[misc]
    case(f"attested-{kind}-not", f"attested-{kind}", drop(f"{B}-attests"), "attestation.owed", verdict="PROVISIONAL",
         title=f"An entry `{kind}` is not attested", why=UNSIGNED)
passes("attested-critical", "A value of a critical step is attested by its actor", "9.11-6",
       lambda: by_b("value-recorded"))
case("attested-critical-not", "attested-critical", drop(f"{B}-attests"), "attestation.owed", verdict="PROVISIONAL",
     title="A value of a critical step is not attested", why=UNSIGNED)
