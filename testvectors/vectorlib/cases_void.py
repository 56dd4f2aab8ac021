"""What does not count any more (SPEC 6.4-4, 9.10-38), limits of values, and what must stay for them."""

from __future__ import annotations

from typing import Any

from . import base
from .base import AUTHORITY, attest, entry, minimal, photo
from .case import Cases
from .model import Enc, Item, Pinned, Ref, Seq, Subject
from .ops import drop, edit, move, omit
from .ops_finished import withhold
from .runs import note

# The cases below are a table: rows are filled, not broken as code is.
# fmt: off

CASES = Cases()
case, passes = CASES, CASES.passes

STEP: dict[str, Any] = {"step": "seal-bag", "pass_": 1}
SEAL_BAG: dict[str, Any] = {
    "id": "seal-bag", "title": "Seal the bag", "roles": ["operator"],
    "values": [{"id": "count", "type": "integer", "min": "1", "max": "9"},
               {"id": "remark", "type": "text", "optional": True},
               {"id": "colour", "type": "choice", "choices": ["Blue", "Red"], "optional": True},
               {"id": "clean", "type": "boolean", "optional": True},
               {"id": "width", "type": "decimal", "unit": "mm", "min": "-0.5", "max": "12.25", "optional": True}],
    "evidence": [{"id": "picture", "media": ["image/png"], "min": 0, "max": 1}],
}
SECOND = b"\x89PNG\r\n\x1a\nanother one"


def value(label: str, name: str, given: Any, **more: Any) -> Item:
    """Give a recorded value."""
    return entry(label, "value-recorded", **STEP, name=name, value=given, **more)


def correct(label: str, of: str, old: Any, new: Any) -> Item:
    """Give a correction of a value."""
    return entry(label, "correction", corrects=Ref(of), old=old, new=new, why="Read again.")


def void(label: str, what: str) -> Item:
    """Give the entry by which a supervisor makes another void."""
    return entry(label, "voided", "supervisor-1", voids=Ref(what), why="Of another bag.")


def voiding(*inside: Item, least: int = 0, **fields: Any) -> Subject:
    """Give a run in which a supervisor may make entries void, and writes a note too."""
    step = SEAL_BAG | {"evidence": [SEAL_BAG["evidence"][0] | {"min": least}]}
    subject = minimal(*inside, note("seen", "supervisor-1"), steps=[step],
                      authority=AUTHORITY | {"void": ["supervisor"]}, **fields)
    subject.items.insert(subject.index("end") + 1, attest("c-attests", "supervisor-1"))
    return subject


def counted(*more: Item) -> Subject:
    """Give a count that was made void and recorded again."""
    return voiding(value("count", "count", 3), void("void", "count"), value("count2", "count", 4), *more)


def measured(**values: Any) -> Subject:
    """Give one value of each type."""
    given = {"count": 3, "remark": "None.", "colour": "Red", "clean": False, "width": "1.0"} | values
    units = {"width": {"unit": "mm"}}
    return voiding(*(value(name, name, one, **units.get(name, {})) for name, one in given.items()))


def pictures(*, least: int = 0) -> Subject:
    """Give a picture that was made void, and another in its slot, which holds one."""
    return voiding(value("count", "count", 3), *photo("photo", **STEP, slot="picture"), void("void", "photo-entry"),
                   *photo("photo2", body=SECOND, **STEP, slot="picture"), least=least)


def void_and_deviated() -> Subject:
    """Give a count beyond its limit that was made void, and a deviation for it."""
    raised = entry("raised", "deviation-raised", reason="torn-label", severity="minor", steps=[], values=[Ref("count")],
                   evidence=[], description="Ten bags counted.")
    ruled = entry("ruled", "deviation-ruled", deviation=Ref("raised"), ruling="allow", policy=Pinned())
    subject = voiding(value("count", "count", 10), void("void", "count"), value("count2", "count", 4), raised, ruled,
                      pack=Enc(base.PACK | {"tags": []}))
    subject.item("signoff").fields["covers"] = [Seq("raised")]
    return subject


WRONG = "What was recorded could be made to vanish by whoever it speaks against."
UNDONE = ("void.unauthorised", "void")
passes("void-recorded-again", "A supervisor makes a value void, and it is recorded again", "6.4-4 9.10-38", counted)
case("void-left-out", "void-recorded-again", drop("void"), ("value.overwritten", "count2"), clauses="9.10-10",
     title="A value is recorded again without being void", why="A value could be replaced and nobody say why.")
case("void-not-again", "void-recorded-again", drop("count2"), "value.missing", clauses="6.4-4 9.10-8",
     title="A value is void, and not recorded again", why="A value that does not count could fill its place.")
case("void-by-operator", "void-recorded-again", edit("void", "actor", "operator-a"), UNDONE,
     title="Who may not make entries void does", why=WRONG)
case("void-by-agent", "void-recorded-again", edit("contract", "roster/2/kind", "agent"), UNDONE,
     title="An agent with the role makes an entry void", why=WRONG)
case("void-by-nobody", "void-recorded-again", omit("contract", "authority/void"), UNDONE,
     title="The contract lets nobody make entries void", why=WRONG)
case("void-unattested", "void-recorded-again", drop("c-attests"), "attestation.owed", "attestation.missing",
     verdict="PROVISIONAL", title="An entry is made void, which is not attested", why=WRONG, clauses="9.11-6")
case("void-of-withheld", "void-recorded-again", withhold("count"), ("entry.withheld", "count"), "rule.not-evaluated",
     verdict="PROVISIONAL", title="The entry that is void is withheld", clauses="6.3-5 8.3-2",
     why="A copy would fail for what it lacks, and nobody could redact.")
case("void-out-of-limits", "void-recorded-again", edit("count", "value", 10), ("deviation.missing", "count"),
     title="A value beyond its limit is void, and no deviation says so", clauses="6.4-4 9.10-24",
     why="What was out of limits could be made never to have been.")
passes("void-deviated", "A value beyond its limit is void, and a deviation says so", "6.4-4 9.10-24", void_and_deviated)
passes("void-then-corrected", "The value that is recorded again is corrected", "6.4-4 9.10-11",
       lambda: counted(correct("correction", "count2", 4, 5)))
case("void-corrected", "void-then-corrected", edit("correction", "corrects", Ref("count")),
     ("correction.mismatch", "correction"), title="A value that is void is corrected", why=WRONG, clauses="6.4-4")
passes("void-of-corrected", "The first entry of a corrected value is void: the correction holds the value", "6.4-4",
       lambda: voiding(value("count", "count", 3), correct("correction", "count", 3, 4), void("void", "count")))
case("void-of-correction", "void-of-corrected", edit("void", "voids", Ref("correction")), "value.missing",
     title="The correction that holds the value is void", clauses="6.4-4 6.3-5",
     why="A value that does not count could fill its place.")
passes("void-optional", "The first entry of an optional value that was corrected is void", "6.4-4",
       lambda: voiding(value("count", "count", 3), value("remark", "remark", "Wet."),
                       correct("correction", "remark", "Wet.", "Dry."), void("void", "remark")))
case("void-then-correction", "void-optional", move("correction", "void"), ("correction.mismatch", "correction"),
     title="A value is corrected that is void and that nothing else holds", clauses="6.4-4 9.10-11",
     why="A verifier that looks for what holds the value falls over, or lets it come back.")
passes("void-picture", "An item of a full slot is void, and another takes its place", "6.4-4 9.10-23", pictures)
case("void-picture-left-out", "void-picture", drop("void"), ("evidence.unfit", "photo2-entry"), clauses="9.10-23",
     title="The same without making the first one void", why="A slot could hold more than it may.")
passes("void-picture-needed", "The same of a slot that needs an item", "6.4-4 9.10-22", lambda: pictures(least=1))
case("void-picture-only", "void-picture-needed", drop("photo2", "photo2-entry"), "evidence.missing",
     verdict="PROVISIONAL", title="The only item of a slot is void", clauses="6.4-4 9.10-22",
     why="An item that does not count could fill a slot.")
passes("void-loose", "Items of no step, and of a step but no slot, are void", "6.4-4 6.3-5",
       lambda: voiding(value("count", "count", 3), *photo("photo"), void("void", "photo-entry"),
                       *photo("photo2", body=SECOND, **STEP), void("void2", "photo2-entry")))
case("void-loose-kind", "void-loose", edit("void2", "voids", Ref("void")), ("reference.broken", "void2"),
     title="A voiding is made void", why="What was taken back could be given back without end.", clauses="6.3-5")
passes("void-twice", "A value is made void twice", "6.4-4",
       lambda: voiding(value("count", "count", 3), void("void", "count"), void("void2", "count"),
                       value("count2", "count", 4)))
case("void-twice-second", "void-twice", edit("void2", "voids", Ref("begin")), ("reference.broken", "void2"),
     title="The start of a step is made void after a value was", why=WRONG, clauses="6.3-5")
LOOSE = "A reference that is not checked makes something else void."
case("ref-voids-kind", "void-recorded-again", edit("void", "voids", Ref("begin")), ("reference.broken", "void"),
     title="The start of a step is made void", why=LOOSE, clauses="6.3-5")
case("ref-voids-leaf", "void-recorded-again", edit("void", "voids", [2, bytes(32)]), ("reference.broken", "void"),
     title="A value with another leaf is made void", why=LOOSE, clauses="6.3-5 4.2-8")

LIMIT = "A limit that is read one off lets in what it keeps out, or keeps out what it lets in."
passes("values-measured", "A value of each type", "6.3-7 9.10-9", measured)
for name, low, high, below, above in (
    ("count", 1, 9, 0, 10),
    ("width", "-0.50", "12.250", "-0.500000000000000001", "12.250000000000000001"),
):
    for side, most, beyond in (("least", low, below), ("most", high, above)):
        passes(f"limit-{name}-{side}", f"`{name}` is exactly at its limit: {most}", "9.10-24 4.2-5",
               lambda name=name, most=most: measured(**{name: most}))  # type: ignore[misc]
        case(f"limit-{name}-{side}-passed", f"limit-{name}-{side}", edit(name, "value", beyond),
             ("deviation.missing", name), title=f"`{name}` is just beyond its limit: {beyond}", why=LIMIT)
for name, wrong in (("colour", "red"), ("clean", 0), ("count", "3"), ("count", True), ("remark", 7)):
    told = repr(wrong).lower().replace("'", "")
    case(f"value-{name}-{told}", "values-measured", edit(name, "value", wrong), ("value.invalid", name),
         clauses="6.3-7", title=f"`{name}` is {wrong!r}", why="A value of another type can be read in two ways.")

case("void-withheld", "void-recorded-again", withhold("void"), ("entry.withheld", "void"), "rule.not-evaluated",
     verdict="PROVISIONAL", title="The voiding of a value is withheld, and the value recorded again seen",
     why="What is withheld may excuse what is seen.", clauses="8.3-2")
