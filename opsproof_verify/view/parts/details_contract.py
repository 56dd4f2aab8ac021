"""What the contract says of itself, who is enrolled, and the words of its trade (SPEC 6.1)."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from opsproof_verify.contract import Contract, Member, Pack, Qualification, Reason
from opsproof_verify.findings import Time
from opsproof_verify.view.html import Content, Markup, element, join
from opsproof_verify.view.parts.layout import facts, fold, grid, row
from opsproof_verify.view.parts.places import MAX_CARDS, Places
from opsproof_verify.view.scene import Scene

_Pair = tuple[Content, Content]

_MAY = ("assign", "release", "rule", "seal", "void")


def contract(scene: Scene) -> Iterator[Content]:
    """Give the contract; what is not verified is said to be so."""
    say, said = scene.say, scene.story.contract
    yield element("h3", say("details.contract"), id="contract")
    if said is None:
        yield element("p", say("details.contract-none"))
        return
    if scene.report.contract is None:
        yield element("p", say("details.contract-unverified"), cls="callout is-open")
    yield facts(_contract(scene, said))
    if said.introduction:
        yield fold(say("details.introduction"), scene.prose(said.introduction))


def _contract(scene: Scene, said: Contract) -> Iterator[_Pair]:
    """Give what the contract says of itself."""
    say, known = scene.say, scene.report.contract
    yield say("details.id"), scene.text(said.id)
    yield say("details.version"), str(said.version)
    yield say("details.name"), scene.name(said.title)
    if known is None:
        issuer: Content = say.markup("details.issuer-claimed", issuer=scene.text(said.issuer))
    elif known.organisation:
        house = scene.name(known.organisation)
        issuer = say.markup("details.organisation", person=scene.text(known.issuer), organisation=house)
    else:
        issuer = scene.text(known.issuer)
    yield say("details.issuer"), issuer
    yield say("details.issued"), scene.time(said.issued)
    yield say("details.valid"), window(scene, said.not_before, said.not_after) or say("details.unlimited")
    yield say("details.size"), say("details.size-is", count=len(said.steps))
    yield say("details.source"), _source(scene, said)
    yield say("details.retention"), _retention(scene, said)
    yield say("details.authority"), _authority(scene, said)
    yield say("details.params"), _params(scene, said)
    yield say("details.digest"), scene.digest(known.hash, whole=True) if known else None


def window(scene: Scene, begin: Time | None, end: Time | None) -> Markup | None:
    """Give from when to when something holds; None if nothing limits it."""
    if begin is None and end is None:
        return None
    facts = {name: scene.time(time) for name, time in (("from", begin), ("until", end)) if time is not None}
    return scene.say.markup(f"details.{'-'.join(facts)}", **facts)


def _source(scene: Scene, said: Contract) -> Markup | None:
    """Give the document that the contract was written from."""
    source = said.source
    if source is None:
        return None
    name: Content = scene.name(source.name) if source.name else scene.say("details.source-unnamed")
    digest = scene.digest(source.digest.hex(), whole=True)
    media = scene.text(source.media)
    return scene.say.markup("details.source-is", name=name, media=media, size=source.size, digest=digest)


def _retention(scene: Scene, said: Contract) -> Markup | None:
    """Give how long the record is to be kept, in the issuer's words."""
    kept = said.retention
    if kept is None:
        return None
    name = scene.text(kept.id)
    return scene.say.markup("details.retention-is", id=name, years=kept.years) if kept.years else name


def _authority(scene: Scene, said: Contract) -> Markup:
    """Give which roles may do what."""
    rows = []
    for name in _MAY:
        roles: tuple[str, ...] = getattr(said.authority, name)
        named = scene.listed(map(scene.text, roles)) if roles else scene.say("details.nobody")
        rows.append(element("li", scene.say.markup(f"details.authority.{name}", roles=named)))
    return element("ul", rows)


def _params(scene: Scene, said: Contract) -> Markup | None:
    """Give what the contract declares of a run."""
    names = [
        join(scene.text(one.title or one.id), f" ({scene.say('details.optional')})" if one.optional else None)
        for one in islice(said.params.values(), MAX_CARDS)
    ]
    return scene.listed(names) if names else None


def people(scene: Scene, places: Places) -> Iterator[Content]:
    """Give who is enrolled: names, roles, keys, and what the person holds (SPEC 6.1, 6.5)."""
    say, actors = scene.say, scene.story.actors
    yield element("h3", say("details.people"), id="people")
    if not actors:
        yield element("p", say("details.people-none"))
        return
    yield element("p", say("details.people-lead"), cls="muted")
    rows = [_member(scene, places, id_, one) for id_, one in islice(actors.items(), MAX_CARDS)]
    heads = [say(f"details.{key}") for key in ("actor", "printed", "person", "kind", "roles", "window", "key", "more")]
    yield grid(say("details.people"), heads, rows)
    if len(actors) > len(rows):
        yield element("p", say("details.people-more", count=len(actors) - len(rows)), cls="muted")


def _member(scene: Scene, places: Places, actor: str, member: Member) -> Markup:
    """Give one actor."""
    say = scene.say
    return row(
        element("code", actor, translate="no"),
        scene.name(member.name),
        scene.text(member.person),
        say(f"actor-kind.{member.kind}"),
        scene.listed(map(scene.text, member.roles)),
        window(scene, member.not_before, member.not_after) or say("details.unlimited"),
        scene.digest(member.key.hex()),
        [element("div", one) for one in _more(scene, places, actor, member)],
        id=f"actor-{actor}",
    )


def _more(scene: Scene, places: Places, actor: str, member: Member) -> Iterator[Markup]:
    """Give how an actor came to the run, who is accountable for it, what it runs, what the person holds."""
    say, assigned = scene.say, scene.story.assigned.get(actor)
    if assigned is not None:
        yield say.markup("details.assigned", entry=places.entry(assigned))
    if member.principal:
        yield say.markup("details.principal", person=scene.text(member.principal))
    if member.software:
        yield say.markup("details.software", software=scene.text(member.software))
    if member.config:
        yield say.markup("details.config", digest=scene.digest(member.config.hex()))
    for held in member.qualifications:
        yield join(_held(scene, held))


def _held(scene: Scene, held: Qualification) -> list[Content]:
    """Give a qualification, its number and its validity."""
    say, name = scene.say, scene.text(held.id)
    if held.number:
        said = say.markup("details.holds-number", id=name, number=scene.text(held.number))
    else:
        said = say.markup("details.holds", id=name)
    valid = window(scene, held.not_before, held.not_after)
    return [said, ", " if valid else None, valid]


def pack(scene: Scene) -> Iterator[Content]:
    """Give the words of the trade that the contract carries, and its reasons of deviations."""
    say, said = scene.say, scene.story.contract
    if said is None or said.pack is None:
        return
    own = said.pack
    lead = "details.pack-lead" if scene.report.contract else "details.pack-unused"
    yield element("h3", say("details.pack"), id="pack")
    yield element(
        "p", say.markup(lead, title=scene.name(own.title), id=scene.text(own.id), version=own.version), cls="muted"
    )
    if own.terms:
        rows = [row(element("code", key), scene.text(word)) for key, word in islice(own.terms.items(), MAX_CARDS)]
        label = say("details.terms", count=len(own.terms))
        yield fold(label, grid(label, [say("details.term"), say("details.called")], rows))
    yield _reasons(scene, own)


def _reasons(scene: Scene, own: Pack) -> Markup:
    """Give the reasons of deviations, and what each demands."""
    say = scene.say
    rows = [
        row(
            element("code", one.code), scene.name(one.title), say(f"severity-word.{one.severity}"), _demands(scene, one)
        )
        for one in islice(own.reasons.values(), MAX_CARDS)
    ]
    label = say("details.reasons", count=len(own.reasons))
    heads = [say(f"details.{key}") for key in ("code", "name", "severity", "demands")]
    return fold(label, grid(label, heads, rows))


def _demands(scene: Scene, reason: Reason) -> Markup:
    """Give what a deviation with a reason must say."""
    names = [*reason.demands, *(["remediation"] if reason.remediation else [])]
    return scene.listed(scene.say(f"details.demands.{name}") for name in names)
