"""What records say, by the columns of the timeline (SPEC 6): each kind of entry, and what stands around the entries."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeAlias

from opsproof_verify import kinds as e
from opsproof_verify.contract import Contract, Member, Scalar
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
from opsproof_verify.records import Approval, Item, Seal, SignOff, Witness
from opsproof_verify.render.texts.parts import COPIES
from opsproof_verify.render.times import rfc3339

#: The cells of a row that hold something, by column; None is an empty one.
Cells: TypeAlias = dict[str, str | None]

#: What stands around the entries.
Around = Contract | Approval | Seal | SignOff | Witness

_UNREADABLE: Cells = {"text": "a signed record that cannot be read"}

_OfEvidence = e.EvidenceAdded | e.Transferred | e.Received | e.Voided
_Deviation = e.DeviationRaised | e.DeviationRuled | e.DeviationRemediated | e.DeviationClosed
_OfRun = e.RunStarted | e.Note | e.Gap | e.ClockChanged | e.RunEnded
_Signed = e.Assigned | e.Attested | e.Witnessed


def of_entry(what: What) -> Cells:
    """Give what an entry adds to the common head."""
    match what:
        case e.AtStep():
            return _at(what.step, what.number)
        case e.ValueRecorded():
            value: Cells = {"name": what.name, "value": _value(what.value), "unit": what.unit}
            return _at(what.step, what.number) | value | {"happened": _time(what.observed), "text": _late(what.late)}
        case e.InstrumentUsed():
            used: Cells = {"name": what.instrument, "value": what.serves_as, "until": _time(what.due)}
            return _at(what.step, what.number) | used
        case e.Checked():
            result = "passed" if what.passed else "not passed"
            return _at(what.step, what.number) | {"value": result, "text": what.text}
        case e.Authorised():
            leave: Cells = {"value": what.actor, "until": _time(what.expires)}
            return _at(what.step, what.number) | _action(what) | leave
        case e.Acted():
            return _at(what.step, what.number) | _action(what) | {"refers-to": _refs(what.authorised)}
        case e.Released():
            return _at(what.step, what.number) | {"refers-to": _refs(what.deviation), "text": what.text}
        case e.StepSkipped():
            return _at(what.step, what.number) | {"text": what.reason}
        case e.Correction():
            text = f"{_value(what.old)} becomes {_value(what.new)}: {what.why}"
            return {"value": _value(what.new), "refers-to": _refs(what.corrects), "text": text}
    return _of_evidence(what)


def _of_evidence(what: _OfEvidence | _Deviation | _OfRun | _Signed) -> Cells:
    """Give what the kinds about evidence and its custody add, and what is void."""
    match what:
        case e.EvidenceAdded():
            said = (_item(what.item), _named("by", what.source), COPIES.get(what.copy or ""), _late(what.late))
            item, place = what.item, _at(what.item.step, what.item.number)
            return place | {
                "name": item.slot,
                "value": item.name,
                "happened": _time(what.captured),
                "digest": item.digest.hex(),
                "text": _said(said),
            }
        case e.Transferred():
            return {"name": what.to, "digest": what.digest.hex(), "text": what.reason}
        case e.Received():
            return {"refers-to": _refs(what.transfer)}
        case e.Voided():
            return {"refers-to": _refs(what.voids), "text": what.why}
    return _of_deviation(what)


def _of_deviation(what: _Deviation | _OfRun | _Signed) -> Cells:
    """Give what the kinds about deviations add; the steps and evidence that one names are joined."""
    match what:
        case e.DeviationRaised():
            return {
                "name": what.reason,
                "value": what.severity,
                "step": _joined(what.steps),
                "happened": _time(what.occurred),
                "digest": _joined(one.hex() for one in what.evidence),
                "refers-to": _refs(*what.values),
                "text": _said((what.description, _named("action:", what.action))),
            }
        case e.DeviationRuled():
            return {"value": what.ruling, "digest": what.policy.hex(), "refers-to": _refs(what.deviation)}
        case e.DeviationRemediated():
            shown = _joined(one.hex() for one in what.evidence)
            return {"digest": shown, "refers-to": _refs(what.deviation), "text": what.text}
        case e.DeviationClosed():
            return {"refers-to": _refs(what.deviation), "text": what.text}
    return _of_run(what)


def _of_run(what: _OfRun | _Signed) -> Cells:
    """Give what the kinds about the run add."""
    match what:
        case e.RunStarted():
            said = [f"{name} {value}" for name, value in what.subject.items()]
            said += [f"recorder {what.recorder}", _named("times by", what.clock) or ""]
            said += [f"{one.relation} of run {one.run.hex()}" for one in what.related]
            return {"text": _said(said)}
        case e.Note():
            return _at(what.step, what.number) | {"text": what.text}
        case e.Gap():
            cut = f"{what.cut.size} bytes cut" if what.cut else None
            digest = what.cut.digest.hex() if what.cut else None
            return {"happened": _time(what.since), "digest": digest, "text": _said((what.reason, cut))}
        case e.ClockChanged():
            by: Cells = {} if what.by is None else {"value": str(what.by), "unit": "ms"}
            return {"name": what.clock, "text": what.text} | by
        case e.RunEnded():
            return {"value": what.outcome, "text": what.reason}
    return _of_signed(what)


def _of_signed(what: _Signed) -> Cells:
    """Give what the signed record in an entry says."""
    try:
        match what:
            case e.Assigned():
                member = assigned(what)
                said = (member.name, member.kind, *member.roles, _named("of", member.principal), member.software)
                return {"name": member.id, "value": member.person, "text": _said(said)}
            case e.Attested():
                own = parse_attestation(parse_cose(what.attestation, RecordType.ATTESTATION).payload)
                return {
                    "value": str(own.count),
                    "unit": "entries",
                    "digest": own.digest.hex(),
                    "refers-to": f"e{own.seq}",
                }
        witness = parse_witness(parse_cose(what.witness, RecordType.WITNESS).payload)
    except Rejected:
        return _UNREADABLE
    target = witness.hash.hex() if witness.seq is None else f"e{witness.seq}"
    return {"name": witness.witness, "happened": _time(witness.time), "refers-to": target}


def assigned(what: e.Assigned) -> Member:
    """Give the member that an assignment enrols, whoever signed it; raise ``Rejected`` if it cannot be read."""
    return parse_assignment(parse_cose(what.assignment, RecordType.ASSIGNMENT).payload).member


def of_around(record: Around) -> Cells:
    """Give what a record that is no entry says, but for its time."""
    match record:
        case Contract():
            named: Cells = {"name": record.id, "value": str(record.version), "text": record.title}
            return {"kind": "contract", "person": record.issuer} | named
        case Approval():
            signed = _signer(record.person, record.name, record.role)
            return {"kind": "contract-approval", "value": record.meaning.id, "text": record.meaning.text} | signed
        case Seal():
            text = f"{record.evidence_count} evidence items of {record.evidence_bytes} bytes"
            return {"kind": "seal", "actor": record.actor, "value": str(record.count), "unit": "entries", "text": text}
        case SignOff():
            return _of_signoff(record)
    return {"kind": "witness", "actor": record.witness, "name": record.target, "refers-to": record.hash.hex()}


def _of_signoff(record: SignOff) -> Cells:
    """Give a sign-off: the signature block, what it names, and what it claims (SPEC 6.9)."""
    covered = [f"e{seq}" for seq in record.covers] + [_refs(record.deviation)]
    hashes = [record.withdraws.hex() if record.withdraws else "", *(one.hex() for one in record.withholds)]
    late, claim = record.attests, record.authentication
    digests = [late.digest.hex()] if late else [item.digest.hex() for item in record.evidence]
    said = [
        record.meaning.text,
        _on_behalf(record.delegation) if record.delegation is not None else None,
        f"attests {late.count} of {late.actor}" if late else None,
        f"claims {', '.join(claim.factors)} at {_time(claim.time)}" if claim else None,
        "without having looked at a report" if record.viewed is None else None,
        record.text,
        *map(_supplied, record.evidence),
    ]
    return _signer(record.person, record.name, record.role) | {
        "kind": "sign-off",
        "name": record.decision,
        "value": record.meaning.id,
        "digest": _joined(digests),
        "refers-to": _joined([*covered, *hashes]),
        "text": _said(said),
    }


def of_member(member: Member) -> Cells:
    """Give who an actor is, as the contract or an assignment says."""
    return {
        "person": member.person,
        "printed-name": member.name,
        "actor-kind": member.kind,
        "principal": member.principal,
        "roles": _joined(member.roles),
    }


def _signer(person: str, name: str, role: str) -> Cells:
    """Give who signed: person, printed name, and the role in which (SPEC 6.9-3)."""
    return {"person": person, "printed-name": name, "roles": role}


def _on_behalf(carried: bytes) -> str:
    """Name who gave leave to sign, by a delegation whose signature is not looked at here (SPEC 6.11)."""
    try:
        given = parse_delegation(parse_cose(carried, RecordType.DELEGATION).payload)
    except Rejected:
        return "with a delegation that cannot be read"
    return f"on behalf of {given.giver}: {given.reason}"


def _at(step: str | None, number: int | None) -> Cells:
    return {"step": step, "pass": None if number is None else str(number)}


def _action(what: e.Authorised | e.Acted) -> Cells:
    return {"name": what.action, "digest": what.arguments.hex()}


def _item(item: Item) -> str:
    return f"{item.media}, {item.size} bytes"


def _supplied(item: Item) -> str:
    """Describe an item that a sign-off adds; its digest has a column."""
    place = [f"{name} {one}" for name, one in _at(item.step, item.number).items() if one] + [_named("slot", item.slot)]
    said = ", ".join(filter(None, (_named("with", item.name), _item(item), *place)))
    return said if item.name else f"with {said}"


def _refs(*refs: Ref | None) -> str:
    return _joined(f"e{one.seq}" for one in refs if one is not None)


def _late(why: str | None) -> str | None:
    return _named("recorded late:", why)


def _named(before: str, text: str | None) -> str | None:
    return f"{before} {text}" if text else None


def _said(parts: Iterable[str | None]) -> str:
    return "; ".join(filter(None, parts))


_joined = _said


def _value(value: Scalar) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _time(time: Time | None) -> str | None:
    return None if time is None else rfc3339(time.ms, time.offset)
