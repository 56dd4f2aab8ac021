"""Values as people type them and as agents give them, read into what a record holds (SPEC 6.3-7)."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

from opsproof_verify import fields
from opsproof_verify.contract import Scalar, ValueSpec
from opsproof_verify.findings import Rejected

from opsproof_record.errors import Unfit

Given = str | int | bool | Decimal


def read_value(spec: ValueSpec, given: Given) -> Scalar:
    """Read a value; refuse what does not fit its type. Text is read as typed; no digit of a decimal is lost."""
    text = _text(given)
    try:
        return _READERS[spec.type](spec, text)
    except (Rejected, ValueError):
        raise Unfit(f'"{text}" is no {spec.type} for {spec.id}', _EXAMPLES[spec.type](spec)) from None


def _text(given: Given) -> str:
    if isinstance(given, bool):
        return "yes" if given else "no"
    return format(given, "f") if isinstance(given, Decimal) else str(given)


def _integer(_spec: ValueSpec, text: str) -> Scalar:
    return fields.integer(-fields.MAX_INTEGER)(int(fields.decimal(text)))


def _boolean(_spec: ValueSpec, text: str) -> Scalar:
    if text.lower() not in _BOOLEANS:
        raise ValueError
    return _BOOLEANS[text.lower()]


def _choice(spec: ValueSpec, text: str) -> Scalar:
    return fields.word(*(spec.choices or ()))(text)


_BOOLEANS = {"yes": True, "true": True, "no": False, "false": False}
_READERS: dict[str, Callable[[ValueSpec, str], Scalar]] = {
    "decimal": lambda _spec, text: fields.decimal(text),
    "integer": _integer,
    "text": lambda _spec, text: fields.line(text),
    "boolean": _boolean,
    "choice": _choice,
}
_EXAMPLES: dict[str, Callable[[ValueSpec], str]] = {
    "decimal": lambda _spec: "Write digits with a point, such as 42.50; the unit goes into --unit.",
    "integer": lambda _spec: "Write a whole number.",
    "text": lambda _spec: "Write one line of 1 to 256 bytes.",
    "boolean": lambda _spec: "Write yes or no.",
    "choice": lambda spec: "Choose one of: " + ", ".join(spec.choices or ()),
}
