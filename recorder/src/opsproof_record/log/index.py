"""The index of a journal: an SQLite database beside it, with what the entries amount to.

It is derived and may be deleted at any time. It holds the state of the journal file (device, inode, size, time of
change) that it was made from; whenever the file is in another state, a crash or somebody else's editor came between,
and the journal is read again from its first byte. So opening costs the same after ten entries and after a million,
and nothing about a run is held in memory.
"""

from __future__ import annotations

import os
import sqlite3
from contextlib import suppress
from pathlib import Path

#: Of the tables below; an index of another version is made again.
VERSION = 4

_TABLES = """
CREATE TABLE meta (name TEXT PRIMARY KEY, value) WITHOUT ROWID;
CREATE TABLE entry (seq INTEGER PRIMARY KEY, leaf BLOB, offset INTEGER, size INTEGER);
CREATE TABLE actor (id TEXT PRIMARY KEY, last TEXT, waiting INTEGER) WITHOUT ROWID;
CREATE TABLE assigned (id TEXT PRIMARY KEY, assignment BLOB) WITHOUT ROWID;
CREATE TABLE waiting (actor TEXT, seq INTEGER, leaf BLOB, PRIMARY KEY (actor, seq)) WITHOUT ROWID;
CREATE TABLE pass (step TEXT, number INTEGER, started INTEGER, state TEXT, released INTEGER DEFAULT 0,
                   checked INTEGER DEFAULT 0, worked INTEGER DEFAULT 0, PRIMARY KEY (step, number)) WITHOUT ROWID;
CREATE INDEX open_pass ON pass (step) WHERE state = 'open';
CREATE INDEX held_pass ON pass (step) WHERE state = 'completed' AND released = 0;
CREATE INDEX unchecked_pass ON pass (step) WHERE state = 'completed' AND checked = 0;
CREATE TABLE worker (step TEXT, number INTEGER, actor TEXT, PRIMARY KEY (step, actor, number)) WITHOUT ROWID;
CREATE TABLE used (step TEXT, number INTEGER, name TEXT, PRIMARY KEY (step, number, name)) WITHOUT ROWID;
CREATE TABLE void (seq INTEGER PRIMARY KEY, by INTEGER);
CREATE TABLE part (step TEXT, number INTEGER, person TEXT, did TEXT,
                   PRIMARY KEY (step, number, did, person)) WITHOUT ROWID;
CREATE INDEX part_of ON part (person, did, step);
CREATE TABLE value (seq INTEGER PRIMARY KEY, step TEXT, number INTEGER, name TEXT, value TEXT, current INTEGER);
CREATE INDEX value_of ON value (step, number) WHERE current;
CREATE TABLE item (seq INTEGER PRIMARY KEY, digest BLOB, size INTEGER, step TEXT, number INTEGER, slot TEXT,
                   actor TEXT);
CREATE INDEX item_digest ON item (digest);
CREATE TABLE filled (step TEXT, number INTEGER, slot TEXT, digest BLOB,
                     PRIMARY KEY (step, number, slot, digest)) WITHOUT ROWID;
CREATE TABLE custody (digest BLOB PRIMARY KEY, holder TEXT) WITHOUT ROWID;
CREATE TABLE transfer (seq INTEGER PRIMARY KEY, digest BLOB, giver TEXT, receiver TEXT, received INTEGER DEFAULT 0);
CREATE INDEX under_way ON transfer (seq) WHERE received = 0;
CREATE TABLE deviation (seq INTEGER PRIMARY KEY, body BLOB, ruling TEXT, released INTEGER DEFAULT 0,
                        remediated INTEGER DEFAULT 0, closed INTEGER DEFAULT 0);
CREATE INDEX blocking ON deviation (seq) WHERE ruling = 'block' AND released = 0;
CREATE TABLE scope (deviation INTEGER, kind TEXT, name TEXT, PRIMARY KEY (deviation, kind, name)) WITHOUT ROWID;
CREATE INDEX scope_name ON scope (kind, name);
CREATE TABLE hand (deviation INTEGER, did TEXT, person TEXT, PRIMARY KEY (deviation, did, person)) WITHOUT ROWID;
CREATE INDEX hand_of ON hand (person, did);
CREATE TABLE fact (seq INTEGER, step TEXT, number INTEGER, what TEXT, value INTEGER, covered INTEGER);
CREATE INDEX uncovered ON fact (seq) WHERE covered < 1;
CREATE INDEX uncovered_step ON fact (step) WHERE covered < 1;
CREATE TABLE leave (seq INTEGER PRIMARY KEY, step TEXT, number INTEGER, actor TEXT, action TEXT, arguments BLOB,
                    expires INTEGER, used INTEGER DEFAULT 0);
CREATE INDEX unused_leave ON leave (actor) WHERE used = 0;
CREATE TABLE signoff (hash BLOB PRIMARY KEY, body BLOB);
CREATE TABLE witness (hash BLOB PRIMARY KEY, body BLOB);
"""


def path_of(journal: Path) -> Path:
    """Give the name of a journal's index."""
    return journal.with_name(journal.name + ".index")


def temporary() -> sqlite3.Connection:
    """Make an index that nobody keeps, on disk where it grows."""
    return _prepare(sqlite3.connect("", check_same_thread=False))


def beside(journal: Path) -> sqlite3.Connection:
    """Open the index of a journal, a new one if it is missing, old or unusable; a temporary one if it cannot be kept.

    Its caller holds the journal's lock.
    """
    path = path_of(journal)
    for _ in range(2):
        try:
            db = sqlite3.connect(path, check_same_thread=False)
        except sqlite3.Error:
            break
        try:
            db.execute("PRAGMA journal_mode = WAL")
            db.execute("PRAGMA synchronous = NORMAL")  # whole after a power cut, though perhaps behind
            return _prepare(db)
        except sqlite3.Error:
            db.close()
            discard(journal)
    return temporary()


def discard(journal: Path) -> None:
    """Delete a journal's index."""
    path = path_of(journal)
    for name in (path.name, f"{path.name}-wal", f"{path.name}-shm"):
        with suppress(OSError):  # it may stay: it is of another state of the journal
            path.with_name(name).unlink(missing_ok=True)


def empty(db: sqlite3.Connection) -> None:
    """Take everything out of an index; nothing is lost before that is committed."""
    if not db.in_transaction:
        db.execute("BEGIN")
    names = [name for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
    for name in names:
        db.execute(f"DROP TABLE {name}")
    _create(db)


def stamp(file: os.stat_result) -> str:
    """Give the state of a journal file, by which it is known again."""
    return f"{file.st_dev}:{file.st_ino}:{file.st_size}:{file.st_mtime_ns}"


def _prepare(db: sqlite3.Connection) -> sqlite3.Connection:
    (version,) = db.execute("PRAGMA user_version").fetchone()
    if version != VERSION:
        empty(db)
        db.commit()
    return db


def _create(db: sqlite3.Connection) -> None:
    for statement in _TABLES.split(";"):
        db.execute(statement)
    db.execute(f"PRAGMA user_version = {VERSION}")
