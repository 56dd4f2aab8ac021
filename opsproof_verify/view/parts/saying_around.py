"""What the records around the log say, as words with links: contract, its approvals, seal, sign-offs, witnesses."""

from __future__ import annotations

from opsproof_verify.contract import Contract
from opsproof_verify.cose import RecordType
from opsproof_verify.findings import Rejected
from opsproof_verify.parse_signed import parse_cose, parse_delegation
from opsproof_verify.records import Approval, Seal, SignOff, Witness
from opsproof_verify.view.html import Content, Markup, join
from opsproof_verify.view.parts.saying import deviation, exact, item, together, with_prose
from opsproof_verify.view.scene import Scene

#: What stands around the entries.
Around = Contract | Approval | Seal | SignOff | Witness

#: Digests, entries and items that are named one by one.
_MOST = 50


def saying_around(scene: Scene, record: Around, hashed: str) -> Markup:
    """Give what a record that is no entry says; ``hashed`` is its hash in hexadecimal."""
    say = scene.say
    match record:
        case Contract():
            title, name = scene.text(record.title), scene.text(record.id)
            steps = len(record.steps)
            return say.markup("says.contract", title=title, id=name, version=record.version, count=steps)
        case Approval():
            return _signed_by(scene, record)
        case Seal():
            root = scene.digest(record.root.hex())
            return together(
                say("says.seal", count=record.count),
                say("says.seal-evidence", count=record.evidence_count),
                say.markup("says.seal-root", digest=root),
            )
        case Witness():
            seen = scene.entry(record.seq) if record.seq is not None else scene.digest(record.hash.hex())
            return say.markup(f"says.saw-{record.target}", witness=scene.text(record.witness), seen=seen)
    return _signoff(scene, record, hashed)


def _signed_by(scene: Scene, record: Approval | SignOff) -> Markup:
    """Give who signed, in which role, and what the signature means."""
    return scene.say.markup(
        "says.signed",
        name=scene.name(record.name),
        person=scene.text(record.person),
        role=scene.text(record.role),
        meaning=scene.text(record.meaning.text),
    )


def _signoff(scene: Scene, record: SignOff, hashed: str) -> Markup:
    """Give what a sign-off decides, covers, brings, withdraws and claims (SPEC 6.9)."""
    say = scene.say
    head = join(scene.signoff_link(hashed, say(f"decision.{record.decision}")), ": ")
    said: list[Content] = []
    if record.delegation:
        said.append(_delegation(scene, record.delegation))
    if record.covers:
        said.append(say.markup("says.covers", entries=_some(scene, [scene.entry(seq) for seq in record.covers])))
    if record.deviation:
        said.append(say.markup("says.about", scope=deviation(scene, record.deviation)))
    if record.withdraws:
        said.append(say.markup("says.withdraws", signoff=_withdrawn(scene, record.withdraws)))
    if record.attests:
        late = record.attests
        said.append(say.markup("says.attests", actor=scene.actor(late.actor), count=late.count))
    if record.withholds:
        said.append(say("says.withholds", count=len(record.withholds)))
    if record.evidence:
        said.append(say.markup("says.brings", items=_some(scene, [item(scene, one) for one in record.evidence])))
    if record.viewed is None:
        said.append(say("says.blind"))
    return with_prose(scene, together(join(head, _signed_by(scene, record)), *said), record.text)


def _delegation(scene: Scene, carried: bytes) -> Markup:
    """Give what the delegation in a sign-off says (SPEC 6.11); whether it holds, findings say."""
    try:
        given = parse_delegation(parse_cose(carried, RecordType.DELEGATION).payload)
    except Rejected:
        return join(scene.say("says.delegation-not-readable"))
    return scene.say.markup(
        "says.on-behalf",
        giver=scene.text(given.giver),
        role=scene.text(given.role),
        until=exact(given.not_after),
        reason=scene.text(given.reason),
    )


def _withdrawn(scene: Scene, digest: bytes) -> Markup:
    """Give the link to a sign-off that is withdrawn; its digest alone if the file has no such sign-off."""
    return scene.signoff_link(digest.hex(), scene.digest(digest.hex()))


def _some(scene: Scene, items: list[Markup]) -> Markup:
    """Give the first items, and how many more there are."""
    rest = len(items) - _MOST
    return scene.listed([*items[:_MOST], scene.say("says.more", count=rest)] if rest > 0 else items)
