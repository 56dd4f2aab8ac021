"""Deviations on the spot: the reason, what it demands, and the ruling of the pinned policy with what it means."""

from __future__ import annotations

from datetime import datetime

from opsproof_verify.contract import SEVERITIES, Reason

from opsproof_record.clock import Time, now, to_time
from opsproof_record.errors import Unfit
from opsproof_record.guided import files
from opsproof_record.guided.dialog import Back
from opsproof_record.guided.session import Session
from opsproof_record.log.model import Fact, Recorded
from opsproof_record.run import deviate
from opsproof_record.run.deviate import Deviation, Ruled

_RULED = {
    "allow": "It is on record, and the work goes on.",
    "review": "The work goes on. Somebody entitled has to close it, now or by a sign-off after the seal.",
    "block": "Work in its scope stops until somebody entitled, who did not work on it, releases it.",
}
#: What a fact outside the contract asks for first, by the word that the reason's demands have for it.
_VALUE, _STEP = "values", "steps"


def has_pack(session: Session) -> bool:
    """Tell whether deviations can be recorded at all: their reasons are those of the domain pack."""
    return session.contract.pack is not None


def explain(session: Session, fact: Fact) -> None:
    """Raise the deviation that something outside the contract needs; there is no way round it but to pause."""
    screen, terms = session.screen, session.terms
    screen.heading(f"{terms('deviation').capitalize()}: {fact.step or 'the ' + terms('run')}")
    screen.say(f"{fact.what} (e{fact.seq}). It needs a {terms('deviation')}.")
    if not _fitting(session, "", values=fact.value, step=fact.step):
        session.unexplained.add(fact.seq)
        screen.say("No reason of the domain pack fits it, so it stays unexplained.")
        return
    steps = (fact.step,) if fact.step and not fact.value else ()
    values = (fact.seq,) if fact.value else ()
    while True:
        try:
            _raise(session, fact.step, steps, values, first=_VALUE if fact.value else _STEP)
        except Back:
            screen.say("It is needed before the work goes on. :pause leaves the run as it is.")
        else:
            return


def anytime(session: Session, step: str | None, recorded: list[Recorded]) -> None:
    """Raise a deviation because the person says so: about the step at hand, a value in it, or the whole run."""
    terms = session.terms
    scopes: list[tuple[tuple[str, ...], tuple[int, ...]]] = []
    options = []
    if step is not None:
        scopes.append(((step,), ()))
        options.append((step, f"this {terms('step')}"))
    for one in recorded:
        scopes.append(((), (one.ref.seq,)))
        options.append((f"e{one.ref.seq}", f"{one.name} = {one.value}"))
    scopes.append(((), ()))
    options.append((terms("run"), "all of it, no single " + terms("step")))
    session.screen.heading(terms("deviation").capitalize())
    steps, values = scopes[session.dialog.choose("What is it about", options)]
    _raise(session, step if steps or values else None, steps, values, first=_VALUE if values else _STEP)


def about_run(session: Session) -> None:
    """Raise a deviation about the whole run, as its abortion needs one."""
    session.screen.heading(f"{session.terms('deviation').capitalize()}: the {session.terms('run')}")
    _raise(session, None, (), (), first="")


def _raise(session: Session, step: str | None, steps: tuple[str, ...], values: tuple[int, ...], *, first: str) -> None:
    dialog = session.dialog
    with dialog.talking(session.terms("deviation")):
        reason = _ask_reason(session, first, values=bool(values), step=step)
        if _STEP in reason.demands and not steps and step is not None:
            steps = (step,)
        description = dialog.text("What happened")
        severity = _ask_severity(session, reason)
        action = dialog.prose("What was done about it at once", optional="action" not in reason.demands)
        occurred = _ask_when(session) if "occurred" in reason.demands else None
        evidence: tuple[bytes, ...] = ()
        if "evidence" in reason.demands:
            evidence = _ask_evidence(session, step)
        said = Deviation(
            reason=reason.code,
            description=description,
            severity=severity,
            steps=steps,
            values=values,
            evidence=evidence,
            action=action,
            occurred=occurred,
        )
        ruled = session.hand.do(lambda recorder: deviate.deviate(recorder, said))
    _put_ruled(session, reason, ruled)


def _ask_reason(session: Session, first: str, *, values: bool, step: str | None) -> Reason:
    """Let the person choose a reason: those that the facts fit, and of these first what such a fact mostly is."""
    fit = _fitting(session, first, values=values, step=step)
    if not fit:
        raise Unfit("no reason of the domain pack fits", "Raise it with `opsproof deviate`, which takes any scope.")
    options = [(reason.code, f"{reason.title} ({reason.severity})") for reason in fit]
    return fit[session.dialog.choose("Reason", options)]


def _fitting(session: Session, first: str, *, values: bool, step: str | None) -> list[Reason]:
    """Give the reasons whose demands can be met here, those first that demand what ``first`` names."""
    pack = session.contract.pack
    met = {"evidence", "action", "occurred"} | ({"values"} if values else set()) | ({"steps"} if step else set())
    fit = [reason for reason in pack.reasons.values() if set(reason.demands) <= met] if pack else []
    return sorted(fit, key=lambda reason: first not in reason.demands)


def _ask_severity(session: Session, reason: Reason) -> str:
    """Let the person raise the severity; it is never below the reason's."""
    higher = SEVERITIES[SEVERITIES.index(reason.severity) :]
    if len(higher) == 1:
        return reason.severity

    def read(text: str) -> str:
        if text and text not in higher:
            raise Unfit(f'"{text}" is no severity for this reason', f"Type {', '.join(higher[:-1])} or {higher[-1]}.")
        return text or reason.severity

    return session.dialog.ask(f"Severity [{' / '.join(higher)}, Enter: {reason.severity}]: ", read)


def _ask_when(session: Session) -> Time:
    return session.dialog.ask(
        "When did it occur [such as 2026-11-01 08:30, Enter: now]: ", lambda text: read_time(text) if text else now()
    )


def read_time(text: str) -> Time:
    """Read a date or a time as people type it; without a zone it is that of this machine."""
    try:
        moment = datetime.fromisoformat(text)
        return to_time(moment if moment.tzinfo else moment.astimezone())
    except (ValueError, OverflowError):
        raise Unfit(f'"{text}" is no time', "Type it as 2026-11-01 08:30.") from None


def _ask_evidence(session: Session, step: str | None) -> tuple[bytes, ...]:
    session.screen.say("This reason asks for evidence.")
    while (item := files.attach_anything(session, step)) is None:
        session.screen.say("It cannot be raised without.")
    return (item.digest,)


def _put_ruled(session: Session, reason: Reason, ruled: Ruled) -> None:
    """Say at once what the policy rules, and what that means."""
    screen, policy = session.screen, _policy_name(session)
    screen.ok(f"e{ruled.ref.seq} {session.terms('deviation')} {reason.code}, {ruled.severity}")
    said = f"Ruled {ruled.ruling.upper()} by {policy}. {_RULED[ruled.ruling]}"
    if ruled.ruling == "block":
        screen.stop(said)
    else:
        screen.say(said, 5)
    if reason.remediation:
        screen.say("It has to be remediated, with evidence of that.", 5)


def _policy_name(session: Session) -> str:
    with session.hand.looking() as state:
        return f"{state.policy.id} {state.policy.version}"
