"""A vector of each kind has a page, whatever is wrong with it: balanced, ids once, links that lead somewhere in it."""

from __future__ import annotations

import pytest
from support.bundles import verdicts
from support.page_scenes import a_vector_of_each_kind
from test_view_page import Tree, of


@pytest.mark.parametrize("name", a_vector_of_each_kind())
def test_each_vector_has_a_page(name: str) -> None:
    """Whatever is wrong with a bundle, its page is whole, and each of its links leads to a place in it."""
    text = of(name)
    tree = Tree(text)
    assert len(tree.ids) == len(set(tree.ids))
    assert {link[1:] for link in tree.links if link.startswith("#")} <= set(tree.ids)
    assert f"<title>{verdicts()[name]} - " in text
