"""Rules on claimed times and the clock (SPEC 9.10-12 to -14, -34 to -36)."""

from __future__ import annotations

from opsproof_verify.entries import What
from opsproof_verify.findings import Time
from opsproof_verify.kinds import ClockChanged, RunStarted
from opsproof_verify.run import Run
from opsproof_verify.state import Placed
from opsproof_verify.violation import OnEntry, Violations, about, on


def check_monotonic(run: Run, placed: Placed, _: What) -> Violations:
    """No entry is earlier than one before it (9.10-12)."""
    if run.newest is not None and placed.entry.time.ms < run.newest[0]:
        yield on(placed, "time.not-monotonic", back=run.newest[0] - placed.entry.time.ms)


def check_after_start(run: Run, placed: Placed, _: What) -> Violations:
    """No entry is earlier than entry 0 (9.10-13)."""
    if run.started is not None and placed.entry.time.ms < run.started.ms:
        yield on(placed, "time.outside-run", why="before-start")


def check_not_later(run: Run, placed: Placed, _: What) -> Violations:
    """No entry is later than the verification time (9.10-14)."""
    if run.at is not None and placed.entry.time.ms > run.at:
        yield on(placed, "time.after-verification")


def check_not_repeated(run: Run, placed: Placed, _: What) -> Violations:
    """Not too many entries in a row have the same time (9.10-34); found once in a row."""
    most = run.policy.rules["time.repeated"].number("max-same")
    if run.same == most and placed.entry.time.ms == run.previous:
        yield on(placed, "time.repeated", most=most)


def check_clock_stated(_: Run, placed: Placed, what: RunStarted) -> Violations:
    """The run says by which clock its times are (9.10-35)."""
    if what.clock is None:
        yield on(placed, "time.clock-unstated")


def check_clock_told(run: Run, placed: Placed, what: What) -> Violations:
    """Where the clock goes back, an entry says that it was changed (9.10-36)."""
    if run.previous is not None and placed.entry.time.ms < run.previous and not isinstance(what, ClockChanged):
        yield on(placed, "time.clock-changed-silently", back=run.previous - placed.entry.time.ms)


def check_record_not_later(run: Run, frame: int, time: Time) -> Violations:
    """No signed record is later than the verification time (9.10-14)."""
    if run.at is not None and time.ms > run.at:
        yield about("time.after-verification", {"frame": frame})


def check_seal_time(run: Run, frame: int, time: Time) -> Violations:
    """The seal is not earlier than any entry (9.10-12)."""
    if run.newest is not None and time.ms < run.newest[0]:
        yield about("time.not-monotonic", {"frame": frame}, back=run.newest[0] - time.ms)


def check_before_seal(run: Run, time: Time) -> Violations:
    """No entry is later than the seal (9.10-13)."""
    if run.newest is not None and time.ms < run.newest[0]:
        yield about("time.outside-run", {"frame": run.newest[1]}, why="after-seal")


ON_ENTRY: OnEntry = {RunStarted: (check_clock_stated,)}
ALWAYS = (check_monotonic, check_after_start, check_not_later, check_not_repeated, check_clock_told)
