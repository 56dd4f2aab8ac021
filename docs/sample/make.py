"""Makes the sample: the batch of recorder/examples/batch, performed so that each byte is the same each time.

    make.py [DIRECTORY]        where the files go; the folder of this script unless it is given

The recorder has no switch for that, and gets none: a clock or a chance that can be switched off is worth little. Here
its commands run inside of this script, which puts another clock and other random numbers under them, and nothing else.
So each key of the sample can be computed by anybody who reads this, and is worth nothing.
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, chdir, contextmanager
from datetime import datetime, timedelta, timezone, tzinfo
from hashlib import sha256
from pathlib import Path
from unittest import mock

from click.testing import CliRunner
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from opsproof_record import cli

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "recorder" / "examples"))
from batch.batch import Batch
from showing import BIN, FAIL, FINAL, PROVISIONAL, World, chapter, process

HERE = Path(__file__).resolve().parent

#: What all that looks random is made of. It is public: it protects nothing.
SEED = b"OpsProof sample: these keys are known to everybody"

#: The bundles: the verdict on each, as exit status, and the time of verification that its page was made with.
SAMPLES = {
    "batch": (FINAL, "2026-03-12T08:00:00Z"),
    "batch-provisional": (PROVISIONAL, "2026-03-03T08:00:00Z"),
    "batch-altered": (FAIL, "2026-03-12T08:00:00Z"),
}

#: The loss on drying that was too high, as the entry has it, and what a forger would rather read there.
RECORDED, ALTERED = b"\x65value\x643.41", b"\x65value\x642.41"

#: When the chapters begin, by the clock of the plant; "" where work simply goes on.
SCHEDULE = (
    "2026-02-16T09:20",  # keys
    "2026-02-16T10:05",  # the master batch record is locked and approved
    "2026-03-02T06:10",  # the batch is started
    *[""] * 8,  # line clearance to seal, one shift
    "2026-03-05T14:20",  # the laboratory's result
    "2026-03-06T09:10",  # reviews
    "2026-03-09T10:30",  # release
    "2026-03-12T09:00",  # the auditor
)
ZONE = timezone(timedelta(hours=1))

COMMENT = """\
# The trust file of the sample. All keys in it are test keys: make.py, beside this file, computes their private halves,
# and so can anybody. Trust nothing by them but this sample.
"""


class Stream:
    """Bytes that look random and are always the same; one stream for each use, so that one does not change another."""

    def __init__(self, use: str) -> None:
        self._seed = SEED + b", " + use.encode()
        self._made = 0

    def take(self, size: int) -> bytes:
        """Give the next bytes, 32 at most."""
        self._made += 1
        return sha256(self._seed + self._made.to_bytes(8)).digest()[:size]

    def below(self, bound: int) -> int:
        """Give a number from 0 to below a bound."""
        return int.from_bytes(self.take(8)) % bound


class Clock:
    """The clock of the plant; it stands in for the module `time` in the recorder, and goes on as it is told."""

    def __init__(self) -> None:
        self._moments = Stream("moments")
        self._now = 0
        self.running = timedelta()  # how long the command runs that is started next

    def go_to(self, local: str) -> None:
        """Go to a time of the plant, which must not be over."""
        aim = round(datetime.fromisoformat(local).replace(tzinfo=ZONE).timestamp()) * 10**9
        if aim < self._now:
            raise ValueError(f"it is later than {local}: correct SCHEDULE")
        self._now = aim

    def go_on(self, time: timedelta) -> None:
        """Let time pass."""
        self._now += time // timedelta(microseconds=1) * 1000

    def time_ns(self) -> int:
        """Give the time since 1970; to do something takes some milliseconds."""
        self._now += (3 + self._moments.below(30)) * 10**6
        return self._now

    def monotonic_ns(self) -> int:
        """Give the time; a command that is to run for a while has done so when it is asked for again."""
        now = self.time_ns()
        self.go_on(self.running)
        self.running = timedelta()
        return now


class _PlantTime(datetime):
    """Times of a machine whose zone is that of the plant."""

    def astimezone(self, tz: tzinfo | None = None) -> _PlantTime:
        return super().astimezone(tz or ZONE)


class Rehearsed(World):
    """A world of its own time and chance: the recorder's commands run in this process, over a clock that is told."""

    def __init__(self) -> None:
        self.clock = Clock()
        self._keys, self._nonces, self._pauses = Stream("keys"), Stream("nonces"), Stream("pauses")
        self._schedule = iter(SCHEDULE)
        self._working = timedelta()

    def chapter(self, title: str) -> None:
        """Go to the time at which a chapter begins."""
        chapter(title)
        if begins := next(self._schedule):
            self.clock.go_to(begins)

    def work(self, minutes: int) -> None:
        """Say what time the work of the next command takes."""
        self._working = timedelta(minutes=minutes)

    def call(self, words: list[str], place: Path) -> tuple[int, str]:
        """Run a command after the time that its work takes, and the moment that a person needs for it."""
        name, *arguments = words
        if arguments[0] == "exec" and "--request" not in arguments:
            self.clock.running, self._working = self._working, timedelta()
        self.clock.go_on(self._working + timedelta(seconds=9 + self._pauses.below(40)))
        if name != "opsproof":  # the verifier: nothing that it says depends on clock or chance
            return process(words, place)
        with chdir(place):
            done = CliRunner().invoke(cli.main, arguments, prog_name=name, catch_exceptions=False)
        return done.exit_code, done.output

    def now(self) -> datetime:
        """Give the time."""
        return datetime.fromtimestamp(self.clock.time_ns() // 10**6 / 1000, ZONE)

    @contextmanager
    def entered(self) -> Iterator[None]:
        """Put this clock and this chance under the recorder."""
        with ExitStack() as stack:
            for name, stand_in in (
                ("opsproof_record.clock.time", self.clock),
                ("opsproof_record.clock.datetime", _PlantTime),
                ("opsproof_record.run.running.time", self.clock),
                ("os.urandom", self._nonces.take),
            ):
                stack.enter_context(mock.patch(name, stand_in))
            stack.enter_context(mock.patch.object(Ed25519PrivateKey, "generate", self._key))
            path = f"{BIN}{os.pathsep}{os.environ.get('PATH', '')}"  # so that `python` is that of .venv
            stack.enter_context(mock.patch.dict(os.environ, PATH=path))
            yield

    def _key(self) -> Ed25519PrivateKey:
        return Ed25519PrivateKey.from_private_bytes(self._keys.take(32))


class Kept(Batch):
    """The batch, of which the bundle is also kept as it was sealed, before anybody has signed."""

    def supply(self) -> None:
        """Keep the bundle, and go on."""
        shutil.copy(self.plant / "run.opb", self.place / "sealed.opb")
        super().supply()


def bundles(target: Path) -> None:
    """Perform the batch and write its bundles and its trust file into a folder."""
    world = Rehearsed()
    with tempfile.TemporaryDirectory() as scratch, world.entered():
        place = Path(scratch).resolve() / "batch"
        Kept(place, world).perform()
        final = (place / "plant" / "run.opb").read_bytes()
        (target / "batch.opb").write_bytes(final)
        (target / "batch-provisional.opb").write_bytes((place / "sealed.opb").read_bytes())
        (target / "trust.toml").write_text(COMMENT + (place / "plant" / "trust.toml").read_text())
    if final.count(RECORDED) != 1:
        sys.exit("the value to be altered does not stand once in the bundle: correct RECORDED")
    (target / "batch-altered.opb").write_bytes(final.replace(RECORDED, ALTERED))


def pages(target: Path) -> None:
    """Write the page of each bundle beside it."""
    for name, (verdict, at) in SAMPLES.items():
        words = [
            "opsproof-verify",
            "view",
            f"{name}.opb",
            "--trust",
            "trust.toml",
            "--at",
            at,
            "--output",
            f"{name}.html",
        ]
        status, said = process(words, target)
        print(said, end="")
        if status != verdict:
            sys.exit(f"{' '.join(words)} ended with {status}: the sample is not whole")


def main() -> None:
    """Make the bundles, then their pages."""
    target = Path(sys.argv[1] if len(sys.argv) > 1 else HERE).resolve()
    target.mkdir(parents=True, exist_ok=True)
    bundles(target)
    pages(target)
    print(f"\nThe sample lies in {os.path.relpath(target)}.")


if __name__ == "__main__":
    main()
