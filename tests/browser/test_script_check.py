"""What the page does with the bundle that it carries, in real browsers: self check, comparing, saving, copying."""

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
from browser.conftest import Opener
from javascript import mutants
from javascript.page import pages
from playwright.sync_api import Page, expect

from opsproof_verify import TrustStore
from opsproof_verify.container import FrameType
from opsproof_verify.render import json_form
from opsproof_verify.view.html import element, join
from opsproof_verify.view.script import page_script

BUNDLES = Path(__file__).parents[2] / "testvectors/bundles"
RICH = BUNDLES / "rich-every-kind"
DATA = (RICH / "bundle.opb").read_bytes()
TRUST = TrustStore.load(RICH / "trust.toml")
FRAMES = mutants.split(DATA)
EVIDENCE = [body for kind, body in FRAMES if kind == FrameType.EVIDENCE]
DIGESTS = [hashlib.sha256(body).hexdigest() for body in EVIDENCE]
LEFT_OUT = mutants.join(
    DATA,
    [
        (5, hashlib.sha256(body).digest()) if body == EVIDENCE[0] and kind == 4 else (kind, body)
        for kind, body in FRAMES
    ],
)


def saves(*pairs: tuple[str, str]) -> Any:
    return join(
        element("button", name, type_="button", cls="save", data_digest=digest, data_name=name, hidden=True)
        for digest, name in pairs
    )


@pytest.fixture(scope="package")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A page that carries all of its bundle."""
    path = tmp_path_factory.mktemp("whole") / "page.html"
    copy = element("button", "Copy", type_="button", cls="copy", data_copy="e17", hidden=True)
    parts = join(saves((DIGESTS[0], "photo.bin"), (DIGESTS[1], "../up.html"), ("00" * 32, "lost")), copy)
    return pages.make(path, pages.many_rows(120), bundle=DATA, parts=parts, **pages.bundle_data(DATA, TRUST))


@pytest.fixture(scope="package")
def partial(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A page that leaves one evidence item out, of a report that knows it."""
    path = tmp_path_factory.mktemp("partial") / "page.html"
    embedded = {"too-large": False, "bytes": len(LEFT_OUT), "left-out": [DIGESTS[0]]}
    parts = saves((DIGESTS[0], "left"), (DIGESTS[1], "here"))
    data = pages.bundle_data(DATA, TRUST)
    return pages.make(path, [pages.row(0)], bundle=LEFT_OUT, embedded=embedded, parts=parts, **data)


def checked(page: Page) -> str:
    """Give what the self check says in the end."""
    result = page.locator("#self-check-result")
    expect(result.locator(".outcome")).to_be_visible()
    return result.inner_text()


def dropped(page: Page, path: Path) -> str:
    """Choose a file, and give what is said of it."""
    result = page.locator("#drop-result")
    page.locator("#drop-input").set_input_files(path)
    expect(result).to_contain_text(path.name)
    expect(result).not_to_have_attribute("aria-busy", "true")
    return result.inner_text()


def test_the_page_checks_itself(open_page: Opener, whole: Path) -> None:
    page = open_page(whole)
    text = checked(page)
    assert "This page checked itself: what it carries agrees with the report." in text
    expect(page.locator("#self-check-result .outcome.is-good strong")).to_have_text("\u2713 In order.")
    for fact in (f"{len(FRAMES)} (13,052 bytes)", "2 items (40 bytes)", "0 not in the bundle, 0 left out of this page"):
        assert fact in text
    page.locator("#self-check-run").click()
    assert checked(page) == text


@pytest.mark.parametrize("name", ["bundle", "report", "keys"])
def test_what_does_not_agree_is_said(open_page: Opener, tmp_path: Path, name: str) -> None:
    data = pages.bundle_data(DATA, TRUST)
    bundle = DATA
    if name == "bundle":
        at = DATA.index(EVIDENCE[0])
        bundle = DATA[:at] + b"X" + DATA[at + 1 :]
    elif name == "report":
        data["report"]["bundle"]["entries"] += 1
    else:
        data["keys"] = pages.NO_KEYS
    text = checked(open_page(pages.make(tmp_path / "page.html", [pages.row(0)], bundle=bundle, **data)))
    assert "does NOT agree with the report" in text
    said = {
        "bundle": "evidence.wrong-digest was found here in frame",
        "report": "There are 28 entries here, and 29 in the report.",
        "keys": "trust.issuer-unknown was found here in frame 1, and is not in the report.",
    }
    assert said[name] in text


def test_what_is_left_out_is_no_difference(open_page: Opener, partial: Path) -> None:
    page = open_page(partial)
    text = checked(page)
    assert "agrees with the report" in text
    assert "0 not in the bundle, 1 left out of this page" in text
    expect(page.get_by_role("button", name="left")).to_be_hidden()
    expect(page.get_by_role("button", name="here")).to_be_visible()


def test_a_large_bundle_waits_to_be_asked(open_page: Opener, tmp_path: Path) -> None:
    embedded = {"too-large": False, "bytes": 4 * 1024 * 1024, "left-out": []}
    data = pages.bundle_data(DATA, TRUST)
    path = pages.make(tmp_path / "page.html", [pages.row(0)], bundle=DATA, embedded=embedded, **data)
    page = open_page(path)
    expect(page.locator("html")).to_have_attribute("data-script", "on")
    page.wait_for_timeout(200)
    expect(page.locator("#self-check-result")).to_be_empty()
    page.locator("#self-check-run").click()
    assert "agrees with the report" in checked(page)


def test_a_page_without_a_bundle_says_so(open_page: Opener, tmp_path: Path) -> None:
    data = pages.bundle_data(DATA, TRUST)
    page = open_page(pages.make(tmp_path / "page.html", [pages.row(0)], parts=saves((DIGESTS[0], "x")), **data))
    assert "too large for a page to carry" in checked(page)
    expect(page.locator("#save-bundle")).to_be_hidden()
    expect(page.locator("button.save")).to_be_hidden()
    assert "is the bundle of this page" in dropped(page, RICH / "bundle.opb")


def test_a_bundle_is_held_to_the_page(open_page: Opener, partial: Path, tmp_path: Path) -> None:
    page = open_page(partial)
    seal = [kind for kind, _ in FRAMES].index(FrameType.SEAL)
    at = DATA.index(EVIDENCE[0])
    files = {
        "other.opb": (BUNDLES / "minimal/bundle.opb").read_bytes(),
        "text.txt": b"no bundle at all",
        "unsealed.opb": mutants.join(DATA, FRAMES[:seal]),
        "unsigned.opb": mutants.join(DATA, FRAMES[: seal + 1]),
        "altered.opb": DATA[:at] + b"X" + DATA[at + 1 :],
        "same.opb": DATA,
    }
    said = {}
    for name, data in files.items():
        (tmp_path / name).write_bytes(data)
        said[name] = dropped(page, tmp_path / name)
    assert "is the bundle of another run or contract" in said["other.opb"]
    assert "is no Proof Bundle" in said["text.txt"]
    assert "is an earlier copy of the same run" in said["unsealed.opb"]
    assert "not the same sign-offs and witnesses" in said["unsigned.opb"]
    assert "Only this page has the sign-off" in said["unsigned.opb"]
    assert "was not found as the report says" in said["altered.opb"]
    assert "evidence.wrong-digest was found here in frame" in said["altered.opb"]
    assert "same.opb is the bundle of this page" in said["same.opb"]
    assert "leaves out, hashed in the file and right: 1 item." in said["same.opb"]


DROP = """(text) => {
  const given = new DataTransfer();
  given.items.add(new File([text], "dropped.txt"));
  for (const type of ["dragover", "drop"]) {
    const event = new DragEvent(type, { bubbles: true, cancelable: true, dataTransfer: given });
    document.querySelector("h1").dispatchEvent(event);
    if (!event.defaultPrevented) return "not taken";
  }
  return "taken";
}"""


def test_a_file_may_be_dropped_anywhere(open_page: Opener, whole: Path) -> None:
    page = open_page(whole)
    checked(page)
    assert page.evaluate(DROP, "text") == "taken"
    expect(page.locator("#drop-result .outcome.is-bad")).to_contain_text("dropped.txt is no Proof Bundle")
    expect(page.locator("#drop")).not_to_have_class("is-over")


CAUGHT = """() => {
  const made = URL.createObjectURL;
  URL.createObjectURL = (blob) => {
    globalThis.caught = blob;
    return made.call(URL, blob);
  };
  HTMLAnchorElement.prototype.click = function () { globalThis.caughtName = this.download; };
}"""
BYTES = "async () => [caughtName, caught.type, ...new Uint8Array(await caught.arrayBuffer())]"


def saved(page: Page, selector: str) -> tuple[str, bytes]:
    """Press a button, and give the name and the bytes of the file that comes.

    Over BiDi, Firefox takes no file from any page: there, what the page gives it is caught.
    """
    browser = page.context.browser
    if browser is not None and browser.browser_type.name == "firefox":
        page.evaluate("globalThis.caughtName = null")
        page.locator(selector).click()
        for _ in range(100):
            if page.evaluate("caughtName") is not None:
                break
            page.wait_for_timeout(50)
        name, media, *content = page.evaluate(BYTES)
        assert media == "application/octet-stream"
        return name, bytes(content)
    with page.expect_download() as download:
        page.locator(selector).click()
    return download.value.suggested_filename, download.value.path().read_bytes()


def test_what_the_page_carries_can_be_saved(open_page: Opener, whole: Path) -> None:
    page = open_page(whole, accept_downloads=True)
    checked(page)
    if page.context.browser is not None and page.context.browser.browser_type.name == "firefox":
        page.evaluate(CAUGHT)
    report = pages.bundle_data(DATA, TRUST)["report"]
    run = report["bundle"]["run"][:12]
    assert saved(page, "#save-bundle") == (f"{run}.opb", DATA)
    assert saved(page, "button.save >> nth=0") == ("photo.bin", EVIDENCE[0])
    assert saved(page, "button.save >> nth=1") == (DIGESTS[1], EVIDENCE[1])
    name, content = saved(page, "#export-json")
    assert name == f"{run}.json"
    assert content == json_form.encode(report)
    assert json.loads(content) == report
    page.locator("[name=show][value=all]").check()
    page.locator("[name=q]").fill("reading balance-4")
    expect(page.locator("#filter-count")).to_have_text("17 of 120")
    name, content = saved(page, "#export-csv")
    rows = content.decode().split("\r\n")
    assert (name, len(rows), rows[0]) == (f"{run}.csv", 19, "id,time,kind,actor,step,text,findings")
    assert rows[1].startswith(
        "e4,2026-03-02 06:10:00.000+01:00,note-added,operator-4,dispense,The reading 4 of balance-4"
    )
    page.locator("button.save >> nth=2").click()
    expect(page.locator("#toast")).to_contain_text("has the digest 0000")


def test_a_text_is_copied_or_said(open_page: Opener, whole: Path) -> None:
    page = open_page(whole)
    page.get_by_role("button", name="Copy").click()
    expect(page.locator("#toast")).to_contain_text("e17")


@pytest.mark.parametrize(
    "taken, said",
    [
        ("filter", "search and filter (#filter)"),
        ("self-check-run", "self check"),
        ("drop-input", "comparing"),
        ("keys", "keys"),
    ],
)
def test_a_part_that_fails_says_so_and_fails_alone(open_page: Opener, tmp_path: Path, taken: str, said: str) -> None:
    path = pages.make(tmp_path / "page.html", [pages.row(0)], bundle=DATA, **pages.bundle_data(DATA, TRUST))
    path.write_text(path.read_text().replace(f' id="{taken}"', ""))
    page = open_page(path)
    expect(page.locator("html")).to_have_attribute("data-script", "on")
    expect(page.locator("main > .notice")).to_have_count(1)
    expect(page.locator("main > .notice")).to_contain_text(said)
    assert page.locator("#filter").count() == 0 or page.locator("#filter").is_visible()
    if taken != "self-check-run":
        assert "agrees with the report" in checked(page)


def test_without_webcrypto_the_page_says_that_it_cannot_check(open_page: Opener, tmp_path: Path) -> None:
    data = pages.bundle_data(DATA, TRUST)
    script = "Object.defineProperty(globalThis.crypto, 'subtle', { value: undefined });\n" + page_script()
    page = open_page(pages.make(tmp_path / "page.html", [pages.row(0)], bundle=DATA, script=script, **data))
    assert "neither hash nor verify" in checked(page)
