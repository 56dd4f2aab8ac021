"""How the bends of entries are made: each changes the entry with a label, or puts something before it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .bundles import MINUTE, OFFSET, START, Subject, base, cbor, finished, model
from .lines import AGENTS, time_of, value

Bend = Callable[[Subject, str], object]
RAW = cbor.Raw
TWO_53 = 2**53


def put(**fields: Any) -> Bend:
    """Set members of the entry; ``pass_`` stands for ``pass``."""

    def bend(subject: Subject, label: str) -> None:
        subject.item(label).fields |= {name.rstrip("_"): one for name, one in fields.items()}

    return bend


def timed(change: int, offset: int = OFFSET) -> Bend:
    """Let the entry be so many milliseconds later than the last one should be."""

    def bend(subject: Subject, label: str) -> None:
        subject.item(label).fields["time"] = [time_of(subject, label) - MINUTE + change, offset]

    return bend


def without(*names: str) -> Bend:
    def bend(subject: Subject, label: str) -> None:
        subject.item(label).without = set(names)

    return bend


def bent(change: Callable[[bytes], bytes]) -> Bend:
    """Change the bytes of the body, whatever they are then."""

    def bend(subject: Subject, label: str) -> None:
        subject.item(label).hooks["payload"] = change

    return bend


def named_as(label_of: Callable[[str], str]) -> Bend:
    """Record the value of another label once more."""

    def bend(subject: Subject, label: str) -> None:
        subject.item(label).fields |= {
            name: one for name, one in subject.item(label_of(label)).fields.items() if name in ("name", "value", "unit")
        }

    return bend


def before(*make: Callable[[Subject, str], Any]) -> Bend:
    """Put entries before the entry."""

    def bend(subject: Subject, label: str) -> None:
        subject.items[subject.index(label) : subject.index(label)] = [one(subject, label) for one in make]

    return bend


def entry_of(kind: str, *, placed: bool = False, **fields: Any) -> Callable[[Subject, str], Any]:
    """Make an entry of the same actor, in the same pass if ``placed``."""

    def make(subject: Subject, label: str) -> Any:
        own = subject.item(label).fields
        where = {"step": own["step"], "pass": own["pass"]} if placed else {}
        given = {"actor": own["actor"]} | fields
        return base.entry(f"{label}-{kind}-{len(subject.items)}", kind, **given, **where)

    return make


def first_of(label: str) -> str:
    """Give the label of the first value of the same pass."""
    return "-".join(label.split("-")[:2]) + "-mass-00"


def note(**fields: Any) -> Bend:
    """Let the entry be a note in the same place."""

    def bend(subject: Subject, label: str) -> None:
        own = subject.item(label).fields
        kept = {name: own[name] for name in ("actor", "step", "pass")}
        subject.item(label).fields = kept | {"kind": "note", "text": "Fine."}
        put(**fields)(subject, label)

    return bend


def attested(actor: str | None = None, **inner: Any) -> Bend:
    """Put an attestation before the entry."""

    def bend(subject: Subject, label: str) -> None:
        name = actor or subject.item(label).fields["actor"]
        entry = base.attest(f"{label}-attest-{len(subject.items)}", name)
        entry.inner_fields = inner
        subject.items.insert(subject.index(label), entry)

    return bend


def signed_by_other(subject: Subject, label: str) -> None:
    attested()(subject, label)
    entry = subject.items[subject.index(label) - 1]
    entry.signer = next(name for name in AGENTS if name != entry.signer)


def other_actor(subject: Subject, label: str) -> None:
    own = subject.item(label).fields
    own["actor"] = next(name for name in AGENTS if name != own["actor"])


def withheld(subject: Subject, label: str) -> None:
    finished.withhold(label).apply(subject)


def hidden_actor(subject: Subject, label: str) -> None:
    """Let a unit hold what looks like the actor of those who follow."""
    subject.item("contract").fields["roster"] += [base.member("evalue-bot", "bot", "operator")]
    subject.item("contract").fields["roster"] += [base.member("stranger", "stranger-1", "nobody")]
    own = subject.item(label).fields
    place = own["step"], own["pass"]
    made = [value(f"{label}-0", "evalue-bot", *place, "free-0", unit="eactorhstrangerenoncePxxxxxxxxx")]
    made += [value(f"{label}-{n}", "stranger", *place, f"free-{n}") for n in range(1, 6)]
    subject.items[subject.index(label) : subject.index(label)] = made


def opaque_anchor(subject: Subject, label: str) -> None:
    """Let those who follow an entry that cannot be read be of an actor whom nobody knows."""
    own = subject.item(label).fields
    place = own["step"], own["pass"]
    made = [value(f"{label}-o0", "nobody", *place, "free-o0", value="a\x00")]
    made += [value(f"{label}-o{n}", "nobody", *place, f"free-o{n}") for n in range(1, 5)]
    subject.items[subject.index(label) : subject.index(label)] = made


def both(*bends: Bend) -> Bend:
    """Do one thing after another."""

    def bend(subject: Subject, label: str) -> None:
        for one in bends:
            one(subject, label)

    return bend


def signed(stage: str, change: Callable[[bytes], bytes]) -> Bend:
    """Put an attestation before the entry whose bytes are changed at a stage of its making."""

    def bend(subject: Subject, label: str) -> None:
        attested()(subject, label)
        subject.items[subject.index(label) - 1].hooks[stage] = change

    return bend


def attestation_with(**fields: Any) -> Bend:
    """Put an attestation before the entry that has other members than it should."""

    def bend(subject: Subject, label: str) -> None:
        attested()(subject, label)
        subject.items[subject.index(label) - 1].fields |= fields

    return bend


def early(subject: Subject, label: str) -> None:
    subject.items[subject.index(label) - 1].fields["time"] = [START, OFFSET]


def referring(subject: Subject, label: str, how: str) -> Any:
    """Make an entry that names the value two entries before the label."""
    past = [item for item in subject.items[: subject.index(label)] if item.fields.get("kind") == "value-recorded"]
    named = past[-2 if len(past) > 1 else -1]
    ref, actor = model.Ref(named.label), subject.item(label).fields["actor"]
    name = f"{label}-{how}-{len(subject.items)}"
    if how == "voided":
        return base.entry(name, "voided", "operator-a", voids=ref, why="Wrong.")
    if how == "deviation":
        scope = {"steps": [], "values": [ref], "evidence": [], "description": "Odd."}
        return base.entry(name, "deviation-raised", actor, reason="torn-label", severity="minor", **scope)
    old = named.fields["value"] if how == "correction" else "12.00"
    return base.entry(name, "correction", actor, corrects=ref, old=old, new="13.00", why="Misread.")


def again(subject: Subject, label: str) -> Any:
    """Make the value once more that has been made void."""
    past = [item for item in subject.items[: subject.index(label)] if item.fields.get("kind") == "value-recorded"]
    named = past[-2 if len(past) > 1 else -1]
    entry = base.entry(f"{label}-again-{len(subject.items)}", "value-recorded")
    entry.fields = dict(named.fields)
    return entry
