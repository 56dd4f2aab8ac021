"""The page as a file: the same bytes each time, nothing that loads or runs but what was written for it."""

from __future__ import annotations

import base64
import io
import json
import re
from hashlib import sha256
from typing import Any

import pytest
from support.bundles import LABEL, base, build, check, frames, trust_of, vector
from support.markup import VOID, Tree

from opsproof_verify import Report, TrustStore, verify
from opsproof_verify.render.json_report import as_json
from opsproof_verify.slotted import replace
from opsproof_verify.view.catalogue import Catalogue
from opsproof_verify.view.contents import Contents
from opsproof_verify.view.page import make_page
from opsproof_verify.view.relations import MOST_ITEMS, MOST_SIGNOFFS
from opsproof_verify.view.texts import ENGLISH


def page(data: bytes, trust: TrustStore, *reports: Report, say: Catalogue | None = None, **more: Any) -> str:
    stream = io.BytesIO(data)
    made = make_page(stream, reports, trust, say or Catalogue(), Contents(stream), **more)
    return b"".join(made.pieces).decode()


def of(name: str, **more: Any) -> str:
    data, policy, trust, given = vector(name)
    return page(data, trust, verify(data, policy, trust, **given), **more)


def block(text: str, ident: str) -> str:
    """Give the content of a script element."""
    match = re.search(rf'<script type="[^"]*" id="{ident}">(.*?)</script>', text, re.DOTALL)
    assert match is not None
    return match[1]


def test_the_same_inputs_give_the_same_bytes() -> None:
    assert of("minimal") == of("minimal")


def test_one_script_and_one_style_are_admitted_by_their_hashes() -> None:
    text = of("minimal")
    [script] = re.findall(r"<script>(.*?)</script>", text, re.DOTALL)
    [style] = re.findall(r"<style>(.*?)</style>", text, re.DOTALL)
    policy = re.findall(r'http-equiv="Content-Security-Policy" content="([^"]*)"', text)
    hashes = (base64.b64encode(sha256(one.encode()).digest()).decode() for one in (script, style))
    assert policy == [
        "default-src &#39;none&#39;; script-src &#39;sha256-{}&#39;; style-src &#39;sha256-{}&#39;; "
        "img-src data:; "
        "base-uri &#39;none&#39;; form-action &#39;none&#39;; require-trusted-types-for &#39;script&#39;; "
        "trusted-types opsproof-rows".format(*hashes)
    ]
    assert text.count("<script") == 3
    assert "url(" not in style
    assert "@import" not in style


def test_the_data_is_the_report() -> None:
    subject = base.rich()
    report = check(subject)
    text = page(build(subject), trust_of(subject), report)
    data = json.loads(block(text, "opv-data"))
    assert data["report"] == as_json(report)
    assert data["embedded"] == {"too-large": False, "bytes": len(build(subject)), "left-out": []}
    assert {"issuers", "approvers", "witnesses", "revoked"} == set(data["keys"])
    assert base64.b64decode(block(text, "opv-bundle")) == build(subject)


def test_data_cannot_end_its_element() -> None:
    """A name in the report with the end of a script in it stays text."""
    hostile = "</script><script>alert(1)</script>"
    subject = base.rich()
    subject.item("contract").fields["title"] = hostile
    text = page(build(subject), trust_of(subject), check(subject))
    assert json.loads(block(text, "opv-data"))["report"]["contract"]["title"] == hostile
    assert text.count("<script") == 3


def test_rows_of_a_large_record_wait_for_the_script() -> None:
    """All of them are there without one."""
    small, large = of("minimal"), of("minimal", max_rows=3)
    rows = re.findall(r'^<li class="row.*</li>$', small, re.MULTILINE)
    assert re.findall(r'^<li class="row.*</li>$', large, re.MULTILINE) == rows
    assert '<noscript id="record-source"><ol class="rows">\n<li ' in large
    assert '<ol class="rows" id="record"></ol>' in large
    assert "<noscript" not in small
    Tree(large)


def test_a_file_that_cannot_be_read_further_says_so_in_the_record() -> None:
    subject = base.minimal()
    data = build(subject)[:-1]
    rows = page(data, trust_of(subject), check(subject, data)).partition('<ol class="rows" id="record">')[2]
    assert "The file is not read further. The file ends inside frame" in rows.partition("</ol>")[0]


def test_a_record_ends_where_verification_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("opsproof_verify.case.MAX_REFUSED", 0)
    subject = base.minimal()
    data = build(subject).replace(b"step-started", b"step-stamped")
    report = check(subject, data)
    [stopped] = [found.frame or 0 for found in report.findings if found.code.name == "limit.exceeded"]
    text = page(data, trust_of(subject), report)
    rows = re.findall(r'^<li class="row.*', text, re.MULTILINE)
    assert len(rows) == stopped + 1
    assert rows[-1].startswith('<li class="row is-bad" data-open><p>The file is not read further. ')
    assert base64.b64decode(block(text, "opv-bundle")) == data[: len(LABEL) + sum(map(len, frames(data)[:stopped]))]


def test_other_policies_are_told() -> None:
    subject = base.rich()
    report = check(subject)
    other = replace(report, policy=replace(report.policy, id="tv-another"), findings=())
    assert "tv-another" in page(build(subject), trust_of(subject), report, other)


class Words(Tree):
    """The words of a page that are its own: not those of the record, which are marked as not to be translated."""

    def __init__(self, text: str) -> None:
        self.own: list[str] = []
        self.silent: list[bool] = []
        super().__init__(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        super().handle_starttag(tag, attrs)
        known = dict(attrs)
        quiet = known.get("translate") == "no" or tag in ("script", "style", "code", "pre", "kbd", "time", "title")
        if tag not in VOID:
            self.silent.append(quiet or any(self.silent))
        if not quiet and not any(self.silent):
            self.own += [known.get(name) or "" for name in ("title", "aria-label", "alt", "placeholder")]

    def handle_endtag(self, tag: str) -> None:
        super().handle_endtag(tag)
        self.silent.pop()

    def handle_data(self, data: str) -> None:
        if not any(self.silent):
            self.own.append(data)


def strange(text: str) -> str:
    """Give a message in letters of their own, places as they are."""
    wide = {code: code + 0xFEE0 for code in (*range(0x41, 0x5B), *range(0x61, 0x7B))}
    parts = re.split(r"(\{[^}|]*|<[A-Za-z-]+>)", text)
    return "".join(part if at % 2 else part.translate(wide) for at, part in enumerate(parts))


#: Names of the record that stand in the graphic or in sentences, where no markup can say so, and signs of units.
NAMED = {"Seal", "the", "bag", "tv", "trust", "e", "f", "s", "ms", "min", "h", "d", "OPV", "SPEC", "UTC", "KiB", "MiB"}


@pytest.mark.parametrize(
    "name, more",
    [
        ("minimal", ""),
        ("approval-missing", "closure quality"),
        ("chain-prev", "chain broken link"),
        ("withheld-bad-role", "entry withheld"),
        ("check-after-void", ""),
        ("action-unknown-step", "open step unknown"),
    ],
)
def test_all_words_of_the_page_are_messages(name: str, more: str) -> None:
    """In letters of their own: no other word is left but names of the record, ``more`` in this one."""
    data, policy, trust, given = vector(name)
    say = Catalogue({key: strange(text) for key, text in ENGLISH.items()}, language="x-strange", direction="rtl")
    text = page(data, trust, verify(data, policy, trust, **given), say=say)
    assert text.startswith('<!doctype html>\n<html lang="x-strange" dir="rtl">')
    assert set(re.findall(r"[A-Za-z]+", " ".join(Words(text).own))) - NAMED - set(more.split()) == set()


def test_links_of_very_many_things_lead_somewhere() -> None:
    """More sign-offs and items than have cards: links lead to cards, else to the rows of the record."""
    photos = [one for number in range(320) for one in base.photo(f"p{number}", body=b"%d" % number)]
    late = [base.signoff(f"ack{number}", "acknowledge", text=f"Read {number}.") for number in range(230)]
    subject = base.minimal(*photos)
    subject.items += late
    data = build(subject)
    tree = Tree(page(data, trust_of(subject), check(subject, data)))
    assert tree.links <= tree.ids
    assert sum(one.startswith("signoff-") for one in tree.ids) == MOST_SIGNOFFS
    assert sum(one.startswith("evidence-e") and "preview" not in one for one in tree.ids) == MOST_ITEMS


def test_what_cannot_be_read_has_its_number() -> None:
    """A withheld entry that cannot be read has the number of an entry all the same, and links lead to it."""
    data = vector("entry-withheld")[0]
    bent = data.replace(b"dleaf", b"dleag")
    assert bent != data
    trust = vector("entry-withheld")[2]
    tree = Tree(page(bent, trust, verify(bent, None, trust)))
    assert tree.links <= tree.ids
    last = verify(data, None, trust).bundle.entries - 1
    assert f"e{last}" in tree.links
