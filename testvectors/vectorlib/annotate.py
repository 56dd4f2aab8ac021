"""Annotated hex of a bundle: offset, bytes, meaning (SPEC Appendix A)."""

from __future__ import annotations

from typing import Any

from . import cbor
from .crypto import TYPES
from .model import LABEL, Build

WIDTH = 16  # bytes a line
SIGNED = {1, 6, 7, 8, 9}


class Page:
    """Lines of the listing, and how far it has come."""

    def __init__(self, data: bytes) -> None:
        """Start at the front of a file."""
        self.data = data
        self.at = 0
        self.lines: list[str] = []

    def take(self, size: int, meaning: str) -> None:
        """List the next bytes, on one or two lines; what does not fit between them is left out."""
        part, start = self.data[self.at : self.at + size], self.at
        self.at += size
        if size <= 2 * WIDTH:
            rows = [(start + at, part[at : at + WIDTH].hex()) for at in range(0, size, WIDTH)]
        else:
            tail = WIDTH - 2
            rows = [(start, part[:WIDTH].hex()), (start + size - tail, "... " + part[-tail:].hex())]
        for at, text in rows:
            self.lines.append(f"{at:05x}  {text:<{2 * WIDTH}}  {meaning}".rstrip())
            meaning = ""

    def say(self, text: str) -> None:
        """Put a line between."""
        self.lines.append(text)


def shown(value: Any) -> str:
    """Describe a value in a few words."""
    if isinstance(value, bytes):
        return f"bytes[{len(value)}]"
    if isinstance(value, str):
        return f'"{value}"' if len(value) <= 44 else f'"{value[:40]}..."'
    if isinstance(value, dict):
        return "{" + ", ".join(value) + "}" if value else "{}"
    if isinstance(value, list):
        if value and isinstance(value[0], dict) and len(value) > 1:
            return f"[{len(value)} of {shown(value[0])}]"
        return "[" + ", ".join(shown(part) for part in value) + "]"
    return str(value).lower() if isinstance(value, bool) else str(value)


def fields(page: Page, body: bytes, depth: str) -> None:
    """List a map, one line a pair."""
    _, count, after = cbor.read_head(body, 0)
    page.take(after, f"{depth}map of {count}")
    at = after
    for _ in range(count):
        key, middle = cbor.read(body, at)
        value, end = cbor.read(body, middle)
        page.take(end - at, f"{depth}{key}: {shown(value)}")
        at = end


def signed(page: Page, body: bytes) -> None:
    """List a COSE_Sign1."""
    page.take(2, "tag 18, array of 4: COSE_Sign1")
    header, end = cbor.read(body, 2)
    page.take(end - 2, f"protected: -8, kid, {cbor.decode(header)[16]}")
    page.take(1, "unprotected: empty")
    payload, after = cbor.read(body, end + 1)
    page.take(after - end - 1 - len(payload), f"payload of {len(payload)} bytes")
    fields(page, payload, "  ")
    page.take(len(body) - after, "signature, 64 bytes")


def annotated(build: Build) -> str:
    """Give the listing of a built bundle."""
    data = build.data()
    page = Page(data)
    page.say(f"The bundle testvectors/bundles/minimal, {len(data)} bytes. Long fields are shortened.")
    page.say("")
    page.take(len(LABEL), 'label: tag 55800, tag "OPB1", "BOR"')
    for number, frame in enumerate(build.frames, 1):
        page.say("")
        hashed, size = build.hashes[frame.label].hex(), len(frame.body)
        page.say(f"frame {number}: {name(frame.type, frame.label)}; record hash {hashed[:16]}...")
        page.take(len(frame.data()) - size, f"array of 2: type {frame.type}, body of {size} bytes")
        if frame.type in SIGNED:
            signed(page, frame.body)
        else:
            fields(page, frame.body, "")
    assert page.at == len(data)
    return "\n".join(page.lines) + "\n"


def name(frame_type: int, label: str) -> str:
    """Name a frame."""
    kind = TYPES[frame_type]
    return f"{kind} ({label})" if kind == "entry" else kind
