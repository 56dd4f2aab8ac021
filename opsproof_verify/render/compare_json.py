"""A comparison of two copies as JSON in the form of SPEC 11-1; the schema is `compare-1.schema.json`, beside this."""

from __future__ import annotations

from opsproof_verify import __version__
from opsproof_verify.compare.fork import Branch, Proof
from opsproof_verify.compare.values import Addition, Altered, Comparison, Parting, Ranges, Side
from opsproof_verify.findings import Finding, Time
from opsproof_verify.render.json_form import Json, encode
from opsproof_verify.render.messages import sentence
from opsproof_verify.render.times import rfc3339

FORMAT = "opsproof-compare/1"


def render_compare_json(result: Comparison, files: tuple[str, str]) -> bytes:
    """Give a comparison in its one JSON form; ``files`` are A and B as the caller names them."""
    return encode(
        {
            "format": FORMAT,
            "verifier": {"name": "opsproof-verify", "version": __version__, "spec": 1},
            "word": str(result.word),
            "whole": result.whole,
            "a": {"file": files[0], **_side(result.a)},
            "b": {"file": files[1], **_side(result.b)},
            "parting": None if result.parting is None else _parting(result.parting),
            "altered": {"count": result.altered.count, "items": [_altered(one) for one in result.altered.items]},
            "reordered": result.reordered,
        }
    )


def _side(side: Side) -> dict[str, Json]:
    contract, seal = side.procedure, side.seal
    return {
        "size": side.size,
        "read": side.read,
        "stopped": None if side.stopped is None else _stopped(side.stopped),
        "contract": {
            "hash": side.contract,
            "id": None if contract is None else contract.id,
            "version": None if contract is None else contract.version,
            "title": None if contract is None else contract.title,
        },
        "run": side.run,
        "subject": dict(side.subject),
        "started": _time(side.started),
        "entries": side.entries,
        "seal": None if seal is None else {"hash": seal.hash, "actor": seal.actor, "time": _time(seal.time)},
        "appended": side.appended,
        "repeated": list(side.repeated),
        "withheld": _ranges(side.withheld),
        "absent": {"count": side.absent.count, "digests": list(side.absent.items)},
        "lacks": {
            "entries": _ranges(side.lacks_entries),
            "evidence": {"count": side.lacks_evidence.count, "digests": list(side.lacks_evidence.items)},
        },
        "only": {
            "entries": None if side.only_entries is None else list(side.only_entries),
            "seal": side.only_seal,
            "appended": [_addition(one) for one in side.only_appended],
        },
    }


def _ranges(ranges: Ranges) -> Json:
    return {"count": ranges.count, "ranges": [[first, last] for first, last in ranges.items]}


def _stopped(stopped: Finding) -> Json:
    return {"code": stopped.code.name, "frame": stopped.frame, "message": sentence(stopped)}


def _addition(one: Addition) -> Json:
    made: dict[str, Json] = {
        "record": one.record,
        "hash": one.hash,
        "start": one.start,
        "end": one.end,
        "time": _time(one.time),
    }
    if one.record == "witness":
        return {**made, "witness": one.who, "target": one.what}
    return {**made, "person": one.who, "decision": one.what, "name": one.name, "role": one.role}


def _parting(parting: Parting) -> Json:
    return {
        "seq": parting.seq,
        "proven": parting.proven,
        "meets": parting.meets,
        "same-seal": parting.same_seal,
        "keys": parting.keys,
        "a": _branch(parting.a),
        "b": _branch(parting.b),
    }


def _branch(branch: Branch) -> Json:
    return {
        "kind": branch.kind,
        "hash": branch.hash,
        "actor": branch.actor,
        "time": _time(branch.time),
        "contradiction": branch.contradiction,
        "unproven": branch.unproven,
        "proof": None if branch.proof is None else _proof(branch.proof),
    }


def _proof(proof: Proof) -> Json:
    return {
        "record": proof.record,
        "entry": proof.entry,
        "hash": proof.hash,
        "names": proof.names,
        "actor": proof.actor,
        "person": proof.person,
        "kid": proof.kid,
    }


def _altered(one: Altered) -> Json:
    return {
        "what": one.what,
        "seq": one.seq,
        "signoff": one.signoff,
        "digest": one.digest,
        "a": one.a,
        "b": one.b,
    }


def _time(time: Time | None) -> str | None:
    return None if time is None else rfc3339(time.ms, time.offset)
