"""Deviations and the other entries to know of, told on the page that is shown before signing."""

from __future__ import annotations

from opsproof_verify import kinds as e
from opsproof_verify.cli.describe import describe
from opsproof_verify.render.escape import printable
from opsproof_verify.render.layout import Page
from opsproof_verify.render.texts import parts
from opsproof_verify.report import DeviationFacts

from opsproof_record.sealed.matters import Matter
from opsproof_record.sealed.meant import Intent
from opsproof_record.sealed.view import View

_OF_DEVIATIONS = (e.DeviationRuled, e.DeviationRemediated, e.DeviationClosed, e.Released)
_LISTED = 20
_DONE = {
    "deviation-ruled": "ruled",
    "deviation-remediated": "remediated",
    "deviation-closed": "closed",
    "released": "released",
}


def put_deviations(page: Page, view: View, intent: Intent) -> None:
    """Tell each deviation: what, why, how bad, what was ruled and done, and whether this signature covers it."""
    raised = list(view.matters.of(e.DeviationRaised))
    page.heading("Deviations")
    if not raised:
        page.text("None." if view.said is None else "None is shown to you.")
    facts = {one.seq: one for one in view.report.deviations} if view.report is not None else {}
    for one in raised:
        what = one.entry.what
        if isinstance(what, e.DeviationRaised):
            _put_deviation(page, view, intent, one, what, facts.get(one.entry.seq) if view.said is None else None)
    if view.said is None:
        _put_hidden(page, view, facts)


def put_said(page: Page, view: View) -> None:
    """Tell how the maker of a request says that the deviations stand."""
    facts = {one.seq: one for one in view.report.deviations} if view.report is not None else {}
    if facts:
        page.heading("The deviations, as they are said to stand")
    for seq, fact in facts.items():
        page.text(f"e{seq} {fact.severity}, {fact.reason}: {_standing(fact)}", 6, "  - ")
    _put_hidden(page, view, facts)


def _put_hidden(page: Page, view: View, facts: dict[int, DeviationFacts]) -> None:
    hidden = sorted(facts.keys() - {one.entry.seq for one in view.matters.of(e.DeviationRaised)})
    if hidden:
        listed = ", ".join(f"e{seq}" for seq in hidden[:_LISTED]) + (", ..." if len(hidden) > _LISTED else "")
        page.text(f"{len(hidden)} of them had no room to be told above: {listed}. See the bundle.")


def _put_deviation(
    page: Page, view: View, intent: Intent, one: Matter, what: e.DeviationRaised, fact: DeviationFacts | None
) -> None:
    pack, seq = view.contract.pack, one.entry.seq
    reason = pack.reasons.get(what.reason) if pack else None
    title = f' "{printable(reason.title)}"' if reason else ""
    page.text(f"e{seq}, {fact.severity if fact else what.severity}: {what.reason}{title}", 4, "  - ")
    for line in what.description.split("\n"):
        page.text(printable(line), 4)
    page.term("about", _scope(view, what), 4)
    if what.action:
        page.term("at once", " / ".join(map(printable, what.action.split("\n"))), 4)
    for event in view.matters.entries:
        if isinstance(event.entry.what, _OF_DEVIATIONS) and event.entry.what.deviation == one.ref:
            _put_event(page, event)
    if fact is not None:
        page.term("stands", _standing(fact), 4)
    if intent.decision == "approve":
        covered = seq in intent.covers
        page.term("signature", "COVERED by yours" if covered else "NOT covered by yours", 4)


def _put_event(page: Page, event: Matter) -> None:
    """Tell what became of a deviation."""
    what, actor = event.entry.what, event.entry.actor
    place = f"e{event.entry.seq}"
    if isinstance(what, e.DeviationRuled):
        page.term(_DONE[event.entry.kind], f"{what.ruling} ({place})", 4)
        return
    text = " / ".join(map(printable, (getattr(what, "text", None) or "without a word").split("\n")))
    shown = ""
    if isinstance(what, e.DeviationRemediated):
        count = len(what.evidence)
        shown = f" ({count} evidence {'item' if count == 1 else 'items'})" if count else " (no evidence)"
    page.term(_DONE[event.entry.kind], f"by {actor}, {place}: {text}{shown}", 4)


def _standing(fact: DeviationFacts) -> str:
    state = [parts.RULINGS[fact.ruling]]
    if fact.remediated is not None:
        state.append("remediated" if fact.remediated else "to be remediated, with evidence")
    if fact.closed is not None:
        state.append("closed" if fact.closed else "to be closed")
    return ", ".join(state)


def _scope(view: View, what: e.DeviationRaised) -> str:
    """Name what a deviation is about, values with their readings."""
    about = [f"step {step}" for step in what.steps]
    for ref in what.values:
        found = view.entry(ref.seq)
        entry = found[1].what if found else None
        if isinstance(entry, e.ValueRecorded | e.Correction):
            about.append(f"{describe(entry)} (e{ref.seq})")
        else:
            about.append(f"the value in e{ref.seq}")
    about += [f"evidence {digest.hex()[:12]}..." for digest in what.evidence]
    return "; ".join(about) or "the whole run"


def put_others(page: Page, view: View, intent: Intent) -> None:
    """Tell what else to know of: skipped steps, gaps, failed checks, corrections, people assigned, what was found."""
    page.heading("Also in this run")
    shown, found = 0, view.coverable()
    for one in view.matters.entries:
        what = one.entry.what
        if isinstance(what, (e.RunStarted, e.DeviationRaised, *_OF_DEVIATIONS)):
            continue
        is_found = one.entry.seq in found
        if isinstance(what, e.RunEnded | e.ValueRecorded) and not (is_found or _is_changed(view, one)):
            continue  # it was told before: how it ended, and a value with its deviation
        covers = ""
        if intent.decision == "approve" and (is_found or one.entry.seq in intent.covers):
            covers = f" -- {'COVERED' if one.entry.seq in intent.covers else 'NOT covered'} by yours"
        page.text(f"e{one.entry.seq} {one.entry.kind} by {one.entry.actor}: {describe(what)}{covers}", 6, "  - ")
        shown += 1
    if not shown:
        page.text("Nothing out of the ordinary." if view.said is None else "Nothing is shown to you.")
    if view.matters.left_out:
        page.text(f"{view.matters.left_out} more entries like these have no room here: `opsproof-verify show`.")


def _is_changed(view: View, one: Matter) -> bool:
    """Tell whether a value was corrected or voided."""
    return any(
        (isinstance(what, e.Correction) and what.corrects == one.ref)
        or (isinstance(what, e.Voided) and what.voids == one.ref)
        for what in (other.entry.what for other in view.matters.entries)
    )
