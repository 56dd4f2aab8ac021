"""`make demo`: a real run of this project's own build procedure, from keys to FINAL.

Nothing is canned: the wheel is built, tests are run, the size is measured, and each command below is a
process of its own. Four parties take part, each with its own key: the process owner who issues the contract,
the agent and the operator who perform, and the quality lead who approves. The auditor at the end only reads.
"""

from __future__ import annotations

import json
import shlex
import shutil
import subprocess
import sys
import tomllib
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from xml.etree import ElementTree as ET

ROOT = Path(__file__).resolve().parents[2]
DEMO = ROOT / "build" / "demo"
BIN = Path(sys.executable).parent
UP = Path("../..")  # the checkout, seen from DEMO
FINAL, FAIL, PROVISIONAL = 0, 1, 3


def main() -> None:
    """Perform the run and show each command with its output."""
    shutil.rmtree(DEMO, ignore_errors=True)
    (DEMO / "keys").mkdir(parents=True)
    print(f"A real run of the build procedure of opsproof-verify; everything lands in {DEMO.relative_to(ROOT)}.")
    prepare()
    build()
    measure_and_seal()
    close()
    tamper()
    print("\nThe bundle build/demo/run.opb is one file; check it again wherever opsproof-verify is installed.")


def prepare() -> None:
    """Make the keys, lock the procedure into a contract, have it approved."""
    chapter("Each party makes its own key")
    for name in ("process-owner", "qa-lead", "operator-1", "build-agent"):
        run("opsproof", "keygen", f"keys/{name}.key")
    chapter("The process owner locks the procedure into a signed contract; the quality lead approves it")
    procedure = UP / "recorder/examples/build-procedure.toml"
    run("opsproof", "author", procedure, "--keys", "keys", "--output", "build.lep", *actor("process-owner"))
    qa = ("--name", "Quinn Quality", "--role", "quality")
    run("opsproof", "approve", "build.lep", *actor("qa-lead"), *qa)


def build() -> None:
    """Let the agent check the tools, build and test; it signs in batches."""
    chapter("The operator starts the run; the build agent works the first steps")
    run("opsproof", "start", "build.lep", *writes("operator-1"), "--param", f"revision={revision()}")
    agent = writes("build-agent")
    run("opsproof", "begin", "check-tools", *agent)
    run("opsproof", "exec", "--step", "check-tools", *agent, "--", sys.executable, "--version")
    run("opsproof", "record", "check-tools", "python", sys.version.split()[0], *agent)
    run("opsproof", "end", "check-tools", *agent)

    run("opsproof", "begin", "build", *agent)
    wheel_command = (
        sys.executable,
        "-m",
        "pip",
        "wheel",
        "--no-deps",
        "--no-build-isolation",
        "--wheel-dir",
        "dist",
        UP,
    )
    run("opsproof", "exec", "--step", "build", "--input", UP / "pyproject.toml", *agent, "--", *wheel_command)
    run("opsproof", "attach", wheel(), "--step", "build", "--slot", "wheel", *agent)
    run(
        "opsproof",
        "record",
        "build",
        "wheel-sha256",
        sha256((DEMO / wheel()).read_bytes()).hexdigest(),
        *agent,
    )
    run("opsproof", "end", "build", *agent)

    run("opsproof", "begin", "test", *agent)
    tests = (UP / "tests/test_merkle.py", UP / "tests/test_cose.py")
    pytest = (
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-p",
        "no:cacheprovider",
        "--junit-xml",
        "tests.xml",
        *tests,
    )
    run("opsproof", "exec", "--step", "test", "--output", "tests.xml", *agent, "--", *pytest)
    run("opsproof", "attach", "tests.xml", "--step", "test", "--slot", "results", *agent)
    run("opsproof", "record", "test", "passed", passed(), *agent)
    run("opsproof", "end", "test", *agent)
    run("opsproof", "attest", *agent)


def measure_and_seal() -> None:
    """Let the operator measure, deal with the deviation, end and seal."""
    chapter("The operator measures. The wheel is larger than the contract allows: a deviation, ruled on at once")
    operator = writes("operator-1")
    run("opsproof", "begin", "measure", *operator)
    said = run("opsproof", "record", "measure", "wheel-size", str(size()), "--unit", "byte", *operator)
    value = said.split()[0]  # the number of the entry, such as e31
    run(
        *("opsproof", "deviate", "out-of-limits", "--value", value, *operator),
        *("--description", "The wheel has outgrown the size that was planned for the first version."),
        *("--action", "Installed size and contents were reviewed; nothing in it is unneeded."),
    )
    run("opsproof", "end", "measure", *operator)
    run("opsproof", "end", *operator)
    run("opsproof", "seal", *operator)


def close() -> None:
    """Let the auditor check, the quality lead sign off, and the auditor check again."""
    chapter("The auditor writes down whose keys count. This is the auditor's own file: it is never taken from a bundle")
    (DEMO / "trust.toml").write_text(trust())
    print("$ cat trust.toml\n" + trust())
    check = ("opsproof-verify", "check", "run.opb", "--trust", "trust.toml", "--policy", "baseline")
    chapter("Is the run complete? PROVISIONAL: everything recorded holds, and it says who still has to sign")
    run(*check, expect=PROVISIONAL)
    chapter("The quality lead looks at the same verification and signs off, covering the deviation")
    qa = ("--run", "run.opb", *actor("qa-lead"), "--name", "Quinn Quality", "--role", "quality")
    what = (
        "--meaning",
        "release",
        "--covers",
        deviation(),
        "--trust",
        "trust.toml",
        "--policy",
        "baseline",
        "--yes",
    )
    run("opsproof", "signoff", *qa, *what)
    chapter("Checked again: FINAL")
    run(*check, expect=FINAL)
    run("opsproof-verify", "show", "run.opb")


def tamper() -> None:
    """Change one bit of the measured size in a copy."""
    chapter("Somebody changes one bit in a copy: the measured size")
    data = (DEMO / "run.opb").read_bytes()
    number = b"\x1a" + size().to_bytes(4) if size() >= 1 << 16 else b"\x19" + size().to_bytes(2)
    at = data.index(b"\x65value" + number) + len(b"\x65value" + number) - 1
    (DEMO / "tampered.opb").write_bytes(data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :])
    print(f"(byte {at} of tampered.opb: {data[at]:#04x} became {data[at] ^ 1:#04x})")
    run(
        "opsproof-verify",
        "check",
        "tampered.opb",
        "--trust",
        "trust.toml",
        "--policy",
        "baseline",
        expect=FAIL,
    )


def chapter(title: str) -> None:
    """Print what comes next."""
    print(f"\n== {title}", flush=True)


def run(*words: object, expect: int = 0) -> str:
    """Run a command as a process of its own, show it with its output, and give what it said."""
    argv = [str(word) for word in words]
    print("\n$ " + shlex.join("python" if word == sys.executable else word for word in argv), flush=True)
    done = subprocess.run(  # noqa: S603 - the commands of this file
        [str(BIN / argv[0]), *argv[1:]],
        cwd=DEMO,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    print(done.stdout, end="", flush=True)
    if done.returncode != expect:
        sys.exit(f"this command ended with {done.returncode}, not with {expect}: the demo stops here")
    if expect:
        print(f"(exit status {done.returncode})")
    return done.stdout


def actor(name: str) -> tuple[str, ...]:
    """Give the words that say who acts, with which key."""
    return "--as", name, "--key", f"keys/{name}.key"


def writes(name: str) -> tuple[str, ...]:
    """Give the words that say who writes to the run."""
    return "--run", "run.opb", *actor(name)


def wheel() -> str:
    """Give the wheel that was built."""
    return str(next((DEMO / "dist").glob("*.whl")).relative_to(DEMO))


def size() -> int:
    """Give the size of the wheel."""
    return (DEMO / wheel()).stat().st_size


def passed() -> str:
    """Count the tests that passed in the results that pytest wrote."""
    suite = ET.parse(DEMO / "tests.xml").getroot()[0]  # noqa: S314 - written a moment ago by our own tests
    return str(
        int(suite.get("tests", "0")) - sum(int(suite.get(key, "0")) for key in ("failures", "errors", "skipped"))
    )


def revision() -> str:
    """Name what is built: the commit, or the version where there is none."""
    git = shutil.which("git")
    if git:
        done = subprocess.run(  # noqa: S603 - a fixed command
            [git, "rev-parse", "--short=12", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=False
        )
        if done.returncode == 0:
            return done.stdout.strip()
    return "no-commit"


def deviation() -> str:
    """Find the deviation in the bundle, as the quality lead would read it from the report."""
    report = subprocess.run(  # noqa: S603 - a command of this project
        [
            BIN / "opsproof-verify",
            "check",
            "run.opb",
            "--trust",
            "trust.toml",
            "--policy",
            "baseline",
            "--format",
            "json",
        ],
        cwd=DEMO,
        capture_output=True,
        check=False,
    )
    return f"e{json.loads(report.stdout)['deviations'][0]['seq']}"


def trust() -> str:
    """Write the auditor's trust file from the public keys."""
    now = datetime.now(UTC).replace(microsecond=0)
    owner, qa = ((DEMO / "keys" / f"{name}.key.pub").read_text().strip() for name in ("process-owner", "qa-lead"))
    text = f"""\
id = "demo-auditor"
serial = 1
issued = {now.isoformat().replace("+00:00", "Z")}
next-update = {(now + timedelta(days=90)).isoformat().replace("+00:00", "Z")}

[[issuer]]
person = "process-owner"
key = "{owner}"
contracts = ["opsproof.*"]

[[approver]]
person = "qa-lead"
roles = ["quality"]
key = "{qa}"
"""
    tomllib.loads(text)
    return text


if __name__ == "__main__":
    main()
