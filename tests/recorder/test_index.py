"""The index beside a journal says what a fresh reading of the journal says, table by table, whatever came before."""

from __future__ import annotations

import random
import re
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from opsproof_record.errors import Refused
from opsproof_record.log import frames, index, snapshot
from opsproof_record.log.journal import Journal
from opsproof_record.log.state import RunState
from opsproof_record.run import attaching, deviate, work
from opsproof_record.run.attaching import Target
from opsproof_record.run.deviate import Deviation
from opsproof_record.run.recorder import Recorder
from recorder.crew import Crew, contract
from recorder.folders import file_of, quick_folder
from recorder.plays import MOVES, Nothing, Play

from opsproof_verify.container import FrameType

Tables = dict[str, list[tuple[Any, ...]]]

#: Of the state outside its tables, what has to be the same; the journal's stamp is not.
_PLAIN: list[str] = [
    *("run", "head", "count", "last_ms", "same", "clock", "evidence_count", "evidence_bytes", "cuts", "ended"),
    *("ended_by", "approvals"),
    *("subject", "seal", "seal_hash", "members", "contract_hash", "policy_digest"),
]


def tables(db: sqlite3.Connection) -> Tables:
    """Read every table but `meta`, rows in order."""
    names = [name for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'table' AND name != 'meta'")]
    return {name: sorted(db.execute(f"SELECT * FROM {name}").fetchall(), key=repr) for name in names}  # noqa: S608 - its own


def fresh(path: Path) -> tuple[Tables, dict[str, Any]]:
    """Read a journal from its first byte, as if there were no index."""
    with path.open("rb") as stream, closing(frames.scan(stream, str(path)).state) as state:
        return tables(state.db), {name: getattr(state, name) for name in _PLAIN}


def kept(path: Path) -> tuple[Tables, dict[str, Any]]:
    """Read the index beside a journal, which must be of the journal as it is."""
    with closing(RunState(sqlite3.connect(index.path_of(path)))) as state, path.open("rb") as stream:
        end = snapshot.load(state, stream, index.stamp(path.stat()))
        assert end == path.stat().st_size, "the index is of another state of the journal"
        return tables(state.db), {name: getattr(state, name) for name in _PLAIN}


def agree(path: Path) -> None:
    there, again = kept(path), fresh(path)
    assert there[1] == again[1]
    for name, rows in again[0].items():
        assert there[0][name] == rows, name


@pytest.fixture
def crew(tmp_path: Path) -> Crew:
    """Give a run under way with a bit of everything in its index."""
    made = Crew(tmp_path)
    made.start()
    with made.writing("op-1") as recorder:
        work.begin(recorder, "weigh")
        value = work.record(recorder, "weigh", "mass", "50")
        attaching.attach(recorder, file_of(tmp_path / "a.jpg", 3000), Target("weigh", "photo"))
        deviate.deviate(recorder, Deviation(reason="limits", description="x", values=(value.ref.seq,)))
    return made


@settings(max_examples=30)
@given(st.integers(0, 1 << 32), st.integers(1, 40))
def test_it_is_that_of_a_fresh_reading_after_any_moves(seed: int, count: int) -> None:
    chance = random.Random(seed)
    with quick_folder() as folder:
        terms = contract()
        play = Play(Crew(folder, terms), terms, chance)
        play.start()
        for _ in range(count):
            if play.play(play.next()) and not play.torn and index.path_of(play.crew.run).exists():
                agree(play.crew.run)
        with play.by("op-1") as recorder:
            work.end_run(recorder, "completed", None, anyway=True)
        agree(play.crew.run)
        play.crew.seal()
        assert not index.path_of(play.crew.run).exists()
        fresh(play.crew.run)


class Stop(Exception):  # noqa: N818 - it stops
    pass


@settings(max_examples=30)
@given(st.integers(0, 1 << 32), st.integers(1, 12), st.integers(0, 3))
def test_what_is_taken_back_leaves_no_trace(seed: int, before: int, inside: int) -> None:
    """Some moves in one go, committed or not, and then an error: file and index are those of the last commit."""
    chance = random.Random(seed)
    with quick_folder() as folder:
        terms = contract()
        play = Play(Crew(folder, terms), terms, chance)
        play.start()
        for _ in range(before):
            play.play(play.next())
        with play.by("op-1"):
            pass
        there, was = play.crew.run.read_bytes(), kept(play.crew.run)
        with suppress(Stop), play.crew.writing("op-1") as recorder:
            for _ in range(inside):
                _something(recorder, chance, folder)
            raise Stop
        assert play.crew.run.read_bytes() == there
        assert kept(play.crew.run) == was
        agree(play.crew.run)


def _something(recorder: Recorder, chance: random.Random, folder: Path) -> None:
    with suppress(Refused, Nothing):
        things: list[Callable[[], object]] = [
            lambda: work.begin(recorder, "weigh"),
            lambda: work.record(recorder, "weigh", "mass", "39"),
            lambda: work.end_step(recorder, "weigh", anyway=True),
            lambda: attaching.attach(recorder, file_of(folder / "b.jpg", 100_000), Target()),
            lambda: list(attaching.attach_tree(recorder, folder, Target())),  # holds the journal: refused half-way
            lambda: deviate.deviate(recorder, Deviation(reason="odd", description="x", steps=("weigh",))),
        ]
        chance.choice(things)()


REFUSALS: dict[str, Callable[[Recorder, Path], object]] = {
    "unknown step": lambda recorder, _: work.begin(recorder, "none"),
    "unfit value": lambda recorder, _: work.record(recorder, "weigh", "bags", "many"),
    "long text": lambda recorder, _: work.note(recorder, "x" * 20_000),
    "folder with the journal": lambda recorder, path: list(attaching.attach_tree(recorder, path, Target())),
    "name of a line": lambda recorder, path: attaching.attach(recorder, path / "a.jpg", Target(name="a\nb")),
    "no such file": lambda recorder, path: attaching.attach(recorder, path / "none", Target()),
    "unknown reason": lambda recorder, _: deviate.deviate(recorder, Deviation(reason="none", description="x")),
    "open items": lambda recorder, _: work.end_run(recorder, "completed", None),
    "too large an entry": lambda recorder, _: recorder.write("note", text="x" * 16_000, step="y" * 60_000),
}


@pytest.mark.parametrize("what", REFUSALS)
@pytest.mark.parametrize("first", [0, 2], ids=["alone", "after others"])
def test_a_refusal_leaves_journal_and_index_as_they_were(crew: Crew, what: str, first: int) -> None:
    there, was = crew.run.read_bytes(), kept(crew.run)

    def write() -> None:
        with crew.writing("op-1") as recorder:
            for _ in range(first):
                work.note(recorder, "this goes too")
            REFUSALS[what](recorder, crew.path)

    with pytest.raises(Refused):
        write()
    assert crew.run.read_bytes() == there
    assert kept(crew.run) == was
    agree(crew.run)


def test_a_seal_that_is_taken_back_is_forgotten(crew: Crew) -> None:
    with crew.writing("op-1") as recorder:
        work.end_run(recorder, "completed", None, anyway=True)
    before = crew.run.read_bytes()
    copy = crew.path / "copy"
    copy.mkdir()
    shutil.copy(crew.run, copy)
    shutil.copy(crew.path / "op-1.pending", copy)
    sealed = Crew.at(copy)
    sealed.seal()
    seal = sealed.run.read_bytes()[len(before) + 5 :]
    state = RunState(index.beside(crew.run))
    with suppress(Stop), Journal(crew.run, state=state) as journal:
        state = journal.state
        journal.append(FrameType.SEAL, seal)
        assert state.seal is not None
        raise Stop
    assert (state.seal, state.seal_hash) == (None, b"")
    state.close()
    assert crew.run.read_bytes() == before


# Nothing that is asked at each entry looks at everything there is.

#: Tables that do not grow with the run, or have a limit in SPEC 3.4.
SMALL = {"meta", "actor", "assigned", "sqlite_master"}
#: What may be looked through: indexes on what is open, and what is read up to a limit or for the message of a refusal.
ALLOWED = (
    re.compile(r"SCAN \w+ USING (COVERING )?INDEX (uncovered|blocking|unused_leave|open_pass|held_pass)\b"),
    re.compile(r"SCAN \w+ USING (COVERING )?INDEX (unchecked_pass|under_way)\b"),
    re.compile(r"SCAN (value|entry) .*LIMIT"),
    re.compile(r"SCAN (deviation|entry) .*ORDER BY deviation\.seq$"),
    re.compile(r"SCAN CONSTANT ROW|SCAN \d+ CONSTANT"),
)


def test_no_question_of_a_move_looks_through_a_table_that_grows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: dict[str, str] = {}  # by the text without its values
    connect = sqlite3.connect

    def traced(*args: Any, **named: Any) -> sqlite3.Connection:
        db: sqlite3.Connection = connect(*args, **named)
        db.set_trace_callback(lambda text: asked.setdefault(_shape(text), text))
        return db

    made: set[str] = set()
    for seed in range(8):
        (folder := tmp_path / str(seed)).mkdir()
        terms = contract()
        play = Play(Crew(folder, terms), terms, random.Random(seed))
        play.start()
        with play.by("op-1"):
            pass  # read in whole, into an index
        with monkeypatch.context() as patch:
            patch.setattr(sqlite3, "connect", traced)
            made |= {move for _ in range(90) if play.play(move := play.next())}
    assert made | {"receive"} == MOVES.keys()  # few plays come to a handover that is confirmed
    with closing(sqlite3.connect(index.path_of(play.crew.run))) as db:
        for text in asked.values():
            if text.startswith(("SELECT", "UPDATE", "DELETE", "INSERT")):
                for *_, step in db.execute(f"EXPLAIN QUERY PLAN {text}"):
                    assert _allowed(step, text), (step, text)
    assert len(asked) > 60


def _shape(text: str) -> str:
    return re.sub(r"'[^']*'|\b\d+\b", "?", text)


def _allowed(step: str, text: str) -> bool:
    words = step.split()
    if words[0] != "SCAN" or words[1] in SMALL:
        return True
    return any(pattern.search(f"{step} {text}") for pattern in ALLOWED)
