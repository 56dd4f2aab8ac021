"""What a person sees before signing: what they say, what about, the verdict, what is owed, and what to mind.

A signer with the bundle sees a verification made here. A signer with a request sees, apart from one another, what the
request proves and what its maker only says. Everything that the record or somebody else says is escaped.
"""

from __future__ import annotations

from collections.abc import Iterator

import click
from opsproof_verify.cli.describe import describe
from opsproof_verify.cli.output import width
from opsproof_verify.fields import Ref
from opsproof_verify.findings import Rejected, Verdict
from opsproof_verify.kinds import RunEnded
from opsproof_verify.records import Delegation, SignOff
from opsproof_verify.register import Severity
from opsproof_verify.render.escape import printable
from opsproof_verify.render.layout import Page
from opsproof_verify.render.messages import fill, sentence
from opsproof_verify.render.text import reason, under
from opsproof_verify.render.texts import parts
from opsproof_verify.render.times import rfc3339
from opsproof_verify.report import Report

from opsproof_record.cli import minding
from opsproof_record.cli.story import put_deviations, put_others, put_said
from opsproof_record.errors import Refused
from opsproof_record.sealed import delegating
from opsproof_record.sealed.delegating import moment
from opsproof_record.sealed.meant import Intent, Redaction
from opsproof_record.sealed.view import View
from opsproof_record.signing.keys import Signer, fingerprint

#: Findings, and entries of a late attestation, that are listed.
_SHOWN = 20


def signing_page(intent: Intent, view: View, signer: Signer, target: str) -> str:
    """Give the page that is shown before signing; ``target`` says where the signature goes."""
    page = Page(width(), colour=False)
    _put_intent(page, intent, view, signer, target)
    if view.said is None:
        _put_about(page, view, "What it is about")
        _put_verdict(page, view, "Verdict now")
        put_deviations(page, view, intent)
        put_others(page, view, intent)
        _put_signed(page, view, "Signed so far")
    else:
        _put_request(page, view, intent)
    minding.put(page, intent, view)
    return str(page)


def agree(*, already: bool) -> None:
    """Ask whether to sign what was shown, unless that is said already; raises ``Refused`` for a no."""
    try:
        agreed = already or click.confirm("Sign this?")
    except click.Abort:
        click.echo(err=True)
        raise Refused("not signed: nobody answered", "Nothing was written. Read the page, then give --yes.") from None
    if not agreed:
        raise Refused("not signed", "Nothing was written.")


def _put_intent(page: Page, intent: Intent, view: View, signer: Signer, target: str) -> None:
    page.line("YOU ARE ABOUT TO SIGN")
    page.line()
    page.term("Decision", f"{intent.decision}, in the role {intent.role}")
    page.term("Meaning", f'"{printable(intent.meaning[1])}" ({intent.meaning[0]})')
    page.term("Name", f"{printable(intent.name)} ({intent.person})")
    page.term("Key", fingerprint(signer.public))
    page.term("Time", f"{rfc3339(*intent.time)} (by this machine's clock)")
    if intent.authentication is not None:
        claim = intent.authentication
        page.term("Factors", f"{' and '.join(claim.factors)}, at {rfc3339(*claim.time)} (as you claim)")
    if intent.delegation is not None:
        _put_delegation(page, intent.delegation.record)
    if intent.covers:
        page.term("Covers", ", ".join(f"e{seq}" for seq in sorted(set(intent.covers))))
    if intent.withdraws is not None:
        _put_withdrawn(page, view, intent.withdraws)
    if intent.deviation is not None:
        page.term("Remediates", f"deviation e{intent.deviation}")
    for item in intent.evidence:
        place = " for the run" if item.target.step is None else f" for step {item.target.step}"
        place += f", pass {item.target.number}" if item.target.number > 1 else ""
        place += f", slot {item.target.slot}" if item.target.slot else ""
        page.term("Adds", f"{printable(item.path.name)}, {item.media}, {item.size} bytes,{place}")
        page.term("SHA-256", item.digest.hex())
    if intent.attests is not None:
        _put_attested(page, intent, view)
    if intent.withholds is not None:
        _put_withheld(page, intent.withholds)
    if intent.text:
        _put_prose(page, "Remark", intent.text)
    page.term("Goes to", target)


def _put_delegation(page: Page, said: Delegation) -> None:
    page.term("Leave of", f"{said.giver}, for the role {said.role} and {', '.join(said.contracts)}")
    page.term("", f"from {moment(said.not_before)} until {moment(said.not_after)}")
    page.term("", f'"{printable(said.reason)}"')


def _put_withheld(page: Page, redaction: Redaction) -> None:
    name = "Withholds"
    for one in redaction.names[:_SHOWN]:
        page.term(name, one)
        name = ""
    if len(redaction.names) > _SHOWN:
        page.term("", f"and {len(redaction.names) - _SHOWN} more")


def _put_withdrawn(page: Page, view: View, hash_: bytes) -> None:
    one = view.signoffs[hash_]
    page.term("Withdraws", f"{one.decision} of {rfc3339(one.time.ms, one.time.offset)} by {printable(one.name)}")
    page.term("", hash_.hex())


def _put_attested(page: Page, intent: Intent, view: View) -> None:
    """List the entries that a late attestation covers."""
    late, state = intent.attests, view.state
    if late is None or state is None:
        return
    page.term("Attests", f"{late.count} {'entry' if late.count == 1 else 'entries'} of {late.actor}, as written by it:")
    refs: list[Ref] = state.window(late.actor)
    for ref in refs[:_SHOWN]:
        found = view.entry(ref.seq)
        if found is not None:
            page.term("", f"e{ref.seq} {found[1].kind}: {describe(found[1].what)}")
    if late.count > _SHOWN:
        page.term("", f"and {late.count - _SHOWN} more: `opsproof-verify show`")


def _put_prose(page: Page, name: str, text: str) -> None:
    for line in text.split("\n"):
        page.term(name, printable(line))
        name = ""


def _put_about(page: Page, view: View, heading: str) -> None:
    page.heading(heading)
    subject = ", ".join(f"{printable(name)} {printable(value)}" for name, value in view.subject.items())
    contract, seal = view.contract, view.seal
    page.term("Subject", subject or "not stated")
    page.term(
        "Contract",
        f'{contract.id} version {contract.version}, "{printable(contract.title)}", issued by {contract.issuer}',
    )
    count = f"{seal.count} {'entry' if seal.count == 1 else 'entries'}"
    items = f"{seal.evidence_count} evidence {'item' if seal.evidence_count == 1 else 'items'}"
    page.term("Sealed", f"{rfc3339(seal.time.ms, seal.time.offset)} (claimed) by {seal.actor}: {count}, {items}")
    last = view.matters.entries[-1].entry.what if view.matters.entries else None
    if isinstance(last, RunEnded):
        page.term("Outcome", describe(last))
    page.term("Run", seal.run.hex())
    page.term("Seal", view.seal_hash.hex())


def _put_verdict(page: Page, view: View, heading: str) -> None:
    page.heading(heading)
    report = view.report
    if report is None:
        page.text("BLIND. You have not looked at a verification, and the signature says so.")
        return
    if view.said is None and view.trust is not None:
        page.text(f"Found here, under your trust file {view.trust.id} serial {view.trust.serial}.")
    page.text(f"{report.verdict} {under(report)}")
    page.text(reason(report))
    _put_findings(page, report)
    page.term("Report", view.report_digest.hex())
    page.term("", "SHA-256 of the report that this signature will name")
    if report.verdict is Verdict.PROVISIONAL:
        page.line()
        page.text("Still owed:" if report.owed else "Nothing that is done now makes it FINAL.")
        for number, owed in enumerate(report.owed, 1):
            page.text(fill(parts.OWED[owed.need], {}, dict(owed.facts)), 7, f"{number:>5}. ")


def _put_findings(page: Page, report: Report) -> None:
    """List the findings, the worst first; those of one sentence together."""
    order = list(Severity)
    alike: dict[tuple[Severity, str], list[int]] = {}
    for found in sorted(report.findings, key=lambda one: -order.index(one.severity)):
        seq = dict(found.subject).get("seq")
        alike.setdefault((found.severity, sentence(found)), []).append(seq if isinstance(seq, int) else -1)
    for (severity, text), seqs in list(alike.items())[:_SHOWN]:
        entries = ", ".join(f"e{seq}" for seq in seqs[:_SHOWN] if seq >= 0)
        times = f" ({len(seqs)} times)" if len(seqs) > 1 and not entries else ""
        page.text(f"{severity}: {f'{entries}: ' if entries else ''}{text}{times}", 6, "    - ")
    if len(alike) > _SHOWN:
        page.text(f"and {len(alike) - _SHOWN} more: `opsproof-verify check`", 6, "    - ")


def _put_signed(page: Page, view: View, heading: str) -> None:
    """List the sign-offs, those of unknown signers marked as such."""
    page.heading(heading)
    found = view.report is not None and view.said is None
    facts = {one.hash: one for one in view.report.signoffs} if found and view.report is not None else {}
    withdrawn = {(one.withdraws, one.person) for one in view.signoffs.values()}
    if not view.signoffs:
        page.text("Nobody.")
    for hash_, one in view.signoffs.items():
        fact = facts.get(hash_.hex())
        page.text(f"{printable(one.name)} ({one.person}) {parts.DECISIONS[one.decision]} as {one.role}", 4, "  - ")
        page.text(f'{rfc3339(one.time.ms, one.time.offset)} (claimed): "{printable(one.meaning.text)}"', 4)
        for text in _beside(one):
            page.text(text, 4)
        if one.text:
            page.text(f"remark: {' / '.join(map(printable, one.text.split(chr(10))))}", 4)
        if (hash_, one.person) in withdrawn:
            page.text("withdrawn since", 4)
        elif fact is not None and fact.counts_for:
            page.text(f"counts for {', '.join(fact.counts_for)}", 4)
        if view.trust is not None and hash_ not in view.vouched:
            page.text("NOT VERIFIED: neither your trust file nor the contract has this key", 4)


def _beside(one: SignOff) -> Iterator[str]:
    """Say what a sign-off claims beside its decision."""
    if one.authentication is not None:
        claim = one.authentication
        yield f"authenticated by {' and '.join(claim.factors)}, {moment(claim.time)} (claimed)"
    if one.delegation is not None:
        try:
            said = delegating.read_body(one.delegation).record
        except Rejected:
            yield "CARRIES A DELEGATION THAT IS NONE"
        else:
            yield f"by leave of {said.giver} until {moment(said.not_after)}: {printable(said.reason)}"
    if one.covers:
        more = ", ..." if len(one.covers) > _SHOWN else ""
        yield f"covers {', '.join(f'e{seq}' for seq in one.covers[:_SHOWN])}{more}"


def _put_request(page: Page, view: View, intent: Intent) -> None:
    """Put what a request proves, and apart from it what it only says."""
    if view.said is None:
        return
    if view.trust is None:
        _put_part(page, "NOTHING IS PROVEN")
        page.text("You go blind: no trust file was given, so all that follows is said by whoever made the request.")
    else:
        _put_part(page, "PROVEN HERE")
        page.text(
            f"Under your trust file {view.trust.id} serial {view.trust.serial}: this contract, subject and seal; that "
            "each entry shown here is in the sealed run; and the signatures so far, unless marked."
        )
    _put_about(page, view, "What it is about")
    put_deviations(page, view, intent)
    put_others(page, view, intent)
    _put_signed(page, view, "Signed so far")
    _put_part(page, "SAID BY WHOEVER MADE THE REQUEST")
    page.text(
        "Nothing here proves the verdict, what is owed, or that nothing else happened in the run. Ask for the bundle "
        "to verify it yourself."
    )
    if view.said.text:
        _put_prose(page, "Remark", view.said.text)
    if view.report is not None:
        page.term("Found under", f"the trust file {view.said.trust}{_same_trust(view)}")
        page.term("At", rfc3339(view.report.at) if view.report.at is not None else parts.NO_TIME)
    _put_verdict(page, view, "The verdict, as it is said to be")
    put_said(page, view)
    page.line()
    page.line("=" * page.width)


def _put_part(page: Page, heading: str) -> None:
    """Begin what must not be mixed up with what stands before."""
    page.line()
    page.line("=" * page.width)
    page.line(heading)
    page.line()


def _same_trust(view: View) -> str:
    same = view.trust is not None and view.said is not None and view.said.digest == view.trust.digest.hex()
    return ", the same as yours" if same else ", which is not yours"
