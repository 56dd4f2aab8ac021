"""A small plant: four people and an agent with keys, one procedure, and the commands as functions or processes."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

from click.testing import CliRunner
from opsproof_record.cli import main

from opsproof_verify.policy import Policy
from opsproof_verify.report import Report
from opsproof_verify.trust import TrustStore
from opsproof_verify.verify import verify

PROCEDURE = """\
id = "acme.fill-line"
version = 4
title = "Fill the line"
issuer = "owner"
policy = "baseline"
pack = "general"

[params.batch]

[authority]
rule = ["quality"]
release = ["quality"]
seal = ["operator"]

[[roster]]
id = "op-a"
name = "Technician A Example"
kind = "human"
roles = ["operator"]
key-file = "op-a.pub"

[[roster]]
id = "bot"
name = "Bot"
kind = "agent"
principal = "op-a"
roles = ["helper"]
key-file = "bot.pub"

[[steps]]
id = "weigh"
title = "Weigh the drum"
roles = ["operator", "helper"]

[steps.values.mass]
type = "decimal"
unit = "kg"
min = "40"
max = "45.00"

[steps.evidence.photo]
media = ["image/jpeg"]

[[steps]]
id = "label"
title = "Label the drum"
roles = ["operator"]
after = ["weigh"]
"""


class Plant:
    """A folder with keys, a package and the auditor's files."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.run = path / "run.opb"
        self.package = path / "fill.lep"

    def __call__(self, *words: object, expect: int = 0, typed: str | None = None) -> str:
        """Run a command in this process; give what it said."""
        done = CliRunner().invoke(main, [str(word) for word in words], input=typed)
        if done.exception is not None and not isinstance(done.exception, SystemExit):
            raise done.exception
        assert done.exit_code == expect, done.output
        return str(done.output)

    def process(self, *words: object) -> subprocess.Popen[bytes]:
        """Start a command as a process of its own."""
        argv = [sys.executable, "-m", "opsproof_record", *(str(word) for word in words)]
        return subprocess.Popen(
            argv, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, cwd=self.path
        )

    def key(self, name: str) -> Path:
        """Give the key file of somebody."""
        return self.path / name

    def by(self, name: str) -> tuple[str, ...]:
        """Give the words that say who acts."""
        return "--as", name, "--key", str(self.key(name))

    def on(self, name: str) -> tuple[str, ...]:
        """Give the words that say who writes to the run."""
        return "--run", str(self.run), *self.by(name)

    def author(self, procedure: str = PROCEDURE) -> None:
        """Make and approve the package."""
        source = self.path / "fill.toml"
        source.write_text(procedure)
        self("author", source, "--output", self.package, *self.by("owner"))
        self("approve", self.package, *self.by("qa"), "--name", "Quality lead", "--role", "quality")

    def start(self) -> None:
        """Start a run."""
        self("start", self.package, "--run", self.run, *self.by("op-a"), "--param", "batch=B-1042")

    def weigh(self, mass: str = "42.50") -> str:
        """Work the first step up to its end; give what recording the mass said."""
        photo = self.path / "drum.jpg"
        photo.write_bytes(b"\xff\xd8" + bytes(range(256)) * 40)
        self("begin", "weigh", *self.on("op-a"))
        said = self("record", "weigh", "mass", mass, "--unit", "kg", *self.on("op-a"))
        self("attach", photo, "--step", "weigh", "--slot", "photo", *self.on("op-a"))
        return said

    def finish(self, *how: str) -> None:
        """Work the second step, end and seal; ``how`` are more words of the seal."""
        self("end", "weigh", *self.on("op-a"))
        self("begin", "label", *self.on("op-a"))
        self("end", "label", *self.on("op-a"))
        self("end", *self.on("op-a"))
        self("seal", *how, *self.on("op-a"))

    def sealed(self) -> None:
        """Perform a whole run without anything odd."""
        self.start()
        self.weigh()
        self.finish()

    def signing(self, name: str = "qa", decision: str = "approve") -> tuple[str, ...]:
        """Give the words of a sign-off, by default of one that releases."""
        said = ("--meaning", "release") if decision == "approve" else ("--decision", decision)
        return (
            *("signoff", *self.on(name), "--name", name.title(), "--role", "quality", *said),
            *("--trust", str(self.path / "trust.toml"), "--policy", "baseline", "--yes"),
        )

    def report(self, path: Path | None = None) -> Report:
        """Verify the bundle as the auditor would."""
        trust = TrustStore.load(self.path / "trust.toml")
        return verify((path or self.run).read_bytes(), Policy.load("baseline"), trust)

    def write_trust(self) -> None:
        """Write the auditor's trust file from the public keys."""
        now = datetime.now(UTC).replace(microsecond=0)
        lines = [f'id = "audit"\nserial = 1\nissued = {now:%Y-%m-%dT%H:%M:%SZ}']
        lines.append(f"next-update = {now + timedelta(days=30):%Y-%m-%dT%H:%M:%SZ}")
        public = {name: self.path.joinpath(f"{name}.pub").read_text().strip() for name in ("owner", "qa", "rita")}
        lines.append(f'[[issuer]]\nperson = "owner"\ncontracts = ["acme.*"]\nkey = "{public["owner"]}"')
        lines += [
            f'[[approver]]\nperson = "{name}"\nroles = ["quality"]\nkey = "{public[name]}"' for name in ("qa", "rita")
        ]
        (self.path / "trust.toml").write_text("\n".join(lines) + "\n")
