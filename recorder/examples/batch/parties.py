"""Who takes part in the batch, on which machine, and the trust file that says whose keys count."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from opsproof_verify import Policy

HERE = Path(__file__).resolve().parent

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
#: Names as they are printed in signatures.
PRINTED = {
    "analyst-1": "Analyst 1",
    "production-lead": "Production lead",
    "qa-lead": "Quality lead",
    "qualified-person-1": "Qualified person 1",
}


def by(name: str) -> str:
    """Say who writes to the run."""
    return f"--run run.opb --as {name} --key {name}.key"


def trust(place: Path, moment: datetime) -> str:
    """Write the trust file that each machine has: whose keys count, from public keys handed over in person."""
    issued = moment.astimezone(UTC).replace(microsecond=0, tzinfo=None)
    keys = {who: (place / machine / f"{who}.key.pub").read_text().strip() for machine, who in _outside()}
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
