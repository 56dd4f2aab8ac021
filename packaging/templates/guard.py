"""Refuses another Python than the one that this file was built for; shiv runs it before the verifier."""

import sys

BUILT_FOR = "$python"
RUNNING = f"{sys.version_info[0]}.{sys.version_info[1]}"

if RUNNING != BUILT_FOR:
    sys.stderr.write(
        f"opsproof-verify: this file was built for $platform with Python {BUILT_FOR}, and this is Python {RUNNING}; "
        f"start it as `python{BUILT_FOR} opsproof-verify.pyz`, or build it again with this Python\n"
    )
    sys.exit(2)
