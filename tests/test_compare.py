"""Two copies of a run told apart (SPEC 9.13): every word from both sides, what is listed, and any bytes at all."""

from __future__ import annotations

import io
from itertools import combinations_with_replacement
from typing import Any

import pytest
from support.bundles import (
    COLLEAGUE,
    LABEL,
    START,
    WORKER,
    Subject,
    base,
    build,
    changed,
    crypto,
    finished,
    frame,
    frames,
    model,
    ops,
    runs,
)

from opsproof_verify.compare import Comparison, Word, compare
from opsproof_verify.compare import values as values_module
from opsproof_verify.compare.facts import Numbers, Tally
from opsproof_verify.compare.values import Addition, Altered, Listed
from opsproof_verify.slotted import replace

SWAPPED = {Word.EXTENDED: Word.ROLLED_BACK, Word.ROLLED_BACK: Word.EXTENDED}


def both(a: bytes, b: bytes) -> Comparison:
    """Compare two copies, and hold the other direction to be its mirror image."""
    one, other = compare(io.BytesIO(a), io.BytesIO(b)), compare(io.BytesIO(b), io.BytesIO(a))
    parting = one.parting and replace(one.parting, a=one.parting.b, b=one.parting.a)
    altered = Listed(one.altered.count, tuple(replace(item, a=item.b, b=item.a) for item in one.altered.items))
    word = SWAPPED.get(one.word, one.word)
    assert other == replace(one, word=word, a=one.b, b=one.a, parting=parting, altered=altered)
    return one


def run(*extra: Any) -> Subject:
    """Give a run with a note that its writer has attested, sealed and approved."""
    return base.minimal(runs.note("note"), base.attest("attested", WORKER), *extra)


def cut(data: bytes, count: int) -> bytes:
    """Give the first frames of a bundle."""
    return LABEL + b"".join(frames(data)[:count])


def bent(data: bytes, at: int) -> bytes:
    """Flip a bit."""
    return data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]


FULL = build(run())
JOURNAL, UNSEALED, SEALED = cut(FULL, 5), cut(FULL, 8), cut(FULL, 9)  # four frames before the note
PHOTO = base.minimal(*base.photo("photo"))
WITH_PHOTO = build(PHOTO)
SUPPLIED = base.minimal()
SUPPLIED.items[-1:-1] = [model.Item("early", 4, body=b"early"), *runs.supplied()]
SUPPLIED.item("supply").fields["evidence"].insert(
    0, {"digest": model.Digest("early"), "size": 5, "media": "text/plain"}
)
BOTH, FIRST, SECOND = (build(runs.parallel(*labels)) for labels in (("signoff", "second"), ("signoff",), ("second",)))
WITNESSED = build(base.appended(base.witness()))
SIGNED = build(base.minimal())


def without(data: bytes, at: int) -> bytes:
    """Give a bundle without one of its frames."""
    parts = frames(data)
    return LABEL + b"".join(parts[:at] + parts[at + 1 :])


def made(subject: Subject, *mutations: Any) -> bytes:
    """Build a changed copy of a run."""
    return build(changed(subject, *mutations))


PAIRS: dict[str, tuple[bytes, bytes, Word]] = {
    "one file": (FULL, FULL, Word.IDENTICAL),
    "one file that cannot be read to its end": (FULL[:-1], FULL[:-1], Word.IDENTICAL),
    "one contract and nothing else": (cut(FULL, 1), cut(FULL, 1), Word.IDENTICAL),
    "another subject": (FULL, made(run(), ops.edit("started", "subject/batch", "B-7")), Word.OTHER_RUN),
    "another contract": (FULL, made(run(), ops.edit("contract", "version", 5)), Word.OTHER_RUN),
    "another contract and no entry": (cut(made(run(), ops.edit("contract", "version", 5)), 2), FULL, Word.OTHER_RUN),
    "another note": (FULL, made(run(), ops.edit("note", "text", "y")), Word.FORKED),
    "another seal": (FULL, made(run(), ops.edit("seal", "time", [START + model.DAY, 0])), Word.FORKED),
    "more behind the seal": (SEALED, made(run(runs.note("more")), ops.move("more", "ended")), Word.FORKED),
    "more where it was sealed": (
        SEALED,
        cut(made(run(runs.note("more")), ops.move("more", "ended")), 9),
        Word.FORKED,
    ),
    "an entry bent": (FULL, bent(FULL, FULL.index(b"step-completed")), Word.ALTERED),
    "a nonce of the last entry bent": (FULL, bent(FULL, FULL.index(crypto.fixed("nonce/ended", 16))), Word.ALTERED),
    "entry 0 bent": (FULL, bent(FULL, FULL.index(b"B-1042")), Word.ALTERED),
    "entry 0 of a journal bent": (JOURNAL, bent(JOURNAL, FULL.index(b"B-1042")), Word.ALTERED),
    "entry 0 bent, nothing but the seal the same": (
        cut(FULL, 3) + b"".join(frames(FULL)[8:]),
        bent(cut(FULL, 3), FULL.index(b"B-1042")) + b"".join(frames(FULL)[8:]),
        Word.ALTERED,
    ),
    "an entry left out": (FULL, without(FULL, 4), Word.ALTERED),
    "entries swapped": (FULL, made(run(), finished.swap("note", "attested")), Word.ALTERED),
    "the seal's signature bent": (FULL, made(run(), ops.flip("seal")), Word.ALTERED),
    "the contract bent": (FULL, bent(FULL, 200), Word.ALTERED),
    "an approval bent": (FULL, made(run(), finished.flip_finished("approval")), Word.ALTERED),
    "an approval left out": (FULL, without(FULL, 1), Word.ALTERED),
    "evidence bent": (WITH_PHOTO, made(PHOTO, finished.flip_finished("photo")), Word.ALTERED),
    "evidence of another size": (WITH_PHOTO, WITH_PHOTO.replace(frame(4, base.PHOTO), frame(4, b"")), Word.ALTERED),
    "evidence after the seal bent": (build(SUPPLIED), made(SUPPLIED, finished.flip_finished("late")), Word.ALTERED),
    "another actor in a withheld frame": (FULL, made(run(), finished.withhold("note", COLLEAGUE)), Word.ALTERED),
    "two actors in withheld frames": (
        made(run(), finished.withhold("note")),
        made(run(), finished.withhold("note", COLLEAGUE)),
        Word.ALTERED,
    ),
    "each with a sign-off of its own": (FIRST, SECOND, Word.MERGEABLE),
    "one with a sign-off, one with a witness": (SIGNED, without(WITNESSED, 7), Word.MERGEABLE),
    "more entries": (JOURNAL, UNSEALED, Word.EXTENDED),
    "a journal and what grew from it": (JOURNAL, FULL, Word.EXTENDED),
    "a seal more": (UNSEALED, SEALED, Word.EXTENDED),
    "a sign-off more": (SEALED, FULL, Word.EXTENDED),
    "a witness more": (SIGNED, WITNESSED, Word.EXTENDED),
    "more, and something withheld": (JOURNAL, made(run(), finished.withhold("note")), Word.EXTENDED),
    "less, and something withheld": (FULL, cut(made(run(), finished.withhold("note")), 9), Word.ROLLED_BACK),
    "the file cut in its last frame": (FULL, FULL[:-9], Word.ROLLED_BACK),
    "the file cut in the middle": (FULL, FULL[: len(JOURNAL) + 9], Word.ROLLED_BACK),
    "an entry withheld": (FULL, made(run(), finished.withhold("note")), Word.WITHHELD),
    "evidence absent": (WITH_PHOTO, made(PHOTO, finished.detach("photo")), Word.WITHHELD),
    "evidence left out with its frame": (WITH_PHOTO, without(WITH_PHOTO, 4), Word.WITHHELD),
    "evidence after the seal absent": (build(SUPPLIED), made(SUPPLIED, finished.detach("late")), Word.WITHHELD),
    "evidence after the seal left out with its frame": (build(SUPPLIED), without(build(SUPPLIED), 8), Word.WITHHELD),
    "evidence after the seal at another offset": (
        build(SUPPLIED),
        made(SUPPLIED, finished.withhold("begin")),
        Word.WITHHELD,
    ),
    "each withholds something": (
        made(run(), finished.withhold("note")),
        made(run(), finished.withhold("begin")),
        Word.WITHHELD,
    ),
    "sign-offs in another order": (BOTH, build(runs.parallel("second", "signoff")), Word.REARRANGED),
    "a sign-off twice": (FULL, made(run(), finished.repeat("signoff")), Word.REARRANGED),
    "evidence that no record names": (FULL, FULL + frame(4, b"x"), Word.REARRANGED),
    "a frame that this version cannot read": (FULL, FULL + frame(10, b""), Word.UNDECIDED),
    "a contract without a run": (cut(FULL, 2), FULL, Word.UNDECIDED),
}


@pytest.mark.parametrize("name", PAIRS)
def test_each_word_from_both_sides(name: str) -> None:
    a, b, word = PAIRS[name]
    assert both(a, b).word is word


@pytest.mark.untraced
def test_a_copy_is_identical_to_itself_and_pairs_mirror_each_other() -> None:
    copies = list(dict.fromkeys(data for pair in PAIRS.values() for data in pair[:2]))
    for a, b in combinations_with_replacement(copies, 2):
        assert (both(a, b).word is Word.IDENTICAL) == (a == b)


# --- what is listed


def test_what_was_added_is_named() -> None:
    found = both(JOURNAL, FULL)
    assert (found.a.only_entries, found.a.only_seal, found.a.only_appended) == (None, False, ())
    assert (found.b.only_entries, found.b.only_seal) == ((3, 5), True)
    assert [(one.record, one.who, one.what, one.name, one.role) for one in found.b.only_appended] == [
        ("signoff", "qa-lead", "approve", "Qa lead", "quality")
    ]
    seal = found.b.seal
    assert seal is not None
    assert (seal.hash, seal.actor) == (model.Build(run()).hashes["seal"].hex(), WORKER)


def test_what_each_has_can_be_cut_out_and_appended() -> None:
    """SPEC 6.9-8: the bytes named are the detached sign-off, evidence included."""
    supplied = build(SUPPLIED)
    found = both(cut(supplied, 7), supplied)
    (supply, approve) = found.b.only_appended
    assert (supply.what, approve.what) == ("supply", "approve")
    assert cut(supplied, 7) + supplied[supply.start : supply.end] + supplied[approve.start : approve.end] == supplied


def test_a_witness_is_named() -> None:
    (one,) = both(SIGNED, WITNESSED).b.only_appended
    assert (one.record, one.who, one.what, one.name) == ("witness", "plant-clock", "seal", None)


@pytest.mark.parametrize("kind,name", [(7, "signoff"), (8, "witness")])
def test_what_cannot_be_read_after_the_seal_is_listed_by_its_hash(kind: int, name: str) -> None:
    (one,) = both(FULL, FULL + frame(kind, b"x")).b.only_appended
    assert one == Addition(crypto.leaf(b"x").hex(), name, len(FULL), len(FULL) + 4)


def test_one_body_as_a_signoff_and_as_a_witness_is_two_records() -> None:
    assert both(FULL + frame(7, b"x"), FULL + frame(8, b"x")).word is Word.MERGEABLE


def test_withheld_entries_are_ranges_and_those_of_both_are_nobodys_loss() -> None:
    subject = base.minimal(*(runs.note(f"n{number}") for number in range(6)))
    some = [finished.withhold(f"n{number}") for number in (0, 1, 2, 4)]
    found = both(made(subject, some[0]), made(subject, *some))
    assert (found.a.withheld, found.b.withheld) == (Listed(1, ((2, 2),)), Listed(4, ((2, 4), (6, 6))))
    assert (found.a.lacks_entries, found.b.lacks_entries) == (Listed(), Listed(3, ((3, 4), (6, 6))))


def test_absent_evidence_is_listed_by_digest_wherever_it_stands() -> None:
    subject = base.minimal(*base.photo("photo"), *base.photo("second", body=b"2"))
    subject.items[-1:-1] = runs.supplied()
    photo, second, late = (crypto.sha256(body).hex() for body in (base.PHOTO, b"2", base.LATE))
    a = made(subject, finished.detach("photo"))
    b = made(subject, *(finished.detach(label) for label in ("photo", "second", "late")))
    found = both(a, b)
    assert (found.a.absent, found.b.absent) == (Listed(1, (photo,)), Listed(3, (photo, second, late)))
    assert (found.a.lacks_evidence, found.b.lacks_evidence) == (Listed(), Listed(2, (second, late)))


@pytest.mark.parametrize(
    "a,b,expected",
    [
        (WITH_PHOTO, PAIRS["evidence bent"][1], Altered("evidence", a=True, b=False, seq=2)),
        (FULL, PAIRS["the contract bent"][1], Altered("contract", a=True, b=False)),
        (FULL, PAIRS["an approval bent"][1], Altered("approvals", a=True, b=False)),
        (FULL, PAIRS["another actor in a withheld frame"][1], Altered("actor", a=True, b=False, seq=2)),
        (*PAIRS["two actors in withheld frames"][:2], Altered("actor", a=None, b=None, seq=2)),
    ],
)
def test_who_agrees_with_the_records_is_told(a: bytes, b: bytes, expected: Altered) -> None:
    found = both(a, b)
    assert [replace(one, digest=None) for one in found.altered.items] == [expected]


def test_neither_agrees_with_the_records_where_both_were_bent() -> None:
    a, b = made(PHOTO, finished.flip_finished("photo")), WITH_PHOTO.replace(frame(4, base.PHOTO), frame(4, b""))
    assert [(one.a, one.b) for one in both(a, b).altered.items] == [(False, False)]


def test_digests_in_the_place_of_evidence_that_differ_are_told() -> None:
    absent = made(PHOTO, finished.detach("photo"))
    other = absent.replace(frame(5, crypto.sha256(base.PHOTO)), frame(5, bytes(32)))
    (one,) = both(absent, other).altered.items
    assert one == Altered("evidence", a=True, b=False, seq=2, digest=crypto.sha256(base.PHOTO).hex())


def test_altered_evidence_after_the_seal_names_its_signoff() -> None:
    (one,) = both(*PAIRS["evidence after the seal bent"][:2]).altered.items
    assert (one.seq, one.signoff) == (None, model.Build(SUPPLIED).hashes["supply"].hex())
    assert (one.a, one.b, one.digest) == (True, False, crypto.sha256(base.LATE).hex())


@pytest.mark.parametrize("what", ["contract", "approvals"])
def test_it_is_said_where_entry_0_cannot_be_read(what: str) -> None:
    """Whether contract and approvals are the recorded ones, only entry 0 could tell."""
    data = made(run(), ops.hook("started", "payload", "junk", lambda _: b"\xff"))
    at = {"contract": 200, "approvals": len(cut(data, 2)) - 1}[what]
    found = both(data, bent(data, at))
    assert (found.word, found.altered.items) == (Word.ALTERED, (Altered(what, None, None),))


def test_withheld_or_absent_where_the_other_cannot_be_read_is_a_loss_all_the_same() -> None:
    junk = made(run(), ops.hook("note", "payload", "junk", lambda _: b"\xff"))
    hidden = junk.replace(frame(2, b"\xff"), frame(3, model.cbor.encode({"leaf": crypto.leaf(b"\xff"), "actor": "x"})))
    found = both(junk, hidden)
    assert (found.word, found.b.lacks_entries) == (Word.WITHHELD, Listed(1, ((2, 2),)))


def test_frames_without_recorded_content_do_not_count_as_content() -> None:
    absent = made(PHOTO, finished.detach("photo"))
    assert both(absent, without(absent, 4)).word is Word.REARRANGED
    assert both(FULL, LABEL + b"".join([*frames(FULL)[:4], frame(4, b"x"), *frames(FULL)[4:]])).word is Word.REARRANGED


def test_records_that_stand_twice_are_named() -> None:
    found = both(FULL, made(run(), finished.repeat("signoff")))
    assert (found.a.repeated, found.b.repeated) == ((), (model.Build(run()).hashes["signoff"].hex(),))
    assert (found.a.appended, found.b.appended, found.reordered) == (1, 1, False)
    assert both(SEALED, made(run(), finished.repeat("signoff"))).word is Word.EXTENDED


def test_of_a_record_that_stands_twice_the_first_is_compared() -> None:
    parts = frames(build(SUPPLIED))
    again = [*(frame(5, crypto.sha256(body)) for body in (b"early", base.LATE)), parts[9]]
    assert both(build(SUPPLIED), build(SUPPLIED) + b"".join(again)).word is Word.REARRANGED


def test_lists_are_bounded_and_count_all(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("opsproof_verify.compare.facts.MAX_LISTED", 2)
    tally: Tally[int] = Tally()
    numbers = Numbers()
    for number in (1, 2, 4, 6, 7, 9):
        tally.add(number)
        numbers.add(number)
    assert (tally.listed(), numbers.listed()) == (Listed(6, (1, 2)), Listed(6, ((1, 2), (4, 4))))
    assert values_module.MAX_LISTED == 10_000
