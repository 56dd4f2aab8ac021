"""The work on steps: start, begin, record, attach, note, end (SPEC 6.4)."""

from __future__ import annotations

import io
import os
from dataclasses import dataclass
from pathlib import Path

from opsproof_verify import fields
from opsproof_verify.canonical import Value
from opsproof_verify.container import FrameType
from opsproof_verify.contract import Scalar
from opsproof_verify.fields import Ref
from opsproof_verify.findings import Rejected
from opsproof_verify.merkle import leaf_hash

from opsproof_record import RECORDER, evidence, frames, guard, open_items
from opsproof_record.errors import Refused
from opsproof_record.journal import create
from opsproof_record.keys import Signer
from opsproof_record.model import limit_flaw
from opsproof_record.pending import Pending
from opsproof_record.recorder import Recorder, build_entry, enrolled


def start(package: Path, path: Path, actor: str, signer: Signer, subject: dict[str, str]) -> Ref:
    """Start a run: copy the package into a new journal and write entry 0."""
    try:
        content = package.read_bytes()
    except OSError as error:
        raise Refused(f"{package}: {error.strerror}", "Name a package (.lep) that `opsproof author` made.") from error
    found = frames.scan(io.BytesIO(content), str(package))
    state = found.state
    if state.run is not None:
        raise Refused(f"{package} is a run already", "Start from the package (.lep) that `opsproof author` made.")
    enrolled(state, actor, signer)
    _check_subject({param.id: param.optional for param in state.contract.params.values()}, subject)
    told: dict[str, Value | None] = {
        "subject": dict(subject),
        "approvals": list(state.approvals),
        "recorder": RECORDER,
    }
    body = build_entry(state, actor, "run-started", told)
    leaf = leaf_hash(body)
    Pending(signer.path).add(leaf, leaf)
    create(path, content[: found.end] + frames.frame(FrameType.ENTRY, body))
    return Ref(0, leaf)


def _check_subject(params: dict[str, bool], subject: dict[str, str]) -> None:
    """Hold the run parameters to the contract (SPEC 6.3-3)."""
    lacking = [name for name, optional in params.items() if not optional and name not in subject]
    if lacking:
        raise Refused(f"the contract asks for {', '.join(lacking)}", f"Give --param {lacking[0]}=VALUE.")
    for name, text in subject.items():
        if name not in params:
            raise Refused(
                f'"{name}" is no parameter of this contract',
                "Its parameters: " + (", ".join(params) or "none"),
            )
        try:
            fields.token(text)
        except Rejected:
            raise Refused(f"{name}: not a token", "Write 1 to 128 printable ASCII characters.") from None


def begin(recorder: Recorder, step_id: str) -> tuple[Ref, int]:
    """Begin the next pass of a step."""
    step = guard.find_step(recorder.state, step_id)
    number = guard.next_pass(recorder.state, recorder.member, step)
    return recorder.write("step-started", step=step_id, pass_=number), number


@dataclass(frozen=True, slots=True)
class Outcome:
    """A value as recorded, and how it lies outside its limits, if it does."""

    ref: Ref
    value: Scalar
    unit: str | None
    flaw: str | None


def record(recorder: Recorder, step_id: str, name: str, text: str, unit: str | None = None) -> Outcome:
    """Record a value that a step asks for; one outside its limits is recorded as it is."""
    step = guard.find_step(recorder.state, step_id)
    number, state = guard.open_pass(recorder.state, recorder.member, step)
    spec = step.values.get(name)
    if spec is None:
        raise Refused(f'step {step_id} asks for no value "{name}"', "Its values: " + (", ".join(step.values) or "none"))
    if name in state.values:
        before = state.values[name]
        raise Refused(
            f"{name} is recorded already: {before.value} in e{before.ref.seq}",
            "A recorded value stays. If it is wrong, say so: `opsproof deviate wrong-record --value "
            f"e{before.ref.seq} ...`.",
        )
    if unit is not None and unit != spec.unit:
        raise Refused(
            f"{name} is recorded in {spec.unit or 'no unit'}, not in {unit}",
            "Convert it and record it again.",
        )
    value = guard.read_value(spec, text)
    ref = recorder.write("value-recorded", step=step_id, pass_=number, name=name, value=value, unit=spec.unit)
    return Outcome(ref, value, spec.unit, limit_flaw(spec, value))


@dataclass(frozen=True, slots=True)
class Target:
    """What evidence is for: the run, a step, or a slot of a step; and what is said about it."""

    step: str | None = None
    slot: str | None = None
    media: str | None = None
    name: str | None = None
    source: str | None = None


def attach(recorder: Recorder, path: Path, target: Target) -> tuple[Ref, int, bytes]:
    """Stream a file into the journal as evidence; give its entry, size and SHA-256."""
    media = target.media or evidence.media_type(path)
    if not fields.MEDIA.fullmatch(media):
        raise Refused(f'"{media}" is no media type', 'Give one such as "image/jpeg", without parameters.')
    number = None
    if target.step is not None:
        step = guard.find_step(recorder.state, target.step)
        number, state = guard.open_pass(recorder.state, recorder.member, step)
        if target.slot is not None:
            guard.check_slot(step, state, target.slot, media)
    elif target.slot is not None:
        raise Refused("a slot belongs to a step", "Give --step too.")
    source = evidence.open_file(path)
    try:
        size, digest = recorder.journal.append_evidence(source, str(path))
    finally:
        os.close(source)
    ref = recorder.write(
        "evidence-added",
        step=target.step,
        pass_=number,
        slot=target.slot,
        digest=digest,
        size=size,
        media=media,
        name=target.name or path.name,
        source=target.source,
    )
    return ref, size, digest


def note(recorder: Recorder, text: str, step_id: str | None = None) -> Ref:
    """Write a note, about the open pass of a step if one is named."""
    number = None
    if step_id is not None:
        guard.find_step(recorder.state, step_id)
        number = len(recorder.state.passes_of(step_id)) or None
        step_id = step_id if number else None
    return recorder.write("note", step=step_id, pass_=number, text=text)


def end_step(recorder: Recorder, step_id: str, *, anyway: bool = False) -> tuple[Ref, int]:
    """Complete the open pass of a step; without what it asks for only if the person insists."""
    step = guard.find_step(recorder.state, step_id)
    number, state = guard.open_pass(recorder.state, recorder.member, step)
    lacks = guard.missing(step, state)
    if lacks and not anyway:
        raise Refused(
            f"step {step_id} still lacks " + ", ".join(lacks),
            "Record or attach it. If it cannot be had, `--anyway` ends the step without it, and every "
            "verification will say so.",
        )
    return recorder.write("step-completed", step=step_id, pass_=number), number


def end_run(recorder: Recorder, outcome: str, reason: str | None, *, anyway: bool = False) -> Ref:
    """End the run; only who will seal it may, since only the seal can sign this last entry."""
    state = recorder.state
    guard.check_role(recorder.member, state.contract.authority.seal, "end a run (whoever ends it seals it)")
    items = open_items.before_end(state, recorder.member.id, outcome)
    if items and not anyway:
        raise Refused(
            "open: " + "; ".join(items),
            f"{guard.NOTHING_FOLLOWS} Settle these first, or end the run with `--anyway` as it is.",
        )
    return recorder.write("run-ended", outcome=outcome, reason=reason)
