"""Values as people type them: shown with their limits before, judged after, recorded when they are meant."""

from __future__ import annotations

import re

from opsproof_verify.contract import Scalar, ValueSpec

from opsproof_record.errors import Unfit
from opsproof_record.guided.session import Session
from opsproof_record.log.model import limit_flaw
from opsproof_record.run import work
from opsproof_record.run.values import read_value

_NUMBER = re.compile(r"([-+]?[0-9][0-9.,]*|[-+]?[.,][0-9]+)\s*(.*)")
_NUMERIC = frozenset({"decimal", "integer"})
_KINDS = {"decimal": "number", "integer": "whole number", "text": "text", "boolean": "yes or no", "choice": "choice"}
_EXAMPLES = {
    "decimal": "Type digits with a point, such as 42.50.",
    "integer": "Type a whole number, such as 42.",
    "text": "Type one line of up to 256 bytes.",
    "boolean": "Type yes or no.",
}


def name_of(spec: ValueSpec) -> str:
    """Name a value: its id, and its title if it has one."""
    return f"{spec.id} ({spec.title})" if spec.title else spec.id


def limits_of(spec: ValueSpec) -> str:
    """Say the limits of a value in words, empty if it has none."""
    if spec.min is not None and spec.max is not None:
        return f"{spec.min} to {spec.max}"
    if spec.min is not None:
        return f"at least {spec.min}"
    return f"at most {spec.max}" if spec.max is not None else ""


def demand_of(spec: ValueSpec) -> str:
    """Say what is asked for: kind, unit, limits or choices, and whether it may be left out."""
    parts = [_KINDS[spec.type]]
    if spec.unit:
        parts.append(f"in {spec.unit}")
    if limits := limits_of(spec):
        parts.append(limits)
    if spec.choices:
        parts.append(" / ".join(spec.choices))
    if spec.optional:
        parts.append("optional")
    return ", ".join(parts)


def shown(spec: ValueSpec, value: Scalar) -> str:
    """Give a value as people read it, with its unit."""
    text = ("yes" if value else "no") if isinstance(value, bool) else str(value)
    return f"{text} {spec.unit}" if spec.unit else text


def read_typed(spec: ValueSpec, text: str) -> Scalar:
    """Read what was typed: a number may carry the unit of the contract, a choice may be its number in the list."""
    if spec.type in _NUMERIC:
        text = _without_unit(spec, text)
    elif spec.choices and text not in spec.choices and text.isascii() and text.isdigit():
        at = int(text[:6])
        text = spec.choices[at - 1] if 1 <= at <= len(spec.choices) else text
    try:
        return read_value(spec, text)
    except Unfit:
        remedy = _EXAMPLES.get(spec.type) or "Type one of them, or its number: " + ", ".join(spec.choices or ())
        raise Unfit(f'"{text}" is no {_KINDS[spec.type]} for {spec.id}', remedy) from None


def _without_unit(spec: ValueSpec, text: str) -> str:
    """Take the unit off a number; refuse another one."""
    match = _NUMBER.fullmatch(text)
    if match is None or not match[2]:
        return text
    number, unit = match[1], match[2]
    if unit != spec.unit:
        wanted = f"in {spec.unit}" if spec.unit else "without a unit"
        raise Unfit(f'{spec.id} is recorded {wanted}, not in "{unit}"', "Convert it, and type the number again.")
    return number


def ask_value(session: Session, spec: ValueSpec, *, optional: bool) -> Scalar | None:
    """Ask for a value until one fits and is meant; None if it was left out, which ``optional`` allows.

    One outside its limits is shown as such and confirmed; a slip of the finger is not recorded.
    """
    screen, dialog = session.screen, session.dialog

    def read(text: str) -> Scalar | None:
        return None if not text and optional else read_typed(spec, text)

    parts = [spec.unit or "", limits_of(spec) or ("" if spec.unit else _KINDS[spec.type])]
    if spec.choices:
        parts = [" / ".join(f"{number} {choice}" for number, choice in enumerate(spec.choices, 1))]
    if optional:
        parts.append("Enter leaves it out")
    hint = ", ".join(filter(None, parts))
    while True:
        value = dialog.ask(f"{name_of(spec)} [{hint}]: ", read)
        flaw = None if value is None else limit_flaw(spec, value)
        if value is None or flaw is None:
            return value
        screen.bad(f"OUTSIDE ITS {session.terms('limits').upper()}: {flaw}. Not recorded yet.")
        if dialog.yes(f"Is {shown(spec, value)} right? yes records it, no lets you type again"):
            return value


def record_value(session: Session, step: str, spec: ValueSpec) -> None:
    """Ask for a value of a step and record it, or pass over an optional one."""
    value = ask_value(session, spec, optional=spec.optional)
    if value is None:
        session.passed_over.add(f"value {spec.id}")
        return
    outcome = session.hand.do(lambda recorder: work.record(recorder, step, spec.id, value, work.Reading(spec.unit)))
    put_outcome(session, spec, outcome)


def put_outcome(session: Session, spec: ValueSpec, outcome: work.Outcome) -> None:
    """Say what was recorded, and whether it lies within its limits."""
    said = f"e{outcome.ref.seq} {spec.id} = {shown(spec, outcome.value)}"
    if outcome.flaw:
        session.screen.bad(f"{said}, OUTSIDE ITS {session.terms('limits').upper()}, recorded")
    elif limits_of(spec):
        session.screen.ok(f"{said}, within {limits_of(spec)}")
    else:
        session.screen.ok(said)
