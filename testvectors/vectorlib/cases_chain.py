"""Phases 4 to 6: chain, Merkle tree, seal, signatures, enrolment, evidence."""

from __future__ import annotations

from . import base, crypto
from .case import Cases
from .model import START, Hash, Key, Subject
from .ops import edit, flip, given, hook, insert, signer
from .ops_finished import bytes_of, cut, flip_finished, graft, repeat, swap, withhold
from .runs import note

# The cases below are a table: rows are filled, not broken as code is.
# fmt: off

CASES = Cases()
case = CASES

OTHER = crypto.fixed("other")


def another() -> Subject:
    """Give another run of the same contract: everything but entry 0 is as in the first."""
    subject = base.minimal(note())
    subject.item("started").fields["subject"] = {"batch": "B-1043"}
    return subject


CHAIN = "Entries could be taken out, put in, or brought from another run."
case("chain-run", "minimal-note", edit("note", "run", OTHER), ("chain.wrong-run", "note"),
     title="An entry that names another run", why=CHAIN, clauses="6.3-1")
case("chain-seq-repeated", "minimal-note", edit("note", "seq", 1), ("chain.wrong-seq", "note"),
     title="An entry number twice", why=CHAIN, clauses="6.3-1")
case("chain-seq-gap", "minimal-note", edit("note", "seq", 3), ("chain.wrong-seq", "note"),
     title="An entry number left out", why=CHAIN, clauses="6.3-1")
case("chain-prev", "minimal-note", edit("note", "prev", Hash("started")), ("chain.broken-link", "note"),
     title="An entry that skips its predecessor", why=CHAIN, clauses="6.3-1")
case("chain-prev-plain-hash", "minimal", edit("started", "prev", OTHER), ("chain.broken-link", "started"),
     title="Entry 0 of another contract", why="A run could be shown under a contract that was made later.")
case("chain-dropped", "minimal-note", cut("note"),
     ("chain.wrong-seq", "end"), ("chain.wrong-seq", "ended"), ("chain.broken-link", "end"),
     ("seal.wrong-count", "seal"),
     ("seal.wrong-root", "seal"), ("attestation.mismatch", "seal"), title="An entry is cut out", why=CHAIN)
case("chain-swapped", "minimal-note", swap("begin", "note"),
     ("chain.wrong-seq", "note"), ("chain.wrong-seq", "begin"), ("chain.broken-link", "note"),
     ("chain.broken-link", "begin"), ("chain.broken-link", "end"), ("seal.wrong-root", "seal"),
     ("attestation.mismatch", "seal"), title="Two entries change places", why=CHAIN)
case("chain-repeated", "minimal-note", repeat("note"),
     ("chain.wrong-seq", "note-again"), ("chain.wrong-seq", "end"), ("chain.wrong-seq", "ended"),
     ("chain.broken-link", "note-again"), ("seal.wrong-count", "seal"), ("seal.wrong-root", "seal"),
     ("attestation.mismatch", "seal"), title="An entry stands twice", why=CHAIN)
case("chain-tail-cut", "minimal-note", cut("ended"),
     ("entry.misplaced", "seal"), ("seal.wrong-count", "seal"), ("seal.wrong-head", "seal"),
     ("seal.wrong-root", "seal"),
     ("attestation.mismatch", "seal"), title="The last entry is cut off",
     why="The end of a run could be hidden.")
case("chain-altered", "minimal-note", bytes_of("note", "64746578746178", "64746578746179"),
     ("chain.broken-link", "end"), ("seal.wrong-root", "seal"), ("attestation.mismatch", "seal"),
     title="A letter of an entry is changed", why="What was recorded could be changed afterwards.")
case("splice-entry", "minimal-note", graft("note", another(), "note"),
     ("chain.wrong-run", "note"), ("chain.broken-link", "note"), ("chain.broken-link", "end"),
     ("seal.wrong-root", "seal"),
     ("attestation.mismatch", "seal"), title="An entry of another run of the same contract", why=CHAIN)
case("splice-seal", "minimal-note", graft("seal", another(), "seal"),
     ("seal.wrong-run", "seal"), ("seal.wrong-head", "seal"), ("seal.wrong-root", "seal"),
     ("attestation.mismatch", "seal"), title="The seal of another run, with its own sign-off left",
     why="A seal and its approvals could be carried to another run.")
case("splice-contract", "minimal", graft("contract", base.minimal(version=5), "contract"),
     ("chain.broken-link", "started"), ("seal.wrong-contract", "seal"), ("signer.mismatch", "approval"),
     title="Another contract of the same issuer", why="A run could be judged by a contract made after it.")
case("approvals-unlisted", "minimal", edit("started", "approvals", []), ("contract.approvals-mismatch",
     "started"),
     title="Entry 0 does not list the contract's approval", why="An approval could be added after the run.",
     clauses="6.2-1")
case("approvals-order", "approvals-two", edit("started", "approvals", [Hash("second-approval"),
     Hash("approval")]),
     ("contract.approvals-mismatch", "started"), title="Entry 0 lists the approvals in another order",
     why="Two lists of one set give two run ids.", clauses="6.2-1")
case("approvals-cut", "approvals-two", cut("second-approval"), ("contract.approvals-mismatch", "started"),
     title="An approval on which the run relied is cut out", why="What the run relied on could be hidden.")

SEAL = "The seal would vouch for something else than what is in the file."
for name, path, value, code in (
    ("seal-run", "run", OTHER, "seal.wrong-run"),
    ("seal-contract", "contract", OTHER, "seal.wrong-contract"),
    ("seal-count-more", "count", 6, "seal.wrong-count"),
    ("seal-count-less", "count", 4, "seal.wrong-count"),
    ("seal-head", "head", Hash("end"), "seal.wrong-head"),
    ("seal-root", "root", OTHER, "seal.wrong-root"),
    ("seal-root-is-head", "root", Hash("ended"), "seal.wrong-root"),
    ("seal-evidence-count", "evidence-count", 1, "seal.wrong-evidence"),
    ("seal-evidence-bytes", "evidence-bytes", 1, "seal.wrong-evidence"),
):
    case(name, "minimal-note", edit("seal", path, value), (code, "seal"), title=f"A seal with another {path}",
     why=SEAL,
         clauses="6.8-1")

NAME = "Entries could be written under somebody else's name."
case("actor-unknown", "minimal-note", edit("note", "actor", "operator-z"), ("actor.unknown", "note"),
     title="An entry of an actor who is not enrolled", why=NAME)
case("actor-before-assignment", "minimal-assigned-idle", insert("begin", note("early", "operator-d")),
     ("actor.unknown", "early"), title="An entry of an actor who is assigned later", why=NAME,
     clauses="6.5-1")
KEYS = "A key that counts for something else would count here."
case("seal-other-key", "minimal", signer("seal", "operator-b"), ("signature.wrong-key", "seal"), why=KEYS,
     clauses="6.8-3",
     title="The seal is signed with the key of another actor")
case("attestation-other-key", "minimal-attested", signer("b-attests", "operator-a"), ("signature.wrong-key",
     "b-attests"),
     title="An attestation with the key of another actor", why=NAME, clauses="6.6-3")
case("late-attestation-other-key", "minimal-late-attestation", signer("late-attest", "quality"),
     ("signature.wrong-key", "late-attest"), ("signer.mismatch", "late-attest"),
     title="A late attestation with an approver's key", why=NAME, clauses="6.9-5")
case("assignment-stranger", "minimal-assigned-idle", signer("assigned", "stranger"), ("signature.wrong-key",
     "assigned"),
     title="An assignment that a stranger signed", why="Anybody could enrol himself.", clauses="6.5-1")
case("assignment-by-approver", "minimal-assigned-idle", signer("assigned", "quality"), ("signature.wrong-key",
     "assigned"),
     title="An assignment with an approver's key", clauses="6.5-1 9.8-2",
     why="Who may sign off at the end could bring people in at any time.")
case("assignment-stranger-used", "minimal-assigned", signer("assigned", "stranger"), ("signature.wrong-key",
     "assigned"),
     title="An assignment that a stranger signed, and entries of the actor", clauses="6.5-1 9.8-5",
     why="Anybody could enrol himself; yet one failure gives one finding.")

FORGED = "What a signature covers could be changed, or never have been signed."
for label in ("seal", "signoff"):
    case(f"signature-flipped-{label}", "minimal", flip(label), ("signature.invalid", label), why=FORGED,
         title=f"A bit of R in the signature of the {label} is flipped")
case("signature-flipped-approval", "minimal", flip("approval"), ("signature.invalid", "approval"), why=FORGED,
     title="A bit in the signature of the contract approval is flipped")
case("signature-flipped-attestation", "minimal-attested", flip("b-attests", at=40), ("signature.invalid",
     "b-attests"),
     title="A bit in the signature of an attestation is flipped", why=FORGED)
case("signature-flipped-witness", "minimal-witness", flip("witness"), ("signature.invalid", "witness"),
     why=FORGED,
     title="A bit in the signature of a witness is flipped")
case("signature-flipped-assignment", "minimal-assigned-idle", flip("assigned"), ("signature.invalid",
     "assigned"), why=FORGED,
     title="A bit in the signature of an assignment is flipped")
case("signature-kid-of-other", "minimal", signer("signoff", "stranger", "quality"), ("signature.invalid",
     "signoff"),
     title="A stranger's signature under the approver's kid", why=FORGED)
for name, title, change in (
    ("s-plus-l", "S + L in the place of S",
     lambda s: s[:32] + (int.from_bytes(s[32:], "little") + crypto.ORDER).to_bytes(32, "little")),
    ("r-small-order", "A point of small order as R", lambda s: crypto.SMALL_ORDER + s[32:]),
    ("r-identity", "The identity as R", lambda s: crypto.IDENTITY + s[32:]),
    ("r-not-canonical", "R with y above p", lambda s: b"\xee" + b"\xff" * 30 + b"\x7f" + s[32:]),
    ("zero", "64 zero bytes", lambda _: bytes(64)),
    ("r-s-swapped", "S and R change places", lambda s: s[32:] + s[:32]),
):
    case(f"signature-{name}", "minimal", hook("signoff", "signature", name, change), ("signature.invalid",
     "signoff"),
         title=title,
         why="Signatures that more than one encoding satisfies are not evidence of one statement.",
         clauses="5.2-2 5.2-3 5.2-4")

ADOPT = "Entries that somebody else wrote under a name would be adopted by its owner's next signature."
for name, path, value, title in (
    ("count", "@count", 2, "An attestation of one entry too many"),
    ("digest", "@digest", OTHER, "An attestation of other entries"),
    ("head", "@head", OTHER, "An attestation over a head that never was"),
    ("seq", "@seq", 99, "An attestation over a later head"),
    ("run", "@run", OTHER, "An attestation of another run"),
):
    case(f"attestation-{name}", "minimal-attested", edit("b-attests", path, value),
         ("attestation.mismatch", "b-attests"), title=title, why=ADOPT, clauses="6.6-1 6.6-2")
case("attestation-seal", "minimal", edit("seal", "attests", {"count": 3, "digest": OTHER}),
     ("attestation.mismatch", "seal"), title="A seal that attests other entries", why=ADOPT, clauses="6.8-2")
case("attestation-late", "minimal-late-attestation", edit("late-attest", "attests",
     {"actor": "operator-b", "count": 2, "digest": OTHER}), ("attestation.mismatch", "late-attest"),
     title="A late attestation of other entries", why=ADOPT, clauses="6.9-5")
case("withheld-wrong-hint", "minimal-attested", withhold("note", "operator-a"),
     ("attestation.mismatch", "b-attests"), ("attestation.mismatch", "seal"), clauses="6.3-8",
     title="A withheld entry is said to be of another actor", why="Whose entry is hidden could be misstated.")

case("assignment-role", "minimal-assigned-by-supervisor", edit("contract", "authority/assign", ["manager"]),
     ("assignment.unauthorised", "assigned"), title="An assignment by an actor who may not assign",
     why="Anybody on the roster could bring in anybody.", clauses="6.5-1")
case("assignment-run", "minimal-assigned-idle", edit("assigned", "@run", OTHER), ("assignment.unauthorised",
     "assigned"),
     title="An assignment for another run", why="An assignment could be used again and again.",
     clauses="6.5-1")
case("assignment-contract", "minimal-assigned-idle", edit("assigned", "@contract", OTHER),
     ("assignment.unauthorised", "assigned"), title="An assignment for another contract",
     why="An assignment could be used for another procedure.", clauses="6.5-1")
case("assignment-by", "minimal-assigned-idle", edit("assigned", "@by", "tech-a"), ("assignment.unauthorised",
     "assigned"),
     title="An assignment in the name of another person", why="Who brought somebody in could be misstated.",
     clauses="6.5-1")
case("seal-role", "minimal", edit("contract", "authority/seal", ["supervisor"]), ("seal.unauthorised",
     "seal"),
     title="The sealing actor may not seal", why="Anybody on the roster could close a run early.",
     clauses="6.8-3")
case("seal-role-of-policy", "minimal", edit("contract", "policy/sealing-roles", ["supervisor"]),
     ("seal.unauthorised", "seal"), title="The policy lets others seal only", why="As above.",
     clauses="8.1-1")
case("seal-key-revoked", "minimal",
     given("trust", "revoked", [{"key": "operator-a", "at": START + 4 * 60_000, "reason": "retired"}]),
     ("seal.unauthorised", "seal"), title="The sealing key is revoked in the millisecond of the seal",
     clauses="7-4",
     why="Whoever finds an old key could seal runs.")
case("signer-unknown", "minimal", signer("signoff", "stranger"), ("signer.unknown", "signoff"),
     "approval.missing",
     title="A sign-off by somebody the trust store does not know", verdict="PROVISIONAL",
     why="Anybody could release the run.")
case("signer-unknown-approval", "minimal", signer("approval", "stranger"), "contract.unapproved",
     ("signer.unknown", "approval"), title="A contract approval by somebody the trust store does not know",
     why="Anybody could approve the procedure.")
case("signer-roster-approval", "minimal", signer("approval", "operator-b"), "contract.unapproved",
     ("signer.unknown", "approval"), title="A contract approval by an actor of its roster", clauses="6.2-1",
     why="A contract would enrol those who approve it.")
case("signer-mismatch", "minimal", edit("signoff", "person", "production-lead"), ("signer.mismatch", "signoff"),
     title="A sign-off in the name of another person", why="One person could sign for two.", clauses="6.9-3")
case("signer-mismatch-approval", "minimal", edit("approval", "person", "production-lead"), ("signer.mismatch",
     "approval"),
     title="A contract approval in the name of another person", why="One person could sign for two.",
     clauses="6.2-1")
case("signer-approval-contract", "minimal", edit("approval", "contract", OTHER), ("signer.mismatch",
     "approval"),
     title="An approval of another contract", why="An approval could be carried to a contract nobody read.",
     clauses="6.2-1")

CLOCK = "Whoever makes the record would also make the clock."
case("witness-unknown", "minimal-witness", signer("witness", "stranger"), ("witness.unknown", "witness"),
     verdict="FINAL",
     title="A witness that the trust store does not know is noted and not used", why=CLOCK)
case("witness-other-id", "minimal-witness", edit("witness", "witness", "wall-clock"), ("witness.unknown",
     "witness"),
     title="A known witness key under another id", verdict="FINAL", why=CLOCK)
case("witness-is-actor", "minimal-witness", edit("contract", "roster/1/key", Key("clock")),
     ("witness.not-independent", "witness"), title="The witness's key is that of an actor", why=CLOCK,
     clauses="6.10-2")
case("witness-id-is-person", "minimal-witness", edit("contract", "roster/1/person", "plant-clock"),
     ("witness.not-independent", "witness"), title="The witness's id is that of a person", why=CLOCK,
     clauses="6.10-2")
TIME = "A witnessed time could be carried to something that did not exist then."
case("witness-hash", "minimal-witness", edit("witness", "hash", OTHER), ("witness.mismatch", "witness"),
     title="A witness of another seal", why=TIME, clauses="6.10-1")
case("witness-run", "minimal-witness", edit("witness", "run", OTHER), ("witness.mismatch", "witness"),
     title="A witness of another run", why=TIME, clauses="6.10-1")
case("witness-entry-hash", "minimal-witnessed-entry", edit("witnessed", "@hash", OTHER), ("witness.mismatch",
     "witnessed"),
     title="A witness of another head", why=TIME, clauses="6.10-1")
case("witness-signoff-hash", "minimal-witness-signoff", edit("witness", "hash", Hash("seal")),
     ("witness.mismatch", "witness"), title="A witness of a sign-off that names the seal", why=TIME,
     clauses="6.10-1")

SWAP = "Another photograph could take the place of the recorded one."
case("evidence-altered", "minimal-photo", flip_finished("photo"),
     ("evidence.wrong-digest", "photo"), title="A bit of an evidence item is flipped", why=SWAP)
case("evidence-digest-altered", "evidence-beside", flip_finished("photo"),
     ("evidence.wrong-digest", "photo"), title="The digest of absent evidence is another", why=SWAP)
case("evidence-beside-altered", "evidence-beside", given("beside", "", ["photo!"]), ("evidence.wrong-digest",
     "photo"),
     title="A file beside the bundle is not what its name says", why=SWAP, clauses="9.1-4")
case("evidence-size", "minimal-photo", edit("photo-entry", "size", 9), ("evidence.wrong-size", "photo"),
     title="Another size is recorded", why="Totals in the seal would not be those of the evidence.")
case("evidence-supplied-altered", "minimal-supplied", edit("supply", "evidence/0/digest", OTHER),
     ("evidence.wrong-digest", "late"), title="A sign-off supplies other evidence", why=SWAP)
