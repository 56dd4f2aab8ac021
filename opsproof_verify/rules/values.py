"""Rules on recorded values and their corrections (SPEC 9.10-8 to 9.10-11)."""

from __future__ import annotations

from opsproof_verify import fields
from opsproof_verify.contract import Scalar, ValueSpec
from opsproof_verify.findings import Rejected
from opsproof_verify.kinds import Correction, ValueRecorded
from opsproof_verify.run import Run
from opsproof_verify.state import Placed
from opsproof_verify.violation import AtEnd, OnEntry, Violations, about, on

_READERS: dict[str, fields.Reader[Scalar]] = {
    "decimal": fields.decimal,
    "integer": fields.integer(-fields.MAX_INTEGER),
    "text": fields.line,
    "boolean": fields.boolean,
    "choice": fields.line,
}


def fits(spec: ValueSpec, value: Scalar) -> bool:
    """Tell whether a value is of a value-spec's type, unit aside (SPEC 6.3-7)."""
    try:
        _READERS[spec.type](value)
    except Rejected:
        return False
    return spec.choices is None or value in spec.choices


def check_complete(run: Run) -> Violations:
    """A completed pass has every value that is not optional, unless a deviation covers the step (9.10-8)."""
    covered = {step for deviation in run.deviations.values() for step in deviation.raised.steps}
    for one in run.passes.values():
        step = run.step_of(one.step, one.number)
        if step is None or not one.completed or one.step in covered:
            continue
        for spec in step.values.values():
            if not spec.optional and spec.id not in one.values:
                yield about("value.missing", {"step": one.step, "pass": one.number, "value": spec.id})


def check_valid(run: Run, placed: Placed, what: ValueRecorded) -> Violations:
    """A value of a value-spec fits it (9.10-9)."""
    step = run.contract.steps.get(what.step)
    spec = step.values.get(what.name) if step else None
    if spec is not None and not (fits(spec, what.value) and spec.unit == what.unit):
        yield on(placed, "value.invalid", value=what.name, type=spec.type, unit=spec.unit or "")


def check_once(run: Run, placed: Placed, what: ValueRecorded) -> Violations:
    """A value of a pass is recorded once (9.10-10)."""
    one = run.passes.get((what.step, what.number))
    if one is not None and what.name in one.values:
        yield on(placed, "value.overwritten", value=what.name, before=one.values[what.name])


def check_correction(run: Run, placed: Placed, what: Correction) -> Violations:
    """A correction names what holds the value then, repeats it, and changes it (9.10-11)."""
    old = run.values.get(what.corrects.seq)
    if old is None:
        return  # withheld in this copy; a broken ref has its own code
    current = run.passes[old.step, old.number].values.get(old.name)  # None: it is void
    if current != what.corrects.seq or _differ(old.value, what.old) or not _differ(old.value, what.new):
        yield on(placed, "correction.mismatch", value=old.name, step=old.step)


def check_corrected(run: Run, placed: Placed, what: Correction) -> Violations:
    """A value is corrected to one that fits (9.10-9)."""
    old = run.values.get(what.corrects.seq)
    step = run.contract.steps.get(old.step) if old else None
    spec = step.values.get(old.name) if old and step else None
    if old is not None and spec is not None and not fits(spec, what.new):
        yield on(placed, "value.invalid", value=old.name, type=spec.type, unit=spec.unit or "")


def _differ(first: Scalar, second: Scalar) -> bool:
    """Compare as records: ``1`` and ``true`` differ."""
    return type(first) is not type(second) or first != second


ON_ENTRY: OnEntry = {
    ValueRecorded: (check_valid, check_once),
    Correction: (check_correction, check_corrected),
}
AT_END: tuple[AtEnd, ...] = (check_complete,)
