"""The card of an evidence item: what it is, through whose hands it went, what is in it, and how to obtain it."""

from __future__ import annotations

from opsproof_verify import kinds as e
from opsproof_verify.records import Item
from opsproof_verify.render.file_names import safe_name
from opsproof_verify.view.html import Content, Markup, element, join
from opsproof_verify.view.parts.evidence_state import Looked, signoff_of
from opsproof_verify.view.parts.layout import facts, fold
from opsproof_verify.view.parts.pieces import moment, notes, signed, weighty
from opsproof_verify.view.parts.saying import prose, step_link
from opsproof_verify.view.preview import outside, preview, render
from opsproof_verify.view.scene import Scene
from opsproof_verify.view.story import EvidenceStory, When

#: Events of a chain of custody, and deviations, that are shown.
_MOST = 100

#: Digits of a digest that `extract` is given.
_ENOUGH = 16

_KIB = 1024
_UNITS = ("KiB", "MiB", "GiB", "TiB", "PiB")


def evidence_card(
    scene: Scene, one: Looked, content: bytes | None, shown: dict[bytes, str], *, has_place: bool = True
) -> Markup:
    """Give the card of an item; ``shown`` holds the cards that show a content, by its digest, and takes this one.

    ``has_place`` says that links to the item end at this card.
    """
    story = one.story
    say = scene.say
    place = f"evidence-{story.id}" if has_place else None
    head = element(
        "header",
        element("h3", title_of(scene, story)),
        scene.badge(one.state, say(f"evidence.{one.key}")),
        scene.badge("off", say("evidence.void")) if story.voided else None,
    )
    lead = element("p", place_of(scene, story.item), ", ", size_text(scene, story.item.size), cls="muted")
    folded = fold(
        say("evidence.card"),
        _facts(scene, one),
        element("h4", say("evidence.custody")),
        _custody(scene, one),
        element("h4", say("evidence.content")),
        _preview(scene, one, content, shown),
        _obtain(scene, one),
        notes(scene, one.found),
        opened=one.odd or (content is not None and story.item.media.startswith("image/")),  # a picture says what it is
    )
    return element("article", head, lead, scene.found(weighty(one.found)), folded, cls="card", id=place)


def title_of(scene: Scene, story: EvidenceStory) -> Markup:
    """Give the name of an item; its slot or its media type where it has none."""
    item = story.item
    return scene.name(item.name) if item.name else scene.text(item.slot or item.media)


def place_of(scene: Scene, item: Item) -> Markup:
    """Give the step and the slot that an item is for; the run if it has none."""
    if item.step is None:
        return join(scene.say("evidence.of-run"))
    step, slot = scene.story.steps.get(item.step), None
    if item.slot is not None:
        spec = step.step.evidence.get(item.slot) if step and step.step else None
        slot = join(", ", scene.text(spec.title if spec and spec.title else item.slot))
    return join(step_link(scene, item.step, item.number), slot)


def size_text(scene: Scene, size: int) -> str:
    """Give a size as a person says it: bytes, or one decimal of a larger unit."""
    if size < _KIB:
        return scene.say("evidence.bytes", count=size)
    unit, name = _KIB, _UNITS[0]
    for larger in _UNITS[1:]:
        if size < unit * _KIB:
            break
        unit, name = unit * _KIB, larger
    tenths = (10 * size + unit // 2) // unit
    return f"{tenths // 10}.{tenths % 10} {name}"


def _facts(scene: Scene, one: Looked) -> Markup:
    """Give what the record says of an item."""
    say, story, item, what = scene.say, one.story, one.story.item, one.story.what
    digest = item.digest.hex()
    deviations = scene.relations.deviations.get(digest, [])[:_MOST]
    return facts(
        [
            (say("evidence.named-by"), _named_by(scene, story)),
            (say("evidence.head-media"), scene.text(item.media)),
            (say("evidence.head-size"), say("evidence.bytes", count=item.size)),
            (say("evidence.digest"), [scene.digest(digest, whole=True), " ", copy_button(scene, digest)]),
            (say("evidence.captured"), scene.time(what.captured) if what and what.captured else None),
            (say("evidence.source"), scene.text(what.source) if what and what.source else None),
            (say("evidence.original"), say(f"copy.{what.copy}") if what and what.copy else None),
            (say("evidence.late"), prose(scene, what.late) if what and what.late else None),
            (say("evidence.void"), _voided(scene, story)),
            (
                say("evidence.deviations"),
                scene.listed(scene.link(f"deviation-e{seq}", f"e{seq}") for seq in deviations) if deviations else None,
            ),
        ]
    )


def _named_by(scene: Scene, story: EvidenceStory) -> Content:
    """Give the entry or the sign-off that names an item, by whom and when."""
    if story.when is not None:
        return signed(scene, story.when)
    brought = signoff_of(scene, story)
    if brought is None:
        return scene.say("shared.unknown")
    record, digest = brought
    link = scene.signoff_link(digest, scene.say.term("sign-off"))
    return [link, ": ", scene.name(record.name), ", ", moment(record.time)]


def _voided(scene: Scene, story: EvidenceStory) -> Content:
    """Say who made an item void, when and why."""
    if story.voided is None:
        return None
    when, what = story.voided
    return [signed(scene, when), ": ", prose(scene, what.why)]


def _custody(scene: Scene, one: Looked) -> Markup:
    """Give the chain of custody: who captured an item, to whom it went, who confirmed that."""
    say, story = scene.say, one.story
    first: Content = None
    if story.when is not None:
        first = say.markup("evidence.added", who=signed(scene, story.when))
    elif one.brought is not None:
        who, time = one.brought
        first = say.markup("evidence.added", who=join(who, ", ", moment(time)))
    links = [element("li", first)] if first else []
    links += [element("li", _link(scene, when, what)) for when, what in story.custody[:_MOST]]
    left = len(story.custody) - _MOST
    last = None
    if not story.custody:
        last = element("p", say("evidence.not-handed-on"), cls="muted")
    elif left > 0:
        last = element("p", say("shared.more", count=left), cls="muted")
    elif isinstance(story.custody[-1][1], e.Transferred):
        last = element("p", scene.badge("open", say("evidence.not-received")))
    return join(element("ol", links, cls="chain") if links else None, last)


def _link(scene: Scene, when: When, what: e.Transferred | e.Received) -> Content:
    """Give one change of hands."""
    who = signed(scene, when)
    if isinstance(what, e.Received):
        return scene.say.markup("evidence.received", who=who)
    handed = scene.say.markup("evidence.handed", to=scene.actor(what.to), who=who)
    return [handed, " ", prose(scene, what.reason)]


def _preview(scene: Scene, one: Looked, content: bytes | None, shown: dict[bytes, str]) -> Markup:
    """Give what is in an item, as far as that is safe to look at; never what is not as recorded."""
    item = one.story.item
    if one.key == "altered":
        return element("p", scene.say("evidence.no-preview"), cls="callout is-bad")
    if content is not None and item.digest in shown:
        place = scene.link(f"evidence-{shown[item.digest]}", scene.say("evidence.other-card"))
        return element("p", scene.say.markup("evidence.same", card=place), cls="muted")
    if content is not None:
        shown[item.digest] = one.story.id
    absent = content is not None or one.key == "absent"
    made = preview(item.media, item.name, content, item.size) if absent else outside(item.media, item.name, item.size)
    return render(made, scene.say, f"preview-{item.digest.hex()}")


def _obtain(scene: Scene, one: Looked) -> Markup | None:
    """Give the command that writes an item to a file, and the button that does; nothing if it is not in the bundle."""
    story = one.story
    if story.place is None:
        return None
    digest = story.item.digest.hex()
    ident = f"e{story.when.seq}" if story.when else digest[:_ENOUGH]
    command = f"opsproof-verify extract BUNDLE {ident}"
    save = element(
        "button",
        scene.say("evidence.save"),
        type_="button",
        cls="save",
        data_digest=digest,
        data_name=safe_name(story.item),
        hidden=True,
    )
    return element(
        "p", scene.say("evidence.obtain"), " ", element("code", command, translate="no"), " ",
        copy_button(scene, command), " ", save,
    )  # fmt: skip


def copy_button(scene: Scene, text: str) -> Markup:
    """Give the button that copies a text; the page's script shows it."""
    say = scene.say
    return element(
        "button", say("shared.copy"), type_="button", cls="copy", data_copy=text,
        aria_label=say("evidence.copy", text=text), hidden=True,
    )  # fmt: skip
