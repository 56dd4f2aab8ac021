"""How an item is shown: its bytes decide, and what the record claims about them is compared with them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeAlias

from opsproof_verify.render.escape import printable
from opsproof_verify.view.preview import images, sniff, tables
from opsproof_verify.view.preview.model import Body, Bytes, Kind, Limits, Note, Picture, Preview, Text

_IMAGES = frozenset({"image/png", "image/jpeg", "image/webp"})
_DEFAULT = Limits()

_Shown: TypeAlias = tuple[Kind, Body, tuple[Note, ...]]


def preview(media: str, name: str | None, data: bytes | None, size: int, limits: Limits = _DEFAULT) -> Preview:
    """Give how an item is shown: ``media``, ``name`` and ``size`` as the record says, ``data`` as the bundle holds it.

    Content that the bundle does not hold is ``None``. Nothing is raised, whatever the bytes are.
    """
    if data is None:
        return Preview(Kind.ABSENT, media, name, size)
    if len(data) > limits.content:
        return outside(media, name, size)
    found = sniff.found(data)
    if found in _IMAGES:
        kind, body, notes = _image(data, found, limits)
    elif why := _why_unshown(media, name, found):
        kind, body, notes = _unshown(why)
    elif found in (sniff.PLAIN, sniff.XML):
        kind, body, notes = _text(media, name, data, limits)
    else:
        kind, body, notes = _bytes(data, limits)
    return Preview(kind, media, name, size, found, (*_claims(media, name, data, found), *notes), body)


def outside(media: str, name: str | None, size: int) -> Preview:
    """Give the preview of content that the bundle holds and the page does not."""
    return Preview(Kind.OUTSIDE, media, name, size)


def _image(data: bytes, found: str, limits: Limits) -> _Shown:
    """Show an image that reads well to its end, is small enough to decode, and nothing else at the same time."""
    if len(data) > limits.image:
        return _unshown("large", limit=limits.image)
    image = images.read(data)
    if image is None:
        return Kind.HEX, Bytes(data[: limits.hex]), (Note("preview.broken", (("found", found),), warns=True),)
    if image.animated:
        return _unshown("animated")
    if image.width * image.height > limits.pixels:
        return _unshown("pixels", width=image.width, height=image.height, limit=limits.pixels)
    if other := sniff.second(data, image.end):
        return Kind.DOWNLOAD, None, (_found("preview.two-faces", other, ("media", found)),)
    trailing = len(data) - image.end
    notes = (Note("preview.trailing", (("count", trailing),), warns=True),) if trailing else ()
    return Kind.IMAGE, Picture(image, data), notes


def _why_unshown(media: str, name: str | None, found: str) -> str | None:
    """Give the reason why something is not shown: its bytes, or a claim that its bytes fit."""
    if found in sniff.UNSHOWN:
        return sniff.UNSHOWN[found]
    claims = [one for one in sniff.claims(media, name) if one in sniff.UNSHOWN and sniff.fits(one, found)]
    return sniff.UNSHOWN[claims[0]] if claims else None


def _unshown(why: str, **facts: str | int) -> _Shown:
    """Name something and the reason why it is not shown."""
    return Kind.DOWNLOAD, None, (Note(f"preview.unshown-{why}", tuple(facts.items())),)


def _text(media: str, name: str | None, data: bytes, limits: Limits) -> _Shown:
    """Show a text, as a table where it is claimed to be one and reads as one."""
    if tables.is_claimed(media, name) and (read := tables.read(data.decode(), limits)):
        table, told = read
        return Kind.SERIES if table.plots else Kind.TABLE, table, told
    text = data[: limits.text].decode(errors="ignore")  # it is valid, but for a character that the cut goes through
    text = "\n".join(text.split("\n")[: limits.lines])
    shown = len(text.encode())
    whole = shown == len(data) or data[shown:] == b"\n"
    notes = [] if whole else [_cut(shown, len(data))]
    if data[shown:].startswith(b"\n"):
        text = text.removesuffix("\r")  # the cut goes through the end of a line
    ends = text.count("\r\n")
    if ends and ends == text.count("\n"):  # else those are marked that have another one
        notes.append(Note("preview.line-ends"))
        text = text.replace("\r\n", "\n")
    return Kind.TEXT, Text(text), tuple(notes)


def _bytes(data: bytes, limits: Limits) -> _Shown:
    """Show the first bytes."""
    notes = (_cut(limits.hex, len(data)),) if len(data) > limits.hex else ()
    return Kind.HEX, Bytes(data[: limits.hex]), notes


def _cut(shown: int, size: int) -> Note:
    return Note("preview.cut", (("shown", shown), ("size", size)))


def _claims(media: str, name: str | None, data: bytes, found: str) -> Iterable[Note]:
    """Compare what is claimed with what was found."""
    if not data:
        yield Note("preview.empty")
        return
    by_media, by_name = sniff.claims(media, name)
    if not sniff.fits(by_media, found):
        yield _found("preview.mismatch", found, ("media", media))
    elif not sniff.fits(by_name, found):
        yield _found("preview.mismatch-name", found, ("name", printable(name or "")))


def _found(key: str, found: str, claim: tuple[str, str]) -> Note:
    """Tell what the bytes are, beside something else."""
    if found == sniff.UNKNOWN:
        return Note(f"{key}-unknown", (claim,), warns=True)
    return Note(key, (claim, ("found", found.partition(" ")[0])), warns=True)
