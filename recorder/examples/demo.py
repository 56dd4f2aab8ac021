"""`make demo`: a real run of this project's own build procedure, from keys to FINAL.

    demo.py [DIRECTORY]        where everything lands; build/demo unless it is given

Nothing is canned: the wheel is built, tests are run, the size is measured, and each command below is a process of its
own. Four parties take part, each with its own key: the process owner who issues the contract, the agent and the
operator who perform, and the quality lead who approves. The auditor at the end only reads.
"""

from __future__ import annotations

import json
import os
import shlex
import shutil
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from xml.etree import ElementTree as ET

import showing
from showing import BIN, FAIL, FINAL, PROVISIONAL, chapter

ROOT = Path(__file__).resolve().parents[2]
DEMO = Path(sys.argv[1] if len(sys.argv) > 1 else ROOT / "build" / "demo").resolve()
UP = os.path.relpath(ROOT, DEMO)  # from there to the project

PARTIES = ("process-owner", "qa-lead", "operator-1", "build-agent")
OPERATOR, AGENT = (f"--run run.opb --as {name} --key keys/{name}.key" for name in ("operator-1", "build-agent"))
QUALITY = "--as qa-lead --key keys/qa-lead.key --name 'Quality lead' --role quality"
AUDIT = "--trust trust.toml --policy baseline"


def main() -> None:
    """Perform the run and show each command with its output."""
    shutil.rmtree(DEMO, ignore_errors=True)
    (DEMO / "keys").mkdir(parents=True)
    print(f"A real run of the build procedure of opsproof-verify. Everything lands in {os.path.relpath(DEMO)}.")
    prepare()
    build()
    test()
    measure_and_seal()
    close()
    tamper()
    where = os.path.relpath(DEMO)
    print(f"A real run of the build procedure of opsproof-verify. Everything lands in {where}.")


def prepare() -> None:
    """Make the keys, lock the procedure into a contract, have it approved."""
    chapter("Each party makes its own key")
    for name in PARTIES:
        run(f"opsproof keygen keys/{name}.key")
    chapter("The process owner locks the procedure into a signed contract; the quality lead approves it")
    procedure = f"{UP}/recorder/examples/build-procedure.toml --keys keys --output build.lep"
    run(f"opsproof author {procedure} --as process-owner --key keys/process-owner.key")
    run(f"opsproof approve build.lep {QUALITY}")
    chapter("The operator starts the run")
    run(f"opsproof start build.lep {OPERATOR} --param revision={revision()}")


def build() -> None:
    """Let the agent check the tools and build."""
    chapter("The build agent checks the tools and builds the wheel")
    run(f"opsproof begin check-tools {AGENT}")
    run(f"opsproof exec --step check-tools {AGENT} -- python --version")
    run(f"opsproof record check-tools python {sys.version.split()[0]} {AGENT}")
    run(f"opsproof end check-tools {AGENT}")
    run(f"opsproof begin build {AGENT}")
    command = f"python -m hatchling build --target wheel --directory {os.path.relpath(DEMO / 'dist', ROOT)}"
    run(f"opsproof exec --step build --cwd {UP} --input {UP}/pyproject.toml {AGENT} -- {command}")
    run(f"opsproof attach {wheel()} --step build --slot wheel {AGENT}")
    run(f"opsproof record build wheel-sha256 {sha256((DEMO / wheel()).read_bytes()).hexdigest()} {AGENT}")
    run(f"opsproof end build {AGENT}")


def test() -> None:
    """Let the agent test, and sign everything it did in one batch."""
    chapter("The build agent tests, and signs all that it recorded at once")
    run(f"opsproof begin test {AGENT}")
    tests = f"{UP}/tests/test_merkle.py {UP}/tests/test_cose.py"
    command = f"python -m pytest -q -p no:cacheprovider --junit-xml tests.xml {tests}"
    run(f"opsproof exec --step test --output tests.xml {AGENT} -- {command}")
    run(f"opsproof attach tests.xml --step test --slot results {AGENT}")
    run(f"opsproof record test passed {passed()} {AGENT}")
    run(f"opsproof end test {AGENT}")
    run(f"opsproof attest {AGENT}")


def measure_and_seal() -> None:
    """Let the operator measure, deal with the deviation, end and seal."""
    chapter("The operator measures. The wheel is larger than the contract allows: a deviation, ruled on at once")
    run(f"opsproof begin measure {OPERATOR}")
    said = run(f"opsproof record measure wheel-size {size()} --unit byte {OPERATOR}")
    value = showing.entry(said)
    description = f"The wheel has {size()} bytes, more than the procedure allows."
    action = "None. Quality is to decide whether this wheel may be used and whether the limit is right."
    words = f"--description {shlex.quote(description)} --action {shlex.quote(action)}"
    run(f"opsproof deviate out-of-limits --value {value} {words} {OPERATOR}")
    run(f"opsproof end measure {OPERATOR}")
    run(f"opsproof end {OPERATOR}")
    run(f"opsproof seal {OPERATOR}")


def close() -> None:
    """Let the auditor check, the quality lead sign off, and the auditor check again."""
    chapter("The auditor writes down whose keys count: a file of the auditor's own, never taken from a bundle")
    (DEMO / "trust.toml").write_text(trust())
    print(f"\n$ cat trust.toml\n{trust()}", end="")
    chapter("Is the run complete? PROVISIONAL: everything recorded holds, and it says who still has to sign")
    check("run.opb", PROVISIONAL)
    chapter("The quality lead looks at the same verification and signs off, covering the deviation")
    run(f"opsproof signoff --run run.opb {QUALITY} --meaning release --covers {deviation()} {AUDIT} --yes")
    chapter("Checked again: FINAL")
    check("run.opb", FINAL)
    run("opsproof-verify show run.opb")


def tamper() -> None:
    """Change one bit of the measured size in a copy."""
    chapter("Somebody changes one bit in a copy: the measured size")
    data = (DEMO / "run.opb").read_bytes()
    number = b"\x1a" + size().to_bytes(4) if size() >= 1 << 16 else b"\x19" + size().to_bytes(2)
    at = data.index(b"\x65value" + number) + len(b"\x65value" + number) - 1
    (DEMO / "tampered.opb").write_bytes(data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :])
    print(f"\nByte {at} of tampered.opb: {data[at]:#04x} became {data[at] ^ 1:#04x}.")
    check("tampered.opb", FAIL)


def check(bundle: str, expect: int) -> None:
    """Verify as the auditor: this trust file, this policy, now."""
    run(f"opsproof-verify check {bundle} {AUDIT} --at {showing.now()}", expect)


def run(line: str, expect: int = 0) -> str:
    """Run a command where the demo's files are."""
    return showing.run(line, DEMO, expect)


def wheel() -> str:
    """Give the wheel that was built."""
    return str(next((DEMO / "dist").glob("*.whl")).relative_to(DEMO))


def size() -> int:
    """Give the size of the wheel."""
    return (DEMO / wheel()).stat().st_size


def passed() -> int:
    """Count the tests that passed in the results that pytest wrote."""
    suite = ET.parse(DEMO / "tests.xml").getroot()[0]  # noqa: S314 - written a moment ago by our own tests
    return int(suite.get("tests", "0")) - sum(int(suite.get(key, "0")) for key in ("failures", "errors", "skipped"))


def revision() -> str:
    """Name what is built: the commit, or nothing where there is none."""
    git = shutil.which("git")
    if git:
        done = subprocess.run(  # noqa: S603 - a fixed command
            [git, "describe", "--always", "--dirty", "--abbrev=12"],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode == 0:
            return done.stdout.strip()
    return "no-commit"


def deviation() -> str:
    """Find the deviation in the JSON report, as the quality lead reads it in the text."""
    done = subprocess.run(  # noqa: S603 - a command of this project
        [BIN / "opsproof-verify", "check", "run.opb", *AUDIT.split(), "--format", "json"],
        cwd=DEMO,
        capture_output=True,
        check=False,
    )
    return f"e{json.loads(done.stdout)['deviations'][0]['seq']}"


def trust() -> str:
    """Write the auditor's trust file from the public keys."""
    issued = datetime.fromtimestamp((DEMO / "build.lep").stat().st_mtime, UTC).replace(microsecond=0, tzinfo=None)
    owner, quality = ((DEMO / "keys" / f"{name}.key.pub").read_text().strip() for name in ("process-owner", "qa-lead"))
    return f"""\
id = "demo-auditor"
serial = 1
issued = {issued.isoformat()}Z
next-update = {(issued + timedelta(days=90)).isoformat()}Z

[[issuer]]
person = "process-owner"
key = "{owner}"
contracts = ["opsproof.*"]

[[approver]]
person = "qa-lead"
roles = ["quality"]
key = "{quality}"
"""


if __name__ == "__main__":
    main()
