"""The file name of an evidence item: one that harms nothing, whatever the record says (SPEC 12, *Display*)."""

from __future__ import annotations

import re

from opsproof_verify.records import Item

_UNSAFE = re.compile(r"[^A-Za-z0-9._-]+")
_LONGEST = 100

#: Extensions by media type, for items without a name; anything else is `.bin`.
_EXTENSIONS = {
    "application/json": ".json",
    "application/pdf": ".pdf",
    "application/xml": ".xml",
    "image/jpeg": ".jpg",
    "image/png": ".png",
    "image/webp": ".webp",
    "text/csv": ".csv",
    "text/plain": ".txt",
    "video/mp4": ".mp4",
}

#: Names that Windows keeps for devices, whatever their extension.
_DEVICES = re.compile(r"(con|prn|aux|nul|com[0-9]|lpt[0-9])(\.|$)", re.IGNORECASE)


def safe_name(item: Item) -> str:
    """Give a file name: the recorded one in harmless characters, or the digest with a known extension."""
    last = (item.name or "").replace("\\", "/").rpartition("/")[2]
    name = _UNSAFE.sub("_", last).strip("._-")
    if not name or len(name) > _LONGEST or _DEVICES.match(name):
        return f"{item.digest.hex()}{_EXTENSIONS.get(item.media, '.bin')}"
    return name
