// On paper nothing can be opened or looked for: all rows and all details are shown, and afterwards what was before.

/**
 * Open all before it is printed.
 * @param {import("./page.js").Page} page
 * @param {import("./list.js").List|import("./window.js").Window|null} view the record, where it works
 */
export function startPrinting(page, view) {
  let opened = [];
  const before = () => {
    view?.showAll();
    opened = [...document.querySelectorAll("details:not([open])")];
    for (const one of opened) one.open = true;
  };
  const after = () => {
    for (const one of opened) one.open = false;
    opened = [];
    view?.restore();
  };
  addEventListener("beforeprint", page.guarded("printing", before));
  addEventListener("afterprint", page.guarded("printing", after));
}
