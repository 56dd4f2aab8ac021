"""Entries that are taken without being asked give the report, and the state, that asking each of them gives."""

from __future__ import annotations

import os
import random
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from support.bends import BENDS, LINKS, REFERRING
from support.bundles import OFFSET, START, Subject, build, cbor, crypto, model
from support.entry_bodies import crowded, tries_one_place
from support.lines import inputs, line
from support.paths import Outcome, outcome, quickly, slowly
from support.settings import SETTINGS

from opsproof_verify import log, source, stretches
from opsproof_verify.entries import Entry
from opsproof_verify.findings import Rejected
from opsproof_verify.kinds import AtStep, Note, ValueRecorded
from opsproof_verify.parse_contract import parse_contract
from opsproof_verify.parse_entry import parse_entry
from opsproof_verify.rules import evidence, steps, values
from opsproof_verify.state import Stretch
from opsproof_verify.stretches import KINDS_OF_STRETCHES, Stretches
from opsproof_verify.workers import Workers

#: Entries inside stretches: after some of them, before an attestation, between two actors, near an end.
INSIDE = (
    "fill-1-mass-06", "fill-1-good-1", "fill-2-mass-08", "fill-2-ratio-1", "mix-1-lot-1", "mix-1-mass-01",
    "pack-1-mass-12", "pack-2-grade-0",
)  # fmt: skip
ALL = BENDS | LINKS | REFERRING

#: How much is read at once: all, or so little that most batches end in a stretch.
WINDOWS = ({"window": 1 << 20, "ahead": 1 << 20}, {"window": 3_000, "ahead": 700})

#: What changes the contract, and so can be done once.
SEVERAL = ("an actor who is hidden in a unit",)


def hold(subject: Subject, **reading: int) -> Outcome:
    """Read both ways, and compare; give what reading all at once gave."""
    data, given = build(subject), inputs(subject)
    with slowly():
        slow = outcome(data, given)
    assert not any(slow.taken.values())
    quick = []
    for one in WINDOWS:
        with quickly(**one | reading):
            quick.append(outcome(data, given))
        assert quick[-1].report == slow.report
        assert quick[-1].state == slow.state
    return quick[0]


def parts_of(subject: Subject) -> list[tuple[int, Any]]:
    """Find the stretches in all entries of a run at once; give the parts, each with the number of its first entry."""
    made = model.Build(subject)
    contract = parse_contract(cbor.decode(made.body("contract"))[2])
    bodies = [frame.body for frame in made.frames if frame.type == 2]
    parts: list[Any] = [*Stretches(contract, made.leaves[0]).read(bodies, made.leaves, 0)]
    placed, at = [], 0
    for part in parts:
        placed.append((at, part))
        at += int(part[0]) if is_stretch(part) else 1
    assert at == len(bodies)
    return placed


def is_stretch(part: Any) -> bool:
    return isinstance(part, tuple) and len(part) == len(Stretch.__args__)  # type: ignore[attr-defined]


def test_a_line_is_final_and_nearly_all_of_its_values_are_taken_at_once() -> None:
    quick = hold(line())
    assert b'"verdict": "FINAL"' in quick.report
    assert quick.taken == {"stretches": 17, "entries": 176, "attestations": 9}


@pytest.mark.parametrize("name, label", [(one, INSIDE[(at + 3) % 8]) for at, one in enumerate(ALL)])
def test_one_entry_that_differs(name: str, label: str) -> None:
    subject = line()
    ALL[name](subject, label)
    assert hold(subject).taken["entries"] > 0


@pytest.mark.parametrize("name", SETTINGS)
def test_other_circumstances(name: str) -> None:
    subject = line()
    SETTINGS[name](subject)
    hold(subject)


def by_another(item: Any, window: bytes) -> None:
    """Let another actor sign what is not its own."""
    item.signer = item.fields["actor"] = "agent-2"
    item.inner_fields |= {"count": 1, "digest": window}


def with_the_key_of_another(item: Any, _: bytes) -> None:
    item.signer = "agent-2"


def with_the_name_of_another(item: Any, window: bytes) -> None:
    by_another(item, window)
    item.signer = "agent-1"


def without_a_link(item: Any, _: bytes) -> None:
    item.fields["prev"] = bytes(32)


def early(item: Any, _: bytes) -> None:
    item.fields["time"] = [START, OFFSET]


def with_a_wrong_length(item: Any, _: bytes) -> None:
    """Let a record have another length than it states."""
    item.hooks["payload"] = lambda body: body.replace(b"kattestation\x59\x01", b"kattestation\x59\x02")


def with_a_wrong_size(item: Any, _: bytes) -> None:
    """Let a payload have another length than it states, and be signed so."""

    def change(record: bytes) -> bytes:
        at = record.index(b"\xa0\x58") + 1  # behind the header
        wrong = bytes([0x58, record[at + 1] + 1]) + record[at + 2 : -66]
        size = 2 + record[3]  # of the header
        signature = crypto.sign("agent-1", b"\x84\x6aSignature1" + record[2 : 2 + size] + b"\x40" + wrong)
        return bytes(record[:at] + wrong + record[-66:-64] + signature)

    item.hooks["cose"] = change


def stating(**inner: Any) -> Callable[[Any, bytes], None]:
    return lambda item, _: item.inner_fields.update(inner)


@pytest.mark.parametrize(
    "bend",
    [
        by_another, with_the_key_of_another, without_a_link, early, stating(seq=0), stating(head=bytes(32)),
        stating(seq=0, head=model.Hash("started")), stating(count=2), stating(digest=bytes(32)),
        stating(actor="agent-2"), with_a_wrong_length, with_a_wrong_size,
    ],
)  # fmt: skip
def test_an_attestation_that_is_not_in_a_stretch(bend: Callable[[Any, bytes], None]) -> None:
    """Those that follow one another are taken without being asked, if they are what they must be."""
    subject, plain = line(), hold(line())
    window = sha256(model.Build(line()).hashes["mix-1-mass-02"]).digest()
    bend(subject.item("agent-1-attests-mix-1-mass-02"), window)
    assert hold(subject).taken["entries"] < plain.taken["entries"]


@pytest.mark.parametrize("bend", [by_another, with_the_key_of_another, with_the_name_of_another])
def test_two_attestations_that_are_not_in_a_stretch(bend: Callable[[Any, bytes], None]) -> None:
    """One that follows its like is as wrong as the first."""
    subject, hashes = line(), model.Build(line()).hashes
    for value in ("mix-1-mass-01", "mix-1-mass-02"):
        bend(subject.item(f"agent-1-attests-{value}"), sha256(hashes[value]).digest())
    outcome = hold(subject)
    assert b'"verdict": "FAIL"' in outcome.report


@pytest.mark.parametrize("seed", range(20))
def test_entries_that_differ_at_random(seed: int) -> None:
    draw, subject = random.Random(seed), line()
    known = sorted(ALL)
    if draw.random() < 0.5:
        SETTINGS[draw.choice(sorted(SETTINGS))](subject)
    for label in draw.sample(INSIDE, draw.choice([2, 3, 4])):
        ALL[draw.choice(known)](subject, label)
    window = draw.choice([1 << 20, 2_048, 10_000])
    hold(subject, window=window, ahead=draw.choice([300, 1_000, window]), least=draw.choice([1, 2, 7]))


@pytest.mark.parametrize("name", [name for name in BENDS | LINKS if name not in ("a withheld entry", *SEVERAL)])
def test_what_is_in_a_stretch_can_be_read_and_is_linked(name: str) -> None:
    """So it must be even if what is taken at once were not held to the state."""
    subject = line()
    for label in ("fill-1-mass-06", "mix-1-ratio-1", "pack-2-lot-1"):
        (BENDS | LINKS)[name](subject, label)
    made = model.Build(subject)
    bodies = [frame.body for frame in made.frames if frame.type == 2]
    for at, part in parts_of(subject):
        if not is_stretch(part):
            continue
        count, last, names = part[:3]
        read = [parse_entry(body) for body in bodies[at : at + count]]
        kinds = {entry.kind for entry in read}
        assert kinds <= KINDS_OF_STRETCHES | {"attestation"}
        assert ("attestation" in kinds) == (part[-1] is not None)
        assert [entry.seq for entry in read] == list(range(at, at + count))
        assert [entry.prev for entry in read] == made.leaves[at - 1 : at + count - 1]
        assert {entry.run for entry in read} == {made.leaves[0]}
        assert tuple(getattr(entry.what, "name", None) for entry in read) == names
        assert last == read[-1].time.ms
        # Attestations may stand between the anchor and them, and among them.
        anchor = next(one for one in map(readable, bodies[at - 1 :: -1]) if one is None or one.kind != "attestation")
        assert anchor is None or {place(entry) for entry in read if entry.kind != "attestation"} == {place(anchor)}
        assert anchor is None or {entry.actor for entry in read} == {anchor.actor}
        windows = "".join("a" if entry.kind == "attestation" else "e" for entry in read).split("a")
        assert (len(windows[-1]), max(map(len, windows))) == (part[4], part[3])


def readable(body: bytes) -> Entry | None:
    """Read an entry; None if it cannot be read, after which nothing may be taken at once."""
    try:
        return parse_entry(body)
    except Rejected:
        return None


def place(entry: Entry) -> tuple[object, ...]:
    """Give actor, step and pass of an entry."""
    return entry.actor, getattr(entry.what, "step", None), getattr(entry.what, "number", None)


def test_a_pattern_tries_one_place_for_each_key() -> None:
    """As with shapes: to try each place of a key with each of the next would take hours for some bodies."""
    made = model.Build(line())
    found = Stretches(parse_contract(cbor.decode(made.body("contract"))[2]), made.leaves[0])
    assert all(tries_one_place(plain.match) for plain in found._plain.values())
    body = crowded(made.leaves[0])
    assert found.read([body], [bytes(32)], 1) == [body]


@pytest.mark.parametrize("rule", ["_ALWAYS", "values", "notes"])
def test_who_adds_a_rule_on_values_or_notes_has_to_think(rule: str) -> None:
    """Of each of them `Log.take_stretch`, `_is_ordinary` or `stretches` says why it need not be asked."""
    known = {
        "_ALWAYS": {
            "time.check_monotonic", "time.check_after_start", "time.check_not_later", "time.check_not_repeated",
            "time.check_clock_told", "actors.check_in_time", "actors.check_agent_described",
        },
        "values": {
            "steps.check_known", "steps.check_open", "values.check_valid", "values.check_once",
            "evidence.check_lateness_explained", "deviations.check_no_work_under_block", "actors.check_performs",
            "actors.check_qualified",
        },
        "notes": {"steps.check_known"},
    }  # fmt: skip
    asked = {"_ALWAYS": log._ALWAYS, "values": log.ON_ENTRY[ValueRecorded], "notes": log.ON_ENTRY[Note]}[rule]
    assert {f"{one.__module__.rpartition('.')[2]}.{one.__name__}" for one in asked} == known[rule]


def test_what_is_asked_of_values_is_asked_of_starts_which_are_anchors_too() -> None:
    """But what a stretch itself tells of a value, and that the pass is open, which it is by then."""
    told = {values.check_valid, values.check_once, evidence.check_lateness_explained, steps.check_open}
    assert {*log.ON_ENTRY[ValueRecorded]} - told <= {*log.ON_ENTRY[AtStep]}


def test_a_line_without_a_spec_of_any_kind_is_taken_at_once() -> None:
    subject = line()
    for step in subject.item("contract").fields["steps"]:
        del step["values"]
    assert hold(subject).taken["entries"] > 140


def test_a_stretch_is_not_longer_than_a_batch_and_needs_its_anchor_there() -> None:
    data, given = build(line()), inputs(line())
    taken = []
    for window in (230, 600, 5_000, 1 << 20):
        with quickly(window=window, ahead=window):
            taken.append(outcome(data, given).taken["entries"])
    assert taken[0] == 0
    assert taken == sorted(set(taken))


@pytest.mark.parametrize("first", [0, 22, 250, 2**16 - 3, 2**16, 2**24, 2**32 - 300, 2**32 - 3, 2**32, 2**40])
def test_the_number_of_an_entry_is_written_as_short_as_may_be(first: int) -> None:
    assert stretches._numbers(first, 300) == [cbor.encode(seq) for seq in range(first, first + 300)]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
@pytest.mark.parametrize("name", ["", "an agent is assigned", "a deviation that blocks", "a tag", "withheld entries"])
def test_workers_find_the_same_stretches(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    subject = line()
    if name in SETTINGS:
        SETTINGS[name](subject)
    elif name:
        BENDS[name](subject, "fill-2-mass-08")
    data, given = build(subject), inputs(subject)
    with slowly():
        slow = outcome(data, given)
    (tmp_path / "b.opb").write_bytes(data)
    monkeypatch.setattr(source, "LARGE", 0)
    monkeypatch.setattr(source, "TASK", 0)
    for count, window in ((1, 4_096), (2, 1_500), (2, 18_000)):
        with quickly(window=window, ahead=window), Workers(count) as workers, (tmp_path / "b.opb").open("rb") as stream:
            quick = outcome(stream, given, workers)
        assert quick.report == slow.report
        assert quick.state == slow.state
        assert quick.taken["entries"] > 20


def test_a_hidden_actor_is_no_place() -> None:
    """A unit may hold what looks like actor, nonce and key of the value; who is cut there is not the anchor's actor."""
    subject = line()
    BENDS["an actor who is hidden in a unit"](subject, "fill-1-mass-06")
    parts = dict(parts_of(subject))
    labels = [item.label for item in subject.items if item.type == 2]
    first = labels.index("fill-1-mass-06-1")
    assert not is_stretch(parts[first])
