"""The sentences about previews, in English."""

from __future__ import annotations

MESSAGES = {
    "preview.absent": "The bundle does not hold this content. It is known by its digest alone.",
    "preview.outside": "The page does not show this content, for its size or for all that it shows already. Where the "
    "bundle holds it, `opsproof-verify extract` writes it to a file.",
    "preview.download": "Content not shown.",
    "preview.unshown-browser": "A browser would run it or draw it as a page, so this page does not show it. "
    "Save it and open it in a program that you trust.",
    "preview.unshown-reader": "A reader of documents would interpret it, so this page does not show it. "
    "Save it and open it in a program that you trust.",
    "preview.unshown-office": "An office program would interpret it, so this page does not show it. "
    "Save it and open it in a program that you trust.",
    "preview.unshown-container": "It holds other files, or is compressed, so this page does not show it.",
    "preview.unshown-program": "It is a program. Do not run it.",
    "preview.unshown-animated": "The image moves. A page that is evidence stands still, so it is not shown.",
    "preview.unshown-large": "The image is larger than {limit} bytes, so this page does not show it.",
    "preview.unshown-pixels": "The image has {width} x {height} pixels. That is more than the {limit} that this page "
    "lets a browser decode.",
    "preview.two-faces": "The bytes are {media} and can be read as {found} too, so this page does not show them. "
    "Ask who captured them.",
    "preview.broken": "The bytes begin as {found} and XX.",
    "preview.trailing": "{count|byte follows|bytes follow} the image; no picture shows what they are.",
    "preview.mismatch": "The record says {media}, but the bytes are {found}.",
    "preview.mismatch-unknown": "The record says {media}, but the bytes are not.",
    "preview.mismatch-name": "The name {name} does not fit the bytes, which are {found}.",
    "preview.mismatch-name-unknown": "The name {name} does not fit the bytes.",
    "preview.empty": "It has no bytes.",
    "preview.cut": "Shown are the first {shown} of {size} bytes.",
    "preview.line-ends": "Lines end in CR LF.",
    "preview.rows-cut": "Shown are the first {shown} of {count} rows.",
    "preview.columns-cut": "Shown are the first {shown} of {count} columns.",
    "preview.cells-cut": "{count|cell is|cells are} cut after {shown} characters.",
    "preview.plots-cut": "Plotted are the first {shown} of {count} columns of numbers.",
    "preview.image-alt": "Image without a name, {width} x {height} pixels",
    "preview.image-alt-name": "{name}, {width} x {height} pixels",
    "preview.image": "{media}, {width} x {height} pixels",
    "preview.text": "Text",
    "preview.table": "Table",
    "preview.bytes": "Bytes",
    "preview.column": "Column {number}",
    "preview.plot-title": "{column} by {first}",
    "preview.plot-about": "{count|reading|readings}, from {least} to {most}.",
    "preview.numbers": "Numbers",
    "preview.rows": "Rows",
    "preview.utc": "{first}, in UTC",
}
