"""`explain`: what a finding code means, its clause, and what to do."""

from __future__ import annotations

from opsproof_verify.cli.errors import UsageError
from opsproof_verify.cli.output import colour, put, width
from opsproof_verify.register import CODES
from opsproof_verify.render.layout import Page
from opsproof_verify.render.messages import CLASSES, TEXTS
from opsproof_verify.render.messages import explain as paragraphs


def explain(code: str | None) -> int:
    """Print what is known about a code; without one, all codes."""
    page = Page(width(), colour=colour())
    if code is None:
        for name, row in CODES.items():
            page.line(f"{name:<30} {CLASSES[row.speaks]:<27} OPV-{row.clause}")
    elif code in CODES:
        page.line(page.style(code, "heading"))
        page.line()
        for head, text in paragraphs(code):
            page.term(head, text)
    else:
        raise UsageError(f"no finding has the code {code}; {_nearest(code)}")
    put(str(page))
    return 0


def _nearest(code: str) -> str:
    """Suggest what may be meant."""
    from difflib import get_close_matches  # noqa: PLC0415 - only after a mistake

    near = get_close_matches(code, TEXTS, n=3, cutoff=0.5)
    return f"did you mean {' or '.join(near)}?" if near else "`explain` alone lists all codes"
