"""OpsProof's recorder: a run of a procedure, written as it happens into one file that anybody can verify."""

from typing import TYPE_CHECKING, Any

from opsproof_record.errors import (
    Blocked,
    Busy,
    Closed,
    Damaged,
    Incomplete,
    NotEntitled,
    OutOfOrder,
    Refused,
    Unauthorised,
    Unfit,
    Unknown,
)
from opsproof_record.library.api import Run
from opsproof_record.library.step_work import StepWork
from opsproof_record.run.attaching import Attached
from opsproof_record.run.deviate import Ruled
from opsproof_record.run.work import Outcome
from opsproof_record.sealed.closing import Sealed
from opsproof_record.version import __version__

if TYPE_CHECKING:
    from opsproof_record.library.aio import AsyncRun, AsyncStep

__all__ = [
    "AsyncRun",
    "AsyncStep",
    "Attached",
    "Blocked",
    "Busy",
    "Closed",
    "Damaged",
    "Incomplete",
    "NotEntitled",
    "OutOfOrder",
    "Outcome",
    "Refused",
    "Ruled",
    "Run",
    "Sealed",
    "StepWork",
    "Unauthorised",
    "Unfit",
    "Unknown",
    "__version__",
]


def __getattr__(name: str) -> Any:
    """Import the asynchronous half when it is asked for: the commands do not need it, and asyncio takes its time."""
    if name in {"AsyncRun", "AsyncStep"}:
        from opsproof_record.library import aio  # noqa: PLC0415 - see above

        return getattr(aio, name)
    message = f"module {__name__!r} has no attribute {name!r}"
    raise AttributeError(message)
