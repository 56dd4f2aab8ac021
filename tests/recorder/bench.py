"""A bench with two technicians and a supervisor: a procedure with everything that a guided run leads through."""

from __future__ import annotations

import subprocess
import sys

from opsproof_record.signing import keys
from recorder.plant import Plant

PROCEDURE = """\
id = "acme.blend"
version = 2
title = "Blend a drum"
issuer = "owner"
policy = "baseline"
pack = "general"
introduction = '''
Purpose: to blend one drum of base.

Wear gloves. Keep the lid closed.'''

[params.batch]
title = "Batch"

[params.shift]
optional = true

[authority]
rule = ["supervisor"]
release = ["supervisor"]
seal = ["operator"]

[[roster]]
id = "op-a"
name = "Technician A"
kind = "human"
roles = ["operator"]
key-file = "op-a.pub"

[[roster]]
id = "op-b"
name = "Technician B"
kind = "human"
roles = ["operator"]
key-file = "op-b.pub"

[[roster]]
id = "sup"
name = "Supervisor"
kind = "human"
roles = ["supervisor"]
key-file = "sup.pub"

[[roster]]
id = "bot"
name = "Dosing agent"
kind = "agent"
principal = "op-b"
roles = ["doser"]
key-file = "bot.pub"

[[steps]]
id = "weigh"
title = "Weigh the drum"
instruction = '''
Put the empty drum on the scale and tare it.
Fill it with base to about 42 kg.

  - Read the scale when it has been still for 5 s.
  - Take a photo of the display.'''
roles = ["operator"]

[steps.values.mass]
title = "Net mass"
type = "decimal"
unit = "kg"
min = "40"
max = "45.00"

[steps.values.colour]
type = "choice"
choices = ["white", "off-white"]

[steps.values.remark]
type = "text"
optional = true

[steps.evidence.photo]
title = "Photo of the display"
media = ["image/jpeg", "image/png"]

[[steps]]
id = "blend"
title = "Blend"
instruction = "Blend at the stated speed."
roles = ["operator"]
after = ["weigh"]
critical = true
check = ["supervisor"]
hold = ["supervisor"]
repeat = {min = 1, max = 2}
time-limit = "2 h"

[steps.values.speed]
type = "integer"
unit = "rpm"
min = "50"
max = "200"

[[steps]]
id = "rinse"
title = "Rinse the scoop"
roles = ["operator"]
optional = true

[[steps]]
id = "label"
title = "Label the drum"
roles = ["operator"]
after = ["blend"]

[steps.values.attached]
type = "boolean"
"""

NAMES = ("owner", "qa", "rita", "op-a", "op-b", "sup", "bot")
SESAME = "open sesame"  # of the supervisor's key


def furnish(plant: Plant, procedure: str = PROCEDURE) -> None:
    """Give a plant keys for everybody, the supervisor's encrypted, and the package of the procedure."""
    for name in NAMES:
        if not plant.key(name).exists():
            signer = keys.generate(plant.key(name), SESAME.encode() if name == "sup" else None)
            plant.path.joinpath(f"{name}.pub").write_text(keys.public_line(signer.public, name) + "\n")
    plant.write_trust()
    plant.author(procedure)
    plant.path.joinpath("drum.jpg").write_bytes(b"\xff\xd8" + bytes(range(256)) * 40)
    plant.path.joinpath("notes.txt").write_text("no photo\n")


def codes(plant: Plant, severity: str = "fail") -> set[str]:
    """Give the codes that a verification finds at a level."""
    return {found.code.name for found in plant.report().findings if found.severity == severity}


def shown(plant: Plant) -> str:
    """Give what the record says, entry by entry."""
    argv = [sys.executable, "-m", "opsproof_verify", "show", str(plant.run)]
    return subprocess.run(argv, capture_output=True, check=True, text=True).stdout
