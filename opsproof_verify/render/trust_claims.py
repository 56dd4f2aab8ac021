"""`trust keys`: which keys a bundle claims for whom, in a form that nothing takes for a trust file."""

from __future__ import annotations

from collections.abc import Iterator

from opsproof_verify.cose import RecordType
from opsproof_verify.render.escape import printable
from opsproof_verify.render.layout import Page
from opsproof_verify.render.trust_words import put_hash, put_key
from opsproof_verify.trust_tools.claims import Claims, Enrolled, Use

_FIRST = (
    "UNTRUSTED. These keys are what {file} says of itself. Nothing is verified: whoever can write a file can write "
    "such a one, with any name beside any key."
)
_ADVICE = (
    "To trust one of these keys: ask its holder, over a channel that did not bring this file (a telephone number known "
    "before, a printed page, an earlier inspection), to read out its OpenSSH fingerprint or its kid, and compare. Get "
    "the key itself from the holder too: it is left out here, so that nothing of this page can go into a trust file."
)
_KINDS = {
    RecordType.CONTRACT: ("the contract", "as the issuer {who}"),
    RecordType.APPROVAL: ("an approval of the contract", "as {who}"),
    RecordType.ASSIGNMENT: ("an assignment", "as {who}"),
    RecordType.ATTESTATION: ("an attestation", "as the actor {who}"),
    RecordType.WITNESS: ("a witness's record", "as the clock {who}"),
    RecordType.SEAL: ("the seal", "as the actor {who}"),
    RecordType.SIGNOFF: ("a sign-off", "as {who}"),
    RecordType.DELEGATION: ("a delegation", "as {who}"),
}


def render_claims(claims: Claims, file: str, width: int) -> str:
    """Give what a bundle claims about keys, as text; ``file`` is its name."""
    page = Page(width, colour=False)
    page.text(_FIRST.format(file=printable(file)), 0)
    page.heading("Untrusted: keys that the file enrols")
    for rows in claims.enrolled.values():
        for row in rows:
            page.text(_actor(row), 4, "  ")
        put_key(page, rows[0].member.key)
    if not claims.enrolled:
        page.text("None could be read.")
    page.heading("Untrusted: kids under which something is signed")
    for kid, uses in _by_kid(claims).items():
        for use, count in uses:
            page.text(_use(use, count), 4, "  ")
        put_hash(page, "kid", kid, 4)
        names = [row.member.id for row in claims.enrolled.get(kid, ())]
        page.text(f"enrolled above as {', '.join(names)}" if names else "enrolled nowhere in this file", 4)
    if not claims.uses:
        page.text("None could be read.")
    if claims.untold:
        page.line()
        page.text(f"{claims.untold} more actors and signatures are not listed.")
    page.heading("What to do")
    page.text(_ADVICE)
    return str(page)


def _actor(row: Enrolled) -> str:
    """Say what an actor is said to be."""
    member, by = row.member, "the contract" if row.place is None else f"an assignment in e{row.place}"
    return (
        f"{member.id}: {printable(member.name)}, {member.kind}, person {member.person}, {_roles(member.roles)}, by {by}"
    )


def _roles(roles: tuple[str, ...]) -> str:
    return f"role{'s' if len(roles) > 1 else ''} {', '.join(roles)}"


def _by_kid(claims: Claims) -> dict[bytes, list[tuple[Use, int]]]:
    by_kid: dict[bytes, list[tuple[Use, int]]] = {}
    for use, count in claims.uses.items():
        by_kid.setdefault(use.kid, []).append((use, count))
    return by_kid


def _use(use: Use, count: int) -> str:
    """Say what was signed, and as whom."""
    return " ".join(_words(use, count))


def _words(use: Use, count: int) -> Iterator[str]:
    what, whose = _KINDS[use.kind]
    yield what if count == 1 else f"{what}, {count} times,"
    if use.who is None:
        yield "that cannot be read"
        return
    yield whose.format(who=use.who)
    if use.name is not None:
        yield f"({printable(use.name)})"
    if use.role is not None:
        yield f"in the role {use.role}"
