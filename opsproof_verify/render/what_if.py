"""Several results on one page: one bundle under several policies, or several bundles under one or more.

One bundle under several policies answers "what if": the verdicts, then only the rules that differ, then what each
policy would still have somebody do. Where the columns do not fit, each policy has a block of its own: a table that
wraps everywhere is harder to read than none.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from hashlib import sha256
from textwrap import wrap

from opsproof_verify.register import CODES, RULES
from opsproof_verify.render.escape import printable
from opsproof_verify.render.json_report import render_json
from opsproof_verify.render.layout import Page
from opsproof_verify.render.messages import owing
from opsproof_verify.render.results import Checked, bundle_name, policy_name, under_policy, verdict, why
from opsproof_verify.render.text import OUTCOMES, under
from opsproof_verify.render.text_repeat import Repeat, put_asked, put_software
from opsproof_verify.render.texts import parts
from opsproof_verify.report import Outcome, Report

_GAP = 2
_NAMES = 32  # columns that the name of a row has before it is wrapped
_WORD = re.compile("[^ -]+-?|-")  # as `wrap` breaks text

#: Ends of cells under which a rule or code has found something.
_TELLING = (OUTCOMES[Outcome.VIOLATED], OUTCOMES[Outcome.NOT_EVALUATED], ": found")

_NOTHING_OWED = {
    "FINAL": "Nothing.",
    "FAIL": "No list is made for FAIL: what is wrong comes first, see the findings.",
    "PROVISIONAL": "Nothing would make it FINAL under this policy.",
}
_MORE = "The full report: check one bundle under one policy, or use --format json."

#: Rows of a table: a name, and a cell for each policy.
_Rows = list[tuple[str, list[str]]]


def render_table(
    checked: Sequence[Checked],
    policies: int,
    *,
    width: int = 80,
    colour: bool = False,
    repeat: Repeat | None = None,
) -> str:
    """Give several results as text; ``policies`` is under how many policies each bundle was verified, in turn.

    ``repeat`` is what a last section tells of how the table was made.
    """
    page = Page(width, colour=colour)
    if policies > 1 and len(checked) == policies:
        _put_what_if(page, checked)
    else:
        if policies > 1:
            _put_verdicts(page, checked, policies)
        _put_results(page, checked)
    page.line()
    page.text(_MORE, 0)
    if repeat is not None:
        _put_repeat(page, repeat, checked)
    return str(page)


def _put_repeat(page: Page, repeat: Repeat, checked: Sequence[Checked]) -> None:
    """Put how the table was made; where software is told, also the digest of each report behind the table."""
    put_asked(page, repeat)
    for one in checked:
        if repeat.software and one.report is not None:
            page.term("Report", sha256(render_json(one.report)).hexdigest())
            page.term("", f"{bundle_name(one)}, {under_policy(one)}")
    put_software(page, repeat)


def _put_results(page: Page, checked: Sequence[Checked]) -> None:
    """Put each result with its reason."""
    for one in checked:
        _put_verdict(page, one, bundle_name(one))
        page.text(one.error if one.report is None else f"{under(one.report)}: {why(one)}", 13)


def _put_verdict(page: Page, one: Checked, text: str) -> None:
    """Put a verdict in its colour and a text beside it, as one line."""
    word = f"{verdict(one):<12}"
    page.line(f"{word if one.report is None else page.style(word, word.strip())} {text}")


def _put_verdicts(page: Page, checked: Sequence[Checked], policies: int) -> None:
    """Put a table of verdicts, bundles down and policies across, or the other way; it is left out if neither fits."""
    heads = _heads(checked[:policies])
    turns = [checked[start : start + policies] for start in range(0, len(checked), policies)]
    names = [bundle_name(turn[0]) for turn in turns]
    rows = [(name, [verdict(one) for one in turn]) for name, turn in zip(names, turns, strict=True)]
    turned = [(head, [verdict(turn[column]) for turn in turns]) for column, head in enumerate(heads)]
    if _put_table(page, heads, rows) or _put_table(page, names, turned):
        page.line()


def _put_what_if(page: Page, checked: Sequence[Checked]) -> None:
    """Put one bundle under several policies: verdicts, what differs, what each leaves to do."""
    heads, verdicts = _heads(checked), ("verdict", [verdict(one) for one in checked])
    page.line(f"{bundle_name(checked[0])} under {len(checked)} policies")
    page.line()
    for one, head in zip(checked, heads, strict=True):
        _put_verdict(page, one, head)
        page.text(f"{_chosen(one)}{why(one)}", 13)
    telling, others, same = _differences([one.report for one in checked])
    page.heading("What differs")
    if not telling:
        page.text("No rule that has found anything.")
    elif not _put_table(page, heads, [verdicts, *telling]):
        _put_blocks(page, heads, [verdicts, *telling])
    if others:
        page.heading("What is judged otherwise, and has found nothing")
        if not _put_table(page, heads, others):
            _put_blocks(page, heads, others)
    page.line()
    count = sum(code in RULES for code, _ in same)
    page.text(f"{count} {'rule is' if count == 1 else 'rules are'} the same under all of them.")
    if found := [code for code, (cell, *_) in same if cell.endswith(_TELLING)]:
        page.text(f"Found under each of them: {', '.join(found)}.")
    page.heading("Still owed under each")
    for one, head in zip(checked, heads, strict=True):
        _put_owed(page, one, head)


def _chosen(one: Checked) -> str:
    """Say who chose a policy, where there is one that could be used."""
    policy = None if one.report is None else one.report.policy
    return "" if policy is None else f"{parts.CHOSEN_BY[policy.chosen_by]}: "


def _heads(checked: Sequence[Checked]) -> list[str]:
    """Name policies by id and version, or, where two have the same, as the caller did."""
    policies = [one.report.policy if one.report is not None else None for one in checked]
    heads = [
        policy_name(one) if policy is None else f"{printable(policy.id)} {policy.version}"
        for one, policy in zip(checked, policies, strict=True)
    ]
    return heads if len(set(heads)) == len(heads) else [policy_name(one) for one in checked]


def _put_owed(page: Page, one: Checked, head: str) -> None:
    """Put what one policy would still have somebody do (SPEC 9.12)."""
    page.text(f"{head}: {verdict(one)}", 4, "  ")
    if one.report is None or not one.report.owed:
        page.text(_NOTHING_OWED.get(verdict(one), why(one)), 6)
        return
    for number, owed in enumerate(one.report.owed, 1):
        page.text(owing(owed), 9, f"    {number:>3}. ")


def _differences(reports: Sequence[Report | None]) -> tuple[_Rows, _Rows, _Rows]:
    """Give a row for each rule and code found: what differs and has found something, what differs, what does not."""
    judged = [_judged(report) for report in reports]
    every = [code for code in CODES if any(code in one for one in judged)]
    rows = [(code, [one.get(code, _missing(code, judged=bool(one))) for one in judged]) for code in every]
    different = [row for row in rows if len(set(row[1])) > 1]
    telling = [row for row in different if any(cell.endswith(_TELLING) for cell in row[1])]
    return telling, [row for row in different if row not in telling], [row for row in rows if row not in different]


def _judged(report: Report | None) -> dict[str, str]:
    """Give level and outcome of each rule, and each code of fixed severity that was found, in words."""
    if report is None:
        return {}
    cells = {found.code.name: f"{found.severity}: found" for found in report.findings if found.code.severity}
    for rule in report.rules:
        outcome = OUTCOMES[rule.outcome]
        cells[rule.rule] = outcome if rule.outcome is Outcome.OFF else f"{rule.level}: {outcome}"
    return cells


def _missing(code: str, *, judged: bool) -> str:
    """Say what stands for a code that a report does not name."""
    if code in RULES:
        return "no such rule" if judged else "no verdict"
    return "not found" if judged else "no verdict"


def _put_blocks(page: Page, heads: Sequence[str], rows: _Rows) -> None:
    """Put what differs as one block for each policy."""
    size = max(len(name) for name, _ in rows)
    for column, head in enumerate(heads):
        page.text(head, 4, "  ")
        for name, cells in rows:
            page.text(cells[column], size + 6, f"    {name:<{size}}  ")


def _put_table(page: Page, heads: Sequence[str], rows: _Rows) -> bool:
    """Put rows under heads if they fit: no word of a head or cell is broken but at a hyphen."""
    names = min(_NAMES, max(len(name) for name, _ in rows))
    every = [*heads, *(cell for _, cells in rows for cell in cells)]
    room = (page.width - 2 - names) // len(heads) - _GAP
    if room < max(len(word) for cell in every for word in _WORD.findall(cell)):
        return False
    size = min(room, max(map(len, every)))
    for name, cells in [("", list(heads)), *rows]:
        columns = [wrap(name, names), *(wrap(cell, size) for cell in cells)]
        for number in range(max(map(len, columns))):
            first, *others = (column[number] if number < len(column) else "" for column in columns)
            page.line(f"  {first:<{names}}{''.join(f'  {text:<{size}}' for text in others)}".rstrip())
    return True
