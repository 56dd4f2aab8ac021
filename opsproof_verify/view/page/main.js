// The script of the page begins here. Each part works or fails alone; begin reading with the part that you are after.

import { Carried } from "./bundle.js";
import { startCopying } from "./copying.js";
import { startDrop } from "./drop.js";
import { RecordFilter } from "./filter.js";
import { startKeyboard } from "./keyboard.js";
import { Page } from "./page.js";
import { startPrinting } from "./printing.js";
import { startSaving } from "./saving.js";
import { startSelfCheck } from "./selfcheck.js";
import { startTelling } from "./telling.js";

/** Start all parts. */
async function start() {
  const page = Page.read();
  const part = (name, action) => page.guarded(name, action)();
  const carried = new Carried(page);
  await part("telling", startTelling);
  const filter = (await part("filter", () => RecordFilter.start(page))) ?? null;
  await part("printing", () => startPrinting(page, filter?.view ?? null));
  await part("keyboard", () => startKeyboard(page, filter));
  await part("copying", () => startCopying(page));
  await part("saving", () => startSaving(page, carried, filter));
  await part("self-check", () => startSelfCheck(page, carried));
  await part("drop", () => startDrop(page, carried));
  document.documentElement.dataset.script = "on"; // all parts were started
}

start();
