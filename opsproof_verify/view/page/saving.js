// What the page carries, as files: evidence, the bundle, the report, the rows that are shown. Evidence is always saved
// as bytes that no program is named for, and only if its digest is the one that the record has.

import { documentOf } from "./document.js";
import { make } from "./page.js";
import { sheetOf } from "./sheet.js";
import { canVerify } from "./results.js";
import { tell } from "./telling.js";

const KEPT = 60_000; // milliseconds for which a browser may take what is saved
const NAME = /^(?!\.)[^/\\:*?"<>|\x00-\x1f\x7f]{1,120}$/;

/**
 * Show what can be saved, and save it when asked.
 * @param {import("./page.js").Page} page
 * @param {import("./bundle.js").Carried} carried
 * @param {import("./filter.js").RecordFilter|null} filter the record, where it works
 */
export function startSaving(page, carried, filter) {
  const left = page.data.embedded["left-out"];
  for (const button of carried.isThere ? document.querySelectorAll("button.save") : []) {
    button.hidden = left.includes(button.dataset.digest);
  }
  const id = (page.data.report.bundle.run ?? "").slice(0, 12) || "run";
  const on = (place, action) => {
    place?.addEventListener("click", page.guarded("saving", action));
    if (place) place.hidden = false;
  };
  const bundle = async () => offer(`${id}.opb`, await carried.bytes());
  if (carried.isThere) on(document.getElementById("save-bundle"), bundle);
  on(document.getElementById("export-json"), () => offer(`${id}.json`, documentOf(page.data.report)));
  const sheet = () => offer(`${id}.csv`, sheetOf(filter.rows, filter.shown));
  if (filter !== null) on(document.getElementById("export-csv"), sheet);
  const saved = page.guarded("saving", (button) => saveEvidence(page, carried, button.dataset));
  document.addEventListener("click", (event) => {
    const button = event.target.closest?.("button.save");
    if (button) saved(button);
  });
}

/** Save an evidence item. */
async function saveEvidence(page, carried, { digest, name }) {
  if (!canVerify()) {
    tell(page, "js.check.no-crypto");
    return;
  }
  const content = await carried.evidence(digest);
  if (content === null) tell(page, "js.save.not-here", { digest });
  else offer(NAME.test(name ?? "") ? name : digest, content);
}

/** Give the browser a file. */
function offer(name, content) {
  const link = make("a");
  link.href = URL.createObjectURL(new Blob([content], { type: "application/octet-stream" }));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), KEPT);
}
