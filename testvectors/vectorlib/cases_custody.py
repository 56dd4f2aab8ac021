"""Evidence: what it says of itself, that it is new, how many there are, and who holds it (SPEC 9.10-44 to -48)."""

from __future__ import annotations

from typing import Any

from . import base
from .base import PHOTO, asking, assign, attest, entry, member, minimal, photo, rich
from .case import Cases
from .model import MINUTE, OFFSET, START, Digest, Item, Ref, Subject
from .ops import drop, edit, insert, move, omit
from .ops_finished import withhold
from .runs import note

# The cases below are a table: rows are filled, not broken as code is.
# fmt: off

CASES = Cases()
case, passes = CASES, CASES.passes

OTHER = b"\x89PNG\r\n\x1a\nanother one"
THIRD = b"\x89PNG\r\n\x1a\na third one"

# 9.10-44: what an item says of itself

SOURCE = "A picture of another day, or a copy of a copy, looks like the picture of this."


def described(**members: Any) -> Subject:
    """Give a photograph that says when and with what it was taken and what it is, as the policy asks."""
    full = {"captured": [START + MINUTE, OFFSET], "copy": "original", "source": "camera 3"}
    return minimal(*photo("photo", **(full | members)), pinned=asking("evidence.undescribed"))


def described_in_part(*members: str) -> Subject:
    """Give a photograph that says of itself only what a policy asks."""
    policy = asking(settings={"evidence.undescribed": {"level": "provisional", "members": list(members)}})
    subject = described()
    subject.item("contract").fields["policy"] = base.contract({}, policy).fields["policy"]
    item = subject.item("photo-entry").fields
    subject.item("photo-entry").fields = {
        name: value for name, value in item.items() if name not in ("captured", "copy", "source") or name in members
    }
    return subject


passes("evidence-described", "A photograph says when and with what it was taken, and that it is the original",
       "9.10-44 6.4-5", described)
passes("evidence-described-copy", "The same of a true copy", "9.10-44 6.4-5", lambda: described(copy="true-copy"))
for word in ("captured", "copy", "source"):
    case(f"evidence-no-{word}", "evidence-described", omit("photo-entry", word),
         ("evidence.undescribed", "photo-entry"), verdict="PROVISIONAL", why=SOURCE,
         title=f"A photograph does not say its `{word}`")
passes("evidence-described-in-part", "A photograph says of itself only what the policy asks", "9.10-44",
       lambda: described_in_part("copy", "source"))
case("evidence-described-other-part", "evidence-described-in-part",
     edit("contract", "policy/rules/evidence.undescribed/members", ["captured"]),
     ("evidence.undescribed", "photo-entry"), verdict="PROVISIONAL", why=SOURCE,
     title="A photograph says of itself only what the policy does not ask")

# 9.10-45: the same content again

REUSED = "One photograph could prove two bags."


def twice(body: bytes = OTHER, **more: Any) -> Subject:
    """Give two evidence items under a policy that wants each content once."""
    return minimal(*photo("photo"), *photo("second", body=body, **more), pinned=asking("evidence.reused"))


passes("evidence-two", "Two contents, each added once", "9.10-45", twice)
case("evidence-reused", "evidence-two", insert("second-entry", *photo("again")), ("evidence.reused", "again-entry"),
     verdict="PROVISIONAL", title="A content is added again", why=REUSED)
case("evidence-reused-by-other", "evidence-two", insert("second-entry", *photo("again", "operator-b", name="b.png"),
     attest("b-attests", "operator-b")), ("evidence.reused", "again-entry"), verdict="PROVISIONAL", why=REUSED,
     title="A content is added again by another actor under another name")

# 9.10-22, -23: how many items a slot holds, told apart by digest

SLOT: dict[str, Any] = {"step": "photograph", "pass_": 1, "slot": "seal-photo"}
FEW = "One photograph shown three times could fill every slot."
MANY = "Whoever adds picture after picture can choose later which one counts."


def slotted(*bodies: bytes, least: int = 1) -> Subject:
    """Give the full run with more items in its slot, which holds two at most."""
    subject = rich()
    subject.item("contract").fields["steps"] = [dict(step) for step in base.STEPS]
    subject.item("contract").fields["steps"][1]["evidence"] = [
        {"id": "seal-photo", "media": ["image/png", "image/jpeg"], "min": least, "max": 2}
    ]
    at = subject.index("photo-entry") + 1
    subject.items[at:at] = [
        item for number, body in enumerate(bodies, 2) for item in photo(f"photo{number}", body=body, **SLOT)
    ]
    return subject


LEAST = edit("contract", "steps/1/evidence/0/min", 2)
passes("slot-full", "A slot holds as many items as it may", "9.10-23", lambda: slotted(OTHER))
case("slot-overfull", "slot-full", insert("photo2-entry", *photo("photo3", body=THIRD, **SLOT)),
     ("evidence.unfit", "photo3-entry"), title="A slot holds one item more than it may", why=MANY)
passes("slot-full-again", "A full slot holds one of its items twice", "9.10-23", lambda: slotted(OTHER, PHOTO))
passes("slot-least", "A slot holds as many items as it must", "9.10-22", lambda: slotted(OTHER, least=2))
case("slot-one-less", "slot-least", drop("photo2", "photo2-entry"), "evidence.missing", verdict="PROVISIONAL",
     title="A slot holds one item less than it must", why=FEW)
passes("slot-same-twice", "A slot that needs one item holds one content twice", "9.10-22", lambda: slotted(PHOTO))
case("slot-same-counted-once", "slot-same-twice", LEAST, "evidence.missing", verdict="PROVISIONAL", why=FEW,
     title="A slot that needs two items holds one content twice")

# 9.10-47, -48: custody

HELD = "Evidence could be anywhere, and with anybody, between its capture and its use."
BROKEN, OPEN = ("custody.broken", "transfer"), ("custody.not-received", "transfer")


def hand(label: str, actor: str, to: str) -> Item:
    """Give the handover of the photograph."""
    return entry(label, "transferred", actor, digest=Digest("photo"), to=to, reason="Goes to the store.")


def receive(label: str, actor: str, transfer: str) -> Item:
    """Give the receipt of a handover."""
    return entry(label, "received", actor, transfer=Ref(transfer))


def handed(*further: Item, also: tuple[Item, ...] = ()) -> Subject:
    """Give a photograph that operator A takes and hands to B, who has it; B writes a note as well."""
    return minimal(*photo("photo"), *also, hand("transfer", "operator-a", "operator-b"),
                   receive("received", "operator-b", "transfer"), *further, note("note", "operator-b"),
                   attest("b-attests", "operator-b"), pinned=asking("custody.not-received"))


def handed_back() -> Subject:
    """Give that photograph, handed back by B to A."""
    return handed(hand("transfer2", "operator-b", "operator-a"), receive("received2", "operator-a", "transfer2"))


def added_twice() -> Subject:
    """Give that photograph, which B adds once more before A hands it over."""
    return handed(also=tuple(photo("again", "operator-b")))


def to_newcomer() -> Subject:
    """Give a photograph that A hands to an operator who was assigned before."""
    new = assign("assigned", member("operator-d", "tech-d", "operator"), "operator-a", "owner", "issuer")
    return minimal(*photo("photo"), new, hand("transfer", "operator-a", "operator-d"),
                   receive("received", "operator-d", "transfer"), attest("d-attests", "operator-d"),
                   pinned=asking("custody.not-received"))


passes("custody-handed-over", "Who took a photograph hands it over, and it is received", "9.10-47 9.10-48 6.4-1",
       handed)
case("custody-not-the-holder", "custody-handed-over", edit("transfer", "actor", "operator-b"), BROKEN,
     verdict="PROVISIONAL", title="Who does not hold the item hands it over", why=HELD)
case("custody-to-nobody", "custody-handed-over", edit("transfer", "to", "courier"), BROKEN, OPEN,
     verdict="PROVISIONAL", title="The item is handed to somebody who is not enrolled", why=HELD)
case("custody-not-received", "custody-handed-over", drop("received"), OPEN, verdict="PROVISIONAL",
     title="Nobody says that the item arrived", why=HELD)
case("custody-received-by-other", "custody-handed-over", edit("received", "actor", "operator-a"), OPEN,
     verdict="PROVISIONAL", title="Another actor than the one it goes to says that the item arrived", why=HELD)
case("custody-handed-twice", "custody-handed-over", insert("received", hand("transfer2", "operator-a", "operator-b"),
     receive("received2", "operator-b", "transfer2")), ("custody.broken", "transfer2"), verdict="PROVISIONAL",
     title="Who handed the item over hands it over again", why=HELD)
passes("custody-received-twice", "The item is received twice", "9.10-48",
       lambda: handed(receive("received2", "operator-b", "transfer")))
passes("custody-handed-back", "The item is handed on by who received it", "9.10-47", handed_back)
case("custody-handed-back-by-first", "custody-handed-back", edit("transfer2", "actor", "operator-a"),
     ("custody.broken", "transfer2"), verdict="PROVISIONAL", title="The item is handed on by who had it first",
     why=HELD)
case("custody-handed-back-not-received", "custody-handed-back", edit("received2", "transfer", Ref("transfer")),
     ("custody.not-received", "transfer2"), verdict="PROVISIONAL", why=HELD,
     title="The second of two handovers is not received, the first one twice")
passes("custody-added-twice", "Another actor adds the same content before it is handed over", "9.10-47", added_twice)
case("custody-of-second", "custody-added-twice", edit("transfer", "actor", "operator-b"), BROKEN,
     verdict="PROVISIONAL", title="Who added the same content second hands it over", why=HELD)
passes("custody-to-newcomer", "The item is handed to an actor who was assigned", "9.10-47 6.5-1", to_newcomer)
case("custody-to-newcomer-early", "custody-to-newcomer", move("assigned", "transfer"), BROKEN,
     verdict="PROVISIONAL", title="The actor is assigned only after the item was handed over", why=HELD)
case("custody-withheld-receipt", "custody-handed-over", withhold("received"), ("entry.withheld", "received"),
     "rule.not-evaluated", verdict="PROVISIONAL", clauses="8.3-2", title="The receipt is withheld",
     why="A copy would be told to lack what everybody saw.")
case("custody-withheld-evidence", "custody-handed-over", withhold("photo-entry", evidence="photo"),
     ("entry.withheld", "photo-entry"), "rule.not-evaluated", verdict="PROVISIONAL", clauses="8.3-2 6.3-6",
     title="The item that was handed over is withheld", why="A copy would be told to lack what everybody saw.")
case("custody-withheld-transfer", "custody-handed-over", withhold("transfer"), ("entry.withheld", "transfer"),
     "rule.not-evaluated", verdict="PROVISIONAL", clauses="8.3-2 6.3-5", title="The handover is withheld",
     why="A copy would be told to lack what everybody saw.")
case("custody-receipt-owed", "custody-handed-over", drop("b-attests"), "attestation.owed", "attestation.missing",
     verdict="PROVISIONAL", title="A receipt is not attested", clauses="9.11-6",
     why="Somebody could be made the holder of what he never saw.")
LOOSE = "A reference that is not checked receives something else."
case("ref-received-kind", "custody-handed-over", edit("received", "transfer", Ref("photo-entry")),
     ("reference.broken", "received"), title="A receipt of something that is no handover", why=LOOSE, clauses="6.3-5")
case("ref-received-leaf", "custody-handed-over", edit("received", "transfer", [3, bytes(32)]),
     ("reference.broken", "received"), title="A receipt of a handover with another leaf", why=LOOSE,
     clauses="6.3-5 4.2-8")
