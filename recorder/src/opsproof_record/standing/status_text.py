"""The status of a run as a page for a person."""

from __future__ import annotations

from opsproof_verify.contract import Contract
from opsproof_verify.render.escape import printable
from opsproof_verify.render.layout import Page
from opsproof_verify.render.texts.parts import WEIGHTS
from opsproof_verify.render.times import rfc3339

from opsproof_record.standing.moves import Move
from opsproof_record.standing.outlook import AFTER_SEAL, IN_RUN, Open
from opsproof_record.standing.status import DeviationStatus, Status, StepStatus
from opsproof_record.terms import Terms

#: Column at which the second column of the page's lists begins.
_TERM = 14

_MARKS = {
    "done": "[x]",
    "open": "[>]",
    "ready": "[ ]",
    "optional": "[ ]",
    "later": "[.]",
    "waiting": "[?]",
    "blocked": "[!]",
}
_TORN = "a write is under way, or was interrupted; then the next command that writes cuts and records it"
_PHASES = {"package": "no run yet", "running": "running", "ended": "ended, not sealed", "sealed": "sealed"}


def render(status: Status, *, width: int = 80, colour: bool = False, actor: str | None = None) -> str:
    """Give the page; with ``actor``, what can be done next is told to that actor."""
    page, terms = Page(width, colour=colour), Terms.of(status.contract)
    _put_head(page, status, terms)
    _put_steps(page, status, terms)
    _put_deviations(page, status, terms)
    if status.run is not None:
        _put_unsigned(page, status)
        _put_next(page, status, terms, actor)
        _put_policy(page, status, terms)
    _put_signoffs(page, status, terms)
    return str(page)


def _put_head(page: Page, status: Status, terms: Terms) -> None:
    contract = status.contract
    page.line(page.style(f"{_title(contract)}: {_PHASES[status.phase]}", "heading"))
    for name, value in status.subject.items():
        page.term(printable(_param(contract, name)), printable(value), column=_TERM)
    page.term("Contract", f"{contract.id} version {contract.version}, issued by {contract.issuer}", column=_TERM)
    if status.run is not None:
        page.term(terms("run").capitalize(), status.run.hex(), column=_TERM)
    if status.started is not None:
        page.term(
            "Started", f"{rfc3339(status.started.ms, status.started.offset)} by {status.started_by}", column=_TERM
        )
    if status.outcome is not None:
        page.term("Ended", status.outcome, column=_TERM)
    items, size = status.evidence
    if status.run is not None:
        held = f"{status.entries} {_plural(status.entries, 'entry', 'entries')}"
        held += f", {items} evidence {_plural(items, 'item', 'items')} of {size} bytes" if items else ", no evidence"
        page.term("Recorded", held, column=_TERM)
    if status.torn:
        page.term("Torn", f"{status.torn} bytes at the end: {_TORN}", column=_TERM)
    if status.seal is not None:
        page.term("Seal", f"{status.seal.hex()} by {status.sealed_by}", column=_TERM)


def _title(contract: Contract) -> str:
    return printable(contract.title)


def _param(contract: Contract, name: str) -> str:
    param = contract.params.get(name)
    return (param.title if param else None) or name


def _plural(count: int, one: str, many: str) -> str:
    return one if count == 1 else many


def _put_steps(page: Page, status: Status, terms: Terms) -> None:
    needed = [one for one in status.steps if not one.step.optional]
    done = sum(one.done >= one.step.passes[0] for one in needed)
    page.heading(f"{terms('steps')}: {done} of {len(needed)} done")
    for one in status.steps:
        step = one.step
        page.text(f"{step.id} ({printable(step.title)}): {_say_step(one, terms)}", 6, f"  {_MARKS[one.state]} ")


def _say_step(one: StepStatus, terms: Terms) -> str:
    """Say how a step stands."""
    step, said = one.step, []
    if one.opened is not None:
        said.append(f"open{_of_pass(one, terms, one.opened)}")
    if one.done:
        least, most = step.passes
        times = f" {one.done} times, of {least} to {most}" if step.repeat else ""
        said.append(f"{terms('skip') if one.done == one.skipped else 'done'}{times}")
    if one.state in _BEGIN:
        said.append(_BEGIN[one.state])
    said += [f"blocked by {terms('deviation')} e{seq}" for seq in one.blocked]
    said += [f"waits for its {terms('check')}{_of_pass(one, terms, number)}" for number in one.checks]
    said += [f"waits for its {terms('release')}{_of_pass(one, terms, number)}" for number in one.releases]
    if one.lacks:
        said.append("lacks " + ", ".join(one.lacks))
    elif one.opened is not None:
        said.append("lacks nothing, can be completed")
    if one.why is not None and one.state == "later":
        said.append(printable(one.why.what))
    return "; ".join(said) or "not begun"


def _of_pass(one: StepStatus, terms: Terms, number: int) -> str:
    return f" ({terms('pass')} {number})" if one.step.repeat else ""


_BEGIN = {"ready": "can begin", "optional": "optional, can begin"}


def _put_deviations(page: Page, status: Status, terms: Terms) -> None:
    if not status.deviations:
        return
    page.heading(terms("deviations"))
    for one in status.deviations:
        raised = one.deviation.raised
        about = ", ".join(one.deviation.steps) or f"the {terms('run')}"
        page.term(
            f"e{one.deviation.ref.seq}",
            f"{raised.reason}, {raised.severity}, about {about}: {say_deviation(one)}",
            column=6,
        )
        page.text(printable(raised.description.replace("\n", " ")), 8)


def say_deviation(one: DeviationStatus) -> str:
    """Say how a deviation stands: its ruling, what became of it, what it still needs."""
    deviation = one.deviation
    flags = (("released", deviation.released), ("remediated", deviation.remediated), ("closed", deviation.closed))
    said = [f"ruled {deviation.ruling}"] if deviation.ruling else []
    said += [word for word, holds in flags if holds]
    if one.wants:
        *others, last = one.wants
        said.append(f"needs its {', '.join(others)} and {last}" if others else f"needs its {last}")
    return ", ".join(said)


def _put_unsigned(page: Page, status: Status) -> None:
    if not status.unsigned:
        return
    page.heading("Unsigned entries")
    for actor, count in status.unsigned.items():
        page.term(actor, f"{count} {_plural(count, 'entry', 'entries')}", column=_TERM)


def _put_next(page: Page, status: Status, terms: Terms, actor: str | None) -> None:
    """Say what can be done next: by one actor, or by whom."""
    if status.phase == "sealed":
        return
    page.heading("Next" if actor is None else f"{actor} can now")
    for move, actors in status.moves.items():
        who = "" if actor is not None else f": {', '.join(actors)}"
        page.text(f"{say_move(move, terms)}{who}", 4, "  - ")
    if not status.moves:
        page.text("Nobody enrolled can do anything now." if actor is None else "Nothing.")


def say_move(move: Move, terms: Terms) -> str:
    """Say what can be done."""
    if move.request is not None:
        asked = move.request
        return f'authorise {asked.actor} in {asked.step}: "{printable(asked.action)}", arguments e{asked.entry}'
    about = f"e{move.deviation}" if move.deviation is not None else move.step or ""
    number = f", {terms('pass')} {move.number}" if move.number is not None and move.number > 1 else ""
    return f"{_MOVES[move.kind]} {about}".rstrip() + number


_MOVES = {
    "rule": "have the policy rule on",
    "work": "go on with",
    "begin": "begin",
    "check": "check",
    "release": "release",
    "remediate": "remediate",
    "close": "close",
    "attest": "sign the unsigned entries",
    "end": "end the run",
    "seal": "seal the run",
}


def _put_policy(page: Page, status: Status, terms: Terms) -> None:
    """Say what the pinned policy would say."""
    policy, judged = status.policy, status.foresight
    page.heading("The pinned policy")
    page.text(f'{policy.id} {policy.version}, "{printable(policy.title)}"')
    if judged.withheld:
        page.text("Entries are withheld from this copy: `opsproof-verify check` says what follows.")
        return
    word = "FAIL" if status.fails else "PROVISIONAL"
    best = "" if status.fails else " at best, until what is owed is done"
    sealed = f"The {terms('run')} as it is sealed leads to" if status.seal else "Sealed now, it leads to"
    page.line(f"  {sealed} {page.style(word, word)}{best}.")
    for level, title in WEIGHTS.items():
        items = [one for one in status.open if one.level == level]
        if items:
            page.line(f"  {page.style(title, level)}")
        for one in items:
            _put_open(page, one)
    for code, severity, count in judged.counts:
        page.text(f"{code}: {count} in all ({severity})", 4, "  - ")
    page.text("Signatures and trust are not looked at here: `opsproof-verify check` judges them too.")


def _put_open(page: Page, one: Open) -> None:
    page.text(printable(one.text), 6, "    - ")
    ways = [f"{_WHEN[when]}: {how}" for when, how in one.mend.items()]
    if one.answered:
        ways = [f"signed by {', '.join(one.answered)}: check says whether it counts"]
    page.text("; ".join(ways) if ways else "it stays: nothing mends it", 6)


_WHEN = {IN_RUN: "now", AFTER_SEAL: "after the seal"}


def _put_signoffs(page: Page, status: Status, terms: Terms) -> None:
    if status.phase != "sealed":
        return
    page.heading(terms("sign-offs"))
    if not status.signoffs:
        page.text("None.")
    for signoff in status.signoffs.values():
        covers = f", covers {', '.join(f'e{seq}' for seq in signoff.covers)}" if signoff.covers else ""
        said = f"{signoff.decision} by {signoff.person} as {signoff.role} ({printable(signoff.meaning.text)}){covers}"
        page.text(said, 4, "  - ")
