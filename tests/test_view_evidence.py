"""The evidence of a page: how each item stands, through whose hands it went, and what may be shown of it."""

from __future__ import annotations

import re
from hashlib import sha256
from typing import Any

import pytest
from support.markup import Tree
from test_cli_show import made
from test_csv_hostile import HASH, T
from test_view_rows import ids, scene_of, words

from opsproof_verify import kinds
from opsproof_verify.fields import Ref
from opsproof_verify.findings import finding
from opsproof_verify.records import Item
from opsproof_verify.register import Severity
from opsproof_verify.view.catalogue import Catalogue
from opsproof_verify.view.parts.evidence import evidence
from opsproof_verify.view.parts.evidence_card import size_text
from opsproof_verify.view.parts.evidence_state import look
from opsproof_verify.view.relations import MOST_ITEMS
from opsproof_verify.view.scene import Scene
from opsproof_verify.view.story import DeviationStory, EvidenceStory, Story, When

TEXT = b"Line walked, clear.\n"
WHEN = When(3, T, "operator-a")


def item(content: bytes = TEXT, **more: Any) -> Item:
    """Give an item as a record names it."""
    given: dict[str, Any] = {
        "digest": sha256(content).digest(),
        "size": len(content),
        "media": "text/plain",
        "name": "check.txt",
    }
    named: Item = made(Item, **given | more)
    return named


def story(named: Item, seq: int = 3, **more: Any) -> EvidenceStory:
    """Give an item that an entry names, in frame 7, with its content before it."""
    given: dict[str, Any] = {"when": WHEN._replace(seq=seq), "signoff": None, "place": (100, named.size), "frame": 6}
    given["what"] = made(kinds.EvidenceAdded, item=named)
    return EvidenceStory(item=named, **given | more)


def scene_with(*items: EvidenceStory, content: Any = lambda _: TEXT, **more: Any) -> Scene:
    """Give a scene with these items; ``more`` is of the report, but for ``deviations``."""
    deviations = more.pop("deviations", {})
    rich, _ = scene_of("rich-every-kind", **more)
    told = Story(contract=rich.story.contract, steps=rich.story.steps, actors=rich.story.actors, evidence=list(items))
    told.deviations = deviations
    told.entries = 28
    return Scene(rich.report, told, Catalogue(), content)


def card_of(markup: str, ident: str) -> str:
    """Give one card."""
    found = re.search(f'<article class="card" id="evidence-{ident}">.*?</article>', markup, re.DOTALL)
    assert found is not None, markup
    return found[0]


def state_of(markup: str, ident: str) -> str:
    """Give the state in the head of a card."""
    found = re.search('<header>.*?<span class="badge is-([a-z]+)">.*?</header>', card_of(markup, ident), re.DOTALL)
    assert found is not None
    return f"{found[1]}: {words(found[0])}"


def is_open(markup: str, ident: str) -> bool:
    return '<details class="fold" open>' in card_of(markup, ident)


def test_items_of_a_run_are_as_recorded() -> None:
    scene, _ = scene_of("rich-every-kind")
    made_ = evidence(scene)
    assert "2 items are named, and the content of each is as recorded." in words(made_)
    assert re.findall(r'<tr><th scope="row"><a href="#(evidence-e\d+)">', made_) == ["evidence-e5", "evidence-e11"]
    assert [state_of(made_, one) for one in ("e5", "e11")] == [
        "good: plan.pdf✓ as recorded",
        "good: seal-photo✓ as recorded",
    ]
    assert not is_open(made_, "e5")
    custody = re.search('<ol class="chain">(.*?)</ol>', card_of(made_, "e5"))
    assert custody is not None
    assert [words(one) for one in re.findall("<li>(.*?)</li>", custody[1])] == [
        "Recorded by Tech a operator-a, 2026-11-02 09:05:00+01:00, e5.",
        "Handed to Tech b operator-b by Tech a operator-a, 2026-11-02 09:07:00+01:00, e7. Takes the plan to the store.",
    ]
    assert "not confirmed as received" in card_of(made_, "e5")
    assert "Not handed on." in card_of(made_, "e11")
    assert "opsproof-verify extract BUNDLE e5" in made_


def test_a_run_without_evidence_says_so() -> None:
    made_ = evidence(scene_with())
    assert words(made_) == "EvidenceThe record names no evidence."
    assert '<section id="evidence" class="part" aria-labelledby="evidence-title">' in made_


def test_a_received_item_is_with_whom_received_it() -> None:
    scene, _ = scene_of("custody-to-newcomer")
    made_ = evidence(scene)
    assert "Received by " in words(made_)
    assert "not confirmed as received" not in made_


def test_an_altered_item_is_not_shown() -> None:
    scene, _ = scene_of("evidence-altered")
    made_ = evidence(scene)
    [altered] = [
        one for one in scene.story.evidence if f"evidence-{one.id}" in ids(made_) and "bad" in state_of(made_, one.id)
    ]
    assert "evidence.wrong-digest" in card_of(made_, altered.id)
    assert is_open(made_, altered.id)
    assert "it is not shown" in card_of(made_, altered.id)
    assert "1 item is altered" in words(made_)


@pytest.mark.parametrize(
    "more,content",
    [
        ({}, b"other bytes, whatever gave them"),
        ({"place": (100, 5)}, TEXT),
    ],
)
def test_what_is_not_as_recorded_is_altered_whoever_says_so(more: dict[str, Any], content: bytes) -> None:
    made_ = evidence(scene_with(story(item(), **more), content=lambda _: content))
    assert state_of(made_, "e3") == "bad: check.txt✕ altered"
    assert "<pre" not in made_
    one = story(item(), **more)
    looked, shown = look(scene_with(one, content=lambda _: content), one)
    assert (looked.key, shown) == ("altered", None)


def test_a_size_that_is_not_as_recorded() -> None:
    found = (finding("evidence.wrong-size", {"frame": 6}, {"recorded": 20, "found": 19}),)
    made_ = evidence(scene_with(story(item()), content=lambda _: None, findings=found))
    assert state_of(made_, "e3") == "bad: check.txt✕ altered"
    assert 'href="#finding-1"' in card_of(made_, "e3")


def test_an_absent_item_is_known_by_its_digest() -> None:
    scene, _ = scene_of("evidence-absent")
    made_ = evidence(scene)
    [absent] = [one for one in scene.story.evidence if one.place is None]
    assert "open: " in state_of(made_, absent.id)
    assert "absent" in state_of(made_, absent.id)
    assert is_open(made_, absent.id)
    assert "It is known by its digest alone" in card_of(made_, absent.id)
    assert 'class="save"' not in card_of(made_, absent.id)
    assert "1 item is absent from this copy" in words(made_)


def test_an_item_beside_the_bundle_is_checked() -> None:
    made_ = evidence(scene_with(story(item(), place=None, frame=None)))
    assert state_of(made_, "e3") == "good: check.txt✓ as recorded, beside the bundle"
    assert "Line walked" in made_
    assert "extract" not in made_


def test_an_item_that_the_page_leaves_out_is_checked_all_the_same() -> None:
    made_ = evidence(scene_with(story(item()), content=lambda _: None))
    assert state_of(made_, "e3") == "good: check.txt✓ as recorded"
    assert "The page does not show it." in made_
    assert "The page does not show this content, for its size" in made_
    assert 'class="save"' in made_


def test_where_more_are_altered_than_the_report_lists_nobody_knows() -> None:
    counts = (("evidence.wrong-digest", Severity.FAIL, 250),)
    made_ = evidence(scene_with(story(item()), content=lambda _: None, counts=counts))
    assert state_of(made_, "e3") == "off: check.txt○ not known"
    assert "Of 1 item the report does not say it" in words(made_)
    assert "as recorded" in state_of(evidence(scene_with(story(item()), counts=counts)), "e3")


def test_what_a_record_says_of_an_item_stands_in_its_card() -> None:
    what = item(step="photograph", number=1, slot="seal-photo")
    raised = made(kinds.DeviationRaised, evidence=(what.digest,), steps=(), values=(), reason="r", severity="minor")
    said = made(kinds.EvidenceAdded, item=what, captured=T, source="camera", copy="true-copy", late="Cable\nbroken.")
    one = story(what, what=said, voided=(WHEN._replace(seq=9), made(kinds.Voided, voids=Ref(3, HASH), why="Blurred.")))
    made_ = evidence(scene_with(one, deviations={12: DeviationStory(WHEN._replace(seq=12), raised)}))
    card = card_of(made_, "e3")
    pairs = dict(re.findall("<dt>(.*?)</dt><dd>(.*?)</dd>", card, re.DOTALL))
    assert {name: words(text) for name, text in pairs.items()} == {
        "Named by": "Tech a operator-a, +010000-01-01 01:00:00+01:00, e3",
        "Media type": "text/plain",
        "Size": "20 bytes",
        "SHA-256": f"{what.digest.hex()} Copy",
        "Captured": "+010000-01-01 01:00:00+01:00",
        "Source": "camera",
        "Copy": "a true copy",
        "Recorded late": "Cable\nbroken.",
        "void": "Tech a operator-a, +010000-01-01 01:00:00+01:00, e9: Blurred.",
        "Deviations": "e12",
    }
    assert '<a href="#deviation-e12">' in card
    assert '<a href="#step-photograph">' in card
    assert "Photograph the seal, seal-photo, 20 bytes" in words(card)
    assert words(made_).count("void") >= 2
    assert is_open(made_, "e3")


def test_an_item_of_a_slot_or_a_step_that_the_contract_does_not_have() -> None:
    made_ = evidence(
        scene_with(
            story(item(name=None, step="photograph", number=1, slot="nowhere")),
            story(item(name=None, step="nowhere", number=1), seq=4),
        )
    )
    assert "Photograph the seal, nowhere" in words(card_of(made_, "e3"))
    assert words(card_of(made_, "e4")).startswith("text/plain✓ as recordednowhere, 20 bytes")
    assert 'href="#step-nowhere"' not in made_


def test_the_same_content_is_shown_once() -> None:
    made_ = evidence(scene_with(story(item()), story(item(), seq=4)))
    assert made_.count("Line walked") == 1
    assert 'The same content as on <a href="#evidence-e3">another card</a>.' in card_of(made_, "e4")


def test_an_item_of_a_signoff_is_named_by_it() -> None:
    scene, _ = scene_of("minimal-supplied")
    [supplied] = [one for one in scene.story.evidence if one.when is None]
    made_ = evidence(scene)
    card = card_of(made_, supplied.id)
    [signed] = [one for one in scene.story.signoffs if one.frame == supplied.signoff]
    assert f'<a href="#signoff-{signed.hash[:12]}">sign-off</a>' in card
    assert "Recorded by Qa lead, " in words(card)
    assert f"opsproof-verify extract BUNDLE {supplied.item.digest.hex()[:16]}<" in card


def test_a_content_that_a_signoff_brings_twice_has_one_place() -> None:
    brought = [story(item(slot=slot), when=None, what=None, signoff=34) for slot in ("front", "back")]
    made_ = evidence(scene_with(*brought))
    assert ids(made_).count(f"evidence-{brought[0].id}") == 1
    assert made_.count('<article class="card"') == 2


def test_an_item_of_a_signoff_that_is_not_kept() -> None:
    made_ = evidence(scene_with(story(item(), when=None, what=None, signoff=90)))
    card = card_of(made_, f"f90-{item().digest.hex()[:12]}")
    assert "<dt>Named by</dt><dd>not known</dd>" in card
    assert "<li>" not in card


def test_what_findings_name_stands_first_and_open() -> None:
    """Of very many items the first have cards, those with findings before the others."""
    items = [story(item(b"%d" % seq), seq=seq) for seq in range(MOST_ITEMS + 20)]
    items[318].frame = 2_000
    late = (
        finding("evidence.late", {"seq": 310}, None, Severity.PROVISIONAL),
        finding("evidence.undescribed", {"digest": items[315].item.digest.hex()}, None, Severity.NOTE),
        finding("evidence.wrong-size", {"frame": 2_000}, {"recorded": 1, "found": 2}),
    )
    made_ = evidence(scene_with(*items, content=lambda _: None, findings=late))
    cards = re.findall('<article class="card" id="evidence-(e[0-9]+)">', made_)
    assert cards[:3] == ["e310", "e315", "e318"]
    assert len(cards) == MOST_ITEMS
    assert [one for one in cards if is_open(made_, one)] == ["e310", "e318"]
    assert "and 20 more, in the record below" in words(made_)
    assert sorted(ids(made_)) == sorted({"evidence", "evidence-title", *(f"evidence-{one}" for one in cards)})
    assert "320 items are named. Not all are here as recorded:1 item is altered" in words(made_)
    assert '<ul class="found">' in card_of(made_, "e310")


def test_of_very_many_items_in_order_the_first_are_told() -> None:
    items = [story(item(b"%d" % seq), seq=seq) for seq in range(MOST_ITEMS + 1)]
    made_ = evidence(scene_with(*items, content=lambda _: None))
    assert "301 items are named. The content of each item below is as recorded." in words(made_)


def test_a_very_long_chain_of_custody_is_cut() -> None:
    moved: list[Any] = [
        (WHEN._replace(seq=seq), made(kinds.Transferred, digest=HASH, to="operator-b", reason="On."))
        for seq in range(4, 200)
    ]
    made_ = evidence(scene_with(story(item(), custody=moved)))
    assert card_of(made_, "e3").count("Handed to") == 100
    assert "and 96 more, in the record below" in made_


def test_each_content_is_asked_for_once() -> None:
    """The page counts how much it shows by how much is asked for."""
    asked: list[str] = []

    def content(one: EvidenceStory) -> bytes:
        asked.append(one.id)
        return TEXT

    evidence(scene_with(story(item()), story(item(), seq=4), content=content))
    assert asked == ["e3", "e4"]


@pytest.mark.parametrize("name", ["<script>x</script>.html", "../../x", "CON", "a\u202eb", '"><img src=x>'])
def test_a_hostile_name_is_text_and_its_file_name_is_harmless(name: str) -> None:
    made_ = evidence(scene_with(story(item(name=name, media="text/html"))))
    Tree(made_)
    [saved] = re.findall('data-name="([^"]*)"', made_)
    assert re.fullmatch(r"[A-Za-z0-9._-]+", saved)
    assert not saved.startswith((".", "CON"))
    assert "<script" not in made_
    assert "<img" not in made_
    assert "\u202e" not in made_


@pytest.mark.parametrize(
    "size,said",
    [
        (0, "0 bytes"),
        (1, "1 byte"),
        (1023, "1023 bytes"),
        (1024, "1.0 KiB"),
        (1600, "1.6 KiB"),
        (1024**2 - 1, "1024.0 KiB"),
        (25 * 1024**2, "25.0 MiB"),
        (2**53 - 1, "8.0 PiB"),
    ],
)
def test_sizes(size: int, said: str) -> None:
    assert size_text(scene_with(), size) == said


def test_a_card_with_a_plot_is_balanced() -> None:
    one = story(item(b"a,b\n1,2\n2,3\n3,5\n", name="x.csv", media="text/csv"))
    made_ = evidence(scene_with(one, content=lambda _: b"a,b\n1,2\n2,3\n3,5\n"))
    Tree(made_)
    assert "<svg" in made_
