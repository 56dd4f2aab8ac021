"""Seeds of random tests: the first are traced, the others try more of the same."""

from __future__ import annotations

from typing import Any

import pytest


def seeds(count: int, traced: int = 1) -> list[Any]:
    """Give the numbers up to ``count``, so many of them for tests that are traced."""
    more = (pytest.param(seed, marks=pytest.mark.untraced) for seed in range(traced, count))
    return [*range(traced), *more]
