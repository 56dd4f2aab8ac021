"""Settings of all tests."""

from collections.abc import Iterator

import pytest
from hypothesis import settings
from javascript.adapter import Node

settings.register_profile("same-every-time", derandomize=True, deadline=None, database=None)
settings.load_profile("same-every-time")


@pytest.fixture(scope="module")
def node() -> Iterator[Node]:
    """One Node for the tests of a module, which in the end has said nothing on standard error and ends by itself."""
    one = Node()
    yield one
    assert one.end() == 0
