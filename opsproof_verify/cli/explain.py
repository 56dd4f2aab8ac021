"""`explain`: what a finding code means, what it speaks of, its clause, usual causes, and what to do."""

from __future__ import annotations

from opsproof_verify.cli.errors import UsageError
from opsproof_verify.cli.output import colour, put, width
from opsproof_verify.register import CODES, Speaks
from opsproof_verify.render.layout import Page
from opsproof_verify.render.messages import CLASSES, TEXTS
from opsproof_verify.render.messages import explain as paragraphs
from opsproof_verify.render.texts.kinds import KINDS


def explain(code: str | None) -> int:
    """Print what is known about a code; without one, all codes by what they speak of."""
    page = Page(width(), colour=colour())
    if code is None:
        _put_all(page)
    elif code in CODES:
        page.line(page.style(code, "heading"))
        page.line()
        for head, text in paragraphs(code):
            page.term(head, text)
    else:
        raise UsageError(f"no finding has the code {code}; {_nearest(code)}")
    put(str(page))
    return 0


def _put_all(page: Page) -> None:
    """List the codes of each kind under what the kind says, since no two kinds are ever to be mixed up."""
    page.text("Findings speak of six different things. `explain CODE` says more about one of them.", 0)
    for kind in Speaks:
        page.heading(CLASSES[kind])
        page.text(KINDS[kind])
        page.line()
        for name, row in CODES.items():
            if row.speaks is kind:
                page.line(f"  {name:<30} OPV-{row.clause:<8} {row.severity or 'by policy'}")


def _nearest(code: str) -> str:
    """Suggest what may be meant."""
    from difflib import get_close_matches  # noqa: PLC0415 - only after a mistake

    near = get_close_matches(code, TEXTS, n=3, cutoff=0.5)
    return f"did you mean {' or '.join(near)}?" if near else "`explain` alone lists all codes"
