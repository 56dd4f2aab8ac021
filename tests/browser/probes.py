"""Questions to a page, asked in JavaScript; each gives what is wrong as a list of short texts."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import Page

#: Elements and attributes that a page must not hold: what runs, what asks for anything, what styles from within.
_FORBIDDEN = """() => {
  const tags = "iframe,frame,object,embed,base,link,applet,portal,meta[http-equiv=refresh],form[action]";
  const said = [...document.querySelectorAll(tags)].map((one) => `<${one.localName}>`);
  const addresses = new Set(["href", "src", "action", "formaction", "data", "poster", "srcset", "background", "ping",
    "xlink:href", "srcdoc", "cite", "longdesc", "profile", "manifest", "usemap"]);
  const own = /^(#[^\\s]+|data:image\\/(png|jpeg|webp);base64,[A-Za-z0-9+/=]*)$/;
  for (const element of document.querySelectorAll("*")) {
    for (const { name, value } of element.attributes) {
      const spacer = name === "style" && element.closest("#record");
      if (name.startsWith("on") || (name === "style" && !spacer)) said.push(`<${element.localName} ${name}>`);
      if (addresses.has(name) && !own.test(value))
        said.push(`<${element.localName} ${name}=${value.slice(0, 80)}>`);
      if (name === "target" || name === "contenteditable") said.push(`<${element.localName} ${name}>`);
    }
  }
  const scripts = document.querySelectorAll("script:not([type])").length;
  if (scripts !== 1) said.push(`${scripts} scripts`);
  if (document.querySelectorAll("style").length !== 1) said.push("more than one style");
  return said;
}"""

#: Opens everything that a person could open, and shows each row.
_OPEN = """() => {
  const all = document.querySelector('#filter input[name=show][value=all]');
  if (all && !all.checked) all.click();
  for (const one of document.querySelectorAll("details")) one.open = true;
}"""

#: What stands out of the page to the left or the right, or makes it scroll sideways; boxes that scroll may.
_OUTSIDE = """() => {
  const page = document.scrollingElement, said = [];
  if (page.scrollWidth > page.clientWidth) said.push(`the page is ${page.scrollWidth} wide, not ${page.clientWidth}`);
  const clips = (one) => {
    for (let box = one; box && box !== document.body; box = box.parentElement) {
      const style = getComputedStyle(box);
      if (style.overflowX !== "visible" || style.position === "fixed" || style.clipPath !== "none") return true;
    }
    return false;
  };
  const out = (one) => {
    const box = one.getBoundingClientRect();
    return box.width > 0 && box.height > 0 && (box.right > page.clientWidth + 1 || (box.left < -1 && box.right > 0));
  };
  for (const one of document.body.querySelectorAll("*")) {
    if (!out(one) || [...one.children].some(out) || clips(one)) continue;
    const { left, right } = one.getBoundingClientRect(), inside = one.closest("[id]")?.id;
    said.push(`<${one.localName} class=${one.getAttribute("class")}> in ${inside}, ${left} to ${right}`);
  }
  return said.slice(0, 20);
}"""

#: Boxes that scroll sideways must be reachable with a keyboard (WCAG 2.1.1).
_UNREACHABLE = """() => [...document.body.querySelectorAll(":not(input, select)")].filter((one) => {
  const style = getComputedStyle(one);
  return /auto|scroll/.test(style.overflowX) && one.scrollWidth > one.clientWidth + 1 && one.clientWidth > 0
    && one.tabIndex < 0 && !one.querySelector("a[href], button, input, [tabindex]");
}).map((one) => `<${one.localName} class=${one.className}>`)"""

#: Where the focus is: what it is on, whether that shows, and whether something lies above it.
_FOCUS = """() => {
  const one = document.activeElement;
  if (!one || one === document.body) return null;
  const style = getComputedStyle(one), box = one.getClientRects()[0] ?? one.getBoundingClientRect();
  const shown = (style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 1) || style.boxShadow !== "none";
  const x = Math.min(Math.max(box.left + box.width / 2, 0), innerWidth - 1);
  const y = Math.min(Math.max(box.top + Math.min(box.height / 2, 12), 0), innerHeight - 1);
  const above = document.elementFromPoint(x, y);
  const inside = box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth;
  const all = [...document.querySelectorAll("*")];
  return {
    place: all.indexOf(one),
    name: `<${one.localName} id=${one.id} class=${one.className}> ${one.textContent.slice(0, 40)}`,
    shown, inside, covered: !(above && (one.contains(above) || above.contains(one))),
    width: box.width, height: box.height, label: one.id,
  };
}"""

#: What the keyboard should reach: a group of radio buttons counts once, of links to one place one is enough.
_CONTROLS = """() => {
  const all = [...document.querySelectorAll("*")], kinds = "a[href], button, input, select, summary, [tabindex='0']";
  const place = (link) => link.getAttribute("href");
  const reached = new Set([...document.querySelectorAll("a[href]:not([tabindex='-1'])")].map(place));
  return [...document.querySelectorAll(kinds)].filter((one) =>
    one.checkVisibility({ visibilityProperty: true }) && !one.disabled && !one.closest("dialog:not([open])")
      && !(one.type === "radio" && !one.checked)
      && !(one.tabIndex < 0 && reached.has(place(one)))
  ).map((one) => all.indexOf(one));
}"""


def forbidden(page: Page) -> list[str]:
    """Give elements and attributes that no page of ours may have."""
    return _texts(page, _FORBIDDEN)


def outside(page: Page) -> list[str]:
    """Give what does not fit into the width of the page."""
    return _texts(page, _OUTSIDE)


def unreachable(page: Page) -> list[str]:
    """Give boxes that scroll and that no key reaches."""
    return _texts(page, _UNREACHABLE)


def open_all(page: Page) -> None:
    """Open all details and show all rows, as a person would."""
    page.evaluate(_OPEN)


def focus(page: Page) -> dict[str, Any] | None:
    """Tell about the element that has the focus; None if none has."""
    told: dict[str, Any] | None = page.evaluate(_FOCUS)
    return told


def controls(page: Page) -> list[int]:
    """Give the places in the document of what the Tab key should reach."""
    places: list[int] = page.evaluate(_CONTROLS)
    return places


def nothing(said: list[str]) -> None:
    """Fail with all that was found, if anything was."""
    assert not said, "\n".join(said)


def _texts(page: Page, question: str) -> list[str]:
    texts: list[str] = page.evaluate(question)
    return texts
