"""Where two copies part: what each holds there, whether it contradicts itself, and what proves it (SPEC 9.13-2, -4)."""

from __future__ import annotations

from typing import Any

import pytest
from support.bundles import (
    BOSS,
    COLLEAGUE,
    HOUR,
    START,
    WORKER,
    WORKER_PERSON,
    Subject,
    base,
    build,
    changed,
    crypto,
    finished,
    frame,
    model,
    ops,
    runs,
)
from test_compare import both, cut, made

from opsproof_verify.chain import MAX_HEAD_DISTANCE
from opsproof_verify.compare import Comparison, Word
from opsproof_verify.compare import lockstep as lockstep_module
from opsproof_verify.compare.fork import Proof
from opsproof_verify.compare.values import Parting
from opsproof_verify.findings import Time

OPEN_ENDED = ops.drop("ended", "seal", "signoff")  # a journal


def run(*extra: Any) -> Subject:
    """Give a run with a note that its writer has attested."""
    return base.minimal(runs.note("note"), base.attest("attested", WORKER), *extra)


SUBJECT = run()
FULL = build(SUBJECT)
OTHER_NOTE = ops.edit("note", "text", "y")
LATER = ops.edit("ended", "time", [START + HOUR, 60])


def parting(found: Comparison) -> Parting:
    """Give where copies part."""
    assert found.parting is not None
    return found.parting


def kid(name: str) -> str:
    """Give the thumbprint of a key by its name."""
    made_: bytes = crypto.kid(crypto.public(name))
    return made_.hex()


def fork(subject: Subject, *mutations: Any, b: tuple[Any, ...] = ()) -> Comparison:
    """Compare a run with one that has another note; ``mutations`` are made in both, ``b`` in the second alone."""
    return both(made(subject, *mutations), made(subject, OTHER_NOTE, *mutations, *b))


# --- what stands there


def test_what_each_says_at_the_first_entry_that_differs() -> None:
    found = fork(SUBJECT, ops.edit("note", "time", [START + 7, -30]), b=(ops.edit("note", "actor", COLLEAGUE),))
    a, b = parting(found).a, parting(found).b
    assert (found.word, parting(found).seq, parting(found).meets, parting(found).same_seal) == (
        "forked",
        2,
        None,
        False,
    )
    assert (a.kind, a.actor, a.time) == ("note", WORKER, Time(START + 7, -30))
    assert (b.kind, b.actor) == ("note", COLLEAGUE)
    assert a.hash == model.Build(changed(SUBJECT, ops.edit("note", "time", [START + 7, -30]))).hashes["note"].hex()
    assert (found.a.only_entries, found.b.only_entries) == ((2, 5), (2, 5))
    assert (found.a.only_seal, found.b.only_seal) == (True, True)


def test_a_withheld_entry_can_be_where_they_part() -> None:
    found = both(FULL, made(SUBJECT, OTHER_NOTE, finished.withhold("note")))
    assert found.word is Word.FORKED
    assert (parting(found).b.kind, parting(found).b.actor, parting(found).b.time) == ("withheld", WORKER, None)
    assert parting(found).proven


def test_an_entry_behind_a_seal_is_a_fork_too() -> None:
    more = changed(run(runs.note("more")), ops.move("more", "ended"), ops.drop("seal", "signoff"))
    found = both(FULL, build(more))
    assert (found.word, parting(found).seq) == (Word.FORKED, 6)
    assert (parting(found).a.kind, parting(found).b.kind) == ("seal", "note")
    assert parting(found).a.proof == Proof("seal", None, parting(found).a.hash, 5, WORKER, WORKER_PERSON, kid(WORKER))
    assert parting(found).b.proof is None


# --- proof


def test_attestations_and_seals_prove_a_fork() -> None:
    found = parting(fork(SUBJECT))
    assert found.proven
    for branch, subject in ((found.a, SUBJECT), (found.b, changed(SUBJECT, OTHER_NOTE))):
        leaf = model.Build(subject).hashes["attested"].hex()
        assert branch.proof == Proof("attestation", 3, leaf, 2, WORKER, WORKER_PERSON, kid(WORKER))
    found = parting(both(FULL, made(SUBJECT, LATER)))
    for branch, subject in ((found.a, SUBJECT), (found.b, changed(SUBJECT, LATER))):
        seal = model.Build(subject).hashes["seal"].hex()
        assert branch.proof == Proof("seal", None, seal, 5, WORKER, WORKER_PERSON, kid(WORKER))


def test_two_seals_of_the_same_entries_prove_a_fork() -> None:
    found = both(FULL, made(SUBJECT, ops.edit("seal", "time", [START + HOUR, 60])))
    assert (found.word, parting(found).seq, parting(found).proven) == (Word.FORKED, 6, True)
    assert parting(found).a.proof != parting(found).b.proof


def test_proofs_by_one_key_are_preferred() -> None:
    two = run(base.attest("colleague", COLLEAGUE))
    two.items.insert(two.index("note"), runs.note("theirs", COLLEAGUE))
    first = changed(two, ops.move("colleague", "note"))
    found = parting(both(build(first), made(two, OTHER_NOTE)))
    assert (found.a.proof and found.a.proof.actor) == (found.b.proof and found.b.proof.actor)
    apart = parting(both(made(first, ops.drop("attested"), OPEN_ENDED), made(two, OTHER_NOTE, ops.drop("colleague"))))
    assert (apart.a.proof and apart.a.proof.kid, apart.b.proof and apart.b.proof.kid) == (kid(COLLEAGUE), kid(WORKER))


@pytest.mark.parametrize(
    "mutation,unproven",
    [
        (ops.flip("attested"), 1),
        (ops.signer("attested", COLLEAGUE, WORKER), 1),
        (ops.signer("attested", COLLEAGUE), 1),
        (ops.signer("attested", "stranger"), 1),
        (ops.signer("attested", WORKER, COLLEAGUE), 1),
        (ops.edit("attested", "@actor", COLLEAGUE), 1),
        (ops.edit("attested", "actor", COLLEAGUE), 1),
        (ops.edit("attested", "actor", "nobody"), 1),
        (ops.edit("attested", "@count", 0), 0),
        (ops.hook("attested", "cose", "cut", lambda data: data[:-1]), 0),
        (ops.edit("attested", "@run", bytes(32)), 0),
        (ops.edit("attested", "@head", bytes(32)), 0),
        (ops.edit("attested", "@seq", 3), 0),
        (ops.edit("attested", "@seq", 4), 0),
        (ops.edit("attested", "@seq", 9), 0),
    ],
)
def test_what_is_not_signed_by_its_actor_over_that_side_is_no_proof(mutation: Any, unproven: int) -> None:
    found = fork(SUBJECT, OPEN_ENDED, b=(ops.edit("attested", "@count", 1), mutation))
    assert (found.word, parting(found).proven) == (Word.FORKED, False)
    assert parting(found).a.proof is not None
    assert (parting(found).b.proof, parting(found).b.unproven) == (None, unproven)


def test_a_signature_over_what_both_have_proves_nothing() -> None:
    subject = run()
    before = model.Build(subject).hashes["begin"]
    early = (ops.edit("attested", "@seq", 1), ops.edit("attested", "@head", before))
    found = parting(fork(subject, OPEN_ENDED, b=early))
    assert (found.a.proof is None, found.b.proof, found.b.unproven) == (False, None, 0)


def test_an_attestation_of_its_own_entry_names_nothing() -> None:
    first = model.Build(SUBJECT).hashes["started"]
    found = parting(fork(SUBJECT, OPEN_ENDED, ops.edit("attested", "@seq", 3), ops.edit("attested", "@head", first)))
    assert [(branch.proof, branch.unproven) for branch in (found.a, found.b)] == [(None, 0)] * 2


def test_whoever_wrote_its_entry_an_attestation_is_its_signers() -> None:
    foreign = (ops.edit("attested", "actor", COLLEAGUE), ops.edit("attested", "@actor", WORKER))
    found = parting(fork(SUBJECT, ops.edit("attested", "@count", 1), OPEN_ENDED, b=foreign))
    assert (found.proven, found.b.proof and found.b.proof.actor) == (True, WORKER)


def test_a_key_that_is_not_admitted_proves_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("opsproof_verify.compare.fork.admission_flaw", lambda _: "mixed-order")
    found = parting(fork(SUBJECT))
    assert [(branch.proof, branch.unproven) for branch in (found.a, found.b)] == [(None, 2)] * 2


def test_a_signature_commits_to_earlier_entries_only_along_the_chain() -> None:
    """The note is bent where the entry behind it, itself in order, names what was there before."""
    subject = base.minimal(runs.note("note"), runs.note("next"), base.attest("attested", WORKER))
    a = made(subject, OPEN_ENDED)
    b = made(subject, OTHER_NOTE, ops.edit("next", "prev", bytes(32)), OPEN_ENDED)
    found = both(a, b)
    assert (found.word, parting(found).b.contradiction) == (Word.ALTERED, "next")
    assert (parting(found).b.proof, parting(found).b.unproven) == (None, 0)


def test_a_break_further_on_leaves_a_fork_a_fork() -> None:
    third = runs.note("third")
    subject = base.minimal(runs.note("note"), runs.note("next"), third, base.attest("attested", WORKER))
    found = fork(subject, OPEN_ENDED, b=(ops.edit("third", "prev", bytes(32)),))
    assert (found.word, parting(found).b.contradiction, parting(found).b.proof) == (Word.FORKED, None, None)


def test_across_a_withheld_entry_the_seal_alone_commits() -> None:
    subject = base.minimal(runs.note("note"), runs.note("next"), base.attest("attested", WORKER))
    hidden = (finished.withhold("next"),)
    journal = parting(fork(subject, OPEN_ENDED, b=hidden))
    assert (journal.a.proof is None, journal.b.proof) == (False, None)
    sealed = parting(fork(subject, b=hidden)).b.proof
    assert sealed is not None
    assert sealed.record == "seal"


def test_an_attested_head_lies_no_further_back_than_it_may() -> None:
    for distance in (MAX_HEAD_DISTANCE, MAX_HEAD_DISTANCE + 1):
        more = [runs.note(f"n{number}") for number in range(distance - 1)]
        subject = base.minimal(runs.note("note"), *more, base.attest("attested", WORKER))
        copies = []
        for other in ((), (OTHER_NOTE,)):
            head = model.Build(changed(subject, *other)).hashes["note"]
            back = (ops.edit("attested", "@seq", 2), ops.edit("attested", "@head", head))
            copies.append(made(subject, *other, *back, OPEN_ENDED))
        assert parting(both(*copies)).proven == (distance == MAX_HEAD_DISTANCE)


# --- whose key counts


def test_keys_of_an_assignment_before_the_fork_count() -> None:
    subject = runs.assigned()
    a, b = (made(subject, *other, OPEN_ENDED) for other in ((), (OTHER_NOTE,)))
    found = parting(both(a, b))
    assert (found.proven, found.a.proof and found.a.proof.person) == (True, "tech-d")
    hidden = both(a, made(subject, OTHER_NOTE, OPEN_ENDED, finished.withhold("assigned")))
    assert parting(hidden).proven
    hidden = both(made(subject, OPEN_ENDED, finished.withhold("assigned")), b)
    assert parting(hidden).proven


def test_keys_of_an_assignment_after_the_fork_do_not_count() -> None:
    subject = runs.assigned()
    subject.items.insert(subject.index("assigned"), runs.note("first"))
    found = both(made(subject, OPEN_ENDED), made(subject, ops.edit("first", "text", "y"), OPEN_ENDED))
    boss = parting(found)
    assert [branch.proof and branch.proof.actor for branch in (boss.a, boss.b)] == [BOSS, BOSS]
    assert (boss.a.unproven, boss.b.unproven) == (1, 1)


def test_an_assignment_never_replaces_a_key_of_the_contract() -> None:
    subject = run()
    taken = base.assign("assigned", base.member(WORKER, "x", "operator") | {"key": model.Key("thief")}, BOSS, "super-c")
    subject.items.insert(subject.index("note"), taken)
    found = parting(fork(subject, OPEN_ENDED, b=(ops.signer("attested", "thief"),)))
    assert (found.a.proof and found.a.proof.kid, found.b.proof) == (kid(WORKER), None)


@pytest.mark.parametrize(
    "before",
    [
        ops.edit("before", "text", "dkindhassigned"),
        ops.replace("before", base.entry("before", "assigned", assignment=b"junk")),
        ops.hook("before", "payload", "junk", lambda _: b"dkindhassigned"),
    ],
)
def test_what_only_looks_like_an_assignment_enrols_nobody(before: Any) -> None:
    assert lockstep_module._ASSIGNED == b"dkindhassigned"
    subject = changed(base.minimal(runs.note("before"), *run().items[4:6]), before)
    assert parting(fork(subject)).proven


def test_no_more_assignments_are_kept_than_there_may_be(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lockstep_module, "MAX_ASSIGNMENTS", 0)
    found = parting(both(*(made(runs.assigned(), *other, OPEN_ENDED) for other in ((), (OTHER_NOTE,)))))
    assert [branch.proof and branch.proof.actor for branch in (found.a, found.b)] == [BOSS, BOSS]


def test_a_contract_that_cannot_be_read_or_differs_gives_no_key() -> None:
    twice = ops.edit("contract", "roster/1/id", WORKER)
    found = fork(SUBJECT, twice)
    assert (found.word, parting(found).keys, parting(found).proven) == (Word.FORKED, False, False)
    assert (found.a.procedure, parting(found).a.unproven) == (None, 2)
    bent = made(SUBJECT, OTHER_NOTE, finished.flip_finished("contract"))
    found = both(FULL, bent)
    assert (found.word, parting(found).keys, found.altered.count) == (Word.FORKED, False, 1)


def test_without_keys_a_seal_is_not_called_forged() -> None:
    twice = ops.edit("contract", "roster/1/id", WORKER)
    found = both(made(SUBJECT, twice), made(SUBJECT, twice, ops.flip("seal")))
    assert (found.word, parting(found).b.contradiction) == (Word.FORKED, None)


# --- contradictions


def rewritten(label: str, path: str, value: object) -> bytes:
    """Change a field of an entry in the finished file: nothing behind it knows."""
    good = model.Build(SUBJECT).body(label)
    bad = model.Build(changed(SUBJECT, ops.edit(label, path, value))).body(label)
    return FULL.replace(frame(2, good), frame(2, bad))


UNSIGNED = ops.drop("attested")
UNREADABLE = made(SUBJECT, ops.hook("note", "payload", "junk", lambda _: b"\xff"), UNSIGNED, OPEN_ENDED)


@pytest.mark.parametrize(
    "b,kind,why,meets",
    [
        (UNREADABLE, "unreadable", "unreadable", None),
        (rewritten("note", "text", "y"), "note", "next", 3),
        (rewritten("note", "seq", 7), "note", "place", 3),
        (rewritten("note", "run", bytes(32)), "note", "place", 3),
        (rewritten("note", "prev", bytes(32)), "note", "place", 3),
        (made(SUBJECT, ops.edit("note", "prev", bytes(32)), UNSIGNED, OPEN_ENDED), "note", "place", None),
        (rewritten("ended", "outcome", "aborted"), "run-ended", "next", None),
        (made(SUBJECT, finished.cut("note")), "attestation", "place", None),
        (made(SUBJECT, ops.edit("seal", "count", 5)), "seal", "entries", None),
        (made(SUBJECT, ops.edit("seal", "root", bytes(32))), "seal", "entries", None),
        (made(SUBJECT, ops.flip("seal")), "seal", "signature", None),
        (made(SUBJECT, ops.edit("seal", "actor", "nobody")), "seal", "signature", None),
        (made(SUBJECT, ops.signer("seal", COLLEAGUE)), "seal", "signature", None),
        (made(SUBJECT, ops.hook("seal", "cose", "cut", lambda data: data[:-1])), "unreadable", "unreadable", None),
    ],
)
def test_a_side_that_contradicts_itself_is_no_second_history(b: bytes, kind: str, why: str, meets: int | None) -> None:
    found = both(FULL, b)
    assert found.word is Word.ALTERED
    assert (parting(found).b.kind, parting(found).b.contradiction, parting(found).b.proof) == (kind, why, None)
    assert (parting(found).a.contradiction, parting(found).meets) == (None, meets)
    assert parting(found).a.proof is not None


def test_the_last_entry_is_held_to_a_seal_that_can_be_read() -> None:
    bent = rewritten("ended", "outcome", "aborted")
    body = model.Build(SUBJECT).body("seal")
    found = both(FULL, bent.replace(frame(6, body), frame(6, b"junk")))
    assert (found.word, parting(found).b.contradiction) == (Word.FORKED, None)


def test_copies_that_meet_again_cannot_both_be_right() -> None:
    """The entry behind is withheld, so that nothing in B contradicts the bent one; but A has the same leaf there."""
    subject = base.minimal(runs.note("note"), runs.note("next"), base.attest("attested", WORKER))
    good, bad = (model.Build(changed(subject, *other)).body("note") for other in ((), (OTHER_NOTE,)))
    hidden = made(subject, OPEN_ENDED, finished.withhold("next")).replace(frame(2, good), frame(2, bad))
    found = both(made(subject, OPEN_ENDED), hidden)
    assert (found.word, parting(found).meets) == (Word.ALTERED, 3)
    assert (parting(found).a.contradiction, parting(found).b.contradiction) == (None, None)


def test_one_seal_cannot_be_that_of_two_histories() -> None:
    """B is in order but for the seal, which is A's."""
    a, b = (model.Build(changed(SUBJECT, *other, UNSIGNED)) for other in ((), (OTHER_NOTE,)))
    found = both(a.data(), b.data().replace(frame(6, b.body("seal")), frame(6, a.body("seal"))))
    assert (found.word, parting(found).same_seal) == (Word.ALTERED, True)
    assert (parting(found).a.contradiction, parting(found).b.contradiction, parting(found).meets) == (None, None, None)


def test_two_signed_histories_stay_a_fork_where_they_were_mended_to_meet() -> None:
    """B is signed like A, and then given A's entries behind the attestation."""
    subject = base.minimal(runs.note("note"), base.attest("attested", WORKER), runs.note("third"))
    b = model.Build(changed(subject, OTHER_NOTE))
    a = model.Build(subject)
    mended = b.data().replace(frame(2, b.body("third")), frame(2, a.body("third")))
    found = both(a.data(), mended)
    assert (found.word, parting(found).proven, parting(found).meets) == (Word.FORKED, True, 4)


def test_a_journal_rewritten_at_its_end_is_a_fork_without_proof() -> None:
    a, b = cut(FULL, 5), cut(made(SUBJECT, OTHER_NOTE), 5)
    found = both(a, b)
    assert (found.word, parting(found).proven) == (Word.FORKED, False)
    assert [(branch.proof, branch.unproven) for branch in (parting(found).a, parting(found).b)] == [(None, 0)] * 2
