"""What is asked of all markup of the page: balanced, no id twice, headings without gaps, no way out of it."""

from __future__ import annotations

import html
import re
from html.parser import HTMLParser
from itertools import pairwise

#: Elements without content (HTML, 13.1.2).
VOID = frozenset({"br", "col", "hr", "img", "input", "link", "meta", "wbr"})


class Tree(HTMLParser):
    """Markup as a browser reads it; refuses what no page may hold."""

    def __init__(self, markup: str) -> None:
        """Read markup."""
        super().__init__()
        self.ids: set[str] = set()
        self.links: set[str] = set()  # places, without their sign
        self.levels: list[int] = []  # of headings
        self.open: list[str] = []
        self.feed(markup)
        self.close()
        assert self.open == []
        assert all(later <= before + 1 for before, later in pairwise(self.levels))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Take an element, its id and its address."""
        if tag not in VOID:
            self.open.append(tag)
        if re.fullmatch("h[1-6]", tag):
            self.levels.append(int(tag[1]))
        for name, value in attrs:
            assert name != "style"
            assert not name.startswith("on")
            if name == "id":
                assert value not in self.ids, f"id {value} stands there twice"
                self.ids.add(value or "")
            elif name == "href":
                assert (value or "").startswith("#")
                self.links.add((value or "")[1:])
            elif name == "src":
                assert (value or "").startswith("data:image/")

    def handle_endtag(self, tag: str) -> None:
        """Take the end of an element."""
        assert self.open.pop() == tag


def text(markup: str) -> str:
    """Give the text of markup in one line, without tags."""
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]*>", "", markup))).strip()
