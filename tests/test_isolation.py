"""What a check opens and what has a say in it: the arguments, the files that they name, and nothing else.

Python tells an audit hook of each file, folder, socket and process that it is about to open. What libraries
written in C open by themselves it does not tell: OpenSSL reads its own configuration (docs/guides/auditor.md).
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

import pytest
from test_cli import AT, ROOT, VECTORS, bundle

#: Says on standard error what Python is about to do, also in the processes that are forked.
TRACED = """
import os, sys
TOLD = ("open", "os.listdir", "os.scandir", "os.system", "os.exec", "os.posix_spawn", "os.putenv", "os.remove")
def tell(event, arguments):
    if event in TOLD or event.startswith(("socket.", "subprocess.", "ctypes.", "urllib.", "webbrowser.")):
        os.write(2, repr((event, [one for one in arguments if isinstance(one, (str, bytes, int))])).encode() + b"\\n")
from opsproof_verify.cli import main
sys.addaudithook(tell)
sys.exit(main(sys.argv[1:]))
"""
INSTALLED = tuple(
    {
        *(sysconfig.get_path(name) for name in ("stdlib", "platstdlib", "purelib", "platlib")),
        str(ROOT / "opsproof_verify"),
        str(ROOT / "policies"),  # where an editable install has the shipped profiles
    }
)
ZIPPED = f"python{sys.version_info[0]}{sys.version_info[1]}.zip"  # where a standard library might be too
BARE = {"PATH": os.defpath}
OPTIONS = ["--trust", "trust.toml", "--at", AT]


class Event(NamedTuple):
    """Something that Python was about to do."""

    name: str
    subject: object
    mode: object


@pytest.fixture
def desk(tmp_path: Path) -> Path:
    """A folder with bundles, a trust file, a policy and evidence, and decoys that somebody might read unasked."""
    desk = tmp_path / "desk"
    (desk / "many").mkdir(parents=True)
    for number in range(9):
        shutil.copy(bundle("minimal"), desk / "many" / f"{number}.opb")
    shutil.copy(bundle("evidence-beside"), desk / "run.opb")
    shutil.copytree(VECTORS / "evidence-beside" / "evidence", desk / "evidence")
    shutil.copy(VECTORS / "minimal" / "trust.toml", desk / "trust.toml")
    shutil.copy(ROOT / "policies" / "baseline.toml", desk / "house.toml")
    for folder in (
        desk,
        desk / "policies",
        desk / "many",
        tmp_path / "home",
        tmp_path / "home" / ".config" / "opsproof",
    ):
        folder.mkdir(parents=True, exist_ok=True)
        for name in (
            "baseline.toml",
            "policy.toml",
            "opsproof.toml",
            ".opsproof.toml",
            ".opsproofrc",
            "trust.toml.sig",
        ):
            (folder / name).write_text("decoy")
    (tmp_path / "home" / ".config" / "opsproof" / "trust.toml").write_text("decoy")
    return desk


def check(
    desk: Path, *arguments: str, program: str = TRACED, flags: str = "-IB", environment: Mapping[str, str] = BARE
) -> tuple[int, bytes, bytes]:
    """Run a check in a bare environment; give status, standard output and standard error."""
    done = subprocess.run(
        [sys.executable, flags, "-c", program, "check", *arguments],
        capture_output=True,
        check=False,
        cwd=desk,
        env=dict(environment),
        input=(desk / "run.opb").read_bytes(),
    )
    return done.returncode, done.stdout, done.stderr


def events(told: bytes) -> list[Event]:
    """Read what the hook has said, but for what is installed."""
    found = []
    for line in told.decode().splitlines():
        name, arguments = eval(line, {})  # noqa: S307 - written by the program above
        subject, mode = [*arguments, None, None][:2]
        if (name, subject) == ("os.listdir", str(ROOT)):
            continue  # Python, before it imports from an editable install, if others have written beside it
        if not str(subject).startswith(INSTALLED) and not str(subject).endswith(ZIPPED):
            found.append(Event(name, subject, mode))
    return found


@pytest.mark.parametrize("form", ["text", "json", "sarif", "junit"])
@pytest.mark.parametrize(
    "arguments,named",
    [
        (["run.opb"], {"run.opb"}),
        (["run.opb", "--policy", "baseline"], {"run.opb"}),
        (["run.opb", "--policy", "./house.toml"], {"run.opb", "./house.toml"}),
        (["run.opb", "--evidence-dir", "evidence"], {"run.opb", "evidence"}),
        (["many", "--workers", "1"], {"many"}),
        (["many", "--workers", "2"], {"many"}),
    ],
    ids=lambda one: " ".join(sorted(one)),
)
def test_a_check_opens_what_was_named_and_nothing_else(
    form: str, arguments: list[str], named: set[str], desk: Path
) -> None:
    status, said, told = check(desk, *arguments, *OPTIONS, "--format", form)
    assert status in {0, 3}
    assert said
    opened = [one for one in events(told) if not isinstance(one.subject, int)]  # an int is a file that was open already
    assert {one.name for one in opened} <= {"open", "os.scandir", "os.listdir"}
    for one in opened:
        assert str(one.subject).split("/", 1)[0] in {"trust.toml", *named} or one.subject in named, one
        assert one.mode in {None, "r", "rb"}, one
    assert {"trust.toml"} < {str(one.subject) for one in opened}


def test_a_timeline_opens_the_bundle_once(desk: Path) -> None:
    status, said, told = check(desk, "run.opb", *OPTIONS, "--format", "csv")
    assert (status, said[:9]) == (3, b"id,frame,")
    opened = [one.subject for one in events(told) if not isinstance(one.subject, int)]
    assert sorted(map(str, opened)) == ["run.opb", "trust.toml"]


def test_what_is_written_is_the_output_alone(desk: Path) -> None:
    before = {path: path.read_bytes() for path in desk.rglob("*") if path.is_file()}
    status, _, told = check(desk, "run.opb", *OPTIONS, "--output", "report.txt")
    assert status == 3
    written = [one.subject for one in events(told) if one.mode not in {None, "r", "rb"}]
    assert {Path(str(one)).parent for one in written} == {desk}
    assert {path for path in desk.rglob("*") if path.is_file()} == {*before, desk / "report.txt"}
    assert all(path.read_bytes() == data for path, data in before.items())


def test_standard_input_is_copied_to_where_temporary_files_are(desk: Path, tmp_path: Path) -> None:
    place = tmp_path / "temporary"
    place.mkdir()
    status, _, told = check(desk, "-", *OPTIONS, environment={**BARE, "TMPDIR": str(place)})
    assert status == 3
    others = {str(one.subject) for one in events(told) if not isinstance(one.subject, int)} - {"trust.toml"}
    assert others
    assert all(one.startswith((str(place), "/proc/self/fd")) for one in others), others
    assert list(place.iterdir()) == []


def test_the_trace_would_see_it(desk: Path) -> None:
    """The hook is not blind: a file, a socket and a process of somebody's own are told."""
    spying = TRACED.replace(
        "sys.exit(",
        "import socket, subprocess; socket.socket().close(); open('trust.toml.sig').close()\n"
        "subprocess.run(['true']); sys.exit(",
    )
    names = {(one.name, one.subject) for one in events(check(desk, "run.opb", *OPTIONS, program=spying)[2])}
    assert ("open", "trust.toml.sig") in names
    assert {"socket.__new__", "subprocess.Popen"} <= {name for name, _ in names}


# --- the environment

PLAIN = "import sys; from opsproof_verify.cli import main; sys.exit(main(sys.argv[1:]))"


def hostile(home: Path) -> dict[str, str]:
    """Give an environment that means ill."""
    names = (
        "TRUST",
        "TRUST_KEY",
        "POLICY",
        "AT",
        "ACCEPT",
        "EXPECT",
        "FORMAT",
        "OUTPUT",
        "WORKERS",
        "CONFIG",
        "VERIFY",
    )
    return {
        **BARE,
        **{f"OPSPROOF_{name}": "provisional" for name in names},
        **{f"OPSPROOF_VERIFY_{name}": "baseline" for name in names},
        **dict.fromkeys(("HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_CONFIG_DIRS", "APPDATA"), str(home)),
        **dict.fromkeys(("http_proxy", "https_proxy", "ALL_PROXY"), "http://192.0.2.1:1"),
        **dict.fromkeys(("PYTHONPATH", "PYTHONHOME", "PYTHONSTARTUP", "PYTHONINSPECT", "PYTHONWARNINGS"), str(home)),
        "PYTHONHASHSEED": "7",
        "TMPDIR": "/nowhere",
        "TZ": "Asia/Kathmandu",
        "SOURCE_DATE_EPOCH": "1",
        "COLUMNS": "40",
        "LINES": "2",
        "TERM": "dumb",
        "PAGER": "false",
        "EDITOR": "false",
        "DEBUG": "1",
        "CI": "true",
        "GITHUB_ACTIONS": "true",
    }


@pytest.mark.parametrize("form", ["text", "json", "sarif", "junit", "csv"])
@pytest.mark.parametrize("policy", [[], ["--policy", "baseline"]])
def test_the_environment_has_no_say(form: str, policy: list[str], desk: Path) -> None:
    home = desk.parent / "home"
    for name in ("cbor2", "cryptography", "opsproof_verify", "sitecustomize", "usercustomize"):
        (home / f"{name}.py").write_text("raise SystemExit(99)")
    arguments = ["run.opb", *OPTIONS, *policy, "--format", form]
    bare = check(desk, *arguments, program=PLAIN)
    assert bare[0] == 3
    assert check(desk, *arguments, program=PLAIN, environment=hostile(home)) == bare
    assert check(desk, *arguments, program=PLAIN, environment={}) == bare


def test_two_variables_and_the_encoding_change_how_it_looks(desk: Path) -> None:
    arguments = ["run.opb", *OPTIONS]
    plain = check(desk, *arguments, program=PLAIN)[1]
    coloured = check(desk, *arguments, program=PLAIN, environment={**BARE, "FORCE_COLOR": "1"})[1]
    assert coloured != plain
    assert (
        coloured.replace(b"\x1b[0m", b"")
        .replace(b"\x1b[1m", b"")
        .replace(b"\x1b[1;33m", b"")
        .replace(b"\x1b[33m", b"")
        .replace(b"\x1b[36m", b"")
        == plain
    )
    neither = {**BARE, "FORCE_COLOR": "1", "NO_COLOR": "1"}
    assert check(desk, *arguments, program=PLAIN, environment=neither)[1] == plain


#: Says on standard error which variables are asked for.
ASKING = """
import os, sys
class Asked(type(os.environ)):
    def __getitem__(self, name):
        os.write(2, f"asked {name}\\n".encode())
        return super().__getitem__(name)
    def __iter__(self):
        os.write(2, b"asked everything\\n")
        return super().__iter__()
from opsproof_verify.cli import main
os.environ.__class__ = Asked
sys.exit(main(sys.argv[1:]))
"""


@pytest.mark.parametrize("form", ["text", "json", "sarif", "junit"])
@pytest.mark.parametrize("arguments", [["run.opb"], ["many", "--workers", "2"], ["run.opb", "--output", "report"]])
def test_no_variable_is_asked_for_but_these(form: str, arguments: list[str], desk: Path) -> None:
    """Colour is ours; the others are asked for by `gettext`, on behalf of `argparse`, for the words of its errors."""
    status, _, said = check(desk, *arguments, *OPTIONS, "--format", form, program=ASKING)
    assert status in {0, 3}
    asked = set(said.decode().split("\n")) - {""}
    ours = {"asked NO_COLOR", "asked FORCE_COLOR"}
    assert asked <= ours | {f"asked {name}" for name in ("LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG")}
    if form == "text" and "--output" not in arguments:
        assert ours <= asked


@pytest.mark.parametrize("flags,shadowed", [("-B", True), ("-PB", False), ("-IB", False)])
def test_only_python_itself_looks_for_modules_in_the_working_folder(flags: str, shadowed: bool, desk: Path) -> None:  # noqa: FBT001 - the table says what
    """`python -m opsproof_verify` does, as all of `python -m`; `-P`, `-I` and the installed command do not."""
    for name in ("cbor2", "cryptography", "tomllib"):
        (desk / f"{name}.py").write_text("raise SystemExit(99)")
    status = check(desk, "run.opb", *OPTIONS, program=PLAIN, flags=flags)[0]
    assert status == (2 if shadowed else 3)  # an import that fails is no verdict
    command = Path(sys.executable).with_name("opsproof-verify")
    done = subprocess.run([command, "check", "run.opb", *OPTIONS], capture_output=True, check=False, cwd=desk, env=BARE)
    assert done.returncode == 3
