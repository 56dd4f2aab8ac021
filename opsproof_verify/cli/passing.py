"""Reports as plain values, to pass from one process to another: tuples, and lists that begin with a class's name."""

from __future__ import annotations

from enum import Enum
from typing import Any

from opsproof_verify import report as reports
from opsproof_verify.findings import Finding, Time
from opsproof_verify.register import CODES, Code, Severity
from opsproof_verify.slotted import fields

_RECORDS = (
    *(reports.Report, reports.BundleFacts, reports.ContractFacts, reports.PolicyFacts, reports.TrustFacts),
    *(reports.RuleOutcome, reports.CheckOutcome, reports.DeviationFacts, reports.SignOffFacts, reports.WitnessFacts),
    *(reports.Owed, Finding, Time),
)
_MAKE: dict[str, Any] = {"Code": CODES.__getitem__} | {
    cls.__name__: cls for cls in (*_RECORDS, Severity, reports.Outcome)
}


def pack(value: Any) -> Any:
    """Give a value as `marshal` can write it."""
    if isinstance(value, tuple):
        return tuple(map(pack, value))
    if isinstance(value, Code):  # there is one of each
        return ["Code", value.name]
    if isinstance(value, Enum):
        return [type(value).__name__, value.value]
    if isinstance(value, _RECORDS):
        return [type(value).__name__, *(pack(getattr(value, name)) for name in fields(value))]
    return value


def unpack(value: Any) -> Any:
    """Give what was packed."""
    if isinstance(value, tuple):
        return tuple(map(unpack, value))
    if isinstance(value, list):
        return _MAKE[value[0]](*map(unpack, value[1:]))
    return value
