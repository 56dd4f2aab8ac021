"""Runs the vectors against any implementation; needs Python 3.11 and nothing else.

    python run.py [--level 1|2|3] [--timeout SECONDS] [--seed N] [--only TEXT] -- COMMAND [ARGUMENT...]

The command is started once and talked to in JSON lines (README.md). Vectors come in shuffled order under neutral names.
A crash, a silence or an answer that is not understood is a failure of the suite, never a bundle correctly refused.
Of an implementation that claims some codes only, what it finds of those is compared, and no verdict.
Exit status: 0 all agree, 1 some disagree, 2 the implementation could not be run.
"""

from __future__ import annotations

import argparse
import json
import queue
import random
import shutil
import subprocess
import sys
import tempfile
import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent
PROTOCOL = 1
VERDICTS = ("FAIL", "PROVISIONAL", "FINAL")


class SuiteError(Exception):
    """The implementation crashed, fell silent, or said something that is not of the protocol."""


class Implementation:
    """A subprocess that answers one line to each line."""

    def __init__(self, command: list[str], timeout: float) -> None:
        """Start the command."""
        self.timeout = timeout
        self.process = subprocess.Popen(  # noqa: S603 - running what the caller names is the purpose
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf-8"
        )
        self.lines: queue.Queue[str] = queue.Queue()
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        """Pass lines on; an empty one means the end."""
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.lines.put(line)
        self.lines.put("")

    def tell(self, message: dict[str, Any]) -> None:
        """Send one line."""
        assert self.process.stdin is not None
        try:
            self.process.stdin.write(json.dumps(message) + "\n")
            self.process.stdin.flush()
        except OSError as error:
            raise SuiteError("the implementation has ended") from error

    def ask(self, message: dict[str, Any]) -> dict[str, Any]:
        """Send one line and await one."""
        self.tell(message)
        try:
            line = self.lines.get(timeout=self.timeout)
        except queue.Empty as error:
            raise SuiteError(f"no answer within {self.timeout:g} s") from error
        if not line:
            raise SuiteError("the implementation has ended")
        try:
            answer = json.loads(line)
        except ValueError as error:
            raise SuiteError(f"not JSON: {line[:200]!r}") from error
        if not isinstance(answer, dict):
            raise SuiteError(f"not an object: {line[:200]!r}")
        return answer

    def end(self) -> None:
        """Say good-bye; the implementation ends by itself with status 0."""
        self.tell({"cmd": "bye"})
        try:
            status = self.process.wait(self.timeout)
        except subprocess.TimeoutExpired as error:
            raise SuiteError("it does not end after bye") from error
        if status != 0:
            raise SuiteError(f"it ended with status {status}")

    def kill(self) -> None:
        """End it in any case."""
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()


@dataclass
class Score:
    """What came of the vectors."""

    passed: int = 0
    failed: list[str] = field(default_factory=list)


def stage(vector: dict[str, Any], source: Path, target: Path) -> dict[str, Any]:
    """Copy the inputs of a vector to neutral names."""
    target.mkdir()
    given = vector["input"]
    message: dict[str, Any] = {"bundle": None, "trust": None, "policy": None, "evidence": None}
    for name in message:
        if given[name] is not None:
            place = target / given[name]
            if name == "evidence":
                shutil.copytree(source / given[name], place)
            else:
                shutil.copyfile(source / given[name], place)
            message[name] = str(place)
    return message | {"at": given["at"], "expect": given["expect"]}


def claimed(hello: dict[str, Any]) -> frozenset[str] | None:
    """Check the answer to hello, and give the codes that it claims; None if it claims to be a whole verifier."""
    if hello.get("protocol") != PROTOCOL or not isinstance(hello.get("implementation"), str):
        raise SuiteError(f"malformed answer to hello: {hello!r}")
    if "codes" not in hello:
        return None
    known = {row["code"] for row in json.loads((ROOT / "codes.json").read_text(encoding="utf-8"))}
    codes = hello["codes"]
    if not isinstance(codes, list) or not codes or not all(isinstance(code, str) and code in known for code in codes):
        raise SuiteError(f"codes of hello are no list of codes: {codes!r}"[:400])
    return frozenset(codes)


def read(
    answer: dict[str, Any], seq: int, codes: frozenset[str] | None
) -> tuple[str, str | None, set[tuple[str, int | None]]]:
    """Check that an answer has the form of the protocol; who claims some codes only gives no verdict."""
    if answer.get("seq") != seq:
        raise SuiteError(f"answer to {answer.get('seq')!r} instead of {seq}")
    if "error" in answer:
        raise SuiteError(f"error: {answer['error']}")
    verdict, primary, findings = (answer.get(name) for name in ("verdict", "primary", "findings"))
    whole = verdict in VERDICTS and isinstance(primary, str | None)
    if not (whole or codes is not None) or not isinstance(findings, list):
        raise SuiteError(f"malformed answer: {answer!r}"[:400])
    pairs = set()
    for pair in findings:
        good = isinstance(pair, list) and len(pair) == 2 and isinstance(pair[0], str)
        if not good or isinstance(pair[1], bool) or not isinstance(pair[1], int | None):
            raise SuiteError(f"malformed finding: {pair!r}")
        pairs.add((pair[0], pair[1]))
    return str(verdict), primary, pairs


def compare(
    expect: dict[str, Any],
    answer: tuple[str, str | None, set[tuple[str, int | None]]],
    level: int,
    codes: frozenset[str] | None = None,
) -> str:
    """Say what differs at a level, or of some codes; empty if nothing does."""
    verdict, primary, pairs = answer
    wanted = {(code, frame) for code, frame in expect["findings"]}
    if codes is not None:
        pairs, wanted = ({pair for pair in some if pair[0] in codes} for some in (pairs, wanted))
        return differ(wanted, pairs)
    if verdict != expect["verdict"]:
        return f"verdict {verdict}, expected {expect['verdict']}; found {show(pairs)}"
    if level >= 2 and primary != expect["primary"]:
        return f"primary {primary}, expected {expect['primary']}; found {show(pairs)}"
    return differ(wanted, pairs) if level >= 3 else ""


def differ(wanted: set[tuple[str, int | None]], pairs: set[tuple[str, int | None]]) -> str:
    """Say how what was found differs from what was expected; empty if it does not."""
    if pairs == wanted:
        return ""
    return f"missing {show(wanted - pairs)}, not expected {show(pairs - wanted)}"


def show(pairs: set[tuple[str, int | None]]) -> str:
    """Write findings in one line."""
    texts = sorted(code if frame is None else f"{code}@{frame}" for code, frame in pairs)
    return ", ".join(texts) or "nothing"


def run(implementation: Implementation, names: list[str], level: int, codes: frozenset[str] | None = None) -> Score:
    """Ask for all vectors."""
    score = Score()
    with tempfile.TemporaryDirectory(prefix="vectors-") as folder:
        for seq, name in enumerate(names):
            source = ROOT / "bundles" / name
            vector = json.loads((source / "vector.json").read_text(encoding="utf-8"))
            message = stage(vector, source, Path(folder) / f"{seq:04}")
            try:
                answer = read(implementation.ask({"cmd": "verify", "seq": seq} | message), seq, codes)
            except SuiteError as error:
                raise SuiteError(f"{name}: {error}") from error
            difference = compare(vector["expect"], answer, level, codes)
            if difference:
                score.failed.append(f"{name}: {difference}")
            else:
                score.passed += 1
    return score


def options() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description="Run the OpsProof vectors against an implementation.")
    parser.add_argument("--level", type=int, choices=(1, 2, 3), default=3, help="how closely to compare (default 3)")
    parser.add_argument("--timeout", type=float, default=30, help="seconds to wait for an answer (default 30)")
    parser.add_argument("--seed", type=int, default=None, help="order of the vectors (default: random)")
    parser.add_argument("--only", default="", help="only vectors whose id contains this text")
    parser.add_argument("command", nargs="+", help="the implementation to run")
    return parser.parse_args()


def main() -> int:
    """Run the suite."""
    arguments = options()
    seed = random.SystemRandom().randrange(2**32) if arguments.seed is None else arguments.seed
    names = sorted(path.name for path in (ROOT / "bundles").iterdir() if arguments.only in path.name)
    random.Random(seed).shuffle(names)  # noqa: S311 - an order, not a secret
    implementation = Implementation(arguments.command, arguments.timeout)
    try:
        hello = implementation.ask({"cmd": "hello", "protocol": PROTOCOL})
        codes = claimed(hello)
        score = run(implementation, names, arguments.level, codes)
        implementation.end()
    except SuiteError as error:
        print(f"SUITE FAILURE: {error} (seed {seed})", file=sys.stderr)
        return 2
    finally:
        implementation.kill()
    print("\n".join(sorted(score.failed)))
    what = f"level {arguments.level}" if codes is None else f"{len(codes)} codes claimed"
    print(f"{hello['implementation']}: {what}: {score.passed} of {len(names)} agree (seed {seed})")
    return 1 if score.failed or not names else 0


if __name__ == "__main__":
    sys.exit(main())
