"""Follows INSTALL.txt of a kit, command by command as it stands there, without a network and with a bare environment.

    python packaging/proof.py KIT [--quick]

The commands for Linux are taken out of the kit's own INSTALL.txt and run by `sh` in a copy of the kit; then a vector is
checked with what was installed. The network is taken away by a namespace of its own, where the system permits that;
elsewhere pip alone is kept from it. Exit status: 0 all steps held, 1 a step refused.
"""

from __future__ import annotations

import argparse
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

NAMESPACE = ["unshare", "--user", "--map-root-user", "--net"]

#: Judges the vector `minimal` by what was just installed: FINAL is status 0.
VECTOR = """\
"$PYTHON" testvectors/unpack.py ../vectors
../opsproof/bin/opsproof-verify check ../vectors/bundles/minimal/bundle.opb \\
    --trust ../vectors/bundles/minimal/trust.toml --at 2026-12-02T00:00:00Z
"""

#: What shows that nothing of the network is left: no interface but loopback, which is down.
NO_NETWORK = """\
import socket
try:
    socket.create_connection(("127.0.0.1", 9), 1)
except OSError as error:
    print("no network:", error.strerror)
"""


def commands(text: str) -> list[str]:
    """Give the commands for Linux in an INSTALL.txt, in order."""
    return re.findall(r"^    \$ (.+)$", text, re.MULTILINE)


def namespace() -> list[str]:
    """Give the command that takes the network away; empty where the system does not permit it."""
    if shutil.which(NAMESPACE[0]) is None:
        return []
    return NAMESPACE if subprocess.run([*NAMESPACE, "true"], check=False, capture_output=True).returncode == 0 else []


def prove(kit: Path, place: Path, *, quick: bool = False) -> subprocess.CompletedProcess[str]:
    """Run the steps in a copy of the kit below `place`; `quick` leaves the self-test out.

    The first command that fails ends it, with its status.
    """
    copy, tools = place / "kit", place / "tools"
    shutil.copytree(kit, copy)
    tools.mkdir()
    (tools / "python3").symlink_to(Path(getattr(sys, "_base_executable", sys.executable)).resolve())
    told = commands((copy / "INSTALL.txt").read_text(encoding="utf-8"))
    steps = [step for step in told if not (quick and step.endswith(" selftest"))]
    script = "".join(f"printf '%s\\n' {shlex.quote(f'$ {step}')}\n{step}\n" for step in steps)
    away = namespace()
    look = f'"$PYTHON" -c {shlex.quote(NO_NETWORK)}\n'
    first = look if away else "echo pip alone is kept from the network\n"
    path = f"{tools}:{os.defpath}"
    settings = [f"PATH={path}", f"HOME={place}", f"PYTHON={tools / 'python3'}", "LC_ALL=C.UTF-8", "PIP_NO_INDEX=1"]
    return subprocess.run(
        [*away, "env", "-i", *settings, "sh", "-eu", "-c", first + script + VECTOR],
        cwd=copy,
        check=False,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def main() -> int:
    """Follow the steps and print what each says."""
    parser = argparse.ArgumentParser(description="Follow INSTALL.txt of a kit without a network.")
    parser.add_argument("kit", type=Path, metavar="KIT", help="the folder of a kit")
    parser.add_argument("--quick", action="store_true", help="leave the self-test out")
    arguments = parser.parse_args()
    if not (arguments.kit / "INSTALL.txt").is_file():
        print(f"proof: {arguments.kit}: has no INSTALL.txt; build a kit with `make airgap`", file=sys.stderr)
        return 1
    with tempfile.TemporaryDirectory() as place:
        done = prove(arguments.kit, Path(place), quick=arguments.quick)
    print(done.stdout, end="")
    return 1 if done.returncode else 0


if __name__ == "__main__":
    sys.exit(main())
