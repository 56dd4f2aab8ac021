"""What is shown of an item follows from its bytes; what a record claims of them is compared, and never believed."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.bundles import ROOT
from test_view_preview_images import ANIMATED, BROKEN, GOOD, chunk, frame, jpeg, png, segment, webp

from opsproof_verify.view.catalogue import Catalogue
from opsproof_verify.view.preview import outside, preview, render
from opsproof_verify.view.preview.model import Kind, Limits, Preview
from opsproof_verify.view.preview.sniff import UNSHOWN
from opsproof_verify.view.preview.texts import MESSAGES

SAY = Catalogue()


def look(media: str, data: bytes, name: str | None = None, limits: Limits | None = None) -> Preview:
    """Give the preview of bytes."""
    return preview(media, name, data, len(data), limits or Limits())


def keys(shown: Preview) -> list[str]:
    """Give what is told about an item, in short."""
    return [one.key.removeprefix("preview.") for one in shown.notes]


def page(shown: Preview) -> str:
    """Give a preview as it stands in a page."""
    return render(shown, SAY, "evidence-e23")


#: Bytes that something may interpret, by what they are.
ACTIVE = {
    "html": (b"<!DOCTYPE html><script>1</script>", "text/html", "browser"),
    "html in small letters, later": (b"\n\t <HTML\n>", "text/html", "browser"),
    "html behind a byte order mark": (b"\xef\xbb\xbf<script>1</script>", "text/html", "browser"),
    "html behind a comment": (b"<!-- \x89PNG --><body onload=1>", "text/html", "browser"),
    "html of one image": (b"<img src=x onerror=alert(1)>", "text/html", "browser"),
    "xhtml": (b'<?xml version="1.0"?><x xmlns="http://www.w3.org/1999/xhtml"/>', "text/html", "browser"),
    "svg": (b'<svg xmlns="http://www.w3.org/2000/svg"><script/></svg>', "image/svg+xml", "browser"),
    "svg by a prefix": (b"<?xml version='1.0'?><a:svg xmlns:a='x'/>", "image/svg+xml", "browser"),
    "svg behind a document type": (b"<!DOCTYPE svg [<!ENTITY a 'b'>]><svg>", "image/svg+xml", "browser"),
    "xml with a style sheet": (b"<?xml-stylesheet href='a.xsl'?><batch/>", None, "browser"),
    "xml with an entity": (b"<!DOCTYPE a [<!ENTITY b SYSTEM 'file:///x'>]><a/>", None, "browser"),
    "xml with a handler": (b"<batch onload='x'/>", None, "browser"),
    "pdf": (b"%PDF-1.7\n%\xe2\xe3", "application/pdf", "reader"),
    "pdf behind something": (b"GIF89" + b" " * 900 + b"%PDF-1.4", "application/pdf", "reader"),
    "postscript": (b"%!PS-Adobe-3.0", "application/postscript", "reader"),
    "zip": (b"PK\x03\x04" + b"\0" * 30, "application/zip", "container"),
    "zip without files": (b"PK\x05\x06" + b"\0" * 18, "application/zip", "container"),
    "gzip": (b"\x1f\x8b\x08\0", "application/gzip", "container"),
    "tar": (b"a" * 257 + b"ustar\0", "application/x-tar", "container"),
    "office": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "application/x-ole-storage", "office"),
    "rtf": (b"{\\rtf1 text}", "application/rtf", "office"),
    "elf": (b"\x7fELF\2\1", "application/x-elf", "program"),
    "exe": (b"MZ\x90\0\3", "application/x-dosexec", "program"),
}

CLAIMS = [
    "image/png",
    "image/jpeg",
    "image/jpg",
    "image/webp",
    "image/svg+xml",
    "image/gif",
    "text/plain",
    "text/csv",
    "text/html",
    "application/json",
    "application/pdf",
    "application/octet-stream",
    "video/mp4",
]


@pytest.mark.parametrize("claim", CLAIMS)
@pytest.mark.parametrize("name", ACTIVE)
def test_what_something_interprets_is_named_and_never_shown(name: str, claim: str) -> None:
    data, media, why = ACTIVE[name]
    for file in (None, "photo.png", "log.csv"):
        shown = look(claim, data, file)
        assert (shown.kind, shown.body) == (Kind.DOWNLOAD, None)
        assert media in (None, shown.found)
        assert keys(shown)[-1] == f"unshown-{why}"
        assert "<img" not in page(shown)
        assert "<pre" not in page(shown)


@pytest.mark.parametrize("name", ACTIVE)
def test_a_file_with_two_faces_is_never_an_image(name: str) -> None:
    """Behind an image, before it, and between its chunks where readers of the other kind look for it."""
    data, media, _ = ACTIVE[name]
    for image in (png(), jpeg(), webp()):
        assert look("image/png", data + image).kind is Kind.DOWNLOAD
        found = look("image/png", image + data)
        if name.startswith(("html", "xhtml", "svg", "xml", "pdf", "zip")) and "one image" not in name:
            assert (found.kind, keys(found)[-1]) == (Kind.DOWNLOAD, "two-faces")
            assert media is None or media in page(found)
        else:  # another program does not look for its mark there
            assert keys(found)[-1] in ("trailing", "two-faces")


def test_a_document_within_the_header_of_an_image_is_found() -> None:
    assert keys(look("image/jpeg", jpeg(segment(0xFE, b"%PDF-1.5"), frame()))) == ["two-faces"]
    assert keys(look("image/png", png(2, 3, chunk(b"zzZz", b"PK\x05\x06" + bytes(18))))) == ["two-faces"]
    assert keys(look("image/png", png(2, 3, chunk(b"zzZz", b"PK\x03\x04" + bytes(18))))) == []


@pytest.mark.parametrize("name", GOOD)
def test_an_image_is_shown_with_the_type_of_its_bytes(name: str) -> None:
    data, media = GOOD[name]
    shown = look("application/octet-stream", data)
    assert (shown.kind, keys(shown)) == (Kind.IMAGE, [])
    assert f'<img src="data:{media};base64,' in page(shown)
    assert 'width="2" height="3" loading="lazy" decoding="async"' in page(shown)


def test_an_image_under_another_claim_is_shown_with_a_warning() -> None:
    shown = look("text/html", png(), "a.html")
    assert (shown.kind, keys(shown)) == (Kind.IMAGE, ["mismatch"])
    assert "The record says text/html, but the bytes are image/png." in page(shown)


def test_bytes_behind_an_image_are_told() -> None:
    assert "2 bytes follow the image" in page(look("image/png", png() + b"xy"))
    assert look("image/png", png() + b"xy").kind is Kind.IMAGE


@pytest.mark.parametrize("name", ANIMATED)
def test_an_image_that_moves_is_not_shown(name: str) -> None:
    assert keys(look("application/octet-stream", ANIMATED[name])) == ["unshown-animated"]


def test_a_header_that_claims_more_pixels_than_memory_is_refused() -> None:
    shown = look("image/png", png(65535, 65535))
    assert shown.kind is Kind.DOWNLOAD
    assert "The image has 65535 x 65535 pixels." in page(shown)
    assert look("image/png", png(8000, 5000)).kind is Kind.IMAGE
    assert look("image/png", png(8000, 5001)).kind is Kind.DOWNLOAD


def test_an_image_of_more_bytes_than_the_limit_is_refused() -> None:
    limits = Limits(image=len(png()))
    assert look("image/png", png(), limits=limits).kind is Kind.IMAGE
    assert keys(look("image/png", png() + b"x", limits=limits)) == ["unshown-large"]


@pytest.mark.parametrize("name", [name for name in BROKEN if name.startswith(("png", "jpeg"))])
def test_a_broken_image_is_shown_as_bytes(name: str) -> None:
    shown = look("image/jpeg", BROKEN[name])
    assert shown.kind is Kind.HEX
    assert "broken" in keys(shown)


def test_bytes_are_dumped_with_offset_and_ascii() -> None:
    made = page(look("application/octet-stream", b"<\0\x7f" + bytes(range(0x40, 0x4E)) + b"\xff" * 300))
    assert "00000000  3c 00 7f 40 41 42 43 44  45 46 47 48 49 4a 4b 4c  |&lt;..@ABCDEFGHIJKL|" in made
    assert "000000f0" in made
    assert "00000100" not in made
    assert "Shown are the first 256 of 317 bytes." in made
    assert "00000010  02                                                |.|" in page(look("a/b", bytes(16) + b"\2"))
    assert keys(look("a/b", bytes(256))) == []


def test_a_text_is_shown_up_to_its_limits() -> None:
    made = page(look("text/plain", "1 <b>caf\u00e9\u202e</b>\n".encode()))
    assert '<pre translate="no">1 &lt;b&gt;caf\u00e9<span class="hidden-char"' in made
    assert keys(look("text/plain", b"one\ntwo\n", limits=Limits(lines=2))) == []
    shown = look("text/plain", b"one\ntwo\nthree", limits=Limits(lines=2))
    assert keys(shown) == ["cut"]
    assert "Shown are the first 7 of 13 bytes." in page(shown)
    assert "three" not in page(shown)


def test_a_text_is_not_cut_within_a_character() -> None:
    shown = look("text/plain", "a\u20ac\u20ac".encode(), limits=Limits(text=6))
    assert '<pre translate="no">a\u20ac</pre>' in page(shown)
    assert "Shown are the first 4 of 7 bytes." in page(shown)


def test_odd_line_ends_are_marked() -> None:
    made = page(look("text/plain", b"a\nb\r\nc\n"))
    assert "Lines end in" not in made
    assert made.count("hidden-char") == 1


def test_a_cut_between_the_two_signs_of_a_line_end_marks_nothing() -> None:
    made = page(look("text/plain", b"line\r\n" * 400, limits=Limits(lines=100)))
    assert "hidden-char" not in made
    assert made.count("Lines end in CR LF.") == 1


def test_line_ends_of_another_system_are_told_once() -> None:
    made = page(look("text/plain", b"one\r\ntwo\r\nthr\ree"))
    assert "one\ntwo\nthr<span" in made
    assert made.count("Lines end in CR LF.") == 1


@pytest.mark.parametrize("data", [b"\xff\xfea\0", b"a\0b", b"caf\xe9", b"\xed\xa0\x80"])
def test_what_is_no_utf_8_is_shown_as_bytes(data: bytes) -> None:
    assert look("application/octet-stream", data).kind is Kind.HEX


@pytest.mark.parametrize(
    "media,name",
    [
        ("text/html", None),
        ("text/javascript", None),
        ("message/rfc822", None),
        ("text/plain", "A.HTML"),
        ("application/ecmascript", None),
        ("text/plain", "setup.hta"),
    ],
)
def test_a_text_that_a_claim_makes_active_is_not_shown(media: str, name: str | None) -> None:
    assert look(media, b"alert(1)", name).kind is Kind.DOWNLOAD


PLAIN_TEXTS = {
    "application/json": b'{"html": "<script>"}',
    "application/vnd.x+json": b"[]",
    "text/markdown": b"# a\n<script>1</script>",
    "text/x-log": b"<13>Nov 23 23:59:01 step <- start",
    "application/xml": b"<?xml version='1.0'?><batch><title>7</title></batch>",
    "application/vnd.x+xml": b"<batch/>",
    "text/xml": b"<batch/>",
    "text/plain": b"MZ is a text, and <svg> may stand in one",
}


@pytest.mark.parametrize("media", PLAIN_TEXTS)
def test_a_text_that_nothing_runs_is_shown_as_it_is(media: str) -> None:
    shown = look(media, PLAIN_TEXTS[media])
    assert (shown.kind, keys(shown)) == (Kind.TEXT, [])


def test_markup_is_told_from_its_first_mebibyte() -> None:
    for spaces, kind in ((2**20 - 20, Kind.DOWNLOAD), (2**20, Kind.TEXT)):
        data = b"<batch>" + b" " * spaces + b"<script>"
        assert look("application/xml", data).kind is kind


FITS = [
    ("application/vnd.openxmlformats-officedocument.wordprocessingml.document", "zip"),
    ("application/epub+zip", "zip"),
    ("application/msword", "office"),
    ("text/rtf", "rtf"),
    ("image/svg+xml", "svg"),
    ("application/xml", "svg"),
    ("application/xhtml+xml", "xhtml"),
    ("application/gzip", "gzip"),
    ("application/x-anything", "elf"),
]


@pytest.mark.parametrize("media,name", FITS)
def test_a_claim_that_fits_is_not_warned_of(media: str, name: str) -> None:
    assert keys(look(media, ACTIVE[name][0])) == [f"unshown-{ACTIVE[name][2]}"]


MISMATCHES = [
    ("image/png", None, b"<html>", "The record says image/png, but the bytes are text/html."),
    ("image/png", None, b"plain", "The record says image/png, but the bytes are text/plain."),
    ("image/png", None, b"\0\1", "The record says image/png, but the bytes are not."),
    ("text/plain", None, b"\0\1", "The record says text/plain, but the bytes are not."),
    ("text/csv", None, b"<html>", "The record says text/csv, but the bytes are text/html."),
    ("text/plain", None, b"<x onload='1'/>", "The record says text/plain, but the bytes are application/xml."),
    ("image/svg+xml", None, b"<batch/>", "The record says image/svg+xml, but the bytes are application/xml."),
    ("image/gif", None, jpeg(), "The record says image/gif, but the bytes are image/jpeg."),
    ("a/b", "a.png", b"text", "The name a.png does not fit the bytes, which are text/plain."),
    ("a/b", "\u202egnp.pdf", b"\0\1", "The name \\u202egnp.pdf does not fit the bytes."),
]


@pytest.mark.parametrize("media,name,data,told", MISMATCHES)
def test_a_claim_that_does_not_fit_is_told(media: str, name: str | None, data: bytes, told: str) -> None:
    assert f'<p class="preview-warning">{told}</p>' in page(look(media, data, name))


def test_no_bytes_are_no_mismatch() -> None:
    assert keys(look("image/png", b"")) == ["empty"]
    assert look("text/csv", b"", "a.csv").kind is Kind.TEXT


def test_absent_and_outside_are_told_apart() -> None:
    assert preview("image/png", None, None, 10**9).kind is Kind.ABSENT
    assert "does not hold this content" in page(preview("image/png", None, None, 5))
    assert look("text/plain", b"12345", limits=Limits(content=5)).kind is Kind.TEXT
    assert look("text/plain", b"123456", limits=Limits(content=5)) == outside("text/plain", None, 6)
    assert "The page does not show this content" in page(outside("text/plain", "a", 6))


def test_a_name_is_a_text_wherever_it_stands() -> None:
    hostile = '"><script>\u202e.png'
    for data in (png(), b"text", b"\0"):
        made = page(look("a/b", data, hostile))
        assert "<script" not in made
        assert "\u202e" not in made
    assert 'alt="&quot;&gt;&lt;script&gt;\\u202e.png, 2 x 3 pixels"' in page(look("a/b", png(), hostile))
    assert 'alt="Image without a name, 2 x 3 pixels"' in page(look("a/b", png()))


@given(st.sampled_from(CLAIMS), st.binary(max_size=300))
def test_any_bytes_have_a_preview(media: str, data: bytes) -> None:
    shown = look(media, data, "x.csv")
    assert shown == look(media, data, "x.csv")
    assert page(shown).startswith(f'<div class="preview preview-{shown.kind}">')


@given(st.sampled_from([one for one, _ in GOOD.values()] + [one for one, _, _ in ACTIVE.values()]), st.data())
def test_only_whole_images_are_ever_handed_to_a_browser(data: bytes, draw: st.DataObject) -> None:
    """Whatever is cut and joined: an image in the page begins as one of three kinds, and its type is the one told."""
    other = draw.draw(st.sampled_from([one for one, _, _ in ACTIVE.values()]))
    at = draw.draw(st.integers(0, len(data)))
    shown = look("image/png", data[:at] + other + data[at:])
    if shown.kind is Kind.IMAGE:
        assert re.search(r'src="data:image/(png;base64,iVBORw0KGgo|jpeg;base64,/9j/|webp;base64,UklGR)', page(shown))


def test_every_message_is_used() -> None:
    """A key stands in the package as it is, or is a kind, a reason, or a reason that the bytes do not tell."""
    folder = ROOT / "opsproof_verify" / "view" / "preview"
    source = "".join(one.read_text() for one in sorted(folder.glob("*.py")) if one.name != "texts.py")
    made = {f"preview.unshown-{why}" for why in [*UNSHOWN.values(), "large", "pixels", "animated"]}
    made |= {f"preview.{kind}" for kind in (Kind.DOWNLOAD, Kind.ABSENT, Kind.OUTSIDE)}
    made |= {f"preview.{what}" for what in ("text", "table", "bytes")}
    made |= {"preview.mismatch-unknown", "preview.mismatch-name-unknown"}
    assert {key for key in MESSAGES if f'"{key}"' not in source} == made
