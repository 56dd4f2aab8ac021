"""Rules on deviations (SPEC 9.10-24 to 9.10-29): raised, known, ruled on by the policy, no work under a block."""

from __future__ import annotations

from opsproof_verify.approvals import Tally
from opsproof_verify.contract import SEVERITIES
from opsproof_verify.entries import WORK, Work
from opsproof_verify.findings import Fact
from opsproof_verify.kinds import DeviationRaised
from opsproof_verify.run import Run
from opsproof_verify.state import Placed
from opsproof_verify.violation import AtEnd, OnEntry, Violations, about, on


def check_facts_covered(run: Run) -> Violations:
    """Each out-of-contract fact is covered by a deviation (6.7-2, 9.10-24)."""
    for fact in run.facts:
        covered = run.scopes.on_the_run if fact.step is None else run.scopes.covering(fact) >= 0
        if not covered:
            subject: dict[str, Fact] = {"frame": fact.frame}
            if fact.step is not None:
                subject["step"] = fact.step
            yield about("deviation.missing", subject, what=fact.what).by(fact.actor)


def check_reason(run: Run, placed: Placed, what: DeviationRaised) -> Violations:
    """The reason is one of the pack's (9.10-25)."""
    if run.contract.pack is None or what.reason not in run.contract.pack.reasons:
        yield on(placed, "deviation.unknown-reason", reason=what.reason).of(run.weigh(placed, what))


def check_stated(run: Run, placed: Placed, what: DeviationRaised) -> Violations:
    """The severity is not below the reason's, and what the reason demands is filled (9.10-26)."""
    reason = run.contract.pack.reasons.get(what.reason) if run.contract.pack else None
    if reason is None:
        return
    if SEVERITIES.index(what.severity) < SEVERITIES.index(reason.severity):
        facts = {"severity": what.severity, "least": reason.severity}
        yield on(placed, "deviation.understated", **facts).of(run.weigh(placed, what))
    for member in reason.demands:
        if not getattr(what, member):
            yield on(placed, "deviation.understated", demanded=member).of(run.weigh(placed, what))


def check_ruled(run: Run) -> Violations:
    """Each deviation has a recorded ruling (9.10-27)."""
    for deviation in run.deviations.values():
        if deviation.recorded is None:
            yield about("deviation.unruled", {"frame": deviation.frame, "seq": deviation.seq}).of(deviation)


def check_ruling(run: Run) -> Violations:
    """It is the pinned policy's (9.10-28)."""
    digest = run.pinned.digest
    for deviation in run.deviations.values():
        recorded = deviation.recorded
        if recorded is not None and (recorded.ruling != deviation.pinned or recorded.policy != digest):
            subject: dict[str, Fact] = {"frame": deviation.ruled_frame, "seq": deviation.seq}
            facts = {"recorded": recorded.ruling, "computed": deviation.pinned}
            yield about("deviation.wrong-ruling", subject, **facts).of(deviation)


def check_prompt(run: Run, placed: Placed, what: DeviationRaised) -> Violations:
    """A deviation is raised soon after what it is about (9.10-49)."""
    times = [value.ms for value in filter(None, (run.values.get(ref.seq) for ref in what.values))]
    if what.occurred is not None:
        times.append(what.occurred.ms)
    delay = placed.entry.time.ms - min(times, default=placed.entry.time.ms)
    if delay > run.policy.rules["deviation.late"].number("max-delay"):
        yield on(placed, "deviation.late", delay=delay).of(run.weigh(placed, what))


def check_not_beforehand(run: Run) -> Violations:
    """No fact is covered only by deviations that were raised before it (9.10-50)."""
    for fact in run.facts:
        if fact.step is None:
            continue  # the run was aborted, and nothing can stand after that
        covering = run.scopes.covering(fact)
        if 0 <= covering < fact.seq:
            subject: dict[str, Fact] = {"frame": fact.frame, "seq": fact.seq, "step": fact.step}
            yield about("deviation.premature", subject, deviation=covering).by(fact.actor)


def check_no_work_under_block(run: Run, placed: Placed, what: Work) -> Violations:
    """No work goes on in the scope of a blocking deviation before its release (9.10-29)."""
    place = run.place_of(what)
    deviation = run.blocking(place[0], placed.actor.person) if place else None
    if deviation is not None:
        yield on(placed, "deviation.continued", deviation=deviation)


def check_remediated(run: Run) -> Violations:
    """What must be remediated is (9.11-13)."""
    for deviation in run.deviations.values():
        if deviation.demands_remediation and not deviation.remediated:
            subject: dict[str, Fact] = {"frame": deviation.frame, "seq": deviation.seq}
            yield about("deviation.not-remediated", subject).by(deviation.raiser).of(deviation)


def check_closed(run: Run, tally: Tally) -> Violations:
    """What must be closed is (9.11-14)."""
    for deviation in run.deviations.values():
        if deviation.demands_closing and not tally.closes(deviation):
            subject: dict[str, Fact] = {"frame": deviation.frame, "seq": deviation.seq}
            yield about("deviation.not-closed", subject, ruling=deviation.ruling).by(deviation.raiser).of(deviation)


ON_ENTRY: OnEntry = {
    DeviationRaised: (check_reason, check_stated, check_prompt),
    **dict.fromkeys(WORK, (check_no_work_under_block,)),
}
AT_END: tuple[AtEnd, ...] = (check_facts_covered, check_not_beforehand, check_ruled, check_ruling)
