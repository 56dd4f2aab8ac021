"""Killed at any moment, a journal recovers, has every entry that was reported as written, and verifies after sealing.

200 kills with SIGKILL: at work, while recovering, while sealing and while signing. The moments come from a fixed seed
and from whatever the machine is at. What a journal holds is read here by a reader of its own, not by the recorder's.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from opsproof_record.log import frames, torn
from opsproof_record.log.journal import mend
from opsproof_record.run import deviate, work
from opsproof_record.run.deviate import Deviation
from recorder.crew import Crew
from recorder.kills import Zygote, go_on, terms, zygote
from recorder.reading import Read, read
from recorder.test_index import agree

from opsproof_verify.container import FrameType
from opsproof_verify.findings import Verdict

JOURNALS, AT_WORK, RECOVERING, SEALING, SIGNING = 10, 12, 5, 2, 1  # kills of each journal: 200 in all


@pytest.fixture(scope="module")
def killer() -> Iterator[Zygote]:
    """Give a process that makes children to be killed."""
    with zygote() as process:
        yield process


class Witness:
    """Keeps what was reported of a journal and what was torn off it, and compares."""

    def __init__(self, crew: Crew) -> None:
        self.crew = crew
        self.reported: dict[int, str] = {}
        self.tears: list[tuple[int, bytes]] = []

    def look(self, said: list[Any]) -> Read:
        """Look at a journal as the kill left it: all that was reported is there."""
        self.reported |= {one["seq"]: one["leaf"] for one in said if "seq" in one}
        data = self.crew.run.read_bytes()
        found = read(data)
        for seq, leaf in self.reported.items():
            assert found.leaves[seq].hex() == leaf, seq
        tear = (found.end, data[found.end :])
        if tear[1] and tear not in self.tears[-1:]:  # or else it was not mended yet
            self.tears.append(tear)
        return found

    def mended(self) -> None:
        """Look at a journal that was opened again: what was torn is kept, and a gap says so."""
        found = self.look([])
        assert found.end == self.crew.run.stat().st_size
        tails = [tail for _, tail in self.tears]
        kept = [torn.named(self.crew.run, number + 1) for number in range(len(tails))]
        assert [path.read_bytes() for path in kept] == tails
        assert not torn.named(self.crew.run, len(tails) + 1).exists()
        gaps = [entry for entry in found.entries if entry["kind"] == "gap"]
        assert [gap["cut"]["digest"] for gap in gaps] == [sha256(tail).digest() for tail in tails]
        assert [gap["cut"]["size"] for gap in gaps] == [len(tail) for tail in tails]
        agree(self.crew.run)


@pytest.mark.parametrize("number", range(JOURNALS))
def test_nothing_that_was_reported_is_lost(killer: Zygote, tmp_path: Path, number: int) -> None:
    chance = random.Random(f"journal {number}")
    crew = Crew(tmp_path, terms())
    crew.start()
    witness = Witness(crew)
    for _ in range(AT_WORK):
        said, _ = killer.kill("work", tmp_path, chance.randrange(1 << 30), chance.uniform(0.005, 0.09))
        witness.look(said)
        if chance.random() < 0.7:  # otherwise the next child has to recover, and may be killed at it
            go_on(crew)
            witness.mended()
    for _ in range(RECOVERING):
        go_on(crew)
        witness.mended()
        with crew.run.open("ab") as file:
            file.write(frames.head(FrameType.EVIDENCE, 4_000_000) + chance.randbytes(2_000_000))
        witness.look([])
        said, _ = killer.kill("recover", tmp_path, 0, chance.uniform(0.003, 0.045))
        witness.look(said)
    go_on(crew)
    witness.mended()
    _finish(crew)
    _seal_and_sign(killer, crew, chance)


def _finish(crew: Crew) -> None:
    """Do what is missing, and end the run."""
    with crew.writing("op-1") as recorder:
        if not recorder.state.open_passes("weigh"):
            work.begin(recorder, "weigh")
        work.end_step(recorder, "weigh", anyway=True)
        deviate.deviate(recorder, Deviation(reason="odd", description="killed", steps=("weigh", "mix")))
    with crew.writing("bot"):
        pass
    with crew.writing("op-1") as recorder:
        work.end_run(recorder, "completed", None)


def _seal_and_sign(killer: Zygote, crew: Crew, chance: random.Random) -> None:
    ended = crew.run.read_bytes()
    for _ in range(SEALING):
        said, done = killer.kill("seal", crew.path, 0, chance.uniform(0.001, 0.04))
        found = read(crew.run.read_bytes())
        assert done <= bool(said)
        assert not said or found.seal_hash.hex() == said[0]["seal"]
        assert crew.run.read_bytes().startswith(ended)
    mend(crew.run)
    if read(crew.run.read_bytes()).seal is None:
        crew.seal()
    report = crew.report()
    assert report.verdict is Verdict.PROVISIONAL
    assert {found.code.name for found in report.findings if found.severity == "provisional"} <= {
        "approval.missing",
        "deviation.not-closed",
    }
    crew.write_keys("qa")
    (crew.path / "trust.toml").write_text(crew.trust_text())
    for _ in range(SIGNING):
        said, _ = killer.kill("sign", crew.path, 0, chance.uniform(0.01, 0.2))
        assert not said or len(read(crew.run.read_bytes()).signoffs) == 1
    mend(crew.run)
    assert crew.report().verdict is Verdict.PROVISIONAL
    crew.sign("rita", covers=tuple(deviation.seq for deviation in report.deviations))
    assert crew.report().verdict is Verdict.FINAL
