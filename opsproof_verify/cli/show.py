"""`show`: what a bundle says, in the order of the file; nothing is verified and no verdict is given."""

from __future__ import annotations

from opsproof_verify.cli import sources
from opsproof_verify.cli.describe import describe, describe_member, describe_signoff, item
from opsproof_verify.cli.errors import say
from opsproof_verify.cli.output import colour, put, width
from opsproof_verify.container import FrameType
from opsproof_verify.contract import Contract
from opsproof_verify.entries import Entry
from opsproof_verify.findings import Rejected, Time
from opsproof_verify.reading import Read, explain, read_records
from opsproof_verify.records import Approval, Seal, SignOff, Withheld
from opsproof_verify.render.escape import printable
from opsproof_verify.render.layout import Page
from opsproof_verify.render.times import rfc3339, zone

_FIRST_LINE = "Nothing is verified here: this is what the file says. `check` gives a verdict."
_TEXT_AT = 23  # after the entry's number and its time


def show(bundle: str) -> int:
    """Print a bundle as it tells itself; 2 if it cannot be read to its end."""
    page = Page(width(), colour=colour())
    page.text(_FIRST_LINE, 0)
    page.line()
    page.line(page.style(sources.name(bundle), "heading"))
    whole = True
    with sources.open_bundle(bundle) as stream:
        timeline = _Timeline(page)
        try:
            for read in read_records(stream):
                timeline.put(read)
        except Rejected as refusal:
            whole = False
            page.line()
            page.text(f"Here the file cannot be read further: {explain(refusal)}")
    put(str(page))
    if not whole:
        say(f"{sources.name(bundle)}: not shown to its end; `check` says what is wrong")
    return 0 if whole else 2


class _Timeline:
    """The page in the making, and the day and heading under which it stands."""

    def __init__(self, page: Page) -> None:
        self._page = page
        self._day = ""
        self._part = ""
        self._entries = 0
        self._withheld: dict[bytes, str] = {}  # leaf: number of the entry

    def put(self, read: Read) -> None:
        """Put one frame."""
        match read.record:
            case Contract():
                self._contract(read.record)
            case Approval():
                who = f"{printable(read.record.name)} ({read.record.person}, {read.record.role})"
                self._under("Approvals of the contract", read.record.time)
                meaning = f'"{printable(read.record.meaning.text)}" ({read.record.meaning.id})'
                self._put("", read.record.time, f"approval by {who}", meaning)
            case Entry():
                self._entry(read.record)
            case Withheld():
                self._under("Timeline", None)
                self._withheld[read.record.leaf] = f"e{self._entries}"
                self._put(f"e{self._entries}", None, f"withheld, said to be of {read.record.actor}", "")
                self._entries += 1
            case Seal():
                self._under("Seal", read.record.time)
                counts = f"{read.record.count} entries, evidence of {read.record.evidence_bytes} bytes"
                self._put("", read.record.time, f"sealed by {read.record.actor}", counts)
            case SignOff():
                self._signoff(read.record, read)
            case None:
                self._under("Timeline" if self._part in ("", "Contract") else self._part, None)
                entry = read.frame.type is FrameType.ENTRY
                self._put(f"e{self._entries}" if entry else "", None, "cannot be read", read.problem)
                self._entries += entry
            case _:
                self._under("After the seal", read.record.time)
                self._put("", read.record.time, f"witness {read.record.witness}", f"of the {read.record.target}")

    def _contract(self, contract: Contract) -> None:
        """Put the contract and its roster."""
        self._under("Contract", None)
        page = self._page
        page.term("Procedure", f'{contract.id} version {contract.version}, "{printable(contract.title)}"')
        page.term("Issued", f"by {contract.issuer}, {rfc3339(contract.issued.ms, contract.issued.offset)}")
        if contract.retention is not None:
            years = f", {contract.retention.years} years" if contract.retention.years else ""
            page.term("Retention", f"{contract.retention.id}{years}")
        for step in contract.steps.values():
            known = (("critical", step.critical), ("hold point", step.hold), ("actions need leave", step.authorise))
            marks = [name for name, on in known if on]
            marks += [f"qualification {name}" for name in step.qualifications]
            marks += [f"instrument {name}" for name in step.instruments]
            mark = f" ({', '.join(marks)})" if marks else ""
            page.term("Step", f"{step.id}: {printable(step.title)}{mark}")
        for member in contract.roster:
            page.term("Actor", describe_member(member))

    def _entry(self, entry: Entry) -> None:
        """Put one entry."""
        self._under("Timeline", entry.time)
        self._put(f"e{entry.seq}", entry.time, f"{entry.actor} {entry.kind}", describe(entry.what))
        self._entries = entry.seq + 1

    def _signoff(self, signoff: SignOff, read: Read) -> None:
        """Put one sign-off with its signature block and evidence."""
        self._under("After the seal", signoff.time)
        who = f"{printable(signoff.name)} ({signoff.person}, {signoff.role})"
        said = describe_signoff(signoff, self._withheld)
        self._put("", signoff.time, f"{signoff.decision} by {who}", said)
        for content in read.items:
            self._page.text(f"with {item(content.item)}", _TEXT_AT)

    def _under(self, part: str, time: Time | None) -> None:
        """Put the heading of a part and the day, where they change."""
        if part != self._part:
            self._part, self._day = part, ""
            self._page.heading(part)
        if time is not None:
            day = f"{rfc3339(time.ms, time.offset).partition('T')[0]} {zone(time.offset)}"
            if day != self._day:
                self._day = day
                self._page.line(f"  {day}")

    def _put(self, number: str, time: Time | None, head: str, text: str) -> None:
        """Put one line of the timeline, and what it says below."""
        clock = "" if time is None else rfc3339(time.ms, time.offset).partition("T")[2][:12]
        self._page.text(f"{head}: {text}" if text else head, _TEXT_AT, f"  {number:<6} {clock:<12}  ")
