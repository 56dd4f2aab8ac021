"""OpsProof's recorder: a run of a procedure, written as it happens into one file that anybody can verify."""

from opsproof_record.aio import AsyncRun
from opsproof_record.api import Run
from opsproof_record.deviate import Deviation
from opsproof_record.errors import (
    Blocked,
    Busy,
    Closed,
    Damaged,
    Incomplete,
    NotEntitled,
    OutOfOrder,
    Refused,
    Unfit,
    Unknown,
)
from opsproof_record.version import __version__

__all__ = [
    "AsyncRun",
    "Blocked",
    "Busy",
    "Closed",
    "Damaged",
    "Deviation",
    "Incomplete",
    "NotEntitled",
    "OutOfOrder",
    "Refused",
    "Run",
    "Unfit",
    "Unknown",
    "__version__",
]
