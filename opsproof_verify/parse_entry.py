"""Entries from bytes (SPEC 6.3): a table of kinds, each with the reader of what it adds."""

from __future__ import annotations

from collections.abc import Callable

from opsproof_verify import fields
from opsproof_verify.canonical import CanonicalError, Value, decode
from opsproof_verify.entries import (
    Assigned,
    AtStep,
    Attested,
    Authorised,
    Checked,
    Correction,
    DeviationClosed,
    DeviationRaised,
    DeviationRemediated,
    DeviationRuled,
    Entry,
    EvidenceAdded,
    Gap,
    InstrumentUsed,
    Note,
    Related,
    Released,
    RunEnded,
    RunStarted,
    StepSkipped,
    Transferred,
    ValueRecorded,
    What,
    Witnessed,
)
from opsproof_verify.fields import Fields, malformed
from opsproof_verify.findings import Rejected
from opsproof_verify.records import Item, Withheld

SEVERITIES = ("minor", "major", "critical")
RULINGS = ("allow", "review", "block")


def decode_map(body: bytes, max_items: int | None = None) -> Value:
    """Decode one item of the profile (SPEC 9.5-1, 9.5-2), raising :class:`Rejected`."""
    try:
        return decode(body, max_items=max_items)
    except CanonicalError as error:
        raise Rejected(error.code, why=error.why) from None


def parse_entry(body: bytes) -> Entry:
    """Read the body of a frame of type 2; raise :class:`Rejected` with a code of phase 2."""
    members = Fields(decode_map(body))
    kind = members.get("kind", _kind)
    first = kind == "run-started"
    entry = Entry(
        run=None if first else members.get("run", fields.digest),
        seq=members.get("seq", fields.integer(0, 0) if first else fields.positive),
        prev=members.get("prev", fields.digest),
        time=members.get("time", fields.time),
        nonce=members.get("nonce", fields.nonce),
        actor=members.get("actor", fields.ident),
        kind=kind,
        what=KINDS[kind](members),
    )
    members.done()
    return entry


def parse_withheld(body: bytes) -> Withheld:
    """Read the body of a frame of type 3."""
    members = Fields(decode_map(body))
    withheld = Withheld(leaf=members.get("leaf", fields.digest), actor=members.get("actor", fields.ident))
    members.done()
    return withheld


def read_item(members: Fields) -> Item:
    """Read evidence as a record names it: item, and optionally step, pass and slot (SPEC 6.3-4)."""
    step, number = _optional_step(members)
    if step is None and members.has("slot"):
        raise fields.at("slot", malformed("slot-without-step"))
    return Item(
        digest=members.get("digest", fields.digest),
        size=members.get("size", fields.uint),
        media=members.get("media", fields.media),
        name=members.opt("name", fields.line),
        step=step,
        number=number,
        slot=members.opt("slot", fields.ident),
    )


def _kind(value: object) -> str:
    if type(value) is not str or value not in KINDS:
        raise malformed("kind")
    return value


def _step(members: Fields) -> tuple[str, int]:
    return members.get("step", fields.ident), members.get("pass", fields.positive)


def _optional_step(members: Fields) -> tuple[str, int] | tuple[None, None]:
    if members.has("step") or members.has("pass"):
        return _step(members)
    return None, None


def _related(value: object) -> Related:
    members = Fields(value)
    related = Related(
        members.get("relation", fields.word("rework", "continuation")),
        members.get("run", fields.digest),
        members.get("seal", fields.digest),
    )
    members.done()
    return related


def _run_started(members: Fields) -> What:
    return RunStarted(
        members.get("subject", fields.mapping(fields.ident, fields.token)),
        members.get("approvals", fields.array(fields.digest)),
        members.get("recorder", fields.line),
        members.opt("related", fields.array(_related, 1)) or (),
    )


def _at_step(members: Fields) -> What:
    return AtStep(*_step(members))


def _value_recorded(members: Fields) -> What:
    return ValueRecorded(
        *_step(members),
        members.get("name", fields.ident),
        members.get("value", fields.scalar),
        members.opt("unit", fields.unit),
    )


def _instrument_used(members: Fields) -> What:
    return InstrumentUsed(*_step(members), members.get("instrument", fields.token), members.opt("due", fields.time))


def _evidence_added(members: Fields) -> What:
    return EvidenceAdded(read_item(members), members.opt("captured", fields.time), members.opt("source", fields.line))


def _transferred(members: Fields) -> What:
    return Transferred(
        members.get("digest", fields.digest), members.get("to", fields.ident), members.get("reason", fields.prose)
    )


def _checked(members: Fields) -> What:
    return Checked(*_step(members), members.get("passed", fields.boolean), members.opt("text", fields.prose))


def _authorised(members: Fields) -> What:
    return Authorised(
        *_step(members),
        members.get("for", fields.ident),
        members.get("action", fields.line),
        members.get("arguments", fields.digest),
        members.get("expires", fields.time),
    )


def _released(members: Fields) -> What:
    deviation = members.opt("deviation", fields.ref)
    step, number = _step(members) if deviation is None else (None, None)
    return Released(step, number, deviation, members.opt("text", fields.prose))


def _step_skipped(members: Fields) -> What:
    return StepSkipped(*_step(members), members.opt("reason", fields.prose))


def _correction(members: Fields) -> What:
    return Correction(
        members.get("corrects", fields.ref),
        members.get("old", fields.scalar),
        members.get("new", fields.scalar),
        members.get("why", fields.prose),
    )


def _deviation_raised(members: Fields) -> What:
    return DeviationRaised(
        members.get("reason", fields.ident),
        members.get("severity", fields.word(*SEVERITIES)),
        members.get("steps", fields.array(fields.ident, distinct=True)),
        members.get("values", fields.array(fields.ref, distinct=True)),
        members.get("evidence", fields.array(fields.digest, distinct=True)),
        members.get("description", fields.prose),
        members.opt("action", fields.prose),
        members.opt("occurred", fields.time),
    )


def _deviation_ruled(members: Fields) -> What:
    return DeviationRuled(
        members.get("deviation", fields.ref),
        members.get("ruling", fields.word(*RULINGS)),
        members.get("policy", fields.digest),
    )


def _deviation_remediated(members: Fields) -> What:
    return DeviationRemediated(
        members.get("deviation", fields.ref),
        members.get("text", fields.prose),
        members.get("evidence", fields.array(fields.digest, distinct=True)),
    )


def _deviation_closed(members: Fields) -> What:
    return DeviationClosed(members.get("deviation", fields.ref), members.get("text", fields.prose))


def _note(members: Fields) -> What:
    step, number = _optional_step(members)
    return Note(step, number, members.get("text", fields.prose))


def _cut(value: object) -> tuple[bytes, int]:
    members = Fields(value)
    cut = members.get("digest", fields.digest), members.get("size", fields.uint)
    members.done()
    return cut


def _gap(members: Fields) -> What:
    return Gap(members.opt("reason", fields.prose), members.opt("since", fields.time), members.opt("cut", _cut))


def _attested(members: Fields) -> What:
    return Attested(members.get("attestation", fields.blob))


def _witnessed(members: Fields) -> What:
    return Witnessed(members.get("witness", fields.blob))


def _assigned(members: Fields) -> What:
    return Assigned(members.get("assignment", fields.blob))


def _run_ended(members: Fields) -> What:
    return RunEnded(members.get("outcome", fields.word("completed", "aborted")), members.opt("reason", fields.prose))


KINDS: dict[str, Callable[[Fields], What]] = {
    "run-started": _run_started,
    "assigned": _assigned,
    "step-started": _at_step,
    "value-recorded": _value_recorded,
    "instrument-used": _instrument_used,
    "evidence-added": _evidence_added,
    "transferred": _transferred,
    "checked": _checked,
    "authorised": _authorised,
    "released": _released,
    "step-completed": _at_step,
    "step-skipped": _step_skipped,
    "correction": _correction,
    "deviation-raised": _deviation_raised,
    "deviation-ruled": _deviation_ruled,
    "deviation-remediated": _deviation_remediated,
    "deviation-closed": _deviation_closed,
    "note": _note,
    "gap": _gap,
    "attestation": _attested,
    "witnessed": _witnessed,
    "run-ended": _run_ended,
}
