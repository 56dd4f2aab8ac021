"""Writes the vectors in all.jsonl as folders, with the runner and the adapter beside them; needs Python 3.11 alone.

python3 unpack.py DIR
python3 DIR/run.py --level 3 -- COMMAND [ARGUMENT...]
"""

from __future__ import annotations

import base64
import json
import re
import shutil
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
BESIDE = ("run.py", "adapter_opsproof.py", "manifest.json", "README.md", "LICENSE")
NAME = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]*(/[A-Za-z0-9_-][A-Za-z0-9._-]*)?")


def main() -> str:
    """Write the folder; give what to tell, which is empty if it was written."""
    if len(sys.argv) != 2 or sys.argv[1].startswith("-"):
        return "usage: python3 unpack.py DIR"
    target = Path(sys.argv[1])
    if target.exists():
        return f"{target}: exists; name a new folder"
    with (HERE / "all.jsonl").open(encoding="utf-8") as lines:
        for line in lines:
            vector = json.loads(line)
            files = {name: base64.b64decode(text, validate=True) for name, text in vector.pop("files").items()}
            files["vector.json"] = json.dumps(vector, indent=1, sort_keys=True).encode()
            folder = target / "bundles" / vector["id"]
            for name, data in files.items():
                if not NAME.fullmatch(name) or not NAME.fullmatch(vector["id"]) or "/" in vector["id"]:
                    return f"{vector['id']}: {name!r} is no name of a vector's file; take another copy of all.jsonl"
                (folder / name).parent.mkdir(parents=True, exist_ok=True)
                (folder / name).write_bytes(data)
    for name in BESIDE:
        shutil.copyfile(HERE / name, target / name)
    return ""


if __name__ == "__main__":
    sys.exit(main() or 0)
