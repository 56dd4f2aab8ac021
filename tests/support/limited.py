"""Verify a file under a memory limit, and print what came of it.

    python -m support.limited BUNDLE TRUST EVIDENCE-OR-EMPTY

takes a bundle's path, a trust store's path, a folder of evidence; prints verdict, codes and counts as JSON. The limit
is 200 MiB more than the interpreter and the verifier take.
"""

import json
import resource
import sys
from pathlib import Path

from opsproof_verify import TrustStore, verify
from opsproof_verify.render.json_report import render_json

HEADROOM = 200 * 2**20


def main(bundle: str, trust: str, evidence: str) -> None:
    """Verify and print."""
    store = TrustStore.load(trust)
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
    limit = pages * resource.getpagesize() + HEADROOM
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    report = verify(bundle, None, store, at=1796198400000, evidence=evidence or None)
    render_json(report)
    codes = sorted({found.code.name for found in report.findings})
    counts = {code: count for code, _, count in report.counts}
    print(json.dumps({"verdict": report.verdict, "codes": codes, "counts": counts}))


if __name__ == "__main__":
    main(*sys.argv[1:])
