"""Signing by the real `ssh-agent`, and a whole run of which an agent signs a part."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import load_ssh_private_key
from opsproof_record.errors import Refused
from opsproof_record.signing import keys
from opsproof_record.signing.public_keys import blob
from opsproof_record.signing.ssh_agent import MAX_MESSAGE, Agent
from opsproof_record.signing.ssh_wire import string
from recorder.agents import (
    FAILURE,
    LIST,
    NO_OPENSSH,
    OPENSSH,
    RealAgent,
    fake_agent,
    honest,
    listing,
    message,
    never,
    real_agent,
    short_folder,
    sound,
    ssh_keygen,
)
from recorder.plant import Plant

from opsproof_verify import ed25519
from opsproof_verify.cose import RecordType
from opsproof_verify.findings import Verdict

needs_openssh = pytest.mark.skipif(not OPENSSH, reason=NO_OPENSSH)

NAME = Path("op.key.pub")
WORDS = "correct horse"


@pytest.fixture
def folder() -> Iterator[Path]:
    with short_folder() as path:
        yield path


@pytest.fixture
def real(folder: Path) -> Iterator[RealAgent]:
    with real_agent(folder / "s") as agent:
        yield agent


@needs_openssh
def test_the_real_agent_signs(folder: Path, real: RealAgent) -> None:
    key = ssh_keygen(folder / "op", passphrase=WORDS)
    real.says(WORDS)
    real.add(key)
    signer = keys.load(folder / "op.pub", never, agent=real.path)
    assert sound(signer, signer.sign(RecordType.SEAL, b"payload"))
    assert signer.path == key
    assert sound(signer, keys.load(key, lambda _path: WORDS.encode()).sign(RecordType.SEAL, b"payload"))


@needs_openssh
def test_the_real_agent_takes_as_much_as_is_sent(folder: Path, real: RealAgent) -> None:
    real.add(ssh_keygen(folder / "op"))
    public = keys.load(folder / "op.pub", never, agent=real.path).public
    most = MAX_MESSAGE - 1 - len(string(blob(public)) + string(b"") + bytes(4))
    text = bytes(most)
    assert ed25519.verify(public, Agent(real.path).sign(public, NAME, text), text)
    with pytest.raises(Refused, match="too large"):
        Agent(real.path).sign(public, NAME, text + b"x")


@needs_openssh
def test_the_real_agent_locked_or_without_the_key(folder: Path, real: RealAgent) -> None:
    key, public = ssh_keygen(folder / "op"), folder / "op.pub"

    def load() -> keys.Signer:
        return keys.load(public, never, agent=real.path)

    with pytest.raises(Refused, match="locked or empty"):
        load()
    real.add(ssh_keygen(folder / "rsa", key_type="rsa"))
    with pytest.raises(Refused, match="does not hold") as refusal:
        load()
    shown = subprocess.run(
        ["ssh-keygen", "-l", "-f", str(folder / "rsa.pub")],  # noqa: S607 - the one that the person who tests has
        check=True,
        capture_output=True,
        text=True,
    )
    assert f"{shown.stdout.split()[1]} (ssh-rsa)" in refusal.value.remedy
    real.add(key)
    signer = load()
    real.says("lock word")
    real.add("-x")
    with pytest.raises(Refused, match="locked or empty"):
        load()
    with pytest.raises(Refused, match="locked or empty"):
        signer.sign(RecordType.SEAL, b"payload")
    real.add("-X")
    signer.sign(RecordType.SEAL, b"payload")
    real.add("-d", key)
    with pytest.raises(Refused, match="does not hold"):
        signer.sign(RecordType.SEAL, b"payload")


@needs_openssh
def test_the_real_agent_asks_first(folder: Path, real: RealAgent) -> None:
    real.add("-c", ssh_keygen(folder / "op"))
    signer = keys.load(folder / "op.pub", never, agent=real.path)
    real.says("no")
    with pytest.raises(Refused, match="refused to sign") as refusal:
        signer.sign(RecordType.SEAL, b"payload")
    assert "confirm" in refusal.value.remedy
    real.says("yes")
    assert sound(signer, signer.sign(RecordType.SEAL, b"payload"))


@needs_openssh
def test_the_real_agent_holds_a_certificate_too(folder: Path, real: RealAgent) -> None:
    key = ssh_keygen(folder / "op")
    argv = ["ssh-keygen", "-q", "-s", str(ssh_keygen(folder / "ca")), "-I", "id", "-n", "user", f"{key}.pub"]
    subprocess.run(argv, check=True, capture_output=True)
    real.add(key)
    signer = keys.load(folder / "op.pub", never, agent=real.path)
    assert sound(signer, signer.sign(RecordType.SEAL, b"payload"))
    with pytest.raises(Refused, match="a certificate"):
        keys.load(folder / "op-cert.pub", never, agent=real.path)


# A whole run.


class AgentPlant(Plant):
    """A plant in which the technician signs through an agent."""

    def __init__(self, path: Path, agent: Path) -> None:
        super().__init__(path)
        self.agent = agent

    def by(self, name: str) -> tuple[str, ...]:
        if name != "op-a":
            return super().by(name)
        return "--as", name, "--key", f"{self.key(name)}.pub", "--agent", str(self.agent)


@pytest.fixture(params=["in this process", pytest.param("real", marks=needs_openssh)])
def agent_plant(request: pytest.FixtureRequest, folder: Path, tmp_path: Path) -> Iterator[AgentPlant]:
    """Give a plant whose technician's key is in an agent, and nowhere else."""
    path = folder / "s"
    plant = AgentPlant(tmp_path, path)
    for name in ("owner", "qa", "rita", "op-a", "bot"):
        plant("keygen", plant.key(name), "--format", "openssh")
    plant.write_trust()
    plant.author()
    hidden = folder / "op-a"
    shutil.move(plant.key("op-a"), hidden)
    if request.param == "real":
        with real_agent(path) as agent:
            agent.add(hidden)
            yield plant
    else:
        private = load_ssh_private_key(hidden.read_bytes(), None)
        assert isinstance(private, Ed25519PrivateKey)
        with fake_agent(path, honest(private)):
            yield plant


def test_a_whole_run_signed_by_an_agent(agent_plant: AgentPlant) -> None:
    agent_plant.sealed()
    assert agent_plant.report().verdict is Verdict.PROVISIONAL, "all that is owed is a sign-off"
    agent_plant(*agent_plant.signing())
    assert agent_plant.report().verdict is Verdict.FINAL


def test_agent_and_key_file_share_the_list_of_unsigned_entries(agent_plant: AgentPlant, folder: Path) -> None:
    agent_plant.start()
    agent_plant("begin", "weigh", "--no-attest", *agent_plant.on("op-a"))
    shutil.copy(folder / "op-a", agent_plant.key("op-a"))
    by_file = ("--run", agent_plant.run, "--as", "op-a", "--key", agent_plant.key("op-a"))
    agent_plant("note", "seen", "--no-attest", *by_file)
    assert "2 entries" in agent_plant("attest", *agent_plant.on("op-a"))
    assert [path.name for path in agent_plant.path.glob("op-a*pending")] == ["op-a.pending"]


def test_a_signature_that_is_denied_leaves_the_entry_unsigned(agent_plant: AgentPlant) -> None:
    agent_plant.start()
    silent = agent_plant.agent.with_name("denies")
    listed = listing(blob(keys.parse_public(agent_plant.key("op-a.pub").read_text()) or b""))
    with fake_agent(silent, lambda request: listed if request[0] == LIST else message(FAILURE)):
        words = agent_plant.on("op-a")[:-1]
        assert "refused to sign" in agent_plant("begin", "weigh", *words, str(silent), expect=1)
    assert "signed by op-a: 1 " in agent_plant("attest", *agent_plant.on("op-a"))
