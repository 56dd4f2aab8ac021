"""A batch under GxP, from the master batch record to release by three people on three machines.

    batch.py [DIRECTORY]        where everything lands; build/batch unless it is given

Each command is a process of its own. On the plant's machine two operators, a supervisor, a scale and a process agent
work on the batch; the agent joins by assignment and acts only under leave. The power fails while an entry is written. A
moisture outside its limits is a major deviation that blocks the work until it is released. Digits are swapped and put
right. A time witness signs the log while it grows, and the seal. The laboratory's result comes after the seal. Three
people close the batch, each with nothing but a request file and their own key and trust file. The dryer and its
thermal camera are small models; everything else is what it would be in a plant.
"""

from __future__ import annotations

import os
import shlex
import shutil
import sys
from datetime import UTC, timedelta
from pathlib import Path

if __name__ == "__main__":
    sys.path[0] = str(Path(__file__).resolve().parents[1])
from batch.parties import APPROVERS, MACHINES, PRINTED, by, trust
from batch.picture import draw
from showing import FINAL, PROVISIONAL, World, entry, written

HERE = Path(__file__).resolve().parent

#: What is left of an entry when the power fails while it is written: the head of its frame and a few bytes.
TORN = bytes.fromhex("8202590120ab646b696e646e65766964656e63652d616464")

#: How the trends of the dryer are attached.
TREND = "--step granulate --slot trend --source dryer-2 --copy original"


class Batch:
    """The batch, performed in a directory that has a folder for each machine."""

    def __init__(self, place: Path, world: World) -> None:
        """Take the directory, and the world that runs commands and tells the time."""
        self.place = place
        self.plant = place / "plant"
        self.world = world
        self.chapter = world.chapter

    def perform(self) -> None:
        """Perform the batch and show each command with its output."""
        shutil.rmtree(self.place, ignore_errors=True)
        self.prepare()
        self.start()
        self.clear_the_line()
        self.dispense()
        deviation = self.dry()
        self.sample()
        self.fill_and_weigh()
        self.seal()
        self.supply()
        self.close(deviation)

    def on(self, machine: str, line: str, expect: int = 0, minutes: int = 0) -> str:
        """Run a command on a machine; ``minutes`` is what the work before it, or it, takes in a plant."""
        return self.world.run(line, self.place / machine, expect, prompt=f"{machine}$", minutes=minutes)

    def write(self, who: str, line: str, minutes: int = 0) -> str:
        """Have somebody write to the run; give the entry."""
        words, _, command = line.partition(" -- ")
        tail = f" -- {command}" if command else ""
        return entry(self.on("plant", f"opsproof {words} {by(who)}{tail}", minutes=minutes))

    def prepare(self) -> None:
        """Make the keys where their holders are, lock the procedure, have it approved."""
        self.chapter("Each party makes its key on its own machine; public keys alone travel")
        for machine, names in MACHINES.items():
            (self.place / machine).mkdir(parents=True)
            for name in names:
                self.on(machine, f"opsproof keygen {name}.key")
        for name in MACHINES["plant"]:
            shutil.copy(self.plant / f"{name}.key.pub", self.place / "office")
        shutil.copy(HERE / "dryer.py", self.plant)
        for machine in MACHINES:
            (self.place / machine / "trust.toml").write_text(trust(self.place, self.world.now()))
        self.chapter("The process owner locks the master batch record, a Markdown document; quality approves it")
        record = os.path.relpath(HERE / "granulation.md", self.place / "office")
        signing = "--as process-owner --key process-owner.key"
        self.on("office", f"opsproof author {record} --keys . --output granulation.lep {signing}")
        self.carry("office", "granulation.lep", "quality")
        said = f"--as qa-lead --key qa-lead.key --name '{PRINTED['qa-lead']}' --role quality"
        self.on("quality", f"opsproof approve granulation.lep {said}", minutes=85)
        self.carry("quality", "granulation.lep", "plant")

    def start(self) -> None:
        """Start the run and assign the agent to it."""
        self.chapter("The batch is started, and the supervisor assigns the process agent to it")
        self.write("operator-1", "start granulation.lep --param product=GR-12 --param batch=B-1042")
        agent = "--id process-agent --name 'Process agent' --kind agent --role process-agent --principal operator-1"
        key = "--software 'dryer control 2.3' --public-key process-agent.key.pub"
        self.write("supervisor-1", f"assign {agent} {key}", minutes=3)

    def clear_the_line(self) -> None:
        """Clear the line, and check that: a critical step."""
        self.chapter("Line clearance: operator 1 clears, operator 2 checks independently")
        checks = "vessel clean\ndryer clean\nno material of another batch\nroom released\n"
        (self.plant / "checklist.txt").write_text(checks)
        self.write("operator-1", "begin line-clearance --no-attest", minutes=4)
        self.write("operator-1", "attach checklist.txt --step line-clearance --slot checklist --no-attest", minutes=11)
        self.write("operator-1", "end line-clearance")
        self.write("operator-2", "check-step line-clearance --passed --text 'Line walked, clear.'", minutes=6)

    def dispense(self) -> None:
        """Let the scale record its own reading; the power fails in between."""
        self.chapter("Dispensing: the scale records its own reading and its ticket; between them the power fails")
        (self.plant / "ticket.txt").write_text("scale-1  net 12.012 kg\n")
        due = (self.world.now().astimezone(UTC) + timedelta(days=90)).strftime("%Y-%m-%dT00:00:00Z")
        self.write("operator-1", "begin dispense --no-attest", minutes=3)
        self.write("operator-1", f"instrument dispense scale-1 --due {due}")
        self.write("scale-1", "record dispense blend-mass 12.012 --unit kg", minutes=14)
        with (self.plant / "run.opb").open("ab") as journal:
            journal.write(TORN)
        why = "--gap-reason 'Power failure in the dispensary; the ticket was printed, not yet recorded.'"
        ticket = "attach ticket.txt --step dispense --slot ticket --source scale-1 --copy original"
        self.write("scale-1", f"{ticket} {why}", minutes=9)
        self.write("scale-1", "attest")
        self.write("operator-1", "end dispense", minutes=2)
        self.write("operator-2", "check-step dispense --passed --text 'Ticket and label agree.'", minutes=4)
        self.chapter("A time witness signs how far the log has come, from a request file")
        self.on("plant", "opsproof request --run run.opb --output head.request")
        self.witness("head")
        self.write("operator-1", "append head.witness")

    def dry(self) -> str:
        """Dry, find the moisture too high, deviate, extend, remediate; give the entry of the deviation."""
        self.chapter("The agent may run the dryer only with leave for exactly that command")
        self.write("process-agent", "begin granulate")
        first = self.drying("trend-1.csv", 30, 9.0)
        value = self.write("process-agent", f"record granulate moisture {first} --unit %", minutes=5)
        self.write("process-agent", f"attach trend-1.csv {TREND}")
        (self.plant / "thermal.png").write_bytes(draw())
        taken = f"--captured {self.world.now().isoformat(timespec='seconds')} --source thermal-camera-1 --copy original"
        image = f"attach thermal.png --step granulate --slot thermal-image {taken} --no-attest"
        image = self.write("operator-1", image)
        why = "Memory card of the thermal camera, for the batch file."
        card = self.write("operator-1", f"transfer {image} --to supervisor-1 --reason '{why}'", minutes=1)
        self.chapter("Too moist: a deviation, ruled on at once by the policy that the contract pins; the work stops")
        what = f"Loss on drying is {first} % after 30 minutes; the limit is 3.0 %. A lump is seen in the bed."
        said = f"--description {shlex.quote(what)} --action 'Dryer stopped, vessel closed.' --evidence {image}"
        deviation = self.write("process-agent", f"deviate ipc-out-of-limits --value {value} {said}", minutes=1)
        self.on("plant", f"opsproof record granulate drying-time 30 --unit min {by('process-agent')}", expect=1)
        self.write("supervisor-1", f"receive {card} --no-attest", minutes=7)
        self.write("supervisor-1", f"release {deviation} --text 'Extend the drying by 10 minutes.'", minutes=2)
        second = self.drying("trend-2.csv", 10, float(first))
        self.write("process-agent", f"record granulate moisture-after-extension {second} --unit %", minutes=5)
        self.write("process-agent", "record granulate drying-time 40 --unit min")
        trend = self.write("process-agent", f"attach trend-2.csv {TREND}")
        text = f"Drying extended by 10 minutes under leave; loss on drying is {second} %."
        self.write("process-agent", f"remediate {deviation} --text {shlex.quote(text)} --evidence {trend}")
        self.write("process-agent", "end granulate")
        self.write("supervisor-1", "release granulate --text 'Moisture within limits.'", minutes=6)
        return deviation

    def drying(self, trend: str, minutes: int, moisture: float) -> str:
        """Ask for leave to run the dryer, give it, run; give the moisture at the end."""
        command = f"-- python dryer.py --minutes {minutes} --from {moisture} --trend {trend}"
        arguments = self.write("process-agent", f"exec --step granulate --request {command}", minutes=1)
        leave = f"--for process-agent --action exec --arguments {arguments} --expires-in '15 min'"
        self.write("supervisor-1", f"authorise granulate {leave}", minutes=2)
        return self.write("process-agent", f"exec --step granulate {command}", minutes=minutes)

    def sample(self) -> None:
        """Sample, and go on although the laboratory's result is not there yet."""
        self.chapter("Sampling: the laboratory needs days; the step ends without its result, and every report says so")
        self.write("operator-2", "begin sample --no-attest", minutes=4)
        self.write("operator-2", "record sample sample-id S-1042-01 --no-attest", minutes=6)
        self.write(
            "operator-2", "note 'The sample went to the laboratory by courier at once.' --step sample --no-attest"
        )
        self.write("operator-2", "end sample --anyway", minutes=1)

    def fill_and_weigh(self) -> None:
        """Fill five drums, one value with its digits swapped at first; weigh the yield; end the run."""
        self.chapter("Five drums are filled and weighed; two digits were swapped, and both values stay on record")
        for mass in ("2.331", "2.327", "2.343", "2.322", "2.326"):
            self.write("operator-2", "begin fill --no-attest", minutes=2)
            value = self.write("operator-2", f"record fill net-mass {mass} --unit kg --no-attest", minutes=3)
            if mass == "2.343":
                why = "Digits swapped when typed; the ticket of the scale says 2.334 kg."
                self.write("operator-2", f"correct {value} 2.334 --why '{why}' --no-attest", minutes=1)
            self.write("operator-2", "end fill --no-attest")
        self.write("operator-2", "begin yield --no-attest", minutes=2)
        self.write("operator-2", "record yield yield 11.64 --unit kg --no-attest", minutes=2)
        self.write("operator-2", "end yield")
        self.write("process-agent", "attest")
        self.on("plant", "opsproof status --run run.opb")

    def seal(self) -> None:
        """End and seal; what is open is accepted by name, never silently."""
        self.chapter("The supervisor ends the batch record and seals it; the clock witnesses the seal")
        self.write("supervisor-1", "end")
        self.on("plant", f"opsproof seal {by('supervisor-1')}", expect=1, minutes=4)
        self.on("plant", f"opsproof seal --with-open-items {by('supervisor-1')}", minutes=3)
        self.request("seal.request", "Please witness the seal of batch B-1042.")
        self.witness("seal")
        self.on("plant", "opsproof append --run run.opb seal.witness")
        self.check(PROVISIONAL)

    def supply(self) -> None:
        """Let the laboratory supply its result after the seal."""
        self.chapter("Days later the laboratory supplies the assay; no sealed byte changes")
        (self.place / "laboratory" / "assay.json").write_text('{"sample": "S-1042-01", "assay-percent": "99.4"}\n')
        self.request("supply.request", "Please supply the assay of sample S-1042-01.")
        supplied = "--decision supply --evidence assay.json --step sample --slot assay"
        self.sign("laboratory", "analyst-1", "supply.request", supplied)

    def close(self, deviation: str) -> None:
        """Let three people close the batch, two in parallel and the third after both."""
        self.chapter("Production and quality review in parallel, each by a request file; quality covers the deviation")
        self.request("review.request", "Please review batch B-1042.")
        self.sign("production", "production-lead", "review.request", "--meaning review", merge=False)
        self.sign("quality", "qa-lead", "review.request", f"--meaning review --covers {deviation}", merge=False)
        self.on("plant", "opsproof append --run run.opb qa-lead.signoff production-lead.signoff")
        self.check(PROVISIONAL)
        self.chapter("A qualified person releases the batch, having seen both reviews")
        self.request("release.request", "Please release batch B-1042.")
        self.sign("release", "qualified-person-1", "release.request", "--meaning release")
        self.chapter("The auditor checks: FINAL, with the time of the witness")
        self.check(FINAL)
        self.on("plant", "opsproof-verify show run.opb")

    def request(self, name: str, text: str) -> None:
        """Write a request on the plant's machine."""
        said = f"--trust trust.toml --text {shlex.quote(text)} --output {name}"
        self.on("plant", f"opsproof request --run run.opb {said}")

    def witness(self, what: str) -> None:
        """Carry a request to the clock, have it witnessed, carry that back."""
        self.carry("plant", f"{what}.request", "clock")
        signing = f"--as plant-clock --key plant-clock.key --detached {what}.witness --yes"
        self.on("clock", f"opsproof witness --request {what}.request {signing}")
        self.carry("clock", f"{what}.witness", "plant")

    def sign(self, machine: str, who: str, name: str, words: str, *, merge: bool = True) -> None:
        """Carry a request to a machine, sign there, carry the sign-off back and, if wanted, append it."""
        self.carry("plant", name, machine)
        signing = f"--as {who} --key {who}.key --name '{PRINTED[who]}' --role {APPROVERS[who]} --trust trust.toml"
        claimed = "--authentication knowledge,possession"  # as with a key on a card and its PIN
        line = f"opsproof signoff --request {name} {signing} {claimed} {words} --detached {who}.signoff --yes"
        self.on(machine, line, minutes=38)
        self.carry(machine, f"{who}.signoff", "plant")
        if merge:
            self.on("plant", f"opsproof append --run run.opb {who}.signoff")

    def check(self, expect: int) -> None:
        """Verify as the auditor."""
        self.on("plant", f"opsproof-verify check run.opb --trust trust.toml --at {written(self.world.now())}", expect)

    def carry(self, source: str, name: str, target: str) -> None:
        """Carry a file from one machine to another, as a stick or a letter would."""
        shutil.copy(self.place / source / name, self.place / target)
        print(f"\n({name} is carried from {source} to {target})")


if __name__ == "__main__":
    where = Path(sys.argv[1] if len(sys.argv) > 1 else HERE.parents[2] / "build" / "batch").resolve()
    Batch(where, World()).perform()
    print(f"\nEverything lies in {os.path.relpath(where)}.")
