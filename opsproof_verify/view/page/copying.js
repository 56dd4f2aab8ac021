// Buttons that copy a text, such as a digest or the address of an entry.

import { tell } from "./telling.js";

/**
 * Show the buttons, and copy when asked.
 * @param {import("./page.js").Page} page
 */
export function startCopying(page) {
  for (const one of document.querySelectorAll("button.copy")) one.hidden = false;
  const copy = page.guarded("copying", async (button) => {
    const text = button.dataset.copy;
    tell(page, (await isCopied(text)) ? "js.copy.done" : "js.copy.failed", { text });
  });
  document.addEventListener("click", (event) => {
    const button = event.target.closest?.("button.copy");
    if (button) copy(button);
  });
}

/** Copy a text; false where the browser does not let the page. */
async function isCopied(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return false;
  }
}
