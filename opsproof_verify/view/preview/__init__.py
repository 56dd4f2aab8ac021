"""Previews of evidence that are safe to look at: what is shown follows from the bytes, never from what a record claims.

    shown = preview(item.media, item.name, data, item.size)
    markup = render(shown, say, ident="evidence-e23")

PNG, JPEG and WebP are shown as images, text as text, tables as tables and plots. Whatever a browser, a reader or an
office program would interpret is named and not shown, and all else is shown as bytes. No image library stands behind
this: headers are read whole, and a browser gets only what read well.
"""

from __future__ import annotations

from opsproof_verify.view.preview.decide import outside, preview
from opsproof_verify.view.preview.render import render

__all__ = ["outside", "preview", "render"]
