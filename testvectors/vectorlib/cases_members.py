"""Phase 2: what the members of records may be that the rules of SPEC 9.10-33 to 9.11-23 read."""

from __future__ import annotations

from typing import Any

from .base import asking, entry, minimal, reviewed, signoff
from .case import Cases
from .cases_work import THEN
from .model import DAY, HOUR, MINUTE, OFFSET, START, Hash, Seq, Subject
from .ops import edit, omit

# The cases below are a table: rows are filled, not broken as code is.
# fmt: off

CASES = Cases()
case, passes = CASES, CASES.passes

STEP: dict[str, Any] = {"step": "seal-bag", "pass_": 1}


def authenticated() -> Subject:
    """Give an approval that says how its signer was authenticated."""
    subject = minimal()
    subject.item("signoff").fields["authentication"] = {
        "factors": ["knowledge", "possession"], "time": [START + DAY + HOUR - MINUTE, OFFSET],
    }  # fmt: skip
    return subject


def redacting() -> Subject:
    """Give a sign-off that says who withholds an entry elsewhere; nothing is withheld in this copy."""
    return reviewed(signoff("redact", "redact", "production", "production-lead", withholds=[Hash("begin")],
                            text="Names a patient."))


def covering() -> Subject:
    """Give an approval that covers two entries."""
    subject = minimal()
    subject.item("signoff").fields["covers"] = [Seq("begin"), Seq("ended")]
    return subject


def late() -> Subject:
    """Give a value that was recorded later than it was seen, and a clock that was changed."""
    value: dict[str, Any] = {"name": "count", "value": 1, "observed": [THEN, OFFSET], "late": "Seen before."}
    return minimal(entry("value", "value-recorded", **STEP, **value),
                   entry("change", "clock-changed", clock="ntp", by=-5), pinned=asking())


passes("signoff-authenticated", "An approval says how its signer was authenticated", "6.9-9", authenticated)
passes("signoff-redact", "A sign-off says who withholds what; nothing is withheld in this copy", "6.9-11", redacting)
passes("signoff-covering", "An approval covers entries at which nothing was found, the last one too",
       "6.9-1 8.5-5", covering)
passes("value-late", "A value that says when it was seen and why it is late; and a clock that was changed", "6.4-5",
       late)

LAX = "What one verifier reads and another ignores can say anything."
ROW = "contract", "roster/1/qualifications"
for name, twin, mutation, label, title in (
    ("factor-unknown", "signoff-authenticated", edit("signoff", "authentication/factors", ["knowledge", "location"]),
     "signoff", "A kind of factor that does not exist"),
    ("factor-none", "signoff-authenticated", edit("signoff", "authentication/factors", []), "signoff",
     "An authentication by nothing"),
    ("factor-twice", "signoff-authenticated", edit("signoff", "authentication/factors", ["knowledge", "knowledge"]),
     "signoff", "A kind of factor named twice"),
    ("authentication-time", "signoff-authenticated", omit("signoff", "authentication/time"), "signoff",
     "An authentication without its time"),
    ("redact-no-text", "signoff-redact", omit("redact", "text"), "redact", "A redaction that does not say why"),
    ("redact-nothing", "signoff-redact", omit("redact", "withholds"), "redact", "A redaction of nothing"),
    ("withholds-twice", "signoff-redact", edit("redact", "withholds", [Hash("begin"), Hash("begin")]), "redact",
     "A redaction that names an entry twice"),
    ("withholds-on-approve", "minimal", edit("signoff", "withholds", [Hash("begin")]), "signoff",
     "An approval that withholds"),
    ("delegation-on-reject", "minimal-reject-withdrawn", edit("reject", "delegation", b"x"), "reject",
     "A rejection with leave to sign"),
    ("covers-descending", "signoff-covering", edit("signoff", "covers", [2, 1]), "signoff",
     "Entries covered in descending order"),
    ("covers-twice", "signoff-covering", edit("signoff", "covers", [1, 1]), "signoff", "An entry covered twice"),
    ("covers-none", "signoff-covering", edit("signoff", "covers", []), "signoff", "A list of covered entries, empty"),
    ("covers-ref", "signoff-covering", edit("signoff", "covers", [[1, bytes(32)]]), "signoff",
     "A ref where a number belongs"),
    ("copy-word", "evidence-described", edit("photo-entry", "copy", "photocopy"), "photo-entry",
     "A kind of copy that does not exist"),
    ("late-empty", "value-late", edit("value", "late", ""), "value", "A reason for being late, empty"),
    ("observed-number", "value-late", edit("value", "observed", THEN), "value", "A time without its offset"),
    ("clock-missing", "value-late", omit("change", "clock"), "change", "A change to no clock"),
    ("clock-by-text", "value-late", edit("change", "by", "-5"), "change", "A text where milliseconds belong"),
    ("void-why", "void-recorded-again", omit("void", "why"), "void", "An entry is made void and nobody says why"),
    ("authority-void-empty", "void-recorded-again", edit("contract", "authority/void", []), "contract",
     "An empty list of who may make entries void"),
    ("received-nothing", "custody-handed-over", omit("received", "transfer"), "received", "A receipt of nothing"),
    ("instruments-empty", "instruments-used", edit("contract", "steps/0/instruments", []), "contract",
     "An empty list of instruments"),
    ("instrument-as", "instruments-used", edit("scale", "as", "Scale 7"), "scale", "An instrument used as no id"),
    ("qualifications-step", "qualified", edit("contract", "steps/0/qualifications", []), "contract",
     "A step with an empty list of qualifications"),
    ("qualifications-member", "qualified", edit(*ROW, []), "contract",
     "An actor with an empty list of qualifications"),
    ("qualification-field", "qualified", edit(*ROW, [{"id": "aseptic", "level": 2}]), "contract",
     "A qualification with an unknown field"),
    ("retention-years", "retention", edit("contract", "retention/years", 0), "contract", "A record kept for no year"),
    ("retention-class", "retention", omit("contract", "retention/class"), "contract", "A retention without a class"),
):
    case(f"record-{name}", twin, mutation, ("record.malformed", label), title=title, why=LAX, clauses="4.2-1")
