"""What bytes are, told from themselves, and whether a claim fits them (after the MIME Sniffing Standard)."""

from __future__ import annotations

import re

#: Bytes that begin a file of a kind, and the media type of the kind. All but the images are for other programs.
_MAGIC = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"II*\x00", "image/tiff"),
    (b"MM\x00*", "image/tiff"),
    (b"PK\x03\x04", "application/zip"),
    (b"PK\x05\x06", "application/zip"),
    (b"PK\x07\x08", "application/zip"),
    (b"\x1f\x8b", "application/gzip"),
    (b"7z\xbc\xaf\x27\x1c", "application/x-7z-compressed"),
    (b"Rar!\x1a\x07", "application/vnd.rar"),
    (b"\xfd7zXZ\x00", "application/x-xz"),
    (b"\x28\xb5\x2f\xfd", "application/zstd"),
    (b"MSCF\x00\x00\x00\x00", "application/vnd.ms-cab-compressed"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "application/x-ole-storage"),
    (b"{\\rtf", "application/rtf"),
    (b"%!PS", "application/postscript"),
    (b"\x7fELF", "application/x-elf"),
    (b"\x00asm", "application/wasm"),
    (b"\xca\xfe\xba\xbe", "application/java-vm"),
    (b"\xcf\xfa\xed\xfe", "application/x-mach-binary"),
)

#: Readers of PDF look for its mark this far into a file (ISO 32000-1, Annex H, 3.4.1).
_PDF_WITHIN = 1024

#: A ZIP ends with this record and up to 65,535 bytes of comment.
_ZIP_END, _ZIP_WITHIN = b"PK\x05\x06", 22 + 65_535

_TAR = slice(257, 262)

#: Markup is told from this much of it: what comes later is shown as text, which is as safe.
_MARKUP_WITHIN = 1024 * 1024
_START = re.compile(rb"(?:\xef\xbb\xbf)?[\t\n\f\r ]*<[a-z!?/]", re.IGNORECASE)
_SVG = re.compile(rb"<(?:[a-z0-9]+:)?svg[\s/>]|www\.w3\.org/2000/svg", re.IGNORECASE)
_HTML_FIRST = re.compile(
    rb"(?:\xef\xbb\xbf)?[\t\n\f\r ]*<(?:form|img|link|meta|base|style|title|table|font|div|p|br|b|a|h1)[\s/>]",
    re.IGNORECASE,
)
_HTML = re.compile(
    rb"<!doctype\s+html|<(?:html|head|body|script|iframe|object|embed)[\s/>]|www\.w3\.org/1999/xhtml", re.IGNORECASE
)
_ACTIVE = re.compile(
    rb"<(?:[a-z0-9]+:)?script[\s/>]|<\?xml-stylesheet|www\.w3\.org/1999/xsl|<!entity|\son[a-z]{3,20}\s?=|javascript:",
    re.IGNORECASE,
)

#: What cannot be told.
UNKNOWN = "application/octet-stream"
PLAIN = "text/plain"
XML = "application/xml"

#: XML that carries a script, a style sheet or entities; no type of its own outside of this package.
ACTIVE_XML = "application/xml with script"

#: Types that are never shown, and the word of the message that says why; types of bytes and of claims alike.
UNSHOWN = {
    "text/html": "browser",
    "application/xhtml+xml": "browser",
    "image/svg+xml": "browser",
    ACTIVE_XML: "browser",
    "text/javascript": "browser",
    "application/wasm": "program",
    "multipart/related": "browser",
    "application/pdf": "reader",
    "application/postscript": "reader",
    "application/zip": "container",
    "application/gzip": "container",
    "application/x-7z-compressed": "container",
    "application/vnd.rar": "container",
    "application/x-xz": "container",
    "application/zstd": "container",
    "application/x-tar": "container",
    "application/vnd.ms-cab-compressed": "container",
    "application/x-ole-storage": "office",
    "application/rtf": "office",
    "application/x-elf": "program",
    "application/x-mach-binary": "program",
    "application/x-dosexec": "program",
    "application/java-vm": "program",
}

#: Other names of those types, and what the end of a file's name claims.
_SAME = {
    "image/jpg": "image/jpeg",
    "text/xml": XML,
    "application/javascript": "text/javascript",
    "application/x-javascript": "text/javascript",
    "application/ecmascript": "text/javascript",
    "text/ecmascript": "text/javascript",
    "message/rfc822": "multipart/related",
    "application/x-zip-compressed": "application/zip",
    "application/java-archive": "application/zip",
    "application/x-gzip": "application/gzip",
    "application/msword": "application/x-ole-storage",
    "application/vnd.ms-excel": "application/x-ole-storage",
    "application/vnd.ms-powerpoint": "application/x-ole-storage",
    "text/rtf": "application/rtf",
    "application/x-msdownload": "application/x-dosexec",
    "application/vnd.microsoft.portable-executable": "application/x-dosexec",
}
_ENDINGS = {
    "html": "text/html",
    "htm": "text/html",
    "xhtml": "application/xhtml+xml",
    "svg": "image/svg+xml",
    "js": "text/javascript",
    "mjs": "text/javascript",
    "mht": "multipart/related",
    "mhtml": "multipart/related",
    "eml": "multipart/related",
    "pdf": "application/pdf",
    "ps": "application/postscript",
    "zip": "application/zip",
    "docx": "application/zip",
    "xlsx": "application/zip",
    "pptx": "application/zip",
    "odt": "application/zip",
    "ods": "application/zip",
    "jar": "application/zip",
    "doc": "application/x-ole-storage",
    "xls": "application/x-ole-storage",
    "ppt": "application/x-ole-storage",
    "rtf": "application/rtf",
    "exe": "application/x-dosexec",
    "hta": "text/html",
    "png": "image/png",
    "jpg": "image/jpeg",
    "jpeg": "image/jpeg",
    "webp": "image/webp",
    "gif": "image/gif",
}
_TEXTS = re.compile(r"text/.*|application/(json|x-ndjson|yaml|x-yaml|toml|csv|sql|x-sh|[a-z0-9.-]+\+json)")
_ZIPS = re.compile(r"application/(vnd\.(openxmlformats-officedocument|oasis\.opendocument)\..*|[a-z0-9.-]+\+zip)")

#: What the bytes may be where a claim says otherwise.
_ALIKE = {
    XML: {"image/svg+xml", "text/html", ACTIVE_XML},
    "text/html": {PLAIN, XML},
    "application/xhtml+xml": {"text/html", XML, ACTIVE_XML},
    "text/javascript": {PLAIN},
    "multipart/related": {PLAIN},
    PLAIN: {XML},
}


def found(data: bytes) -> str:
    """Give the media type of bytes, :data:`UNKNOWN` where nothing tells it."""
    for magic, media in _MAGIC:
        if data.startswith(magic):
            return media
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "image/webp"
    if b"%PDF-" in data[:_PDF_WITHIN]:
        return "application/pdf"
    if data[_TAR] == b"ustar":
        return "application/x-tar"
    if _START.match(data):
        return _markup(data)
    if data[:2] == b"MZ" and b"\x00" in data:
        return "application/x-dosexec"
    return PLAIN if is_text(data) else UNKNOWN


def is_text(data: bytes) -> bool:
    """Tell whether bytes are UTF-8 without U+0000."""
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return b"\x00" not in data


def claims(media: str, name: str | None) -> tuple[str | None, str | None]:
    """Give what a media type and a file's name claim the bytes to be; None for a claim that this file cannot judge."""
    return _known(media), _ENDINGS.get(ending(name))


def ending(name: str | None) -> str:
    """Give the end of a file's name, in small letters; nothing for a name without a dot."""
    _, dot, last = (name or "").rpartition(".")
    return last.lower() if dot else ""


def fits(claim: str | None, media: str) -> bool:
    """Tell whether bytes of a media type can be what a claim says."""
    return claim is None or claim == media or media in _ALIKE.get(claim, ())


def second(data: bytes, end: int) -> str | None:
    """Give what else the bytes of an image that ends at ``end`` can be read as: a file with two faces."""
    rest = data[end:]
    if b"%PDF-" in data[:_PDF_WITHIN] or b"%PDF-" in rest:
        return "application/pdf"
    if _ZIP_END in data[-_ZIP_WITHIN:] or b"PK\x03\x04" in rest:
        return "application/zip"
    media = _markup(rest)
    return media if media in UNSHOWN else None


def _known(media: str) -> str | None:
    """Give the one name of a type; None for one of which nothing is known here."""
    media = _SAME.get(media, media)
    if media in UNSHOWN or media == XML or media in _ENDINGS.values():
        return media
    if media.endswith("+xml"):
        return XML
    if _ZIPS.fullmatch(media):
        return "application/zip"
    return PLAIN if _TEXTS.fullmatch(media) else None


def _markup(data: bytes) -> str:
    """Give the media type of markup: what a browser would draw or run, or else XML that is only data."""
    if _SVG.search(data, 0, _MARKUP_WITHIN):
        return "image/svg+xml"
    if _HTML_FIRST.match(data) or _HTML.search(data, 0, _MARKUP_WITHIN):
        return "text/html"
    if _ACTIVE.search(data, 0, _MARKUP_WITHIN):
        return ACTIVE_XML
    return XML if is_text(data) else UNKNOWN
