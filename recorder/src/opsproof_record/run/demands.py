"""What the pinned policy demands beyond the contract, judged at the door (SPEC 8.3).

A rule that is at `fail` for the matter at hand is refused: nothing after the seal would mend it. One at `provisional`
is told: the entry is written, and an approval has to cover it. One at `note` or `off` is not spoken of.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from opsproof_verify.contract import Step
from opsproof_verify.register import Severity

from opsproof_record.clock import Time, now
from opsproof_record.errors import Incomplete, NotEntitled, OutOfOrder, Refused, Unfit
from opsproof_record.run.levels import WEIGHTY, level, matter_of
from opsproof_record.run.recorder import Recorder

_MINUTE_MS = 60_000


def weigh(recorder: Recorder, rule: str, steps: Iterable[str], refusal: Refused) -> None:
    """Refuse what breaks a rule at `fail`, tell what breaks one at `provisional`, in the matter of this actor."""
    found = level(recorder.state, rule, matter_of(recorder.state, steps, recorder.member))
    if found is Severity.FAIL:
        raise refusal
    if found is Severity.PROVISIONAL:
        recorder.tell(f"{refusal.what} ({rule}: an approval has to cover this entry)")


def qualified(recorder: Recorder, step: Step, number: int) -> None:
    """Hold a person who works on, checks or releases a pass to the step's qualifications (SPEC 9.10-39).

    It is found, and so told, once for a pass and an actor.
    """
    member, ms = recorder.member, now()[0]
    if member.kind != "human" or recorder.state.took_part(step.id, number, member.id):
        return
    held = {
        own.id
        for own in member.qualifications
        if (own.not_before is None or own.not_before.ms <= ms) and (own.not_after is None or ms <= own.not_after.ms)
    }
    lacks = [name for name in step.qualifications if name not in held]
    if lacks:
        known = {own.id for own in member.qualifications}
        words = [f"{name} (held, but not at this time)" if name in known else name for name in lacks]
        refusal = NotEntitled(
            f"{member.id} lacks the qualification {', '.join(words)} that step {step.id} asks for",
            "Let somebody who holds it do it, or have a qualified actor assigned: `opsproof assign`.",
        )
        weigh(recorder, "actor.unqualified", (step.id,), refusal)


def calibrated(recorder: Recorder, step: Step, instrument: str, due: Time | None) -> None:
    """Hold an instrument to its calibration (SPEC 9.10-43)."""
    if due is not None and due[0] >= now()[0]:
        return
    what = f"the calibration of {instrument} " + ("is overdue" if due else "is not stated")
    remedy = "Use one whose calibration holds." if due else "Say until when its calibration holds: --due TIME."
    weigh(recorder, "instrument.out-of-calibration", (step.id,), Unfit(what, remedy))


def prompt(recorder: Recorder, step: str | None, seen: Time | None, late: str | None, *, evidence: bool) -> None:
    """Hold what was seen or captured to be recorded soon, or the entry to say why not (SPEC 9.10-37, 9.10-46)."""
    if seen is None:
        return
    lag, rules = now()[0] - seen[0], recorder.state.policy.rules
    steps = () if step is None else (step,)
    word = "captured" if evidence else "observed"
    what = f"this was {word} {_minutes(lag)} ago"
    if lag > rules["entry.late-unexplained"].number("max-lag") and late is None:
        weigh(
            recorder, "entry.late-unexplained", steps, Incomplete(what, "Say why it is recorded so late: --late WHY.")
        )
    if evidence and lag > rules["evidence.late"].number("max-lag"):
        limit = _minutes(rules["evidence.late"].number("max-lag"))
        refusal = Unfit(f"{what}, and the policy allows {limit}", "Capture it again, or deviate: `opsproof deviate`.")
        weigh(recorder, "evidence.late", steps, refusal)


def _minutes(ms: int) -> str:
    minutes = ms // _MINUTE_MS
    return f"{minutes} minute{'' if minutes == 1 else 's'}" if ms >= _MINUTE_MS else f"{ms} ms"


def described(recorder: Recorder, step: str | None, said: Mapping[str, object]) -> None:
    """Hold evidence to be described as the policy wants it (SPEC 9.10-44)."""
    members = recorder.state.policy.rules["evidence.undescribed"].words("members")
    lacks = [name for name in members if said.get(name) is None]
    if lacks:
        refusal = Incomplete(
            f"this evidence does not say its {', '.join(lacks)}",
            "Give " + " ".join(f"--{name}" for name in lacks) + ".",
        )
        weigh(recorder, "evidence.undescribed", () if step is None else (step,), refusal)


def new(recorder: Recorder, step: str | None, digest: bytes) -> None:
    """Hold evidence to be added once (SPEC 9.10-45)."""
    before = recorder.state.item_of(digest)
    if before is not None:
        refusal = OutOfOrder(f"the same content is evidence e{before} already", "Name that, or attach what is new.")
        weigh(recorder, "evidence.reused", () if step is None else (step,), refusal)


def checked(recorder: Recorder, step: Step) -> None:
    """Hold critical steps before this one to be checked before it begins (SPEC 9.10-40)."""
    state = recorder.state
    for name in step.after:
        before = state.contract.steps[name]
        if before.critical and state.unchecked_passes(name):
            refusal = OutOfOrder(
                f"step {name} is critical and was not checked yet",
                f"Somebody who did not work on it checks it first: `opsproof check-step {name}`.",
            )
            weigh(recorder, "check.late", (step.id,), refusal)


def outdates(recorder: Recorder, at: tuple[str, int]) -> None:
    """Tell that a check has to be made again after this entry (SPEC 9.10-41)."""
    state, one = recorder.state, recorder.state.pass_of(*at)
    step = state.step(at[0])
    if step is None or one is None or not (step.critical and one.checked and one.state == "completed"):
        return
    if level(state, "check.outdated", matter_of(state, (step.id,))) in WEIGHTY:
        recorder.tell(f"the check of {step.id} was made before this: it has to be made again, `opsproof check-step`")


def prompt_deviation(recorder: Recorder, times: Iterable[int]) -> None:
    """Tell that a deviation is raised late; it is never refused for that, since it has to be raised (SPEC 9.10-49)."""
    state = recorder.state
    delay = now()[0] - min(times, default=now()[0])
    rule = state.policy.rules["deviation.late"]
    if delay > rule.number("max-delay") and rule.strictest in WEIGHTY:
        what = f"this happened {_minutes(delay)} ago; the policy allows {_minutes(rule.number('max-delay'))}"
        recorder.tell(f"{what} (deviation.late: {rule.strictest})")
