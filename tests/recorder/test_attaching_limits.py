"""Evidence from streams, its custody, disks that are full at any point, and memory that stays flat."""

from __future__ import annotations

import os
import random
import subprocess
import sys
from hashlib import sha256
from pathlib import Path

import pytest
from opsproof_record.errors import NotEntitled, Refused, Unknown
from opsproof_record.run import attaching, work
from recorder.crew import Crew
from recorder.folders import file_of, quick_folder, sparse
from recorder.plant import Plant
from recorder.test_attaching import MIB, attach, crew, refused
from recorder.test_index import agree

__all__ = ["crew", "refused"]  # fixtures

# Streams.


def test_a_stream_of_unknown_length_through_a_pipe(plant: Plant) -> None:
    plant.start()
    words = ("attach", "-", "--name", "dump.bin", "--media", "application/octet-stream", *plant.on("op-a"))
    argv = [sys.executable, "-m", "opsproof_record", *map(str, words)]
    digest = sha256()
    with subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=plant.path) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        chance = random.Random(5)
        for _ in range(300):
            piece = chance.randbytes(chance.choice((1, 100, 4_096, 70_000)))
            digest.update(piece)
            process.stdin.write(piece)
        process.stdin.close()
        said = process.stdout.read().decode()
    assert process.returncode == 0
    assert digest.hexdigest() in said
    assert digest.digest() in plant.run.read_bytes()
    assert not list(plant.path.glob(".*spool"))


def test_an_empty_stream_is_an_empty_item(plant: Plant) -> None:
    plant.start()
    process = plant.process("attach", "-", "--name", "none", "--media", "text/plain", *plant.on("op-a"))
    said, _ = process.communicate()
    assert process.returncode == 0
    assert sha256(b"").hexdigest() in said.decode()


def test_a_stream_has_a_name_and_a_type(plant: Plant) -> None:
    plant.start()
    before = plant.run.read_bytes()
    assert "Give --name and --media" in plant("attach", "-", *plant.on("op-a"), expect=1, typed="x")
    assert plant.run.read_bytes() == before


@pytest.mark.usefixtures("refused")
def test_a_stream_that_finds_no_room_is_refused(crew: Crew, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_args: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("opsproof_record.run.attaching.shutil.copyfileobj", full)
    with (
        pytest.raises(Refused, match=r"cannot be kept beside .*: No space left on device"),
        attaching.spooled(sys.stdin.buffer, crew.run),
    ):
        pass


# Custody.


def test_only_who_has_an_item_hands_it_over(crew: Crew) -> None:
    digest = attach(crew, file_of(crew.path / "a.jpg", 10))["digest"]
    with crew.writing("op-2") as recorder, pytest.raises(NotEntitled, match="op-1 has this item"):
        attaching.transfer(recorder, digest, "lead", "to keep")
    with crew.writing("op-1") as recorder:
        for to in ("op-1", "nobody"):
            with pytest.raises(Unknown, match="cannot take it over"):
                attaching.transfer(recorder, digest, to, "to keep")
        with pytest.raises(Unknown, match="not in this run"):
            attaching.transfer(recorder, bytes(32), "op-2", "to keep")
        attaching.transfer(recorder, digest, "op-2", "to keep")
    with crew.writing("op-2") as recorder:
        attaching.transfer(recorder, digest, "lead", "to keep")
        assert recorder.state.holder(digest) == "lead"


# Full disks: a limit on the size of files stops the same writes, wherever they are.


_LIMITED = """
import resource, sys
from pathlib import Path
from opsproof_record.run import attaching, work
from opsproof_record.run.attaching import Target
from opsproof_record.errors import Refused
from recorder.crew import Crew

for line in sys.stdin:
    limit = int(line)
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, resource.RLIM_INFINITY))
    crew = Crew.at(Path(sys.argv[1]))
    try:
        with crew.writing("op-1", attest=limit % 2 == 0) as recorder:
            work.note(recorder, "n" * 2000)
            attaching.attach(recorder, crew.path / "a.jpg", Target())
    except Refused as refusal:
        print("refused", refusal.what, flush=True)
    else:
        print("done", flush=True)
"""


def test_a_disk_that_is_full_at_any_point_is_a_refusal_that_changes_nothing() -> None:
    with quick_folder() as folder:
        crew = Crew(folder)
        crew.start()
        with crew.writing("op-1") as recorder:
            work.begin(recorder, "weigh")
        file_of(folder / "a.jpg", 400_000)
        environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
        argv = [sys.executable, "-c", _LIMITED, str(folder)]
        said = set()
        with subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment) as child:
            assert child.stdin is not None
            assert child.stdout is not None
            for limit in (*range(0, 2_000, 97), *range(2_000, 600_000, 14_981), 1 << 30):
                before = crew.run.read_bytes()
                print(limit, file=child.stdin, flush=True)
                answer = child.stdout.readline()
                said.add(answer.split(":")[0].replace(str(folder), "").strip())
                now = crew.run.read_bytes()
                assert now.startswith(before)
                done = answer == "done\n"
                assert (len(now) > len(before)) == done or not answer, answer
                with crew.writing("op-1") as recorder:
                    work.note(recorder, "on we go")
                agree(crew.run)
            child.stdin.close()
        assert child.returncode == 0
        assert "done" in said
        assert len(said) > 2, said  # more than one file was full in turn


# Memory.

_MEASURED = """
import resource, sys
from pathlib import Path
from opsproof_record.run import attaching
from opsproof_record.run.attaching import Target
from recorder.crew import Crew
from recorder.folders import file_of

crew = Crew.at(Path(sys.argv[1]))
with crew.writing("op-1") as recorder:
    attaching.attach(recorder, file_of(crew.path / "small", 100), Target())
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
with crew.writing("op-1") as recorder:
    attaching.attach(recorder, crew.path / "large", Target())
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""


def test_300_megabytes_of_evidence_take_no_memory(tmp_path: Path) -> None:
    crew = Crew(tmp_path)
    crew.start()
    sparse(tmp_path / "large", 300 * MIB)
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    argv = [sys.executable, "-c", _MEASURED, str(tmp_path)]
    said = subprocess.run(argv, env=environment, check=True, capture_output=True, text=True).stdout
    assert int(said) < 8 * 1024, "KiB more than for 100 bytes"
    assert crew.run.stat().st_size > 300 * MIB
    crew.run.unlink()
