"""Delegations (SPEC 6.11): leave to sign in somebody's role, signed by that person and carried by who relies on it.

A delegation is a file that holds the signed record and nothing else. It is no part of any bundle until a sign-off
carries it, and so counts for as many runs as it names contracts, until it expires.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from opsproof_verify import ed25519, fields
from opsproof_verify.canonical import CanonicalError, Value, encode
from opsproof_verify.container import LIMITS, FrameType
from opsproof_verify.cose import RecordType
from opsproof_verify.findings import Rejected
from opsproof_verify.findings import Time as Moment
from opsproof_verify.parse_signed import parse_cose, parse_delegation
from opsproof_verify.records import Delegation
from opsproof_verify.render.times import rfc3339
from opsproof_verify.trust import TrustStore
from opsproof_verify.validity import Keyring, Validity
from opsproof_verify.validity import Signer as Giver

from opsproof_record.clock import Time
from opsproof_record.errors import NotEntitled, Unfit, Unknown
from opsproof_record.log.journal import create
from opsproof_record.sealed.meant import Given, Intent
from opsproof_record.sealed.view import View
from opsproof_record.signing.keys import Signer

_MAX = LIMITS[FrameType.SIGNOFF]  # bytes of the sign-off that carries it
_ASK = "Ask whoever delegated for another one: `opsproof delegate`."


@dataclass(frozen=True, slots=True, kw_only=True)
class Leave:
    """What a person delegates: their role, to whom, for which contracts, why, and from when until when."""

    giver: str
    to: str
    role: str
    contracts: tuple[str, ...]
    reason: str
    start: Time
    end: Time


def delegate(path: Path, signer: Signer, leave: Leave, now: Time) -> Given:
    """Sign a delegation into a new file; raises ``Refused`` for one that could never hold."""
    if leave.to == leave.giver:
        raise Unfit(f"{leave.giver} delegates to {leave.to}, who is the same", "Name somebody else: --to.")
    if leave.end[0] < leave.start[0]:
        raise Unfit("it ends before it begins", "Give an --until later than --from.")
    if leave.end[0] < now[0]:
        raise Unfit(f"it ended at {rfc3339(*leave.end)} already", "Give an --until that is to come.")
    record: dict[str, Value] = {
        "from": leave.giver,
        "to": leave.to,
        "role": leave.role,
        "contracts": [*leave.contracts],
        "reason": leave.reason,
        "not-before": [*leave.start],
        "not-after": [*leave.end],
    }
    try:
        payload = encode(record)
        parse_delegation(payload)
    except (CanonicalError, Rejected) as refusal:
        where = refusal.facts.get("path") if isinstance(refusal, Rejected) else refusal.why
        raise Unfit(f"this cannot be signed: {where} is not valid", "Correct it and try again.") from refusal
    body = signer.sign(RecordType.DELEGATION, payload)
    create(path, body)
    return read_body(body)


def read(path: Path) -> Given:
    """Read a delegation from its file; raises ``Refused`` for anything else."""
    try:
        with path.open("rb") as file:
            data = file.read(_MAX + 1)
    except OSError as error:
        raise Unknown(f"{path}: {error.strerror}", "Name a file that `opsproof delegate` made.") from error
    try:
        return read_body(data)
    except Rejected as refusal:
        raise Unfit(f"{path} is no delegation: {refusal.code}", _ASK) from refusal


def read_body(body: bytes) -> Given:
    """Read a delegation; raises ``Rejected``."""
    signed = parse_cose(body, RecordType.DELEGATION)
    return Given(body, parse_delegation(signed.payload), signed.kid)


def check(given: Given, intent: Intent, view: View) -> None:
    """Refuse to rely on a delegation that does not hold, as far as can be told here (SPEC 6.11-2).

    Without a trust file whose key it is, and whether its signature verifies, is not known.
    """
    said, contract = given.record, view.contract.id
    if said.to != intent.person:
        raise NotEntitled(f"{said.giver} delegated to {said.to}, and you sign as {intent.person}", _ASK)
    if _role(view, said.role) != _role(view, intent.role):
        raise NotEntitled(
            f"{said.giver} delegated the role {said.role}, and you sign as {intent.role}", f"Give --role {said.role}."
        )
    if not fields.is_among(said.contracts, contract):
        raise NotEntitled(f"{said.giver} delegated it for {', '.join(said.contracts)}, and this is {contract}", _ASK)
    if intent.time[0] < said.not_before.ms:
        raise NotEntitled(f"this delegation begins at {moment(said.not_before)}", "Sign then, or ask for another one.")
    if intent.time[0] > said.not_after.ms:
        raise NotEntitled(f"this delegation ended at {moment(said.not_after)}", _ASK)
    if view.trust is not None:
        _check_giver(given, intent.time[0], view, view.trust)


def check_giver(signer: Signer, leave: Leave, trust: TrustStore) -> None:
    """Refuse a delegation that nobody who relies on a trust file will accept: its key is not the giver's there.

    Roles are compared as they are written, or as some role map of the file reads them: the contracts decide which.
    """
    giver = _known(ed25519.thumbprint(signer.public), leave.giver, trust)
    maps = trust.role_map.values()
    readings = {leave.role} | {names[leave.role] for names in maps if leave.role in names}
    held = set(giver.roles) | {names[role] for names in maps for role in giver.roles if role in names}
    if readings.isdisjoint(held):
        raise NotEntitled(
            f"the trust file {trust.id} does not give {leave.giver} the role {leave.role}",
            f"It gives: {', '.join(giver.roles) or 'none'}.",
        )


def _check_giver(given: Given, ms: int, view: View, trust: TrustStore) -> None:
    """Hold a delegation to the trust file: the giver's key, its signature, and the role (SPEC 6.11-2)."""
    said = given.record
    giver = _known(given.kid, said.giver, trust)
    signed = parse_cose(given.body, RecordType.DELEGATION)
    if not ed25519.verify(giver.key, signed.signature, signed.signing_input()):
        raise NotEntitled("the signature of this delegation does not verify", f"Do not rely on it. {_ASK}")
    if _role(view, said.role) not in {_role(view, role) for role in giver.roles}:
        raise NotEntitled(f"the trust file {trust.id} does not give {said.giver} the role {said.role}", _ASK)
    if not Validity(trust, retired_witnessed=False).holds(giver.key, ms, None, giver.window):
        raise NotEntitled(f"by the trust file {trust.id} the key of {said.giver} is not valid now", _ASK)


def _known(kid: bytes, person: str, trust: TrustStore) -> Giver:
    """Find the giver of a delegation in a trust file."""
    giver = Keyring(trust).trusted(kid)
    if giver is None or giver.person != person:
        whose = "nobody's there" if giver is None else f"that of {giver.person}"
        raise NotEntitled(
            f"by the trust file {trust.id} the key of this delegation is not {person}'s: it is {whose}", _ASK
        )
    return giver


def _role(view: View, role: str) -> str:
    return view.trust.role(view.contract.id, role) if view.trust else role


def moment(time: Moment) -> str:
    """Write a time of a record as people read it."""
    return rfc3339(time.ms, time.offset)


def describe(said: Delegation) -> str:
    """Say in a line who gives leave for what, until when; text of people is to be escaped by the caller."""
    return (
        f"{said.giver} delegates the role {said.role} to {said.to}, for {', '.join(said.contracts)}, from "
        f"{moment(said.not_before)} until {moment(said.not_after)}: {said.reason}"
    )
