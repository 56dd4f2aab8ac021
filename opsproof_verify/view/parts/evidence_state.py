"""How an evidence item stands: whether its content is here and as recorded, and what was found about it."""

from __future__ import annotations

from hashlib import sha256

from opsproof_verify.findings import Time
from opsproof_verify.records import SignOff
from opsproof_verify.register import Severity
from opsproof_verify.slotted import slotted
from opsproof_verify.view.html import Markup
from opsproof_verify.view.scene import Placed, Scene
from opsproof_verify.view.story import EvidenceStory

#: Codes that say that a content is not the one that was recorded (SPEC 9.9).
_ALTERED = frozenset({"evidence.wrong-digest", "evidence.wrong-size"})

_STATES = {"checked": "good", "beside": "good", "altered": "bad", "absent": "open", "unlisted": "off"}


@slotted(frozen=True)
class Looked:
    """An item that was looked at: ``key`` is its state in a word.

    The words are ``checked``, ``beside`` (checked, but not in the bundle), ``altered``, ``absent``, and ``unlisted``
    where the report lists only the first items that are altered.
    """

    story: EvidenceStory
    key: str
    found: tuple[Placed, ...]
    is_outside: bool  # in the bundle, but not in the page
    brought: tuple[Markup, Time] | None  # by whom, and when captured, else recorded or signed

    @property
    def state(self) -> str:
        """The state by which a badge is coloured."""
        return _STATES[self.key]

    @property
    def odd(self) -> bool:
        """Whether a review by exception looks at it."""
        story = self.story
        weighty = any(one.finding.severity is not Severity.NOTE for one in self.found)
        late = story.what is not None and story.what.late is not None
        return weighty or late or story.voided is not None or self.state != "good"


def look(scene: Scene, item: EvidenceStory) -> tuple[Looked, bytes | None]:
    """Give how an item stands, and its content if the page may show it: it is what was recorded."""
    found = _found(scene, item)
    content = scene.content(item)
    key = _key(scene, item, found, content)
    if key == "altered":
        content = None
    is_outside = content is None and key in ("checked", "beside")
    return Looked(item, key, found, is_outside, _brought(scene, item)), content


def signoff_of(scene: Scene, item: EvidenceStory) -> tuple[SignOff, str] | None:
    """Give the sign-off that brings an item, and its hash; None for an item that an entry names."""
    signed = scene.relations.frames.get(item.signoff) if item.signoff is not None else None
    return (signed.record, signed.hash) if signed else None


def _key(scene: Scene, item: EvidenceStory, found: tuple[Placed, ...], content: bytes | None) -> str:
    """Give the state of an item in a word; a content that is here is hashed once more."""
    digest = item.item.digest
    wrong = content is not None and sha256(content).digest() != digest
    resized = item.place is not None and item.place[1] != item.item.size
    if wrong or resized or any(one.finding.code.name in _ALTERED for one in found):
        return "altered"
    if digest.hex() in scene.report.bundle.absent and item.place is None:
        return "absent"
    if content is None and any(code in _ALTERED for code, _, _ in scene.report.counts):
        return "unlisted"
    return "checked" if item.place is not None else "beside"


def _found(scene: Scene, item: EvidenceStory) -> tuple[Placed, ...]:
    """Give the findings about an item: its digest, the frame of its content, the entry that names it."""
    told = scene.about(digest=item.item.digest.hex())
    told += [] if item.frame is None else scene.about(frame=item.frame)
    told += [] if item.when is None else scene.about(seq=item.when.seq)
    known = {one.number: one for one in told}
    return tuple(known[number] for number in sorted(known))


def _brought(scene: Scene, item: EvidenceStory) -> tuple[Markup, Time] | None:
    """Give who brought an item, and when it was captured, else recorded or signed."""
    if item.when is not None:
        captured = item.what.captured if item.what else None
        return scene.actor(item.when.actor), captured or item.when.time
    signed = signoff_of(scene, item)
    return (scene.name(signed[0].name), signed[0].time) if signed else None
