"""What the script of the page says. It gets these texts with the page's data, and has none of its own."""

from __future__ import annotations

#: The key of each text, and its English; ``{name}`` is a place that the script fills.
MESSAGES: dict[str, str] = {
    "js.good": "In order.",
    "js.bad": "Not in order.",
    "js.open": "Not decided.",
    "js.value": "{value}",
    "js.failed": "A part of this page does not work here: {part} ({what}). What was verified can be read without it.",
    "js.part.telling": "messages",
    "js.part.filter": "search and filter",
    "js.part.printing": "opening everything for paper",
    "js.part.keyboard": "keys",
    "js.part.copying": "copying",
    "js.part.saving": "saving files",
    "js.part.self-check": "self check",
    "js.part.drop": "comparing a bundle",
    "js.record.name": "The record, entry by entry",
    "js.filter.count": "{shown} of {total}",
    "js.filter.none": "None of {total}. Take words or choices away to see more.",
    "js.check.no-crypto": (
        "This browser lets this page neither hash nor verify, since it does not trust the place that the page comes "
        "from. Open the page as a file."
    ),
    "js.check.nothing": "The bundle is too large for a page to carry. Use: opsproof-verify check",
    "js.check.progress": "Checking: {percent} %",
    "js.check.agrees": "This page checked itself: what it carries agrees with the report.",
    "js.check.agrees-that": "This page checked itself, and finds in what it carries what the report says, among it:",
    "js.check.found-at": "{code}, in frame {frame}",
    "js.check.found-nowhere": "{code}",
    "js.check.differs": "This page checked itself: what it carries does NOT agree with the report.",
    "js.check.limits": (
        "This compares the page with itself, by bytes and keys alone. It gives no verdict, and who can change a page "
        "can change what it says of itself: opsproof-verify check, with your own trust file, decides."
    ),
    "js.checked.frames": "Frames read",
    "js.checked.frames-are": "{frames} ({bytes|byte|bytes})",
    "js.checked.entries": "Entries hashed",
    "js.checked.entries-are": "{entries}, of which {withheld} withheld",
    "js.checked.chain": "Chain and tree",
    "js.checked.against-seal": "each entry held to the one before it, and all of them to the seal",
    "js.checked.chain-broken": "not each entry can be read and fits the one before it, or not all of them fit the seal",
    "js.checked.no-seal": "each entry held to the one before it; no seal was read",
    "js.checked.root": "Root of the tree",
    "js.checked.signatures": "Signatures checked",
    "js.checked.evidence": "Evidence hashed",
    "js.checked.evidence-are": "{items|item|items} ({bytes|byte|bytes})",
    "js.checked.absent": "Evidence not here",
    "js.checked.absent-there": "{absent} not in the bundle",
    "js.checked.absent-are": "{absent} not in the bundle, {left} left out of this page",
    "js.differs.run": "The <run> is {here} here, and {there} in the report.",
    "js.differs.seal": "The seal is {here} here, and {there} in the report.",
    "js.differs.contract": "The contract is {here} here, and {there} in the report.",
    "js.differs.appended": "What follows the seal has the digest {here} here, and {there} in the report.",
    "js.differs.entries": "There are {here} entries here, and {there} in the report.",
    "js.differs.withheld": "There are {here} withheld entries here, and {there} in the report.",
    "js.differs.only-here": "{code} was found here, and is not in the report.",
    "js.differs.only-here-at": "{code} was found here in frame {frame}, and is not in the report.",
    "js.differs.only-report": "{code} is in the report, and was not found here.",
    "js.differs.only-report-at": "{code} is in the report for frame {frame}, and was not found here.",
    "js.drop.progress": "Reading the file: {percent} %",
    "js.drop.too-large": (
        "{name} has more than 256 MiB, which is much for a page. Use: opsproof-verify check BUNDLE --trust TRUST"
    ),
    "js.drop.no-bundle": "{name} is no Proof Bundle: it does not begin as one. Choose the .opb file.",
    "js.drop.same": "{name} is the bundle of this page: same <run>, same entries, same sign-offs and witnesses.",
    "js.drop.earlier": "{name} is an earlier copy of the same <run>: it has the first of its entries, and no seal.",
    "js.drop.later": "{name} is a later copy of the same <run>: it goes on where this page ends. Make its page anew.",
    "js.drop.appended": (
        "{name} has the same <run> and the same entries as this page, but not the same sign-offs and witnesses behind "
        "the seal. Verify both, and ask whoever keeps them for what is missing."
    ),
    "js.drop.fork": (
        "{name} is of the same <run>, but has other entries or another seal. One of both was altered, or the <run> has "
        "a fork: keep both files, and use: opsproof-verify compare"
    ),
    "js.drop.torn": (
        "{name} is of the same <run>, but cannot be read to its end: it was cut off or damaged. Take another copy; "
        "opsproof-verify check says where."
    ),
    "js.drop.unclear": (
        "{name} is of the same <run>, but has another seal or none, and this page carries no entries to compare. "
        "Use: opsproof-verify compare"
    ),
    "js.drop.other": "{name} is the bundle of another <run> or contract. Choose the one that this page is about.",
    "js.drop.differs": "{name} has the same <run> and entries as this page, but was not found as the report says.",
    "js.drop.only-page-signoff": "Only this page has the sign-off {hash} ({name}, {decision}).",
    "js.drop.only-file-signoff": "Only the file has the sign-off {hash}.",
    "js.drop.only-page-witness": "Only this page has the witness {hash}.",
    "js.drop.only-file-witness": "Only the file has the witness {hash}.",
    "js.drop.evidence": "Evidence that this page leaves out, hashed in the file and right: {count|item|items}.",
    "js.save.not-here": "Nothing in the bundle has the digest {digest}: this evidence is not as it was recorded.",
    "js.copy.done": "Copied: {text}",
    "js.copy.failed": "The browser does not let this page copy. Select and copy: {text}",
}
