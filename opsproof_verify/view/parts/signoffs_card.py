"""One sign-off with all that 21 CFR 11.50 asks for, and what it says, claims and counts for (SPEC 6.9)."""

from __future__ import annotations

from collections.abc import Iterator

from opsproof_verify.cose import RecordType
from opsproof_verify.findings import Rejected
from opsproof_verify.parse_signed import parse_cose, parse_delegation
from opsproof_verify.records import SignOff, Viewed
from opsproof_verify.report import SignOffFacts
from opsproof_verify.view.html import Content, Markup, element, join
from opsproof_verify.view.parts.layout import facts
from opsproof_verify.view.parts.places import FEW, Places
from opsproof_verify.view.scene import Scene
from opsproof_verify.view.story import Signed

#: Closure is judged in this phase; without it nobody has said what a sign-off counts for.
_CLOSURE = 8

_Pair = tuple[Content, Content]


def card(scene: Scene, places: Places, signed: Signed[SignOff]) -> Markup:
    """Give a sign-off as a card. Only the first of two that are alike has the place."""
    said, judged = signed.record, scene.signoff(signed.frame)
    title = scene.say.markup(
        "signoffs.decided", name=scene.name(said.name), decision=scene.say(f"decision.{said.decision}")
    )
    head = element("header", element("h4", title), _badge(scene, said, judged))
    own = scene.relations.signoffs.get(signed.hash) is signed
    found = scene.found(scene.about(signoff=signed.hash)) if own else None
    body = facts([*_block(scene, said), *_of_decision(scene, places, said), *_judged(scene, places, signed, judged)])
    place = scene.relations.signoff(signed.hash) if own else None
    return element("article", head, found, body, cls="card signoff", id=place)


def _badge(scene: Scene, said: SignOff, judged: SignOffFacts | None) -> Markup:
    """Say at a glance how a sign-off stands."""
    if judged is None:
        return scene.badge("off", scene.say("signoffs.unjudged"))
    if not judged.standing:
        return scene.badge("off", scene.say("signoffs.withdrawn"))
    if said.decision == "reject":
        return scene.badge("bad", scene.say("decision.reject"))
    if judged.counts_for:
        return scene.badge("good", scene.say("signoffs.counts"))
    if said.decision == "approve":
        closure = _CLOSURE not in dict(scene.report.not_run)
        return scene.badge("off", scene.say("signoffs.counts-not" if closure else "signoffs.unjudged"))
    return scene.badge("off", scene.say("signoffs.standing"))


def _block(scene: Scene, said: SignOff) -> Iterator[_Pair]:
    """Give the signature block: name, person, role, date and time, meaning (21 CFR 11.50(a))."""
    say = scene.say
    yield say("signoffs.name"), scene.name(said.name)
    yield say("signoffs.person"), scene.text(said.person)
    yield say("signoffs.role"), scene.text(said.role)
    claimed = element("span", f"({say('signoffs.claimed')})", cls="muted")
    yield say("signoffs.time"), join(scene.time(said.time), " ", claimed)
    meaning = say.markup("signoffs.meaning-is", text=scene.text(said.meaning.text), id=scene.text(said.meaning.id))
    yield say("signoffs.meaning"), meaning
    yield say("signoffs.text"), scene.prose(said.text) if said.text else None


def _of_decision(scene: Scene, places: Places, said: SignOff) -> Iterator[_Pair]:
    """Give what belongs to the decision: what it covers, withdraws, adds, attests, withholds (SPEC 6.9-1)."""
    say = scene.say
    covers = [places.deviation(seq) for seq in said.covers[:FEW]]
    yield say("signoffs.covers"), places.few(covers, len(said.covers)) if covers else None
    yield say("signoffs.withdraws"), places.signoff(said.withdraws.hex()) if said.withdraws else None
    yield say("signoffs.remediates"), places.deviation(said.deviation.seq) if said.deviation else None
    added = [places.evidence(one.digest.hex()) for one in said.evidence[:FEW]]
    yield say("signoffs.evidence"), places.few(added, len(said.evidence)) if added else None
    if said.attests is not None:
        late = say.markup("signoffs.attests-is", count=said.attests.count, actor=places.actor(said.attests.actor))
        yield say("signoffs.attests"), late
    if said.withholds:
        leaves = places.few([scene.digest(one.hex()) for one in said.withholds[:FEW]], len(said.withholds))
        withheld = say.markup("signoffs.withholds-is", count=len(said.withholds), leaves=leaves)
        yield say("signoffs.withholds"), withheld


def _judged(scene: Scene, places: Places, signed: Signed[SignOff], judged: SignOffFacts | None) -> Iterator[_Pair]:
    """Give what it counts for, on whose behalf, what was claimed and looked at, and where it stands."""
    say, said = scene.say, signed.record
    if judged is not None and judged.counts_for:
        needs = scene.listed(scene.link(f"need-{need}", scene.text(need)) for need in judged.counts_for)
        yield say("signoffs.counts-for"), needs
    elif judged is not None and said.decision == "approve" and _CLOSURE not in dict(scene.report.not_run):
        yield say("signoffs.counts-for"), say("signoffs.counts-nothing")
    if judged is not None and not judged.standing:
        yield say("signoffs.withdrawn-by"), scene.listed(_withdrawals(scene, places, signed.hash, said.person))
    yield say("signoffs.behalf"), _delegation(scene, said, judged) if said.delegation else None
    yield say("signoffs.claims"), _claims(scene, said)
    yield say("signoffs.viewed"), _viewed(scene, said.viewed)
    seen = [places.signoff(one.hex()) for one in said.seen[:FEW]]
    yield say("signoffs.seen"), places.few(seen, len(said.seen)) if seen else None
    yield say("signoffs.place"), places.number(signed.frame)
    yield say("signoffs.hash"), scene.digest(signed.hash, whole=True)


def _withdrawals(scene: Scene, places: Places, digest: str, person: str) -> Iterator[Markup]:
    """Give the sign-offs that withdraw one, by the same person (SPEC 6.9-6)."""
    for one in scene.relations.signoffs.values():
        if one.record.withdraws == bytes.fromhex(digest) and one.record.person == person:
            yield places.signoff(one.hash)


def _delegation(scene: Scene, said: SignOff, judged: SignOffFacts | None) -> Markup:
    """Give the leave to sign that a sign-off carries, as it states it (SPEC 6.11)."""
    say = scene.say
    try:
        given = parse_delegation(parse_cose(said.delegation or b"", RecordType.DELEGATION).payload)
    except Rejected:
        return element("span", say("signoffs.behalf-unreadable"))
    stated = say.markup(
        "signoffs.behalf-is",
        giver=scene.text(given.giver),
        to=scene.text(given.to),
        role=scene.text(given.role),
        reason=scene.text(given.reason),
        until=scene.time(given.not_after),
        **{"from": scene.time(given.not_before)},
    )
    contracts = scene.listed(scene.text(one) for one in given.contracts[:FEW])
    of = say.markup("signoffs.behalf-contracts", contracts=contracts)
    unjudged = judged is None or judged.delegated_by is None
    mark = element("p", say("signoffs.behalf-unjudged"), cls="muted") if unjudged else None
    return join(stated, " (", of, ")", mark)


def _claims(scene: Scene, said: SignOff) -> Content:
    """Give what is claimed of how the signer was authenticated (SPEC 6.9-9)."""
    say, claim = scene.say, said.authentication
    if claim is None:
        return element("span", say("signoffs.claims-none"), cls="muted")
    factors = scene.listed(say(f"factor.{factor}") for factor in claim.factors)
    return say.markup("signoffs.claims-is", factors=factors, time=scene.time(claim.time))


def _viewed(scene: Scene, viewed: Viewed | None) -> Markup:
    """Give what the signer had looked at, and whether it was this report under this policy (SPEC 6.9-4)."""
    say, policy = scene.say, scene.report.policy
    if viewed is None:
        return scene.badge("open", say("signoffs.viewed-blind"))
    digest = viewed.report.hex()
    if digest == scene.report_digest:
        report: Content = say("signoffs.viewed-this")
    else:
        report = say.markup("signoffs.viewed-other", digest=scene.digest(digest))
    if policy is not None and policy.digest == viewed.policy.hex():
        under: Content = say("signoffs.viewed-policy")
    else:
        under = say.markup("signoffs.viewed-other-policy", digest=scene.digest(viewed.policy.hex()))
    parts: list[Content] = [element("p", report), element("p", under)]
    if viewed.withheld or viewed.absent:
        hidden = say("signoffs.viewed-hidden", withheld=viewed.withheld, absent=viewed.absent)
        parts.append(element("p", hidden, cls="callout is-open"))
    return join(parts)
