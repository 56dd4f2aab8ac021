"""The same inputs give the same report, byte for byte, whatever surrounds the verifier (SPEC 9.1-1)."""

import hashlib
import os
import subprocess
import sys
from pathlib import Path

import pytest
from support.bundles import BUNDLES, ROOT, vector

from opsproof_verify import verify
from opsproof_verify.render.json_report import render_json

NAMES = ["rich-every-kind", "entry-withheld", "unknown-keys-pinned"]

PROGRAM = """
import json, sys
from pathlib import Path
sys.path[:0] = [sys.argv[1], sys.argv[1] + "/tests"]
from opsproof_verify import verify
from opsproof_verify.render.json_report import render_json
from support.bundles import base, build, cbor, model, ops, trust_of, changed, vector
import hashlib
for name in sys.argv[2:]:
    if name == "unknown-keys-pinned":
        unknown = {f"unknown-{number}": number for number in range(9)}
        subject = base.minimal()
        subject.item("contract").fields["policy"].value.update(unknown)
        report = verify(build(subject), None, trust_of(subject), at=subject.at)
    else:
        bundle, policy, trust, given = vector(name)
        report = verify(bundle, policy, trust, **given)
    text = render_json(report)
    print(hashlib.sha256(text if isinstance(text, bytes) else text.encode()).hexdigest(), flush=True)
"""


def digests(cwd: Path, *options: str, **environment: str) -> list[str]:
    """Verify the vectors in a process of its own; give the digest of each JSON report."""
    command = [sys.executable, *options, "-c", PROGRAM, str(ROOT), *NAMES]
    inherited = {
        name: value for name, value in os.environ.items() if not name.startswith(("LC_", "LANG", "TZ", "PYTHON"))
    }
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=cwd, env=inherited | environment)
    return done.stdout.split()


@pytest.fixture(scope="module")
def expected(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    return digests(tmp_path_factory.mktemp("plain"), TZ="UTC", LC_ALL="C", PYTHONHASHSEED="0")


SURROUNDINGS = [
    {"TZ": "Asia/Kathmandu", "PYTHONHASHSEED": "1"},
    {"TZ": "America/St_Johns", "LC_ALL": "tr_TR.UTF-8", "LANG": "tr_TR.UTF-8", "PYTHONHASHSEED": "2"},
    {"LC_ALL": "de_DE.ISO-8859-1", "LANG": "ar_EG.UTF-8", "PYTHONHASHSEED": "3", "PYTHONUTF8": "0"},
    {"PYTHONHASHSEED": "4294967295", "PYTHONUTF8": "1", "PYTHONOPTIMIZE": "2"},
]


@pytest.mark.parametrize("environment", SURROUNDINGS)
def test_time_zone_language_and_hash_seed_change_nothing(
    environment: dict[str, str], expected: list[str], tmp_path: Path
) -> None:
    assert digests(tmp_path, **environment) == expected


def test_optimisation_and_working_directory_change_nothing(expected: list[str]) -> None:
    assert digests(BUNDLES / "minimal", "-O", PYTHONHASHSEED="5") == expected


def test_a_path_bytes_and_a_stream_give_one_report(tmp_path: Path) -> None:
    bundle, policy, trust, given = vector("rich-every-kind")
    (tmp_path / "b.opb").write_bytes(bundle)
    with (tmp_path / "b.opb").open("rb") as stream:
        reports = [
            verify(form, policy, trust, **given)
            for form in (bundle, tmp_path / "b.opb", str(tmp_path / "b.opb"), stream)
        ]
    assert len({render_json(report) for report in reports}) == 1
    assert len({hashlib.sha256(repr(report).encode()).hexdigest() for report in reports}) == 1
