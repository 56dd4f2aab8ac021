"""Rules on recorded values and their corrections (SPEC 9.10-8 to 9.10-11)."""

from __future__ import annotations

from opsproof_verify import fields
from opsproof_verify.contract import Scalar, Step, ValueSpec
from opsproof_verify.findings import Rejected
from opsproof_verify.kinds import Correction, ValueRecorded
from opsproof_verify.run import Run
from opsproof_verify.state import Pass, Placed
from opsproof_verify.violation import EachPass, OnEntry, Violations, about, on

#: The readers of the types of values (SPEC 6.3-7).
READERS: dict[str, fields.Reader[Scalar]] = {
    "decimal": fields.decimal,
    "integer": fields.integer(-fields.MAX_INTEGER),
    "text": fields.line,
    "boolean": fields.boolean,
    "choice": fields.line,
}


def fits(spec: ValueSpec, value: Scalar) -> bool:
    """Tell whether a value is of a value-spec's type, unit aside (SPEC 6.3-7)."""
    try:
        READERS[spec.type](value)
    except Rejected:
        return False
    return spec.choices is None or value in spec.choices


def check_complete(run: Run, step: Step, one: Pass) -> Violations:
    """A completed pass has every value that is not optional, unless a deviation covers the step (9.10-8)."""
    missing = [spec.id for spec in step.values.values() if not spec.optional and spec.id not in one.values]
    if missing and run.scopes.naming(step.id) < 0:
        for name in missing:
            yield about("value.missing", {"step": one.step, "pass": one.number, "value": name})


def check_valid(run: Run, placed: Placed, what: ValueRecorded) -> Violations:
    """A value of a value-spec fits it (9.10-9)."""
    step = run.contract.steps.get(what.step)
    spec = step.values.get(what.name) if step else None
    if spec is not None and not (fits(spec, what.value) and spec.unit == what.unit):
        yield on(placed, "value.invalid", value=what.name, type=spec.type, unit=spec.unit or "")


def check_once(run: Run, placed: Placed, what: ValueRecorded) -> Violations:
    """A value of a pass is recorded once (9.10-10)."""
    before = run.passes.holder(what.step, what.number, what.name)
    if before is not None:
        yield on(placed, "value.overwritten", value=what.name, before=before)


def check_correction(run: Run, placed: Placed, what: Correction) -> Violations:
    """A correction names what holds the value then, repeats it, and changes it (9.10-11)."""
    old = run.values.get(what.corrects.seq)
    if old is None:
        return  # withheld in this copy; a broken ref has its own code
    current = run.passes.holder(old.step, old.number, old.name)  # None: it is void
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
EACH_PASS: tuple[EachPass, ...] = (check_complete,)
