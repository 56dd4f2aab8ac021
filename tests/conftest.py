"""Settings of all tests."""

import sys
from collections.abc import Iterator

import pytest
from hypothesis import settings
from javascript.adapter import Node

settings.register_profile("same-every-time", derandomize=True, deadline=None, database=None)
settings.load_profile("same-every-time")


@pytest.fixture(autouse=True)
def _untraced(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Stop the measuring of coverage, here and in processes that a test starts, for tests that are marked so."""
    if request.node.get_closest_marker("untraced") is None:
        yield
        return
    monkeypatch.delenv("COVERAGE_PROCESS_CONFIG", raising=False)
    tracer = sys.gettrace()
    sys.settrace(None)
    yield
    sys.settrace(tracer)


@pytest.fixture(scope="module")
def node() -> Iterator[Node]:
    """One Node for the tests of a module, which in the end has said nothing on standard error and ends by itself."""
    one = Node()
    yield one
    assert one.end() == 0
