"""The file remembers (ADR 25): what is at hand and what is read again are the same, in as many bytes as documented."""

import gc
import io
import random
import tracemalloc
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, BinaryIO

import pytest
from support import worlds
from support.bundles import BUNDLES, Subject, base, build, model, trust_of, vector
from support.odd import odd
from support.seeds import seeds
from test_monotone import read

from opsproof_verify import compact, fold, memory, passes, recall, verify
from opsproof_verify.canonical import encode
from opsproof_verify.contract import Contract
from opsproof_verify.cose import RecordType
from opsproof_verify.coverable import Coverable
from opsproof_verify.findings import MAX_OWED, finding
from opsproof_verify.merkle import leaf_hash
from opsproof_verify.parse_contract import parse_contract
from opsproof_verify.parse_entry import parse_entry
from opsproof_verify.parse_signed import parse_cose
from opsproof_verify.policy import Policy
from opsproof_verify.recall import Recall, read_from
from opsproof_verify.register import Severity
from opsproof_verify.render.json_report import render_json
from opsproof_verify.run import Run
from opsproof_verify.state import Placed

RUNS_A_SEED = 5
PAGES = 1.05  # what a page takes beside its bytes, as a share of them
FEW = 8  # pages of a container, where it may not have more
SLACK = 40_000  # at most a page more of each container, and what the interpreter keeps


@pytest.fixture
def little(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Give what leaves next to nothing at hand, and lets tables tell next to nothing apart."""

    def shrink() -> None:
        for module, name, size in (
            (memory, "RECENT", 1),
            (passes, "LOOSE", 1),
            (passes, "ROOM", 0),
            (recall, "CACHED", 1),
            (recall, "ENTRIES", 3),
            (compact, "HELD", 1),
        ):
            monkeypatch.setattr(module, name, size)
        monkeypatch.setattr(compact, "hash", lambda key: len(key) << 27, raising=False)  # nearly all keys collide

    return shrink


@pytest.mark.parametrize("seed", seeds(8, 2))
def test_an_odd_run_is_judged_alike_with_little_at_hand(seed: int, little: Callable[[], None]) -> None:
    draw = random.Random(seed)
    cases = [drawn(draw) for _ in range(RUNS_A_SEED)]
    before = [judged(*case) for case in cases]
    little()
    assert [judged(*case) for case in cases] == before


def drawn(draw: random.Random) -> tuple[Subject, bytes, Policy]:
    subject, policy = odd(draw, draw.choice([20, 80, 150])), None
    while policy is None:
        policy = read(worlds.policy(draw, draw.choice([0.1, 0.5, 0.9])))
    return subject, build(subject), policy


def judged(subject: Subject, data: bytes, policy: Policy) -> bytes:
    return render_json(verify(data, policy, trust_of(subject), at=subject.at))


@pytest.mark.parametrize("part", seeds(4))
def test_the_vectors_are_judged_alike_with_little_at_hand(part: int, little: Callable[[], None]) -> None:
    names = sorted(path.name for path in BUNDLES.iterdir())[part::16]
    before = [answer(name) for name in names]
    little()
    assert [answer(name) for name in names] == before


def answer(name: str) -> bytes:
    bundle, policy, trust, given = vector(name)
    return render_json(verify(bundle, policy, trust, **given))


# --- a run without the rest of the verifier

STEP: dict[str, Any] = {
    "id": "fill", "title": "Fill", "roles": ["operator"], "repeat": {"min": 1, "max": 2**53 - 1},
    "values": [{"id": "mass", "type": "decimal", "max": "10.00"}, {"id": "count", "type": "integer", "optional": True}],
    "evidence": [{"id": "photo", "media": ["image/png"], "min": 1, "max": 1_000_000}],
}  # fmt: skip


def small_contract() -> Contract:
    """Give the contract of the small run with one step more."""
    subject = base.minimal()
    subject.item("contract").fields["steps"].append(STEP)
    body: bytes = model.Build(subject).body("contract")
    subject.item("contract").fields["steps"].pop()
    return parse_contract(parse_cose(body, RecordType.CONTRACT).payload)


class Feed:
    """Takes entries into a run, as they are written."""

    def __init__(self, stream: BinaryIO) -> None:
        contract = small_contract()
        policy = Policy.parse_canonical(contract.policy)
        self.stream = stream
        self.recall = Recall(read_from(self.stream))
        self.run = Run(contract, policy, policy, None, self.recall, None)
        self.actor = next(iter(self.run.actors.values()))
        self.ready: list[tuple[int, int, Placed]] = []
        self.seq = 0

    def write(self, kind: str, **fields: Any) -> list[Any]:
        """Write an entry, and give a ref to it."""
        named = {name.rstrip("_"): value for name, value in fields.items()}
        head: dict[str, Any] = {"kind": kind, "seq": self.seq, "prev": bytes(32), "run": bytes(32), "nonce": bytes(16)}
        if kind == "run-started":
            del head["run"]
        body = encode({**head, "time": [self.seq, 0], "actor": self.actor.member.id, **named})
        offset = self.stream.seek(0, io.SEEK_END)
        self.stream.write(encode([2, body]))
        placed = Placed(parse_entry(body), leaf_hash(body), self.seq + 2, self.actor)
        self.ready.append((offset, self.stream.tell(), placed))
        self.seq += 1
        return [placed.entry.seq, placed.leaf]

    def take(self) -> None:
        """Take what was written."""
        for offset, end, placed in self.ready:
            self.recall.note(placed.frame, offset, end, placed.leaf)
            fold.apply(self.run, placed)
        self.ready.clear()


@pytest.fixture
def feed(tmp_path: Path) -> Iterator[Feed]:
    """Give a run that has begun."""
    with (tmp_path / "entries").open("w+b") as stream:
        yield begun(Feed(stream))


def begun(made: Feed) -> Feed:
    made.write("run-started", subject={}, approvals=[], recorder="test")
    made.take()
    return made


def at(number: int) -> dict[str, Any]:
    return {"step": "fill", "pass_": number}


def entries_of_further_values(feed: Feed, numbers: range) -> None:
    for number in numbers:
        feed.write("value-recorded", **at(1), name=f"further-{number}", value="1.00")


def test_what_was_not_taken_is_not_found(feed: Feed) -> None:
    run, value = feed.run, {"name": "mass", "value": "1.00"}
    seq, _ = feed.write("value-recorded", **at(1), **value)
    run.memory.taken = 5
    assert run.values.get(seq) is None  # not even noted
    feed.take()
    assert run.values[seq].leaf
    run.memory._recent.clear()
    run.values._seen.clear()
    run.memory.taken = seq
    assert run.values.get(seq) is None  # only noted
    run.memory.taken = seq + 1
    feed.actor.since = seq
    assert run.values.get(seq) is None  # enrolled later
    feed.actor.since = seq - 1
    assert run.values[seq].step == "fill"
    run.memory._recent.clear()
    run.values._seen.clear()
    del run.actors[feed.actor.member.id]
    assert run.values.get(seq) is None


def test_an_opaque_or_withheld_entry_is_not_found(feed: Feed) -> None:
    for kind, body in ((2, b"\xff"), (3, b"\xa0")):
        offset = feed.stream.seek(0, 2)
        feed.stream.write(encode([kind, body]))
        feed.recall.note(feed.seq + 2, offset, feed.stream.tell(), leaf_hash(body))
        feed.seq += 1
    feed.write("note", text="So that both were before.")
    feed.take()
    assert [feed.run.memory.get(seq) for seq in (1, 2)] == [None, None]
    with pytest.raises(KeyError):
        feed.run.values[1]


def test_an_entry_is_found_by_its_place_whatever_its_number(feed: Feed) -> None:
    feed.write("value-recorded", **at(1), name="mass", value="1.00", seq=77)
    (offset, end, placed), entry = feed.ready.pop(), feed.run.memory
    feed.recall.note(placed.frame, offset, end, placed.leaf)
    feed.write("note", text="So that it was before.")
    feed.take()
    found = entry.get(1)
    assert found is not None
    assert (found.entry.seq, found.leaf, found.frame) == (1, placed.leaf, placed.frame)


def test_a_pass_over_more_entries_than_are_counted_stays_at_hand(feed: Feed) -> None:
    made = feed.run.passes
    one = made.make(("fill", 1), 0)
    one.worked = 2**40
    for number in range(2, 2 * passes.LOOSE):
        made.make(("fill", number), number)
    assert made.get(("fill", 1)) is one
    assert [one.number for one in made.values()] == list(range(1, 2 * passes.LOOSE))


def test_values_are_held_wherever_they_are_put(feed: Feed, little: Callable[[], None]) -> None:
    little()
    entries_of_further_values(feed, range(5))
    feed.take()
    made = feed.run.passes
    one = made.get(("fill", 1))
    assert one is not None
    assert (one.spilled, one.values) == (True, {"further-3": 4, "further-4": 5})
    assert made.lacks(one, {"mass", "further-5", None})
    assert not made.lacks(one, {"mass", "further-4", None})
    assert not made.lacks(one, {"mass", "further-1", None})
    assert made.holder("fill", 1, "further-1") == 2
    made.drop(one, "further-1")
    assert made.holder("fill", 1, "further-1") is None
    assert made.lacks(one, {"further-1"})
    seq, _ = feed.write("value-recorded", **at(1), name="further-1", value="2.00")
    feed.take()
    assert made.holder("fill", 1, "further-1") == seq
    made.hold(one, [("mass", 3)])
    assert not made.lacks(one, {"mass"})


def test_a_release_by_the_same_person_counts_once(feed: Feed) -> None:
    authority = feed.run.contract.authority.release
    feed.actor = next(actor for actor in feed.run.actors.values() if actor.human and actor.holds(authority))
    scope: dict[str, Any] = {"steps": [], "values": [], "evidence": []}
    named = feed.write("deviation-raised", reason="any", severity="minor", **scope, description="It happened.")
    for _ in range(3):
        feed.write("released", deviation=named)
    feed.take()
    assert [list(found) for found in feed.run.scopes._releases.values()] == [named[:1]]


def test_a_deviation_does_not_cover_what_comes_after_it(feed: Feed) -> None:
    scope: dict[str, Any] = {"steps": [], "evidence": [], "description": "It happened."}
    before = feed.write("value-recorded", **at(1), name="mass", value="11.00")
    later = [feed.seq + 1, bytes(32)]
    named = feed.write("deviation-raised", reason="any", severity="minor", **scope, values=[before, later])
    feed.write("value-recorded", **at(2), name="mass", value="11.00")
    feed.take()
    assert [feed.run.scopes.covering(fact) for fact in feed.run.facts] == [named[0], -1]


@pytest.mark.untraced
def test_a_deviation_takes_as_much_whatever_it_names(feed: Feed) -> None:
    refs = [feed.write("value-recorded", **at(1), name=f"further-{number}", value="1.00") for number in range(400)]
    feed.take()
    scope = {"steps": list(feed.run.contract.steps), "evidence": [], "description": "It happened."}

    def raise_(values: list[Any], count: int) -> int:
        gc.collect()
        tracemalloc.start()
        for _ in range(count):
            feed.write("deviation-raised", reason="any", severity="minor", **scope, values=values)
            feed.take()
        gc.collect()
        grown = tracemalloc.get_traced_memory()[0]
        tracemalloc.stop()
        return grown

    raise_(refs, 10)
    assert raise_(refs, 200) < 1.1 * raise_(refs[:1], 200) < 200 * 2_000


def test_findings_that_approvals_may_cover_are_packed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compact, "HELD", FEW)
    kept = Coverable()
    tracemalloc.start()
    for number in range(MAX_OWED):
        found = finding("gap.unexplained", {"frame": number, "seq": number}, {"why": "x"}, level=Severity.PROVISIONAL)
        assert kept.put(found, number, frozenset({"operator-1"}))
    grown = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    assert not kept.put(found, MAX_OWED, frozenset())
    assert grown < 2 * PAGES * FEW * compact.PAGE + SLACK
    assert [(seq, persons, code.name) for seq, persons, code in kept][-1:] == [
        (MAX_OWED - 1, frozenset({"operator-1"}), "gap.unexplained")
    ]
    assert list(kept.left(lambda seq, _: seq != 7, lambda *_: False)) == [
        finding("gap.unexplained", {"frame": 7, "seq": 7}, {"why": "x"}, level=Severity.PROVISIONAL)
    ]
    assert not list(kept.left(lambda *_: False, lambda name, level, _: (name, level) == ("gap.unexplained", level)))
