"""What may become of the index beside a journal while nobody looks: the run goes on, and the index is right again."""

from __future__ import annotations

import os
import shutil
import sqlite3
import tempfile
from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import pytest
from opsproof_record.errors import Refused
from opsproof_record.log import index, snapshot
from opsproof_record.run import work
from recorder.crew import Crew
from recorder.folders import as_nobody, give_to_nobody, needs_two_users, shared_folder
from recorder.reading import read
from recorder.test_index import agree


@pytest.fixture
def crew(tmp_path: Path) -> Crew:
    """Give a run under way."""
    made = Crew(tmp_path)
    made.start()
    with made.writing("op-1") as recorder:
        work.begin(recorder, "weigh")
        for number in range(60):
            work.note(recorder, f"note {number}")
    return made


def _older(crew: Crew, path: Path) -> None:
    content = path.read_bytes()
    _write(crew)
    path.write_bytes(content)


def _newer(crew: Crew, path: Path) -> None:
    journal = crew.run.read_bytes()
    _write(crew)
    crew.run.write_bytes(journal)


def _of_another_journal(crew: Crew, path: Path) -> None:
    other = Crew(Path(tempfile.mkdtemp(dir=crew.path)))
    other.start()
    _write(other)
    shutil.copy(index.path_of(other.run), path)


def _with_another_head(_crew: Crew, path: Path) -> None:
    with closing(sqlite3.connect(path)) as db:
        db.execute("UPDATE meta SET value = zeroblob(32) WHERE name = 'head'")
        db.commit()


def _with_another_count(_crew: Crew, path: Path) -> None:
    with closing(sqlite3.connect(path)) as db:
        db.execute("UPDATE meta SET value = value - 1 WHERE name = 'count'")
        db.commit()


def _with_another_end(_crew: Crew, path: Path) -> None:
    with closing(sqlite3.connect(path)) as db:
        db.execute("UPDATE meta SET value = value - 1 WHERE name = 'end'")
        db.commit()


def _garbage(_crew: Crew, path: Path) -> None:
    path.write_bytes(b"not a database at all" * 500)


def _empty(_crew: Crew, path: Path) -> None:
    path.write_bytes(b"")


def _half(_crew: Crew, path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def _spoiled_pages(_crew: Crew, path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[8192:] = b"\xaa" * len(data[8192:])
    path.write_bytes(data)


def _a_directory(_crew: Crew, path: Path) -> None:
    path.unlink()
    path.mkdir()


def _deleted(_crew: Crew, path: Path) -> None:
    path.unlink()


def _of_another_version(_crew: Crew, path: Path) -> None:
    with closing(sqlite3.connect(path)) as db:
        db.execute("PRAGMA user_version = 99")


def _a_foreign_wal(_crew: Crew, path: Path) -> None:
    path.with_name(path.name + "-wal").write_bytes(os.urandom(5000))
    path.with_name(path.name + "-shm").write_bytes(os.urandom(5000))


FATES: list[Callable[[Crew, Path], None]] = [
    *(_older, _newer, _of_another_journal, _with_another_head, _with_another_count, _with_another_end, _garbage),
    *(_empty, _half, _spoiled_pages, _deleted, _of_another_version, _a_foreign_wal, _a_directory),
]


def _write(crew: Crew) -> None:
    with crew.writing("op-1") as recorder:
        work.note(recorder, "on we go")


@pytest.mark.parametrize("fate", FATES, ids=lambda fate: fate.__name__.strip("_"))
def test_whatever_became_of_it_the_run_goes_on(crew: Crew, fate: Callable[[Crew, Path], None]) -> None:
    fate(crew, index.path_of(crew.run))
    before = crew.run.read_bytes()
    for _ in range(3):
        _write(crew)
    assert crew.run.read_bytes().startswith(before)
    if fate is not _a_directory:
        agree(crew.run)
    with crew.writing("op-1") as recorder:
        work.end_run(recorder, "completed", None, anyway=True)
    crew.seal()
    assert not {code for code in crew.codes() if code.startswith(("chain", "seal", "attestation", "evidence"))}


def test_what_sqlite_left_behind_is_used(crew: Crew) -> None:
    """A writer that was killed leaves its write-ahead log; without it the index is older than the journal."""
    path = index.path_of(crew.run)
    with closing(sqlite3.connect(path)) as held:  # keeps the log from being put into the database
        held.execute("SELECT count(*) FROM entry").fetchone()
        _write(crew)
        log = path.with_name(path.name + "-wal")
        assert log.stat().st_size > 0
        copy = crew.path / "copy.index"
        shutil.copy(path, copy)
        shutil.copy(log, copy.with_name("copy.index-wal"))
    with closing(sqlite3.connect(copy)) as db:
        stamp = db.execute("SELECT value FROM meta WHERE name = 'stamp'").fetchone()[0]
    assert stamp == index.stamp(crew.run.stat())
    with closing(sqlite3.connect(path)) as held:
        held.execute("SELECT count(*) FROM entry").fetchone()
        _write(crew)
        log.unlink()
    _write(crew)
    agree(crew.run)


def test_no_room_for_the_index_is_a_refusal_that_changes_nothing(crew: Crew, monkeypatch: pytest.MonkeyPatch) -> None:
    before, save = crew.run.read_bytes(), snapshot.save

    def full(*_args: object) -> None:
        raise sqlite3.OperationalError("database or disk is full")

    def write() -> None:
        with crew.writing("op-1") as recorder:
            work.note(recorder, "no room")
            monkeypatch.setattr(snapshot, "save", full)
            recorder.journal.commit()

    with pytest.raises(Refused, match="database or disk is full"):
        write()
    monkeypatch.setattr(snapshot, "save", save)
    assert crew.run.read_bytes() == before
    _write(crew)
    agree(crew.run)


@pytest.mark.parametrize("late", [False, True], ids=["before the index", "after the index"])
def test_an_interrupt_in_a_commit_leaves_a_journal_to_go_on_with(
    crew: Crew, monkeypatch: pytest.MonkeyPatch, *, late: bool
) -> None:
    save = snapshot.save

    def interrupted(*args: Any) -> None:
        if late:
            save(*args)
        raise KeyboardInterrupt

    before = crew.run.read_bytes()
    with suppress(KeyboardInterrupt), crew.writing("op-1") as recorder:
        work.note(recorder, "now?")
        monkeypatch.setattr(snapshot, "save", interrupted)
        recorder.journal.commit()
    monkeypatch.setattr(snapshot, "save", save)
    assert crew.run.read_bytes() == before
    _write(crew)
    agree(crew.run)


@needs_two_users
@pytest.mark.parametrize("there", [True, False], ids=["with an index", "without one"])
def test_a_directory_that_cannot_be_written_costs_time_and_nothing_else(*, there: bool) -> None:
    with shared_folder() as folder:
        crew = Crew(folder)
        crew.start()
        _write(crew)
        if not there:
            index.discard(crew.run)
        before = read(crew.run.read_bytes())
        give_to_nobody(crew.run, folder / "op-1.pending")
        as_nobody('with crew.writing("op-1", attest=False) as recorder: work.note(recorder, "no index here")', folder)
        after = read(crew.run.read_bytes())
        assert after.leaves[:-1] == before.leaves
        assert index.path_of(crew.run).exists() == there
        _write(crew)
        agree(crew.run)
