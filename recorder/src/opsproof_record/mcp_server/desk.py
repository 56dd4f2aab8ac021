"""One run and what an agent may do at it; each method is one tool, takes what its schema allows, gives plain data."""

from __future__ import annotations

import hashlib
from datetime import datetime
from pathlib import Path
from typing import Any

from opsproof_verify.fields import Ref

from opsproof_record.clock import Time
from opsproof_record.errors import NotEntitled, OutOfOrder, Refused, Unfit
from opsproof_record.library.api import Run
from opsproof_record.library.holding import Attest
from opsproof_record.log import evidence
from opsproof_record.mcp_server import views
from opsproof_record.mcp_server.files import Allowed, renamed
from opsproof_record.mcp_server.views import View
from opsproof_record.run import attaching, deviate, oversight, work
from opsproof_record.run.arguments import as_file, digests_of, encoded, entry_numbers, time_of
from opsproof_record.run.attaching import Attached, Target
from opsproof_record.run.deviate import Deviation
from opsproof_record.signing.signer import Signer

_JSON, _TEXT = "application/json", "text/plain"
_ATTEST: Attest = "batch"


class Desk:
    """A run under an agent or a device. Every method may raise :class:`Refused`."""

    def __init__(
        self, path: Path, actor: str, signer: Signer, folders: tuple[Path, ...] = (), gap_reason: str | None = None
    ) -> None:
        """Open the run; :class:`NotEntitled` for a person's key, since an agent never acts as a person."""
        path = path.absolute()  # as a person has to name it, who may stand elsewhere
        self.run = Run.open(path, actor=actor, key=signer, attest=_ATTEST, gap_reason=gap_reason)
        try:
            if self.run.kind == "human":
                raise NotEntitled(
                    f"{actor} is a person, and an agent never acts as a person",
                    "Enrol the agent under a name and a key of its own, in the roster or with `opsproof assign`.",
                )
            private = (signer.path, signer.path.with_name(signer.path.name + ".pending"), path)
            self._allowed = Allowed(folders, private)
            with self.run.looking() as state:
                contract, roles = state.contract, set(state.members[actor].roles)
                self.steps = tuple(step.id for step in contract.steps.values() if roles & set(step.roles))
                self.reasons = tuple(contract.pack.reasons) if contract.pack else ()
        except BaseException:
            self.run.let_go()  # and sign nothing: it may be a person's
            raise

    # Reading.

    def status(self) -> View:
        """Say how the run stands and what this actor can do now."""
        with self.run.looking() as state:
            return views.status(state, self.run.actor)

    def read_step(self, step: str) -> View:
        """Give all of a step."""
        with self.run.looking() as state:
            return views.step(state, self.run.actor, step)

    # Working.

    def begin_step(self, step: str) -> View:
        """Begin the next pass of a step."""
        with self.run.writing() as recorder:
            ref, number = work.begin(recorder, step)
            return _entry(ref) | {"step": step, "pass": number}

    def record_value(
        self,
        step: str,
        name: str,
        value: str | int,
        unit: str | None = None,
        *,
        observed: str | None = None,
        late: str | None = None,
    ) -> View:
        """Record a value."""
        read = work.Reading(unit, _time(observed) if observed else None, late)
        with self.run.writing() as recorder:
            return _outcome(work.record(recorder, step, name, value, read))

    def correct_value(self, entry: str, value: str | int, why: str) -> View:
        """Replace a recorded value."""
        with self.run.writing() as recorder:
            return _outcome(work.correct(recorder, _seq(entry), value, why))

    def attach_file(
        self,
        path: str,
        step: str | None = None,
        slot: str | None = None,
        media: str | None = None,
        name: str | None = None,
        **said: Any,
    ) -> View:
        """Add a file as evidence."""
        given = Path(path)
        target = Target(step, slot, media or evidence.media_type(given), name or given.name, **_described(said))
        with self._allowed.open(path) as opened:
            try:
                return self._attach(opened, target)
            except Refused as refusal:
                raise renamed(refusal, opened, path) from refusal

    def attach_text(
        self, text: str, name: str, step: str | None = None, slot: str | None = None, media: str = _TEXT, **said: Any
    ) -> View:
        """Add text as evidence."""
        target = Target(step, slot, media, name, **_described(said))
        with as_file(text.encode(errors="replace"), target, self.run.path) as spool:
            return self._attach(spool, target)

    def _attach(self, path: Path, target: Target) -> View:
        with self.run.writing() as recorder:
            return _attached(attaching.attach(recorder, path, target))

    def use_instrument(self, step: str, instrument: str, due: str | None = None, serves_as: str | None = None) -> View:
        """Record an instrument."""
        with self.run.writing() as recorder:
            return _entry(work.use_instrument(recorder, step, instrument, _time(due) if due else None, serves_as))

    def receive(self, transfer: str) -> View:
        """Confirm that evidence which another actor handed over is here."""
        with self.run.writing() as recorder:
            return _entry(attaching.receive(recorder, _seq(transfer)))

    def note(self, text: str, step: str | None = None) -> View:
        """Write a note."""
        with self.run.writing() as recorder:
            return _entry(work.note(recorder, text, step))

    def raise_deviation(
        self,
        reason: str,
        description: str,
        severity: str | None = None,
        occurred: str | None = None,
        action: str | None = None,
        **scope: list[str],
    ) -> View:
        """Raise a deviation; the pinned policy rules on it at once."""
        with self.run.writing() as recorder:
            said = Deviation(
                reason=reason,
                description=description,
                severity=severity,
                steps=tuple(dict.fromkeys(scope.get("steps", ()))),
                values=entry_numbers(tuple(map(_seq, scope.get("values", ())))),
                evidence=digests_of(recorder.state, tuple(map(_item, scope.get("evidence", ())))),
                action=action,
                occurred=_time(occurred) if occurred else None,
            )
            ruled = deviate.deviate(recorder, said)
            return _entry(ruled.ref) | {
                "severity": ruled.severity,
                "ruling": ruled.ruling,
                "next": _RULED[ruled.ruling],
            }

    def remediate_deviation(self, deviation: str, text: str, evidence: list[str] | None = None) -> View:
        """Record what was done about a deviation."""
        with self.run.writing() as recorder:
            digests = digests_of(recorder.state, tuple(map(_item, evidence or ())))
            return _entry(deviate.remediate(recorder, _seq(deviation), text, digests))

    def skip_step(self, step: str, reason: str) -> View:
        """Record that a step is not done."""
        with self.run.writing() as recorder:
            ref, number = work.skip(recorder, step, reason)
        self.run.attest()
        return _entry(ref) | {"step": step, "pass": number}

    def complete_step(self, step: str) -> View:
        """Complete the open pass of a step, and sign."""
        with self.run.writing() as recorder:
            ref, number = work.end_step(recorder, step)
        return _entry(ref) | {"step": step, "pass": number, "signed_entries": self.run.attest()}

    def attest(self) -> View:
        """Sign what is unsigned."""
        return {"signed_entries": self.run.attest()}

    # Acting under leave.

    def request_authorisation(self, step: str, action: str, arguments: dict[str, Any]) -> View:
        """Add the arguments of an action as evidence, for a person to read and authorise."""
        data = encoded(arguments)
        target = Target(step, media=_JSON, name="arguments.json", source=action)
        with as_file(data, target, self.run.path) as spool, self.run.writing() as recorder:
            found, _ = work.working(recorder, step)
            if not found.authorise:
                raise OutOfOrder(f"actions in step {step} need no leave", "Call act, then do it.")
            seq = recorder.state.item_of(hashlib.sha256(data).digest())
            entry = attaching.attach(recorder, spool, target).ref.seq if seq is None else seq
            return {
                "entry": f"e{entry}",
                "arguments_sha256": hashlib.sha256(data).hexdigest(),
                "roles_that_may_authorise": list(found.authorise),
                "a_person_has_to_run": oversight.authorise_command(recorder, step, action, f"e{entry}"),
                "next": "When a person has authorised it, call act with the same step, action and arguments.",
            }

    def act(self, step: str, action: str, arguments: dict[str, Any]) -> View:
        """Record that an action is taken; raises :class:`Unauthorised` where leave is needed and there is none."""
        digest = hashlib.sha256(encoded(arguments)).digest()
        with self.run.writing() as recorder:
            ref = oversight.act(recorder, step, action, digest)
            return _entry(ref) | {"arguments_sha256": digest.hex(), "next": "Recorded. Do exactly this now, once."}

    def close(self) -> None:
        """Sign what is unsigned, and let the run go."""
        self.run.close()


_RULED = {
    "allow": "The work goes on.",
    "review": "The work goes on; somebody entitled will review it.",
    "block": "Work in its scope is stopped until a person releases it.",
}


def _entry(ref: Ref) -> View:
    return {"entry": f"e{ref.seq}"}


def _attached(item: Attached) -> View:
    return _entry(item.ref) | {"size": item.size, "sha256": item.digest.hex()}


def _outcome(outcome: work.Outcome) -> View:
    told = _entry(outcome.ref) | {"value": outcome.value, "unit": outcome.unit, "out_of_limits": outcome.flaw}
    if outcome.flaw:
        entry = told["entry"]
        told["next"] = f'It is recorded and stays. Say why with raise_deviation, values ["{entry}"].'
    return told


def _described(said: dict[str, Any]) -> dict[str, Any]:
    """Read what is said of evidence: its source, when it was captured, whether it is the original."""
    captured = said.pop("captured", None)
    return said | ({"captured": _time(captured)} if captured else {})


def _seq(entry: str) -> int:
    return int(entry.removeprefix("e"))


def _item(item: str) -> int | bytes:
    return _seq(item) if item.startswith("e") and len(item) < 64 else bytes.fromhex(item)


def _time(said: str) -> Time:
    try:
        return time_of(datetime.fromisoformat(said))
    except ValueError:
        raise Unfit(f"{said} is no time with a zone", "Write it as 2026-11-01T08:00:00Z.") from None
