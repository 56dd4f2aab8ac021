"""A run on the bench played by hand: what people do one by one, and what a faulty recorder would write."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from opsproof_record import Run
from opsproof_record.clock import now
from opsproof_record.run.recorder import Recorder, recording
from opsproof_record.signing import keys
from recorder.bench import PROCEDURE, SESAME, furnish
from recorder.plant import Plant
from recorder.profiles import baseline

#: The change that makes a step of an agent, with leave, out of the optional one.
DOSING = (
    'title = "Rinse the scoop"\nroles = ["operator"]',
    'title = "Dose"\nroles = ["doser"]\nauthorise = ["supervisor"]',
)


class Play:
    """A run on the bench, played by hand; each method is one thing that somebody does."""

    def __init__(self, plant: Plant) -> None:
        self.plant = plant

    def prepare(self, *changes: tuple[str, str], start: bool = True) -> None:
        """Make the package of a changed procedure, and start a run."""
        self.plant.package.unlink(missing_ok=True)
        furnish(self.plant, changed(*changes))
        if start:
            self.start()

    def start(self) -> None:
        self.plant("start", self.plant.package, "--run", self.plant.run, *self.plant.by("op-a"), "--param", "batch=B-7")

    @contextmanager
    def run(self, actor: str = "op-a") -> Iterator[Run]:
        key = self.plant.key(actor)
        with Run.open(self.plant.run, actor=actor, key=key, passphrase=SESAME.encode()) as run:
            yield run

    @contextmanager
    def past(self, actor: str = "op-a", *, sign: bool = True) -> Iterator[Recorder]:
        """Write past all checks, as a faulty recorder would; entries go in by ``put``."""
        signer = keys.load(self.plant.key(actor), lambda _path: SESAME.encode())
        with recording(self.plant.run, actor, signer, lambda _cut: None) as recorder:
            yield recorder
            recorder.journal.commit()
            if sign:
                recorder.attest()

    def weigh(self, mass: str = "42", *, photo: bool = True, end: bool = True) -> None:
        with self.run() as run:
            step = run.begin("weigh")
            step.record("mass", mass)
            step.record("colour", "white")
            if photo:
                step.attach(self.plant.path / "drum.jpg", slot="photo")
            if end:
                step.complete(anyway=True)

    def blend(self) -> None:
        with self.run() as run:
            step = run.begin("blend")
            step.record("speed", 100)
            step.complete()

    def oversee(self) -> None:
        with self.run("sup") as run:
            run.check("blend", passed=True)
            run.release("blend")

    def label(self) -> None:
        with self.run() as run:
            step = run.begin("label")
            step.record("attached", value=True)
            step.complete()

    def rest(self) -> None:
        """Do everything after the weighing."""
        self.blend()
        self.oversee()
        self.label()

    def all(self) -> None:
        self.weigh()
        self.rest()

    def deviate(self, reason: str, description: str = "As it was", *, actor: str = "op-a", **more: object) -> int:
        """Raise a deviation; give the number of its entry."""
        with self.run(actor) as run:
            return run.deviate(reason, description, **more).ref.seq  # type: ignore[arg-type]  # as the call takes them

    def policy(self, *changes: tuple[str, str], **rules: str) -> tuple[str, str]:
        """Write a changed baseline policy beside the procedure, and give the change that names it."""
        text = baseline(**rules)
        for old, new in changes:
            assert old in text
            text = text.replace(old, new)
        self.plant.path.joinpath("own.toml").write_text(text)
        return 'policy = "baseline"', 'policy = "own.toml"'


def changed(*changes: tuple[str, str]) -> str:
    """Give the procedure of the bench with parts replaced."""
    text = PROCEDURE
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    return text


def put(recorder: Recorder, kind: str, **fields: object) -> None:
    """Write an entry, whatever it says."""
    recorder._write(kind, fields, now())  # type: ignore[arg-type]  # as a faulty recorder would
