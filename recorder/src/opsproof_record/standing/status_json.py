"""The status of a run as a JSON object for machines: `opsproof-status/1`, as `docs/guides/guided-run.md` has it."""

from __future__ import annotations

import json
from typing import Any

from opsproof_verify.records import SignOff
from opsproof_verify.render.json_report import as_counts
from opsproof_verify.render.times import rfc3339

from opsproof_record.standing.moves import Move
from opsproof_record.standing.outlook import Open
from opsproof_record.standing.status import DeviationStatus, Status, StepStatus

FORMAT = "opsproof-status/1"


def render(status: Status) -> str:
    """Give the object in UTF-8-safe text: members sorted by name, indented by two spaces, ended by a line feed."""
    return json.dumps(_object(status), indent=2, sort_keys=True, ensure_ascii=True) + "\n"


def _object(status: Status) -> dict[str, Any]:
    contract, policy, judged = status.contract, status.policy, status.foresight
    verdict = None if status.run is None or judged.withheld else "FAIL" if status.fails else "PROVISIONAL"
    return {
        "format": FORMAT,
        "phase": status.phase,
        "contract": {
            "id": contract.id,
            "version": contract.version,
            "title": contract.title,
            "issuer": contract.issuer,
            "hash": status.contract_hash.hex(),
        },
        "policy": {"id": policy.id, "version": policy.version, "title": policy.title, "digest": policy.digest.hex()},
        "subject": status.subject,
        "run": status.run.hex() if status.run else None,
        "started": rfc3339(status.started.ms, status.started.offset) if status.started else None,
        "started-by": status.started_by,
        "outcome": status.outcome,
        "entries": status.entries,
        "evidence": {"count": status.evidence[0], "bytes": status.evidence[1]},
        "torn": status.torn,
        "steps": [_step(one) for one in status.steps],
        "deviations": [_deviation(one) for one in status.deviations],
        "unsigned": status.unsigned,
        "moves": [_move(move, actors) for move, actors in status.moves.items()],
        "verdict": verdict,
        "open": [_open(one) for one in status.open],
        "more": as_counts(judged.counts),
        "seal": status.seal.hex() if status.seal else None,
        "sealed-by": status.sealed_by,
        "signoffs": [_signoff(hash_, one) for hash_, one in status.signoffs.items()],
    }


def _step(one: StepStatus) -> dict[str, Any]:
    least, most = one.step.passes
    return {
        "id": one.step.id,
        "title": one.step.title,
        "state": one.state,
        "optional": one.step.optional,
        "passes": {"least": least, "most": most, "ended": one.done, "skipped": one.skipped},
        "open": one.opened,
        "blocked-by": list(one.blocked),
        "unchecked": list(one.checks),
        "unreleased": list(one.releases),
        "lacks": list(one.lacks),
        "why": one.why.what if one.why else None,
    }


def _deviation(one: DeviationStatus) -> dict[str, Any]:
    deviation = one.deviation
    return {
        "entry": deviation.ref.seq,
        "reason": deviation.raised.reason,
        "severity": deviation.raised.severity,
        "description": deviation.raised.description,
        "steps": list(deviation.steps),
        "ruling": deviation.ruling,
        "released": deviation.released,
        "remediated": deviation.remediated,
        "closed": deviation.closed,
        "wants": list(one.wants),
    }


def _move(move: Move, actors: list[str]) -> dict[str, Any]:
    return {
        "kind": move.kind,
        "step": move.step,
        "pass": move.number,
        "deviation": move.deviation,
        "request": move.request.entry if move.request else None,
        "actors": actors,
        "command": move.command,
    }


def _open(one: Open) -> dict[str, Any]:
    return {
        "code": one.code,
        "level": one.level,
        "text": one.text,
        "entry": one.entry,
        "step": one.step,
        "mend": one.mend,
        "answered-by": list(one.answered),
    }


def _signoff(hash_: bytes, one: SignOff) -> dict[str, Any]:
    return {
        "hash": hash_.hex(),
        "decision": one.decision,
        "person": one.person,
        "role": one.role,
        "meaning": one.meaning.id,
        "covers": list(one.covers),
    }
