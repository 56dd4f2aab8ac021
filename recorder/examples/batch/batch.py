"""A batch under GxP, from the master batch record to release by three people on three machines.

    batch.py [DIRECTORY]        where everything lands; build/batch unless it is given

Each command is a process of its own. On the plant's machine two operators, a supervisor, a scale and a process agent
work on the batch; the agent joins by assignment and acts only under leave. A moisture outside its limits is a major
deviation that blocks the work until it is released. A time witness signs the log while it grows, and the seal. The
laboratory's result comes after the seal. Three people close the batch, each with nothing but a request file and their
own key and trust file. The dryer is a small model of one; everything else is what it would be in a plant.
"""

from __future__ import annotations

import os
import shlex
import shutil
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

from opsproof_verify import Policy

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from showing import FINAL, PROVISIONAL, chapter, entry, now, run

HERE = Path(__file__).resolve().parent
BATCH = Path(sys.argv[1] if len(sys.argv) > 1 else HERE.parents[2] / "build" / "batch").resolve()
PLANT = BATCH / "plant"

#: Who holds a key, and on which machine.
MACHINES = {
    "plant": ("operator-1", "operator-2", "supervisor-1", "scale-1", "process-agent"),
    "office": ("process-owner",),
    "clock": ("plant-clock",),
    "laboratory": ("analyst-1",),
    "production": ("production-lead",),
    "quality": ("qa-lead",),
    "release": ("qualified-person-1",),
}
APPROVERS = {
    "analyst-1": "laboratory",
    "production-lead": "production",
    "qa-lead": "quality",
    "qualified-person-1": "qualified-person",
}


def main() -> None:
    """Perform the batch and show each command with its output."""
    shutil.rmtree(BATCH, ignore_errors=True)
    prepare()
    clear_the_line()
    dispense()
    deviation = dry()
    sample_and_weigh()
    seal()
    supply()
    close(deviation)
    print(f"\nEverything lies in {os.path.relpath(BATCH)}.")


def on(machine: str, line: str, expect: int = 0) -> str:
    """Run a command on a machine."""
    return run(line, BATCH / machine, expect, prompt=f"{machine}$")


def by(name: str) -> str:
    """Say who writes to the run."""
    return f"--run run.opb --as {name} --key {name}.key"


def prepare() -> None:
    """Make the keys where their holders are, lock the procedure, have it approved, start."""
    chapter("Each party makes its key on its own machine; public keys alone travel")
    for machine, names in MACHINES.items():
        (BATCH / machine).mkdir(parents=True)
        for name in names:
            on(machine, f"opsproof keygen {name}.key")
    for name in MACHINES["plant"]:
        shutil.copy(PLANT / f"{name}.key.pub", BATCH / "office")
    shutil.copy(HERE / "dryer.py", PLANT)
    for machine in MACHINES:
        (BATCH / machine / "trust.toml").write_text(trust())
    chapter("The process owner locks the master batch record, a Markdown document; quality approves it")
    record = os.path.relpath(HERE / "granulation.md", BATCH / "office")
    signing = "--as process-owner --key process-owner.key"
    on("office", f"opsproof author {record} --keys . --output granulation.lep {signing}")
    carry("office", "granulation.lep", "quality")
    said = "--as qa-lead --key qa-lead.key --name 'Quality lead' --role quality"
    on("quality", f"opsproof approve granulation.lep {said}")
    carry("quality", "granulation.lep", "plant")
    chapter("The batch is started, and the supervisor assigns the process agent to it")
    on("plant", f"opsproof start granulation.lep {by('operator-1')} --param product=GR-12 --param batch=B-1042")
    agent = "--id process-agent --name 'Process agent' --kind agent --role process-agent --principal operator-1"
    key = "--software 'dryer control 2.3' --public-key process-agent.key.pub"
    on("plant", f"opsproof assign {agent} {key} {by('supervisor-1')}")


def clear_the_line() -> None:
    """Clear the line, and check that: a critical step."""
    chapter("Line clearance: operator 1 clears, operator 2 checks independently")
    (PLANT / "checklist.txt").write_text("vessel clean\ndryer clean\nno material of another batch\nroom released\n")
    on("plant", f"opsproof begin line-clearance {by('operator-1')}")
    on("plant", f"opsproof attach checklist.txt --step line-clearance --slot checklist {by('operator-1')}")
    on("plant", f"opsproof end line-clearance {by('operator-1')}")
    on("plant", f"opsproof check-step line-clearance --passed --text 'Line walked, clear.' {by('operator-2')}")


def dispense() -> None:
    """Let the scale record its own reading."""
    chapter("Dispensing: the scale records its own reading and its ticket")
    (PLANT / "ticket.txt").write_text("scale-1  net 12.012 kg\n")
    due = (datetime.now(UTC) + timedelta(days=90)).strftime("%Y-%m-%dT00:00:00Z")
    on("plant", f"opsproof begin dispense {by('operator-1')}")
    on("plant", f"opsproof instrument dispense scale-1 --due {due} {by('operator-1')}")
    on("plant", f"opsproof record dispense blend-mass 12.012 --unit kg {by('scale-1')}")
    on("plant", f"opsproof attach ticket.txt --step dispense --slot ticket --source scale-1 {by('scale-1')}")
    on("plant", f"opsproof attest {by('scale-1')}")
    on("plant", f"opsproof end dispense {by('operator-1')}")
    on("plant", f"opsproof check-step dispense --passed --text 'Ticket and label agree.' {by('operator-2')}")
    chapter("A time witness signs how far the log has come, from a request file")
    on("plant", "opsproof request --run run.opb --output head.request")
    carry("plant", "head.request", "clock")
    on(
        "clock",
        "opsproof witness --request head.request --as plant-clock --key plant-clock.key --detached head.witness --yes",
    )
    carry("clock", "head.witness", "plant")
    on("plant", f"opsproof append {by('operator-1')} head.witness")


def dry() -> str:
    """Dry, find the moisture too high, deviate, extend, remediate; give the entry of the deviation."""
    chapter("The agent may run the dryer only with leave for exactly that command")
    on("plant", f"opsproof begin granulate {by('process-agent')}")
    first = drying("trend-1.csv", 30, 9.0)
    value = entry(on("plant", f"opsproof record granulate moisture {first} --unit % {by('process-agent')}"))
    chapter("Too moist: a deviation, ruled on at once by the policy that the contract pins; the work stops")
    what = f"Loss on drying is {first} % after 30 minutes; the limit is 3.0 %."
    said = f"--description {shlex.quote(what)} --action 'Dryer stopped, vessel closed.'"
    deviation = entry(on("plant", f"opsproof deviate ipc-out-of-limits --value {value} {said} {by('process-agent')}"))
    on("plant", f"opsproof record granulate drying-time 30 --unit min {by('process-agent')}", expect=1)
    on("plant", f"opsproof release {deviation} --text 'Extend the drying by 10 minutes.' {by('supervisor-1')}")
    on("plant", f"opsproof attach trend-1.csv --step granulate --slot trend {by('process-agent')}")
    second = drying("trend-2.csv", 10, float(first))
    on("plant", f"opsproof record granulate moisture-after-extension {second} --unit % {by('process-agent')}")
    on("plant", f"opsproof record granulate drying-time 40 --unit min {by('process-agent')}")
    trend = entry(on("plant", f"opsproof attach trend-2.csv --step granulate --slot trend {by('process-agent')}"))
    text = f"Drying extended by 10 minutes under leave; loss on drying is {second} %."
    on("plant", f"opsproof remediate {deviation} --text {shlex.quote(text)} --evidence {trend} {by('process-agent')}")
    on("plant", f"opsproof end granulate {by('process-agent')}")
    on("plant", f"opsproof release granulate --text 'Moisture within limits.' {by('supervisor-1')}")
    return deviation


def drying(trend: str, minutes: int, moisture: float) -> str:
    """Ask for leave to run the dryer, give it, run; give the moisture at the end."""
    command = f"-- python dryer.py --minutes {minutes} --from {moisture} --trend {trend}"
    arguments = entry(on("plant", f"opsproof exec --step granulate --request {by('process-agent')} {command}"))
    leave = f"--for process-agent --action exec --arguments {arguments} --expires-in '15 min'"
    on("plant", f"opsproof authorise granulate {leave} {by('supervisor-1')}")
    said = on("plant", f"opsproof exec --step granulate {by('process-agent')} {command}")
    return said.split()[0]


def sample_and_weigh() -> None:
    """Sample, weigh the yield, end the run although the laboratory's result is not there yet."""
    chapter("Sampling: the laboratory needs days, so the step ends without its result, and every report says so")
    on("plant", f"opsproof begin sample {by('operator-2')}")
    on("plant", f"opsproof record sample sample-id S-1042-01 {by('operator-2')}")
    on("plant", f"opsproof end sample --anyway {by('operator-2')}")
    on("plant", f"opsproof begin yield {by('operator-2')}")
    on("plant", f"opsproof record yield yield 11.64 --unit kg {by('operator-2')}")
    on("plant", f"opsproof end yield {by('operator-2')}")
    on("plant", f"opsproof attest {by('process-agent')}")
    on("plant", "opsproof status --run run.opb")


def seal() -> None:
    """End and seal; what is open is accepted by name, never silently."""
    chapter("The supervisor ends the batch record and seals it; the clock witnesses the seal")
    on("plant", f"opsproof end {by('supervisor-1')}")
    on("plant", f"opsproof seal {by('supervisor-1')}", expect=1)
    on("plant", f"opsproof seal --with-open-items {by('supervisor-1')}")
    request("seal.request", "Please witness the seal of batch B-1042.")
    carry("plant", "seal.request", "clock")
    clock = "--as plant-clock --key plant-clock.key"
    on("clock", f"opsproof witness --request seal.request {clock} --detached seal.witness --yes")
    carry("clock", "seal.witness", "plant")
    on("plant", "opsproof append --run run.opb seal.witness")
    check(PROVISIONAL)


def supply() -> None:
    """Let the laboratory supply its result after the seal."""
    chapter("Days later the laboratory supplies the assay; no sealed byte changes")
    (BATCH / "laboratory" / "assay.json").write_text('{"sample": "S-1042-01", "assay-percent": "99.4"}\n')
    request("supply.request", "Please supply the assay of sample S-1042-01.")
    sign(
        "laboratory",
        "analyst-1",
        "supply.request",
        "--decision supply --evidence assay.json --step sample --slot assay",
    )


def close(deviation: str) -> None:
    """Let three people close the batch, two in parallel and the third after both."""
    chapter("Production and quality review in parallel, each with a request file; quality covers the deviation")
    request("review.request", "Please review batch B-1042.")
    sign("production", "production-lead", "review.request", "--meaning review", merge=False)
    sign("quality", "qa-lead", "review.request", f"--meaning review --covers {deviation}", merge=False)
    on("plant", "opsproof append --run run.opb qa-lead.signoff production-lead.signoff")
    check(PROVISIONAL)
    chapter("A qualified person releases the batch, having seen both reviews")
    request("release.request", "Please release batch B-1042.")
    sign("release", "qualified-person-1", "release.request", "--meaning release")
    chapter("The auditor checks: FINAL, with the time of the witness")
    check(FINAL)
    on("plant", "opsproof-verify show run.opb")


def request(name: str, text: str) -> None:
    """Write a request on the plant's machine."""
    on("plant", f"opsproof request --run run.opb --trust trust.toml --text {shlex.quote(text)} --output {name}")


def sign(machine: str, who: str, name: str, words: str, *, merge: bool = True) -> None:
    """Carry a request to a machine, sign there, carry the sign-off back and, if wanted, append it."""
    carry("plant", name, machine)
    printed = f"--name '{who.capitalize().replace('-', ' ')}' --role {APPROVERS[who]}"
    signing = f"--as {who} --key {who}.key {printed} --trust trust.toml"
    on(machine, f"opsproof signoff --request {name} {signing} {words} --detached {who}.signoff --yes")
    carry(machine, f"{who}.signoff", "plant")
    if merge:
        on("plant", f"opsproof append --run run.opb {who}.signoff")


def check(expect: int) -> None:
    """Verify as the auditor."""
    on("plant", f"opsproof-verify check run.opb --trust trust.toml --at {now()}", expect)


def carry(source: str, name: str, target: str) -> None:
    """Carry a file from one machine to another, as a stick or a letter would."""
    shutil.copy(BATCH / source / name, BATCH / target)
    print(f"\n({name} is carried from {source} to {target})")


def trust() -> str:
    """Write the trust file that each machine has: whose keys count, from public keys handed over in person."""
    issued = datetime.now(UTC).replace(microsecond=0, tzinfo=None)
    keys = {who: (BATCH / machine / f"{who}.key.pub").read_text().strip() for machine, who in _outside()}
    lines = [
        f'id = "site-trust"\nserial = 1\nissued = {issued.isoformat()}Z',
        f"next-update = {(issued + timedelta(days=90)).isoformat()}Z",
        f'\n[[issuer]]\nperson = "process-owner"\ncontracts = ["site.*"]\nkey = "{keys["process-owner"]}"',
        f'accepted-policies = ["sha256:{Policy.load(HERE / "release-policy.toml").digest.hex()}"]',
        f'\n[[witness]]\nid = "plant-clock"\nkey = "{keys["plant-clock"]}"',
    ]
    lines += [
        f'\n[[approver]]\nperson = "{who}"\nroles = ["{role}"]\nkey = "{keys[who]}"' for who, role in APPROVERS.items()
    ]
    return "\n".join(lines) + "\n"


def _outside() -> list[tuple[str, str]]:
    """Give who is not on the roster, by machine."""
    return [(machine, who) for machine, names in MACHINES.items() if machine != "plant" for who in names]


if __name__ == "__main__":
    main()
