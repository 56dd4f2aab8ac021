"""Drives ``opsproof_verify`` for ``run.py``, through its Python API: a line in, a line out."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from opsproof_verify import Policy, TrustStore, __version__, verify


def answer(message: dict[str, Any]) -> dict[str, Any]:
    """Verify one vector."""
    policy = Policy.load(message["policy"]) if message["policy"] else None
    report = verify(
        Path(message["bundle"]),
        policy,
        TrustStore.load(message["trust"]),
        at=message["at"],
        expect=message["expect"] or None,
        evidence=Path(message["evidence"]) if message["evidence"] else None,
    )
    return {
        "seq": message["seq"],
        "verdict": str(report.verdict),
        "primary": report.primary.code.name if report.primary else None,
        "findings": [[found.code.name, found.frame] for found in report.findings],
    }


def main() -> int:
    """Answer until told good-bye."""
    for line in sys.stdin:
        message = json.loads(line)
        if message["cmd"] == "bye":
            break
        if message["cmd"] == "hello":
            reply: dict[str, Any] = {"protocol": 1, "implementation": f"opsproof-verify {__version__}"}
        else:
            try:
                reply = answer(message)
            except Exception as error:  # noqa: BLE001 - told to the runner, which stops
                reply = {"seq": message["seq"], "error": f"{type(error).__name__}: {error}"}
        print(json.dumps(reply), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
