"""Evidence on its way into the journal: files of every sort, directories, streams, full disks, flat memory."""

from __future__ import annotations

import mimetypes
import os
import random
from collections.abc import Iterator
from hashlib import sha256
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from opsproof_record.errors import Refused, Unfit, Unknown
from opsproof_record.log import evidence
from opsproof_record.run import attaching, work
from opsproof_record.run.attaching import Target
from recorder.crew import Crew
from recorder.folders import as_nobody, file_of, give_to_nobody, needs_two_users, shared_folder, sparse
from recorder.reading import read
from recorder.test_index import agree

MIB = 1 << 20


@pytest.fixture
def crew(tmp_path: Path) -> Crew:
    """Give a run whose first step is open."""
    made = Crew(tmp_path)
    made.start()
    with made.writing("op-1") as recorder:
        work.begin(recorder, "weigh")
    return made


def attach(crew: Crew, path: Path, target: Target | None = None) -> dict[str, Any]:
    """Attach a file; give its entry."""
    with crew.writing("op-1") as recorder:
        ref = attaching.attach(recorder, path, target or Target()).ref
    entry: dict[str, Any] = read(crew.run.read_bytes()).entries[ref.seq]
    return entry


def attach_tree(crew: Crew, folder: Path, target: Target | None = None) -> list[str]:
    """Attach a directory; give the names in the order of the record."""
    with crew.writing("op-1") as recorder:
        return [item.name for item in attaching.attach_tree(recorder, folder, target or Target())]


@pytest.fixture
def refused(crew: Crew) -> Iterator[None]:
    """Hold what a test tries to: nothing of it is in the journal, and the next writer finds all in order."""
    before = crew.run.read_bytes()
    yield
    assert crew.run.read_bytes() == before
    with crew.writing("op-1") as recorder:
        work.note(recorder, "on we go")
    agree(crew.run)
    assert not list(crew.path.glob(".*spool"))


# Files.


@pytest.mark.parametrize("size", [0, 1, 23, 24, 255, 256, 65_535, 65_536, evidence.SLICE, evidence.SLICE + 1, 3 * MIB])
def test_a_file_of_any_size_is_in_the_journal_as_it_is(crew: Crew, size: int) -> None:
    path = file_of(crew.path / "item.jpg", size)
    entry = attach(crew, path, Target("weigh", "photo"))
    assert (entry["size"], entry["media"], entry["name"]) == (size, "image/jpeg", "item.jpg")
    assert entry["digest"] == sha256(path.read_bytes()).digest()
    (start, end), *_ = [(start, end) for kind, start, end in read(crew.run.read_bytes()).frames if kind == 4]
    assert crew.run.read_bytes()[start:end].endswith(path.read_bytes())
    assert end - start - size <= 7


def test_a_sparse_file_is_its_zeros(crew: Crew) -> None:
    entry = attach(crew, sparse(crew.path / "holes.bin", 5 * MIB))
    assert entry["digest"] == sha256(bytes(5 * MIB)).digest()


def test_the_same_content_twice_is_two_items(crew: Crew) -> None:
    path = file_of(crew.path / "item.jpg", 100)
    first, second = attach(crew, path), attach(crew, path)
    assert first["digest"] == second["digest"]
    with crew.writing("op-1") as recorder:
        assert recorder.state.evidence_count == 2


def test_a_link_is_followed_where_it_is_named_itself(crew: Crew) -> None:
    file_of(crew.path / "real.jpg", 100)
    (crew.path / "link.jpg").symlink_to("real.jpg")
    assert attach(crew, crew.path / "link.jpg")["name"] == "link.jpg"


def test_what_is_said_about_an_item_is_recorded(crew: Crew) -> None:
    target = Target("weigh", "photo", "image/jpeg", "Drum 7", "camera-2", [1_700_000_000_000, 60])
    entry = attach(crew, file_of(crew.path / "x.bin", 10), target)
    said = {name: entry[name] for name in ("step", "pass", "slot", "name", "source", "captured")}
    assert said == {
        "step": "weigh",
        "pass": 1,
        "slot": "photo",
        "name": "Drum 7",
        "source": "camera-2",
        "captured": [1_700_000_000_000, 60],
    }


@pytest.mark.parametrize(
    "name, media",
    [
        ("a.jpg", "image/jpeg"),
        ("a.JPEG", "image/jpeg"),
        ("a.csv", "text/csv"),
        ("a.log", "text/plain"),
        ("a.json", "application/json"),
        ("a.md", "text/markdown"),
        ("a.pdf", "application/pdf"),
        ("a.tar.gz", "application/octet-stream"),
        ("noext", "application/octet-stream"),
        (".hidden", "application/octet-stream"),
        ("a.unheard-of", "application/octet-stream"),
    ],
)
def test_media_types_are_the_same_on_every_machine(name: str, media: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(mimetypes.types_map, ".unheard-of", "chemical/x-local")
    monkeypatch.setitem(mimetypes.types_map, ".pdf", "application/x-local")
    assert evidence.media_type(Path(name)) == media


@pytest.mark.usefixtures("refused")
@pytest.mark.parametrize(
    "target, said",
    [
        (Target(media="jpeg"), "no media type"),
        (Target(media="text/plain; charset=utf-8"), "no media type"),
        (Target(media="Image/JPEG"), "no media type"),
        (Target(slot="photo"), "a slot belongs to a step"),
        (Target("mix"), "not open"),
        (Target("none"), 'no step "none"'),
        (Target("weigh", "film"), "no evidence slot"),
        (Target("weigh", "photo", "text/plain"), "takes image/jpeg"),
        (Target(name="a\nb"), "name is not valid"),
        (Target(name="a\x7fb"), "name is not valid"),
        (Target(name="a\u2028b"), "name is not valid"),
        (Target(name="\udcff"), "not valid (text)"),
        (Target(name="x" * 257), "name is not valid"),
        (Target(source="a\tb"), "source is not valid"),
        (Target(captured=[-1, 0]), "captured"),
        (Target(captured=[0, 1440]), "captured"),
    ],
)
def test_what_cannot_be_recorded_is_refused_before_anything_is_streamed(
    crew: Crew, target: Target, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = file_of(crew.path / "item.jpg", 5_000)
    monkeypatch.setattr("opsproof_record.log.frames.copy_evidence", None)
    with pytest.raises(Refused) as refusal:
        attach(crew, path, target)
    assert said in refusal.value.what


@pytest.mark.usefixtures("refused")
@pytest.mark.parametrize(
    "name", [b"line\nfeed.txt", b"bell\a.txt", b"esc\x1b[2J.txt", "c1\x9b.txt".encode(), b"latin-\xe9.txt"]
)
def test_names_that_no_line_can_hold_are_refused(crew: Crew, name: bytes) -> None:
    path = file_of(crew.path / os.fsdecode(name), 10)
    with pytest.raises(Unfit, match="not valid"):
        attach(crew, path)


def test_such_a_file_is_attached_under_another_name(crew: Crew) -> None:
    path = file_of(crew.path / "line\nfeed.txt", 10)
    assert attach(crew, path, Target(name="line feed.txt"))["name"] == "line feed.txt"


@pytest.mark.usefixtures("refused")
def test_a_path_in_a_directory_is_a_line_too(crew: Crew) -> None:
    deep = crew.path / "tree" / ("x" * 200) / ("y" * 100)
    deep.parent.mkdir(parents=True)
    file_of(deep, 10)
    with pytest.raises(Unfit, match="name is not valid"):
        attach_tree(crew, crew.path / "tree")


# What is no regular file, or no file that can be read.


@pytest.mark.usefixtures("refused")
def test_what_is_no_regular_file_is_refused_at_once(crew: Crew) -> None:
    os.mkfifo(crew.path / "pipe")
    for path in (crew.path / "pipe", Path("/dev/null"), crew.path):
        with pytest.raises(Refused, match="not a regular file"):
            attach(crew, path)
    with pytest.raises(Refused, match="No such file"):
        attach(crew, crew.path / "none")
    with pytest.raises(Refused, match="File name too long"):
        attach(crew, crew.path / ("x" * 300))


@pytest.mark.usefixtures("refused")
def test_the_journal_is_no_evidence_of_itself(crew: Crew) -> None:
    (crew.path / "link.opb").symlink_to(crew.run)
    os.link(crew.run, crew.path / "hard.opb")
    for path in (crew.run, crew.path / "link.opb", crew.path / "hard.opb"):
        with pytest.raises(Unfit, match="is the journal itself"):
            attach(crew, path)
    (crew.path / "hard.opb").unlink()
    (crew.path / "link.opb").unlink()
    with pytest.raises(Unfit, match="is the journal itself"):
        attach_tree(crew, crew.path)


@needs_two_users
def test_what_may_not_be_read_is_refused() -> None:
    with shared_folder() as folder:
        crew = Crew(folder)
        crew.start()
        with crew.writing("op-1"):
            pass
        give_to_nobody(folder, *folder.iterdir())
        secret = folder / "tree" / "inner"
        secret.mkdir(parents=True)
        file_of(folder / "tree" / "open.txt", 5)
        file_of(secret / "item.txt", 5)
        before = crew.run.read_bytes()
        for mode, path in ((0o000, secret / "item.txt"), (0o600, folder / "tree" / "open.txt"), (0o700, secret)):
            path.chmod(mode)
        said = as_nobody(
            """
for path in (crew.path / "tree" / "open.txt", crew.path / "tree" / "inner" / "item.txt", crew.path / "tree"):
    try:
        with crew.writing("op-1") as recorder:
            if path.name == "tree":
                list(attaching.attach_tree(recorder, path, Target()))
            else:
                attaching.attach(recorder, path, Target())
    except Refused as refusal:
        print(refusal.what)
""",
            folder,
        )
        assert said.count("Permission denied") == 3
        assert crew.run.read_bytes() == before


@pytest.mark.usefixtures("refused")
@pytest.mark.parametrize("change", [-700, 1, 700])
def test_a_file_that_changes_its_size_meanwhile_is_refused(
    crew: Crew, change: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = file_of(crew.path / "busy.log", 3 * evidence.SLICE)
    real, calls = os.read, count()

    def reading(handle: int, size: int) -> bytes:
        if next(calls) == 1:
            os.truncate(path, path.stat().st_size + change)
        return real(handle, size)

    monkeypatch.setattr("opsproof_record.log.frames.os.read", reading)
    with pytest.raises(Refused, match="changed while it was read"):
        attach(crew, path)


@pytest.mark.usefixtures("refused")
def test_a_file_that_says_it_is_empty_and_is_not_is_refused(crew: Crew) -> None:
    with pytest.raises(Refused, match="changed while it was read"):
        attach(crew, Path("/proc/self/status"))


# Directories.


def test_a_directory_is_its_files_in_the_order_of_their_names(crew: Crew) -> None:
    names = ["b.txt", "a/z.txt", "a/b/c.txt", "a.txt", "a/a.txt", ".hidden", "a b.txt", "é.txt", "B.txt"]
    for number, name in enumerate(random.Random(1).sample(names, len(names))):
        path = crew.path / "tree" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        file_of(path, 10, number)
    (crew.path / "tree" / "nothing in it").mkdir()
    given = attach_tree(crew, crew.path / "tree")
    assert given == [".hidden", "B.txt", "a/a.txt", "a/b/c.txt", "a/z.txt", "a b.txt", "a.txt", "b.txt", "é.txt"]
    entries = [entry for entry in read(crew.run.read_bytes()).entries if entry["kind"] == "evidence-added"]
    assert [entry["name"] for entry in entries] == given
    for entry in entries:
        assert entry["digest"] == sha256((crew.path / "tree" / entry["name"]).read_bytes()).digest()


@pytest.mark.usefixtures("refused")
@pytest.mark.parametrize("odd", ["link to a file", "link to a directory", "pipe", "broken link", "deep"])
def test_a_directory_with_something_else_is_refused_whole(crew: Crew, odd: str) -> None:
    tree = crew.path / "tree"
    (tree / "sub").mkdir(parents=True)
    file_of(tree / "a.txt", 10)
    file_of(crew.path / "elsewhere.txt", 10)
    if odd == "pipe":
        os.mkfifo(tree / "sub" / "x")
    elif odd == "deep":
        (tree / "sub" / "x").symlink_to(tree)
    else:
        target = {"link to a file": "elsewhere.txt", "link to a directory": ".", "broken link": "none"}[odd]
        (tree / "sub" / "x").symlink_to(crew.path / target)
    with pytest.raises(Unfit, match="is a link or no regular file"):
        attach_tree(crew, tree)


@pytest.mark.usefixtures("refused")
def test_a_directory_that_holds_nothing_is_refused(crew: Crew) -> None:
    (crew.path / "tree" / "sub").mkdir(parents=True)
    with pytest.raises(Unknown, match="holds no files"):
        attach_tree(crew, crew.path / "tree")


@pytest.mark.usefixtures("refused")
def test_one_unfit_file_keeps_the_whole_directory_out(crew: Crew) -> None:
    tree = crew.path / "tree"
    tree.mkdir()
    for name in ("a.txt", "b.txt", "z\n.txt"):
        file_of(tree / name, 1_000)
    with pytest.raises(Unfit, match="name is not valid"):
        attach_tree(crew, tree)
    with pytest.raises(Unfit, match="its files keep their names"):
        attach_tree(crew, tree, Target(name="all of it"))
    with pytest.raises(Unfit, match="takes image/jpeg"):
        attach_tree(crew, tree, Target("weigh", "photo"))


def test_a_directory_stops_where_the_slot_is_full(tmp_path: Path) -> None:
    crew = Crew(tmp_path)
    crew.start()
    with crew.writing("op-1") as recorder:
        work.begin(recorder, "weigh")
    tree = tmp_path / "tree"
    tree.mkdir()
    for number in range(401):
        file_of(tree / f"{number:03}.jpg", 8, number)
    before = crew.run.read_bytes()
    with pytest.raises(Refused, match="holds 400 items already"):
        attach_tree(crew, tree, Target("weigh", "photo"))
    assert crew.run.read_bytes() == before
    (tree / "400.jpg").unlink()
    assert len(attach_tree(crew, tree, Target("weigh", "photo"))) == 400
