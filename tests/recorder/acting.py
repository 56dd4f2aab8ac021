"""A plant where an agent acts: a step `deploy` that demands leave, `build` that does not; and a judge of journals."""

from __future__ import annotations

from pathlib import Path

from opsproof_record.log import frames, index
from opsproof_record.log.journal import Journal
from opsproof_record.log.state import RunState
from opsproof_record.signing.pending import Pending
from recorder.plant import PROCEDURE, Plant

from opsproof_verify.container import FrameType, read_frames
from opsproof_verify.parse_entry import parse_entry

STEPS = """
[[roster]]
id = "lead"
name = "Shift lead"
kind = "human"
roles = ["quality"]
key-file = "lead.pub"

[[steps]]
id = "build"
title = "Build"
roles = ["operator", "helper"]
optional = true
repeat = {min = 1, max = 100}

[steps.values.exit-status]
type = "integer"
max = 0
optional = true

[steps.values.duration-s]
type = "decimal"
optional = true

[steps.evidence.stdout]
media = ["text/plain"]
min = 0
max = 100

[[steps]]
id = "deploy"
title = "Deploy"
instruction = "Deploy what was built. Ask for leave first."
roles = ["operator", "helper"]
authorise = ["quality"]
optional = true
repeat = {min = 1, max = 100}
"""


def acting(plant: Plant, *, policy: str | None = None, more: str = "") -> Plant:
    """Author the procedure anew, with those steps, and start a run."""
    plant.package.unlink()
    plant("keygen", plant.key("lead"))
    procedure = PROCEDURE.replace("[authority]", '[authority]\nassign = ["quality"]') + STEPS + more
    if policy is not None:
        (plant.path / "strict.toml").write_text(policy)
        procedure = procedure.replace('policy = "baseline"', 'policy = "./strict.toml"')
    plant.author(procedure)
    plant.start()
    return plant


def evidence(path: Path) -> list[bytes]:
    """Give the evidence bodies of a journal, in order."""
    with path.open("rb") as stream:
        return [frame.read() for frame in read_frames(stream) if frame.type is FrameType.EVIDENCE]


def kinds(path: Path) -> list[str]:
    """Give the kinds of the entries of a journal, in order."""
    with Journal(path) as journal:
        bodies = [journal.read(seq) or b"" for seq in range(journal.state.count)]
    return [parse_entry(body).kind for body in bodies]


def tables(state: RunState) -> dict[str, list[object]]:
    """Give all that an index holds but for what says which file it goes with."""
    names = [name for (name,) in state.db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
    return {
        name: sorted(state.db.execute(f"SELECT * FROM {name}").fetchall(), key=repr)  # noqa: S608 - its own tables
        for name in names
        if name != "meta"
    }


def sound(plant: Plant) -> int:
    """Show that a journal is one chain, its index says the same, and keys remember what they wrote; count entries."""
    with plant.run.open("rb") as stream:
        found = frames.scan(stream, "journal")  # refuses what does not continue the chain
    assert not found.torn
    kept = RunState(index.beside(plant.run))
    try:
        assert tables(kept) == tables(found.state)
        meta = dict(kept.db.execute("SELECT name, value FROM meta"))
        assert (meta["head"], meta["count"], meta["end"]) == (found.state.head, found.state.count, found.size)
        for actor in found.state.members:
            if plant.key(f"{actor}.pending").exists():
                own = Pending(plant.key(actor)).leaves(found.state.run or b"")
                assert {ref.leaf for ref in found.state.window(actor)} <= own
        return found.state.count
    finally:
        kept.close()
        found.state.close()
