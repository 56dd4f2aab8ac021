"""Files that attack whoever opens them, as evidence items of hostile bundles."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from typing import NamedTuple

_SCRIPT = b"<script>document.title='owned';globalThis.owned=1</script>"
_SVG = b'<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9" onload="globalThis.owned=1">%b</svg>' % _SCRIPT


class File(NamedTuple):
    """A file: its claimed name and media type, and its bytes."""

    name: str
    media: str
    data: bytes


def chunk(kind: bytes, data: bytes) -> bytes:
    """Give a chunk of PNG."""
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(width: int = 8, height: int = 8, after: bytes = b"", more: bytes = b"") -> bytes:
    """Give a grey picture, with chunks before its end and bytes after it; a large one is a lie."""
    rows = b"".join(b"\0" + bytes(width) for _ in range(height)) if width * height < 10_000 else b""
    stored = b"\x78\x01\x01" + struct.pack("<HH", len(rows), len(rows) ^ 0xFFFF) + rows
    body = chunk(b"IDAT", stored + struct.pack(">I", zlib.adler32(rows)))
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + more + body + chunk(b"IEND", b"") + after


def jpeg() -> bytes:
    """Give the head of a JPEG whose comment is a script."""
    comment = b"*/=1;globalThis.owned=1;/*" + _SCRIPT
    start = b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00"
    return start + b"\xff\xfe" + struct.pack(">H", len(comment) + 2) + comment + b"\xff\xd9"


def archive() -> bytes:
    """Give a zip with a path out of its folder."""
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as made:
        made.writestr(zipfile.ZipInfo("../../x.html"), _SCRIPT)
    return held.getvalue()


def wide_table() -> bytes:
    """Give a table of two lines and 100,000 columns, some of them formulas."""
    return (
        b",".join(b"c%d" % number for number in range(100_000)) + b"\r\n" + b"=cmd|'/C calc'!A0," * 99_999 + b"=1+1\r\n"
    )


def series() -> bytes:
    """Give a table that looks like readings over time, with readings that are none."""
    odd = ["1e308", "-1e308", "NaN", "Infinity", "", "0x10", "9" * 400, "<b>1</b>", "1,5", "-0"]
    lines = [f'2026-03-02T06:{number:02}:00Z,{20 + number},"{value}"' for number, value in enumerate(odd)]
    return ('time,temperature,"<script>owned=1</script>"\r\n' + "\r\n".join(lines) + "\r\n").encode()


def files() -> list[File]:
    """Give them all."""
    html = b"<!doctype html><title>x</title>" + _SCRIPT
    return [
        File("drawing.svg", "image/svg+xml", _SVG),
        File("drawing.png", "image/png", _SVG),
        File("page.html", "text/html", html),
        File("page.txt", "text/plain", html),
        File("page.png", "image/png", html),
        File("frame.xhtml", "application/xhtml+xml", b'<html xmlns="http://www.w3.org/1999/xhtml">' + _SCRIPT),
        File("sheet.xml", "text/xml", b'<?xml-stylesheet href="https://example.invalid/x.xsl"?><x/>'),
        File("paper.pdf", "application/pdf", b"%PDF-1.7\n1 0 obj<</OpenAction<</S/JavaScript/JS(app.alert(1))>>>>\n"),
        File("paper.jpg", "image/jpeg", b"%PDF-1.7\n%\xff\xd8\xff"),
        File("picture-and-page.png", "image/png", png(after=html)),
        File("picture-and-archive.png", "image/png", png(after=archive())),
        File("text-in-picture.png", "image/png", png(more=chunk(b"tEXt", b"Comment\0" + _SCRIPT))),
        File("picture-and-script.jpg", "image/jpeg", jpeg()),
        File("huge.png", "image/png", png(65_535, 65_535)),
        File("long.png", "image/png", png(2_000_000, 1)),
        File("cut.png", "image/png", png()[:40]),
        File("picture.html", "text/html", png(9, 9)),
        File("gif.gif", "image/gif", b"GIF89a=1;globalThis.owned=1//"),
        File("wide.csv", "text/csv", wide_table()),
        File("formulas.csv", "text/csv", b"name,value\r\n=1+1,@SUM(A1)\r\n+1,-1\r\n"),
        File("series.csv", "text/csv", series()),
        File("quotes.csv", "text/csv", b'a,b\r\n"never closed,1\r\n' * 3),
        File("line.txt", "text/plain", b"W" * 1_000_000),
        File("bidi.txt", "text/plain", "\u202e\u2066".encode() * 4_000),
        File("marks.txt", "text/plain", ("Z" + "\u0301" * 3_000).encode()),
        File("bom.txt", "text/plain", b"\xef\xbb\xbf\xff\xfe text"),
        File("utf7.txt", "text/plain", b"+ADw-script+AD4-globalThis.owned=1+ADw-/script+AD4-"),
        File("deep.json", "application/json", b"[" * 50_000),
        File("office.docx", "application/zip", archive()),
        File("link.url", "text/plain", b"[InternetShortcut]\r\nURL=javascript:globalThis.owned=1\r\n"),
        File("../../x.html", "text/plain", b"up and away"),
        File("..\\..\\x.html", "text/plain", b"up and away, in another way"),
        File("/etc/passwd", "text/plain", b"root"),
        File("CON", "text/plain", b"a device"),
        File("NUL.txt.", "text/plain", b"a device with a dot"),
        File('x:y|z?*<>".txt', "text/plain", b"no name of a file"),
        File("photo\u202egnp.exe", "image/png", b"MZ"),
        File("W" * 256, "text/plain", b"a long name"),
        File("nothing", "a/a", b""),
        File("odd", "x!#$&^_.+-/y!#$&^_.+-", b"odd media type"),
    ]  # fmt: skip
