"""What an entry says, in one line of words (SPEC 6.3, 6.4); used where nothing is judged."""

from __future__ import annotations

from opsproof_verify import kinds as e
from opsproof_verify.contract import Member, Qualification
from opsproof_verify.cose import RecordType
from opsproof_verify.entries import What
from opsproof_verify.fields import Ref
from opsproof_verify.findings import Rejected, Time
from opsproof_verify.parse_signed import (
    parse_assignment,
    parse_attestation,
    parse_cose,
    parse_delegation,
    parse_witness,
)
from opsproof_verify.records import Item, SignOff
from opsproof_verify.render.escape import printable
from opsproof_verify.render.texts.parts import COPIES
from opsproof_verify.render.times import duration, rfc3339

_Ruled = e.DeviationRaised | e.DeviationRuled | e.DeviationRemediated | e.DeviationClosed

_Evidence = e.EvidenceAdded | e.Received | e.Voided | e.Transferred
_OfRun = e.RunStarted | _Ruled | e.Note | e.Gap | e.ClockChanged | e.RunEnded
_Signed = e.Assigned | e.Attested | e.Witnessed


def describe(what: What) -> str:
    """Give the content of an entry as words that are safe to look at."""
    match what:
        case e.AtStep():
            return _pass(what.step, what.number)
        case e.ValueRecorded():
            unit = f" {printable(what.unit)}" if what.unit else ""
            observed = f"; observed {_time(what.observed)}" if what.observed else ""
            value = f"{what.name} = {_value(what.value)}{unit}"
            return f"{_pass(what.step, what.number)}: {value}{observed}{_late(what.late)}"
        case e.InstrumentUsed():
            due = f", calibrated until {_time(what.due)}" if what.due else ""
            serves = f" as {what.serves_as}" if what.serves_as else ""
            return f"{_pass(what.step, what.number)}: {printable(what.instrument)}{serves}{due}"
        case e.Checked():
            result = "passed" if what.passed else "not passed"
            return f"{_pass(what.step, what.number)}: {result}{_text(what.text)}"
        case e.Authorised():
            where = _pass(what.step, what.number)
            return f"{where}: {what.actor} may {_action(what)}, until {_time(what.expires)}"
        case e.Acted():
            leave = f"authorised by {_ref(what.authorised)}" if what.authorised else "no authorisation named"
            return f"{_pass(what.step, what.number)}: {_action(what)}, {leave}"
        case e.Released():
            about = _ref(what.deviation) if what.deviation else _pass(what.step, what.number)
            return f"{about}{_text(what.text)}"
        case e.StepSkipped():
            return f"{_pass(what.step, what.number)}{_text(what.reason, ', no reason given')}"
        case e.Correction():
            change = f"{_value(what.old)} becomes {_value(what.new)}"
            return f"{_ref(what.corrects)}: {change}{_text(what.why)}"
    return _of_evidence(what)


def _of_evidence(what: _Evidence | _OfRun | _Signed) -> str:
    """Describe the kinds that are about evidence, its custody, and what is void."""
    match what:
        case e.EvidenceAdded():
            captured = f"; captured {_time(what.captured)}" if what.captured else ""
            source = f"; by {printable(what.source)}" if what.source else ""
            copy = f"; {COPIES[what.copy]}" if what.copy else ""
            return f"{item(what.item)}{captured}{source}{copy}{_late(what.late)}"
        case e.Received():
            return f"what {_ref(what.transfer)} handed over"
        case e.Voided():
            return f"{_ref(what.voids)}: {_prose(what.why)}"
        case e.Transferred():
            return f"{_short(what.digest)} to {what.to}: {_prose(what.reason)}"
    return _of_run(what)


def _of_run(what: _OfRun | _Signed) -> str:
    """Describe the kinds that are about the run or a deviation."""
    match what:
        case e.RunStarted():
            subject = ", ".join(f"{name} {value}" for name, value in what.subject.items())
            related = "".join(f"; {r.relation} of run {r.run.hex()}" for r in what.related)
            clock = f"; times by {printable(what.clock)}" if what.clock else ""
            return f"{subject}; recorder {printable(what.recorder)}{clock}{related}"
        case e.DeviationRaised():
            description = f"{_prose(what.description)}{_scope(what)}"
            occurred = f"; occurred {_time(what.occurred)}" if what.occurred else ""
            return f"{what.severity}, {what.reason}: {description}{_text(what.action)}{occurred}"
        case e.DeviationRuled():
            return f"{_ref(what.deviation)}: {what.ruling}"
        case e.DeviationRemediated() | e.DeviationClosed():
            return f"{_ref(what.deviation)}{_text(what.text)}"
        case e.Note():
            return _prose(what.text)
        case e.Gap():
            cut = f", {what.cut.size} bytes cut" if what.cut else ""
            since = f" since {_time(what.since)}" if what.since else ""
            return f"recorder stopped{since}{cut}{_text(what.reason, ', no reason given')}"
        case e.ClockChanged():
            by = "" if what.by is None else f", set {'back' if what.by < 0 else 'forward'} by {duration(abs(what.by))}"
            return f"times by {printable(what.clock)} from here on{by}{_text(what.text)}"
        case e.RunEnded():
            return f"{what.outcome}{_text(what.reason)}"
    return _signed(what)


def _signed(what: _Signed) -> str:
    """Describe the signed record in an entry, whose signature nobody checked here."""
    try:
        match what:
            case e.Assigned():
                member = parse_assignment(parse_cose(what.assignment, RecordType.ASSIGNMENT).payload).member
                return describe_member(member)
            case e.Attested():
                return count(parse_attestation(parse_cose(what.attestation, RecordType.ATTESTATION).payload).count)
        witness = parse_witness(parse_cose(what.witness, RecordType.WITNESS).payload)
    except Rejected:
        return "a signed record that cannot be read"
    return f"witness {witness.witness}, {_time(witness.time)}"


def describe_member(member: Member) -> str:
    """Describe an actor: name, kind, roles; who is accountable, what it runs, what the person holds (SPEC 6.1)."""
    said = [f"{member.id}: {printable(member.name)}", member.kind, *member.roles]
    if member.principal:
        said.append(f"of {member.principal}")
    if member.software:
        said.append(printable(member.software))
    if member.qualifications:
        said.append(f"holds {' and '.join(map(_qualification, member.qualifications))}")
    return ", ".join(said)


def _qualification(held: Qualification) -> str:
    """Name a qualification, its number and its validity."""
    number = f" {printable(held.number)}" if held.number else ""
    since = f" from {_time(held.not_before)}" if held.not_before else ""
    until = f" until {_time(held.not_after)}" if held.not_after else ""
    return f"{held.id}{number}{since}{until}"


def describe_signoff(signoff: SignOff, withheld: dict[bytes, str]) -> str:
    """Describe what a sign-off means, covers, withholds and claims; ``withheld`` names entries by their leaves."""
    said = [f'"{printable(signoff.meaning.text)}" ({signoff.meaning.id})']
    if signoff.delegation is not None:
        said.append(_delegation(signoff.delegation))
    if signoff.covers:
        said.append(f"covers {', '.join(f'e{seq}' for seq in signoff.covers)}")
    if signoff.deviation is not None:
        said.append(f"about {_ref(signoff.deviation)}")
    if signoff.withdraws is not None:
        said.append(f"withdraws {_short(signoff.withdraws)}")
    if signoff.attests is not None:
        said.append(f"attests {count(signoff.attests.count)} of {signoff.attests.actor}")
    if signoff.withholds:
        said.append(f"withholds {', '.join(withheld.get(one) or _short(one) for one in signoff.withholds)}")
    if signoff.authentication is not None:
        claim = signoff.authentication
        said.append(f"claims {', '.join(claim.factors)} at {_time(claim.time)}")
    if signoff.viewed is None:
        said.append("without having looked at a report")
    return f"{'; '.join(said)}{_text(signoff.text)}"


def _delegation(carried: bytes) -> str:
    """Describe the delegation in a sign-off, whose signature nobody checked here (SPEC 6.11)."""
    try:
        given = parse_delegation(parse_cose(carried, RecordType.DELEGATION).payload)
    except Rejected:
        return "with a delegation that cannot be read"
    until = f"from {_time(given.not_before)} until {_time(given.not_after)}"
    return f"on behalf of {given.giver}, delegated to {given.to} as {given.role} {until}: {printable(given.reason)}"


def count(entries: int) -> str:
    """Give a number of entries."""
    return f"{entries} {'entry' if entries == 1 else 'entries'}"


def item(what: Item) -> str:
    """Describe an evidence item."""
    place = "run" if what.step is None else _pass(what.step, what.number)
    slot = f", {what.slot}" if what.slot else ""
    called = f' "{printable(what.name)}"' if what.name else ""
    return f"{place}{slot}:{called} {what.media}, {what.size} bytes, {_short(what.digest)}"


def _action(what: e.Authorised | e.Acted) -> str:
    """Name an action and its arguments, in the same words where leave is given and where it is used."""
    return f"{printable(what.action)} ({_short(what.arguments)})"


def _scope(what: e.DeviationRaised) -> str:
    """Name what a deviation is about."""
    parts = [*what.steps, *(_ref(ref) for ref in what.values), *(_short(digest) for digest in what.evidence)]
    return f" (about {', '.join(parts)})" if parts else " (about the run)"


def _pass(step: str | None, number: int | None) -> str:
    """Name a pass; the first without its number."""
    return f"{step}" if number == 1 else f"{step}, pass {number}"


def _late(why: str | None) -> str:
    return f"; recorded late: {_prose(why)}" if why else ""


def _text(text: str | None, otherwise: str = "") -> str:
    return f": {_prose(text)}" if text else otherwise


def _prose(text: str) -> str:
    """Give prose in one line."""
    return " / ".join(printable(line) for line in text.split("\n"))


def _value(value: str | int | bool) -> str:  # noqa: FBT001 - a recorded value
    return str(value).lower() if isinstance(value, bool) else printable(str(value))


def _ref(ref: Ref) -> str:
    return f"e{ref.seq}"


def _short(digest: bytes) -> str:
    return f"{digest.hex()[:12]}..."


def _time(time: Time) -> str:
    return rfc3339(time.ms, time.offset)
