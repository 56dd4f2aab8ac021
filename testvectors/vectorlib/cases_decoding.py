"""Phase 2: CBOR, COSE, records, references."""

from __future__ import annotations

from collections.abc import Callable

from . import cbor, crypto
from .base import entry
from .case import Cases
from .cbor import Raw
from .model import START, Ref, Seq
from .ops import Mutation, edit, hook, insert, omit, once, patch

# The cases below are a table: rows are filled, not broken as code is.
# fmt: off

CASES = Cases()
case = CASES

TWO = "Two encodings of one value give two hashes of one statement, or two readings of one hash."
ILL = "A reader that repairs what is broken reads what another reader refuses."

TEXT = "64746578746178"  # "text": "x"
NUMBER = "647061737301"  # "pass": 1


def bent(name: str, change: Callable[[bytes], bytes], label: str = "note") -> Mutation:
    """Change the encoding of a note before it is hashed."""
    return hook(label, "payload", name, change)


def swapped(body: bytes) -> bytes:
    """Swap the first two pairs of the note: run and seq."""
    return body[:1] + body[39:44] + body[1:39] + body[44:]


def with_text(value: str) -> Mutation:
    """Give the note another encoding of its text."""
    return patch("note", TEXT, "6474657874" + value)


for name, mutation, title in (
    ("cbor-integer-long", patch("note", NUMBER, "64706173731801"), "An integer in two bytes where one does"),
    ("cbor-text-long", with_text("780178"), "A text length that is not in its shortest form"),
    ("cbor-bytes-long", patch("note", "656e6f6e636550", "656e6f6e63655810"),
     "A byte string length not in shortest form"),
    ("cbor-array-long", patch("note", "6474696d6582", "6474696d659802"),
     "An array head that is not in its shortest form"),
    ("cbor-map-long", patch("note", "aa6372756e", "b80a6372756e"),
     "A map head that is not in its shortest form"),
    ("cbor-text-indefinite", with_text("7f6178ff"), "A text of indefinite length"),
    ("cbor-bytes-indefinite", bent("indefinite-nonce", lambda body: once(
        body, b"\x65nonce\x50" + crypto.fixed("nonce/note", 16),
        b"\x65nonce\x5f\x50" + crypto.fixed("nonce/note", 16) + b"\xff")),
        "A byte string of indefinite length"),
    ("cbor-map-indefinite", bent("indefinite-map", lambda body: b"\xbf" + body[1:] + b"\xff"),
     "A map of indefinite length"),
    ("cbor-keys-swapped", bent("swap-keys", swapped), "Map keys out of order"),
    ("cbor-key-twice", bent("repeat-pair", lambda body: b"\xab" + body[1:44] + body[39:44] + body[44:]),
     "A key twice"),
    ("cbor-key-integer", bent("integer-key", lambda body: b"\xab\x01\x01" + body[1:]),
     "An integer as a map key"),
    ("cbor-float", patch("note", NUMBER, "6470617373f93c00"), "A floating point number"),
    ("cbor-nan", patch("note", NUMBER, "6470617373f97e00"), "Not a number"),
    ("cbor-null", with_text("f6"), "null"),
    ("cbor-undefined", with_text("f7"), "undefined"),
    ("cbor-simple", with_text("f820"), "An unassigned simple value"),
    ("cbor-tag", patch("note", NUMBER, "6470617373c101"), "A tag"),
    ("cbor-bignum", patch("note", NUMBER, "6470617373c24101"), "A bignum that would fit an integer"),
    ("cbor-shared", with_text("d81c80"), "A shared value, tag 28"),
    ("cbor-integer-too-large", patch("note", NUMBER, "64706173731b0020000000000000"), "The integer 2^53"),
    ("cbor-integer-too-small", patch("note", NUMBER, "64706173733b001fffffffffffff"), "The integer -2^53"),
    ("cbor-text-overlong", with_text("62c0af"), "An overlong form in UTF-8"),
    ("cbor-text-surrogate", with_text("63eda080"), "A surrogate in UTF-8"),
    ("cbor-text-beyond", with_text("64f4908080"), "A code point above U+10FFFF"),
    ("cbor-too-deep", with_text("81" * 15 + "80"), "Seventeen containers inside one another"),
    ("cbor-too-deep-cut", with_text("81" * 40), "Forty arrays inside one another that do not end"),
):
    case(name, "minimal-note", mutation, ("cbor.not-canonical", "note"), title=title, why=TWO,
     clauses="4.1-1 4.1-2 4.1-4")
for name, mutation, title in (
    ("cbor-trailing-byte", bent("append", lambda body: body + b"\x00"), "A byte after the data item"),
    ("cbor-second-item", bent("append", lambda body: body + b"\xa0"), "A second data item"),
    ("cbor-empty", bent("empty", lambda _: b""), "An empty body"),
    ("cbor-cut", bent("cut", lambda body: body[:-1]), "The last byte of the data item is gone"),
    ("cbor-reserved", with_text("7c"), "A head with reserved additional information"),
    ("cbor-info-31", patch("note", NUMBER, "64706173731f"), "An integer of indefinite length"),
    ("cbor-break", with_text("ff"), "A break outside of anything indefinite"),
    ("cbor-simple-below-32", with_text("f818"), "A simple value below 32 in two bytes"),
    ("cbor-length-huge", with_text("7bffffffffffffffff"), "A text that claims 2^64 - 1 bytes"),
    ("cbor-array-huge", with_text("9b7fffffffffffffff"), "An array that claims 2^63 - 1 items"),
):
    case(name, "minimal-note", mutation, ("cbor.malformed", "note"), title=title, why=ILL, clauses="4.1-6")
case("cbor-signed-not-canonical", "minimal", patch("signoff", "687769746868656c6400",
     "687769746868656c641800"),
     ("cbor.not-canonical", "signoff"), title="A valid signature over a payload that is not deterministic",
     why=TWO,
     clauses="4.1-1")
case("cbor-contract-not-canonical", "minimal", patch("contract", "6776657273696f6e04",
     "6776657273696f6e1804"),
     ("cbor.not-canonical", "contract"), title="A contract whose payload is not deterministic", why=TWO,
     clauses="4.1-1")

FORM = "A second form of a signed record lets a signature mean two things."


def header(name: str, change: Callable[[bytes], bytes], label: str = "signoff") -> Mutation:
    """Change a protected header before it is signed."""
    return hook(label, "header", name, change)


def parts(change: Callable[[list[object]], object]) -> Callable[[bytes], bytes]:
    """Change the four parts of a COSE_Sign1."""

    def apply(body: bytes) -> bytes:
        return b"\xd2" + cbor.encode(change(cbor.decode(body)))

    return apply


def cosed(name: str, change: Callable[[list[object]], object], label: str = "signoff") -> Mutation:
    """Change a signed record around its parts."""
    return hook(label, "cose", name, parts(change))


for name, mutation, title in (
    ("cose-untagged", hook("signoff", "cose", "untag", lambda body: body[1:]),
     "A signed record without its tag"),
    ("cose-tag-98", hook("signoff", "cose", "retag", lambda body: b"\xd8\x62" + body[1:]),
     "A COSE_Sign with tag 98"),
    ("cose-unprotected", cosed("unprotected", lambda p: [p[0], {4: b"x"}, p[2], p[3]]),
     "An unprotected header"),
    ("cose-array-of-three", cosed("drop-part", lambda p: [p[0], p[2], p[3]]),
     "A signed record of three parts"),
    ("cose-payload-detached", cosed("detach", lambda p: [p[0], {}, Raw(b"\xf6"), p[3]]),
     "A detached payload"),
    ("cose-signature-short", hook("signoff", "signature", "shorten", lambda s: s[:-1]),
     "A signature of 63 bytes"),
    ("cose-signature-long", hook("signoff", "signature", "lengthen", lambda s: s + b"\x00"),
     "A signature of 65 bytes"),
    ("cose-header-empty", header("empty", lambda _: b""), "An empty protected header"),
    ("cose-header-order", header("reorder", lambda h: h[:1] + h[3:38] + h[1:3] + h[38:]),
     "Header labels out of order"),
    ("cose-header-more", header("add", lambda h: b"\xa4" + h[1:3] + b"\x03\x00" + h[3:]),
     "A further header label"),
    ("cose-kid-short", header("short-kid", lambda h: once(h, h[3:38], b"\x04\x58\x1f" + h[6:37])),
     "A kid of 31 bytes"),
    ("cose-typ-unknown", header("typ", lambda h: once(h, b"signoff", b"signofg")),
     "A typ that no record has"),
    ("cose-typ-and-alg", header("typ-and-alg", lambda h: once(once(h, b"\x01\x27", b"\x01\x26"), b"signoff",
     b"witness")),
     "Another typ and another algorithm"),
):
    case(name, "minimal", mutation, ("cose.malformed", "signoff"), title=title, why=FORM,
     clauses="5.4-1 5.4-2")
case("cose-alg-es256", "minimal", header("alg", lambda h: once(h, b"\x01\x27", b"\x01\x26")),
     ("cose.wrong-algorithm", "signoff"), title="The algorithm ES256", clauses="5.2-6",
     why="A verifier that negotiates can be led to the weakest algorithm.")
case("cose-alg-ed25519-new", "minimal", header("alg", lambda h: once(h, b"\x01\x27", b"\x01\x32")),
     ("cose.wrong-algorithm", "signoff"), title="The algorithm identifier -19", clauses="5.4-2",
     why="Two names of one algorithm give two forms of one record.")


def typ_to(label: str, other: str) -> Mutation:
    """Sign a record as another kind of record."""

    def change(head: bytes) -> bytes:
        fields = cbor.decode(head)
        fields[16] = crypto.typ(other)
        return cbor.encode(fields)

    return header("typ", change, label)


for label, other in (("signoff", "witness"), ("seal", "signoff"), ("approval", "contract"), ("contract",
     "approval")):
    case(f"cose-typ-{other}-as-{label}", "minimal", typ_to(label, other), ("cose.wrong-type", label),
     clauses="5.4-3",
         title=f"A {label} that is signed as a {other}",
         why="What was signed as one kind of record is shown as another.")
case("cose-inside-entry", "minimal-attested", hook("b-attests", "signature", "shorten", lambda s: s[:-1]),
     ("cose.malformed", "b-attests"), title="An attestation with a signature of 63 bytes", why=FORM,
     clauses="5.4-1")

LAX = "What one verifier reads and another ignores can say anything."
for name, twin, mutation, label, title in (
    ("record-field-missing", "minimal-note", omit("note", "text"), "note", "A note without its text"),
    ("record-field-unknown", "minimal-note", edit("note", "comment", "x"), "note",
     "A field that the record does not have"),
    ("record-field-type", "minimal-note", edit("note", "text", 1), "note", "An integer where text belongs"),
    ("record-kind-unknown", "minimal-note", edit("note", "kind", "remark"), "note",
     "A kind that does not exist"),
    ("record-kind-case", "minimal-note", edit("note", "kind", "Note"), "note", "A kind in another case"),
    ("record-id-upper", "minimal-note", edit("note", "step", "Seal-bag"), "note",
     "A capital letter in an id"),
    ("record-id-feed", "minimal-note", edit("note", "step", "seal-bag\n"), "note", "A line feed after an id"),
    ("record-id-homoglyph", "minimal-note", edit("note", "step", "se\u0430l-bag"), "note",
     "A Cyrillic letter in an id"),
    ("record-nonce-short", "minimal-note", edit("note", "nonce", bytes(15)), "note", "A nonce of 15 bytes"),
    ("record-prev-long", "minimal-note", edit("note", "prev", bytes(33)), "note", "A hash of 33 bytes"),
    ("record-prose-empty", "minimal-note", edit("note", "text", ""), "note", "An empty text"),
    ("record-prose-control", "minimal-note", edit("note", "text", "\x1b[2J"), "note", "An escape sequence"),
    ("record-prose-separator", "minimal-note", edit("note", "text", "a\u2028b"), "note", "A line separator"),
    ("record-prose-long", "minimal-note", edit("note", "text", "x" * 16385), "note",
     "A text one byte too long"),
    ("record-offset", "minimal-note", edit("note", "time", [START, 1440]), "note", "An offset of 24 hours"),
    ("record-pass-zero", "minimal-note", edit("note", "pass", 0), "note", "Pass 0"),
    ("record-pass-alone", "minimal-note", omit("note", "step"), "note", "A pass without a step"),
    ("record-flag-false", "minimal", edit("signoff", "blind", False), "signoff",
     "A flag that is written though false"),
    ("record-decision", "minimal", edit("signoff", "decision", "endorse"), "signoff",
     "A decision that does not exist"),
    ("record-covers-on-reject", "minimal-acknowledged", edit("ack", "covers", [Seq("begin")]), "ack",
     "An acknowledgement that covers"),
    ("record-supply-nothing", "minimal-supplied", omit("supply", "evidence"), "supply",
     "A supply without evidence"),
    ("record-seal-field", "minimal", omit("seal", "root"), "seal", "A seal without a Merkle root"),
    ("record-seal-zero", "minimal", edit("seal", "count", 0), "seal", "A seal of nothing"),
    ("record-contract-float-text", "rich", edit("contract", "steps/0/values/0/min", "-0"), "contract",
     "A negative zero"),
    ("record-contract-decimal", "rich", edit("contract", "steps/0/values/0/min", "042"), "contract",
     "A leading zero"),
    ("record-contract-no-steps", "minimal", edit("contract", "steps", []), "contract",
     "A contract without steps"),
    ("record-contract-role-twice", "minimal", edit("contract", "steps/0/roles", ["operator", "operator"]),
     "contract",
     "A role named twice"),
    ("record-value-long", "rich-value-longest", edit("remark", "value", "x" * 1025), "remark",
     "A recorded text one byte too long"),
    ("record-pack-field", "rich", edit("contract", "pack/rulings", []), "contract",
     "A pack with an unknown field"),
    ("record-subject-missing", "minimal", edit("started", "subject", {}), "started",
     "A run parameter is not given"),
    ("record-subject-unknown", "minimal", edit("started", "subject/lot", "7"), "started",
     "A parameter of no contract"),
    ("record-witness-seq", "minimal-witness", edit("witness", "seq", 1), "witness",
     "A witness of the seal with a seq"),
):
    case(name, twin, mutation, ("record.malformed", label), title=title, why=LAX, clauses="4.2-1")
case("record-evidence-slot-alone", "minimal-photo", edit("photo-entry", "slot", "x"), ("record.malformed",
     "photo-entry"),
     title="A slot without a step", why=LAX, clauses="6.3-4")
case("order-ended-in-the-middle", "minimal", insert("begin", entry("early", "run-ended",
     outcome="completed")),
     ("entry.misplaced", "early"), title="A run-ended before the last entry", clauses="3.3-4",
     why="Work could go on after the run was declared over.")

REFS = "A reference that is not checked closes, corrects or covers something else."
for name, twin, mutation, label, title in (
    ("ref-leaf", "rich-corrected", edit("correction", "corrects", Raw(cbor.encode([2, bytes(32)]))),
     "correction",
     "A ref with another leaf"),
    ("ref-kind", "rich-corrected", edit("correction", "corrects", Ref("weigh-begin")), "correction",
     "A correction of something that is no value"),
    ("ref-later", "rich-corrected", edit("correction", "corrects", Raw(cbor.encode([99, bytes(32)]))),
     "correction",
     "A ref to a later entry"),
    ("ref-deviation", "deviation-reviewed", edit("ruled", "deviation", Ref("mass")), "ruled",
     "A ruling on something that is no deviation"),
    ("ref-values", "deviation-reviewed", edit("raised", "values", [Ref("weigh-end")]), "raised",
     "A deviation of a value that is none"),
    ("ref-covers", "minimal", edit("signoff", "covers", [4]), "signoff",
     "An approval that covers an entry that does not exist"),
    ("ref-evidence", "rich-every-kind", edit("transfer", "digest", crypto.fixed("other")), "transfer",
     "A transfer of evidence that does not exist"),
    ("ref-remediation", "deviation-remediated", edit("remediated", "evidence", [crypto.fixed("other")]),
     "remediated",
     "A remediation by evidence that does not exist"),
):
    case(name, twin, mutation, ("reference.broken", label), title=title, why=REFS, clauses="6.3-5 6.3-6")
