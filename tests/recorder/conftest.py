"""The plant that each test starts from."""

from __future__ import annotations

from pathlib import Path

import pytest
from recorder.plant import Plant


@pytest.fixture
def plant(tmp_path: Path) -> Plant:
    """Give a plant with keys and an approved package, and no run yet."""
    made = Plant(tmp_path)
    for name in ("owner", "qa", "rita", "op-a", "bot"):
        made("keygen", made.key(name))
    made.write_trust()
    made.author()
    return made
