"""What the scripts in `packaging/` share: targets, wheels, the kit, its bill of materials.

Everything written here is the same for the same inputs: sorted, with one fixed time, one owner and one mode.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

#: The repository.
ROOT = Path(__file__).resolve().parents[2]

#: The time of every file that is packed, in seconds since 1970: the one that hatchling writes into wheels by itself.
EPOCH = 1580601600


class KitError(Exception):
    """Something that cannot be built; the message says what, where and what to do."""


def as_script(main: Callable[[], None]) -> None:
    """Be a script; where something cannot be built, say so under its name and exit with 1."""
    try:
        main()
    except KitError as error:
        sys.exit(f"{Path(sys.argv[0]).stem}: {error}")
