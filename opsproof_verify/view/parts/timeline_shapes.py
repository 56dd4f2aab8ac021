"""The marks of the timeline: each kind has a shape of its own, so that none is told by its colour alone."""

from __future__ import annotations

from opsproof_verify.view.html import Markup, element

#: The height of a bar.
BAND = 12

#: Outlines around the middle; what is filled says so.
_PATHS = {
    "bar": ("M-8 -5h16v10h-16z", True),
    "unjudged": ("M-8 -5h16v10h-16z", False),
    "bad": ("M-8 -7h16v14h-16z", True),
    "odd": ("M-8 -7h16v14h-16z", False),
    "run": ("M-4 -6L6 0L-4 6z", True),
    "seal": ("M-5 -5h10v10h-10zM-2 -2h4v4h-4z", False),
    "gap": ("M-3 -6v12M3 -6v12", False),
    "clock": ("M0 -6a6 6 0 1 0 .01 0zM0 -3v3l3 2", False),
    "correction": ("M0 -6L6 0L0 6L-6 0z", False),
    "void": ("M-5 -5L5 5M-5 5L5 -5", False),
    "skip": ("M-7 0h14M3 -4l4 4l-4 4", False),
    "late": ("M0 -5a5 5 0 1 0 .01 0z", False),
    "deviation": ("M0 -7L7 6H-7z", True),
    "block": ("M-7 -6h14v12h-14zM-7 0l6 -6M-7 6l12 -12M-1 6l8 -8", False),
    "witness": ("M0 -7L2 -2L7 0L2 2L0 7L-2 2L-7 0L-2 -2z", True),
    "signoff": ("M-6 1L-2 5L6 -5", False),
}


def shape(kind: str, x: int, y: int) -> Markup:
    """Give the mark of a kind around a place."""
    path, filled = _PATHS[kind]
    back = element("rect", x=-9, y=-9, width=18, height=18, fill="none", pointer_events="all")
    drawn = element(
        "path",
        d=path,
        cls=f"tl-mark tl-{kind}",
        fill="currentColor" if filled else "none",
        stroke="currentColor",
        stroke_width="2",
        stroke_linejoin="round",
        stroke_linecap="round",
    )
    return element("g", back, drawn, transform=f"translate({x} {y})")
