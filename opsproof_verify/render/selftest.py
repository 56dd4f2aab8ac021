"""The record of a self-test: what it holds, as JSON and as a page that a person signs.

The schema of the JSON is `selftest-1.schema.json`, beside this. Nothing in a record is of the moment but the time that
the caller gives: the same installation on the same machine gives the same bytes.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from opsproof_verify import __version__
from opsproof_verify.policy import VOCABULARY
from opsproof_verify.render.escape import printable
from opsproof_verify.render.json_form import Json, encode
from opsproof_verify.render.layout import Page
from opsproof_verify.render.times import rfc3339

FORMAT = "opsproof-selftest/1"
SPEC = 1

_WIDTH = 80
_COLUMNS = 3  # of the table of classes
_UNKNOWN = "unknown"


class Answer(NamedTuple):
    """What a verifier says of a vector: verdict, primary code, the set of pairs of code and frame in order."""

    verdict: str
    primary: str | None
    findings: tuple[tuple[str, int | None], ...]


class Result(NamedTuple):
    """One vector: its id and class, the answer wanted, and the one found, or the type of the exception in its place."""

    id: str
    matter: str
    wanted: Answer
    found: Answer | None
    error: str = ""

    @property
    def agrees(self) -> bool:
        """Tell whether verdict, primary code and all findings are those wanted."""
        return self.found == self.wanted


class Known(NamedTuple):
    """One known answer of a primitive: whether it was found, or the type of the exception in its place."""

    name: str
    agrees: bool
    error: str = ""


class Installation(NamedTuple):
    """What was tested, and where: versions, None if not known, and the digest of the code in so many files."""

    python: str
    implementation: str
    system: str
    machine: str
    cbor2: str | None
    cryptography: str | None
    openssl: str | None
    code: str
    files: int


class Suite(NamedTuple):
    """The vectors: versions and root of the manifest, number, SHA-256 and size of the file that holds them."""

    suite: str
    spec: str
    root: str
    vectors: int
    digest: str
    size: int


class Record(NamedTuple):
    """All that a self-test found; ``at`` is the time that the caller gave, ``clauses`` how many the vectors name."""

    at: int | None
    installation: Installation
    suite: Suite
    known: tuple[Known, ...]
    results: tuple[Result, ...]
    clauses: int

    @property
    def disagreements(self) -> list[Result]:
        """Give the vectors of which the verifier said something else."""
        return [one for one in self.results if not one.agrees]

    @property
    def agrees(self) -> bool:
        """Tell whether all known answers and all vectors agree."""
        return all(one.agrees for one in self.known) and not self.disagreements

    def classes(self) -> dict[str, tuple[int, int]]:
        """Give of each class of vectors, sorted, how many there are and how many agree."""
        counts: dict[str, tuple[int, int]] = {}
        for one in sorted(self.results, key=lambda result: result.matter):
            count, agreed = counts.get(one.matter, (0, 0))
            counts[one.matter] = count + 1, agreed + one.agrees
        return counts


def summary(record: Record) -> str:
    """Give the outcome in one line."""
    known, results = record.known, record.results
    return (
        f"{'PASSED' if record.agrees else 'NOT PASSED'}: {len(results) - len(record.disagreements)} of {len(results)} "
        f"vectors and {sum(one.agrees for one in known)} of {len(known)} known answers agree"
    )


def render_selftest_json(record: Record) -> bytes:
    """Give a record in its one JSON form."""
    here, suite = record.installation, record.suite
    return encode(
        {
            "format": FORMAT,
            "agrees": record.agrees,
            "at": None if record.at is None else rfc3339(record.at),
            "verifier": {
                "name": "opsproof-verify",
                "version": __version__,
                "spec": SPEC,
                "vocabulary": VOCABULARY,
                "code": {"digest": here.code, "files": here.files},
            },
            "platform": {
                "python": here.python,
                "implementation": here.implementation,
                "system": here.system,
                "machine": here.machine,
            },
            "libraries": {"cbor2": here.cbor2, "cryptography": here.cryptography, "openssl": here.openssl},
            "vectors": {
                "suite": suite.suite,
                "spec": suite.spec,
                "root": suite.root,
                "digest": suite.digest,
                "size": suite.size,
                "count": len(record.results),
                "agreed": len(record.results) - len(record.disagreements),
                "clauses": record.clauses,
                "classes": {
                    name: {"count": count, "agreed": agreed} for name, (count, agreed) in record.classes().items()
                },
            },
            "known-answers": [
                {"name": one.name, "agrees": one.agrees, "error": one.error or None} for one in record.known
            ],
            "disagreements": [_disagreement(one) for one in record.disagreements],
        }
    )


def _disagreement(one: Result) -> Json:
    return {
        "id": one.id,
        "class": one.matter,
        "wanted": _answer(one.wanted),
        "found": None if one.found is None else _answer(one.found),
        "error": one.error or None,
    }


def _answer(answer: Answer) -> Json:
    findings: list[Json] = [[code, frame] for code, frame in answer.findings]
    return {"verdict": answer.verdict, "primary": answer.primary, "findings": findings}


def render_selftest(record: Record) -> str:
    """Give a record as one page in 80 columns, with a line to sign."""
    page = Page(_WIDTH, colour=False)
    page.line(f"SELF-TEST of opsproof-verify {__version__}: operational qualification record")
    page.text(f"{summary(record)}.", 0)
    _put_installation(page, record)
    page.heading("Known answers")
    for known in record.known:
        page.text(f"{_outcome(known)}: {known.name}")
    page.heading("Vectors by class: how many agree, of how many")
    _put_classes(page, record.classes())
    page.text(f"They name {record.clauses} clauses of SPEC.")
    page.heading("Disagreements")
    for line in disagreements(record.disagreements) or ["None."]:
        page.text(line, 4, "  ")
    page.line()
    page.text("No machine is named above: name it here. Compare the digests with those of your release.")
    page.line()
    page.line("  Machine ________________________________________   Purpose _________________")
    page.line()
    page.line("  Run by ______________________   Date ____________   Signature ____________")
    return str(page)


def _put_installation(page: Page, record: Record) -> None:
    """Put what was tested, where, and with which vectors."""
    here, suite = record.installation, record.suite
    page.heading("What was tested, and with what")
    page.term("Verifier", f"opsproof-verify {__version__}, SPEC {SPEC}, vocabulary {VOCABULARY}")
    page.term("Code", f"{here.files} files, SHA-256 of their list of digests:")
    page.term("", here.code)
    page.term("Libraries", f"cbor2 {here.cbor2 or _UNKNOWN}, cryptography {here.cryptography or _UNKNOWN}")
    page.term("", printable(here.openssl or f"OpenSSL {_UNKNOWN}"))
    page.term("Platform", printable(f"{here.implementation} {here.python}, {here.system} {here.machine}"))
    page.term("Vectors", f"suite {printable(suite.suite)} of SPEC {printable(suite.spec)}; root and SHA-256:")
    page.term("", suite.root)
    page.term("", suite.digest)
    page.term("Time", "not given" if record.at is None else f"{rfc3339(record.at)}, as the caller says")


def _put_classes(page: Page, classes: dict[str, tuple[int, int]]) -> None:
    """Put the table of classes, read down its columns."""
    cells = [f"{name:<11} {agreed:>4} of {count:>4}" for name, (count, agreed) in classes.items()]
    rows = -(-len(cells) // _COLUMNS)
    for row in range(rows):
        page.line(f"  {'   '.join(cells[row::rows])}")


def disagreements(results: Sequence[Result]) -> list[str]:
    """Give each disagreement as a line: what was wanted of which vector, and what was found."""
    return [f"{one.id} ({one.matter}): {difference(one)}" for one in results]


def difference(one: Result) -> str:
    """Say what was wanted of a vector and what was found."""
    found = f"the verifier stopped with {one.error}" if one.found is None else f"found {_words(one.found)}"
    return f"wanted {_words(one.wanted)}; {found}"


def _words(answer: Answer) -> str:
    """Give an answer in words: the verdict, the findings with their frames, and which of them is the primary one."""
    places = [code if frame is None else f"{code}@{frame}" for code, frame in answer.findings]
    primary = f", first {answer.primary}" if answer.primary is not None else ""
    return f"{answer.verdict} with {', '.join(places) or 'no finding'}{primary}"


def _outcome(known: Known) -> str:
    return "agrees" if known.agrees else f"STOPPED WITH {known.error}" if known.error else "DIFFERS"
