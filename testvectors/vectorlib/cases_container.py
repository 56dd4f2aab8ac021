"""Phase 1: label, frames, order, limits."""

from __future__ import annotations

from . import base
from .case import Cases
from .model import Frame
from .ops import Mutation, insert
from .ops_finished import cut, cut_after, file, head_of, paste, repeat, swap, withhold

# The cases below are a table: rows are filled, not broken as code is.
# fmt: off

CASES = Cases()
case = CASES

UNREAD = "A reader that guesses reads what another reader does not see."
HIDE = "Content could be carried in the file that nothing names and no check reads."


def raw(head: str) -> Mutation:
    """Append bytes after the last frame."""
    data = bytes.fromhex(head)
    return file("append", lambda whole: whole + data, bytes=head)


def starts(label: str) -> Mutation:
    """Replace the label."""
    new = bytes.fromhex(label)
    return file("label", lambda whole: new + whole[12:], bytes=label)


case("file-empty", "minimal", file("empty", lambda _: b""), "label.missing", title="An empty file",
     why=UNREAD)
case("label-absent", "minimal", starts(""), "label.missing", title="Frames without a label", why=UNREAD)
case("label-cut", "minimal", file("truncate", lambda whole: whole[:11], to=11), "label.missing",
     title="Eleven bytes of the label", why=UNREAD)
case("label-self-described", "minimal", starts("d9d9f7da4f50423143424f52"), "label.missing",
     title="Tag 55799 where the label has 55800", why=UNREAD)
case("label-bom", "minimal", file("prefix", lambda whole: b"\xef\xbb\xbf" + whole, bytes="efbbbf"),
     "label.missing",
     title="A byte order mark before the label", why=UNREAD)
case("label-next-version", "minimal", starts("d9d9f8da4f50423243424f52"), "label.unsupported",
     title="The label of another version",
     why="A verifier would judge by rules that the file was not written for.")
case("label-only", "minimal", file("truncate", lambda whole: whole[:12], to=12), "seal.missing",
     title="A label and nothing else", why="An empty file could pass as a record of nothing wrong.")

for name, head, title in (
    ("frame-array-of-three", "8307..", "A frame that is an array of three"),
    ("frame-type-long", "821807..", "A type in two bytes"),
    ("frame-type-negative", "8226..", "A negative type"),
    ("frame-length-long", "8207~~", "A body length that is not in its shortest form"),
    ("frame-body-text", "8207tt", "A body that is a text string"),
    ("frame-body-indefinite", "82075f..", "A body of indefinite length"),
    ("frame-indefinite", "9f07..", "A frame of indefinite length"),
    ("frame-tagged", "d28207..", "A frame inside a tag"),
):
    case(name, "minimal", head_of("signoff", head), ("frame.malformed", "signoff"), title=title,
     clauses="3.2-1",
         why="Two encodings of one frame give two files that say the same and differ.")
case("frame-line-feed", "minimal", raw("0a"), ("frame.malformed", 9),
     title="A line feed after the last frame",
     why=HIDE, clauses="3.2-1")
case("frame-cut-in-head", "minimal", raw("82"), ("frame.truncated", 9),
     title="The file ends in the head of a frame",
     why="A torn file could pass as a whole one.")
case("frame-cut-in-length", "minimal", raw("820759ff"), ("frame.truncated", 9),
     title="The file ends in the length of a body", why="A torn file could pass as a whole one.")
case("frame-cut-in-body", "minimal", file("truncate", lambda whole: whole[:-1], to=-1), ("frame.truncated",
     "signoff"),
     title="The last byte of the file is gone", why="A torn file could pass as a whole one.")
case("frame-evidence-claim-largest", "minimal", raw("82045b001fffffffffffff00"), ("frame.truncated", 9),
     title="An evidence body that claims the largest size and is not there", clauses="3.4-1",
     why="A reader that allocates what a length claims is stopped by twelve bytes.")
case("frame-evidence-claim-too-large", "minimal", raw("82045b0020000000000000"), ("frame.too-large", 9),
     clauses="3.4-1",
     title="An evidence body that claims one byte too many",
     why="Readers that differ on large integers read different files.")
case("frame-claim-beyond-limit", "minimal", raw("82075a00010001"), ("frame.too-large", 9), clauses="3.4-1",
     title="A sign-off that claims 65,537 bytes and is not there",
     why="A reader that allocates what a length claims is stopped by seven bytes.")
case("frame-claim-huge", "minimal", raw("82075bffffffffffffffff"), ("frame.too-large", 9), clauses="3.4-1",
     title="A sign-off that claims 2^64 - 1 bytes", why="A length that overflows is read as a small one.")
case("frame-type-unknown", "minimal", raw("820a40"), ("frame.unknown-type", 9), title="A frame of type 10",
     why="A reader that passes over it does not know what it has not checked.")
case("frame-type-zero", "minimal", raw("820040"), ("frame.unknown-type", 9), title="A frame of type 0",
     why="A reader that passes over it does not know what it has not checked.")
case("frame-type-unknown-truncated", "minimal", raw("820a4101"[:6]), ("frame.unknown-type", 9),
     title="A frame of unknown type, cut off", clauses="9.4-5",
     why="The checks of one frame have an order; without it two verifiers name two codes.")

ORDER = "A record in another place is read in another meaning."
case("order-no-contract", "minimal", cut("contract"), ("frame.out-of-order", 1),
     title="The file begins with an approval",
     why=ORDER, clauses="3.3-1")
case("order-two-contracts", "minimal", repeat("contract", "approval"), ("frame.out-of-order",
     "contract-again"),
     title="A second contract", why=ORDER, clauses="3.3-1")
case("order-approval-late", "minimal", repeat("approval", "begin"), ("frame.out-of-order", "approval-again"),
     title="A contract approval among the entries", why=ORDER, clauses="3.3-1")
case("order-two-seals", "minimal", repeat("seal"), ("frame.out-of-order", "seal-again"),
     title="A second seal",
     why="Two seals let each reader choose the run that it is shown.", clauses="3.3-1")
case("order-entry-after-seal", "minimal", repeat("end", "signoff"), ("frame.out-of-order", "end-again"),
     title="An entry after the seal", why="A run could be continued after it was sealed.", clauses="3.3-1")
case("order-signoff-before-seal", "minimal", swap("seal", "signoff"), ("frame.out-of-order", "signoff"),
     title="A sign-off before the seal", why=ORDER, clauses="3.3-1")
case("order-witness-among-entries", "minimal-witness", repeat("witness", "begin"),
     ("frame.out-of-order", "witness-again"), title="A witness frame among the entries", why=ORDER,
     clauses="3.3-1")
case("order-evidence-twice", "minimal-photo", repeat("photo"), ("frame.out-of-order", "photo-again"),
     title="Two evidence frames before one entry", why=HIDE, clauses="3.3-2")
case("order-withheld-first", "minimal", withhold("started"), ("frame.out-of-order", "started"),
     title="Entry 0 is withheld", why="Whoever hides entry 0 hides what was worked on.", clauses="3.3-4")
case("order-withheld-last", "minimal", withhold("ended"), ("frame.out-of-order", "seal"),
     title="The last entry is withheld", why="Whoever hides the end hides that a run was aborted.",
     clauses="3.3-4")

EXTRA = Frame("extra", 4, b"nobody named this")
case("evidence-orphan", "minimal", paste("begin", EXTRA), ("evidence.unlisted", "extra"), clauses="3.3-2",
     title="Evidence before an entry that does not name any", why=HIDE)
case("evidence-orphan-absent", "minimal", paste("begin", Frame("extra", 5, bytes(32))), ("evidence.unlisted",
     "extra"),
     title="Absent evidence before an entry that does not name any", why=HIDE, clauses="3.3-2")
case("evidence-orphan-last", "minimal", paste("signoff", EXTRA), ("evidence.unlisted", "extra"),
     clauses="3.3-3",
     title="Evidence at the end of the file", why=HIDE)
case("evidence-orphan-signoff", "minimal", paste("seal", EXTRA), ("evidence.unlisted", "extra"),
     clauses="3.3-3",
     title="Evidence before a sign-off that does not name any", why=HIDE)
case("evidence-without-frame", "minimal-photo", cut("photo"), ("evidence.frame-missing", "photo-entry"),
     clauses="3.3-2",
     title="An evidence entry without its frame", why="Evidence vanishes without a trace.")
case("evidence-without-frame-signoff", "minimal-supplied", cut("late"), ("evidence.frame-missing", "supply"),
     title="Supplied evidence without its frame", why="Evidence vanishes without a trace.", clauses="3.3-3")
case("evidence-digest-short", "minimal-photo", paste("begin", Frame("extra", 5, bytes(31))),
     ("frame.malformed", "extra"), title="A digest of 31 bytes", why=UNREAD, clauses="3.4-1")
case("withheld-too-large", "minimal", paste("begin", Frame("extra", 3, bytes(257))), ("frame.too-large",
     "extra"),
     title="A withheld entry of 257 bytes", why=HIDE, clauses="3.4-1")
case("approvals-too-many", "minimal",
     insert("approval", *(base.approval(f"approval-{n}") for n in range(64))), ("limit.exceeded",
     "approval-63"),
     title="65 contract approvals", why="Without limits a small file costs a verifier hours.",
     clauses="3.4-1")
case("seal-absent", "minimal", cut_after("ended"), "seal.missing", title="A run that was never sealed",
     why="The end of a run could be cut off while it is unsealed.")
