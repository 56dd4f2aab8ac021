"""A vector of each kind has a page, whatever is wrong with it: balanced, ids once, links that lead somewhere in it."""

from __future__ import annotations

import io

import pytest
from support.bundles import vector
from support.markup import Tree
from support.page_scenes import a_vector_of_each_kind
from test_view_page import page

from opsproof_verify import verify
from opsproof_verify.view.telling import tell


@pytest.mark.parametrize("name", a_vector_of_each_kind())
def test_each_vector_has_a_page(name: str) -> None:
    """Whatever is wrong with a bundle, its page is whole, and each of its links leads to a place in it."""
    data, policy, trust, given = vector(name)
    report = verify(data, policy, trust, **given)
    text = page(data, trust, report)
    tree = Tree(text)
    assert tree.links <= tree.ids
    assert tree.levels[0] == 1
    story = tell(io.BytesIO(data))
    wanted = {f"finding-{number}" for number in range(1, len(report.findings) + 1)}
    assert (
        wanted | {f"step-{one}" for one in story.steps} | {f"deviation-e{one}" for one in story.deviations} <= tree.ids
    )
    assert f"<title>{report.verdict} - " in text
