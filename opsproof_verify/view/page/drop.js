// A bundle that somebody has, held to the page: is it the one that the page is about, with the same sign-offs? It is
// read where it is; nothing here can send anything.

import { FRAME } from "../js/names.js";
import { differences, nowHashed, onlyIn, relation } from "./agreement.js";
import { checkBytes } from "./bundle.js";
import { byId, make } from "./page.js";
import { canVerify, fillBy, outcome, progressIn, sentences } from "./results.js";
import { whatWasChecked } from "./selfcheck.js";

const LARGEST = 256 * 1_048_576; // bytes; beyond, the command does it with less memory

/** How it is said, where it is not open. */
const SAID = Object.freeze({ same: "good", fork: "bad", other: "bad", torn: "bad" });

/**
 * Take files that are dropped on the page or chosen.
 * @param {import("./page.js").Page} page
 * @param {import("./bundle.js").Carried} carried
 */
export function startDrop(page, carried) {
  const [box, input, place] = [byId("drop"), byId("drop-input"), byId("drop-result")];
  const work = page.guarded("drop", (file) => fillBy(place, () => compare(page, carried, file, place)));
  let done = Promise.resolve(); // one after the other: what was chosen last is told last
  const take = (file) => {
    done = done.then(() => work(file));
  };
  const hasFiles = (event) => event.dataTransfer?.types.includes("Files");
  input.addEventListener("change", () => {
    if (input.files.length > 0) take(input.files[0]);
    input.value = ""; // the same file may be chosen again
  });
  addEventListener("dragover", (event) => {
    if (!hasFiles(event)) return;
    event.preventDefault();
    box.classList.add("is-over");
  });
  addEventListener("dragleave", (event) => {
    if (event.relatedTarget === null) box.classList.remove("is-over");
  });
  addEventListener("drop", (event) => {
    box.classList.remove("is-over");
    if (!hasFiles(event)) return;
    event.preventDefault();
    box.scrollIntoView({ block: "nearest" });
    if (event.dataTransfer.files.length > 0) take(event.dataTransfer.files[0]);
  });
}

/** Verify a file, and say how it stands to the page. */
async function compare(page, carried, file, place) {
  if (!canVerify()) return [outcome(page, "open", "js.check.no-crypto")];
  if (file.size > LARGEST) return [outcome(page, "open", "js.drop.too-large", { name: file.name })];
  const own = carried.isThere ? await carried.check(progressIn(page, place, "js.check.progress")) : null;
  const data = new Uint8Array(await file.arrayBuffer());
  const given = await checkBytes(data, page.data.keys, progressIn(page, place, "js.drop.progress"));
  if (given.answer.findings.some(({ code }) => code.startsWith("label."))) {
    return [outcome(page, "bad", "js.drop.no-bundle", { name: file.name })];
  }
  return results(page, own, given, file.name);
}

/** Give what to show. */
function results(page, own, given, name) {
  const related = relation(page.data.report, own, given);
  const rows = related === "same" || related === "appended" ? differencesOf(page, given, related) : [];
  const agrees = rows.length === 0;
  const kind = agrees ? (SAID[related] ?? "open") : "bad";
  const key = agrees ? `js.drop.${related}` : "js.drop.differs";
  const list = [...rows, ...appendedOf(page, own, given, related), ...evidenceOf(own, given, related)];
  const shown = [outcome(page, kind, key, { name }), sentences(page, list), whatWasChecked(page, given, null)];
  return [...shown.filter(Boolean), make("p", "limits", page.say("js.check.limits"))];
}

/** What was found in the file and is not in the report, or the other way round; of frames that both must have. */
function differencesOf(page, given, related) {
  const rows = differences(page.data.report, given.answer, given.contents);
  if (related === "same") return rows;
  const seal = given.contents.frames.find(({ type }) => type === FRAME.SEAL)?.number ?? 0;
  return rows.filter(({ what, facts }) => what !== "js.differs.appended" && (facts.frame ?? 0) <= seal);
}

/** Sign-offs and witnesses that one of both has. */
function appendedOf(page, own, given, related) {
  if (related !== "appended" || own === null) return [];
  const named = (where) => ({ hash, kind }) => ({ what: `js.drop.${where}-${kind}`, facts: factsOf(page, hash) });
  return [
    ...onlyIn(own.contents, given.contents).map(named("only-page")),
    ...onlyIn(given.contents, own.contents).map(named("only-file")),
  ];
}

/** Say whose sign-off has a hash, where the report knows it. */
function factsOf(page, hash) {
  const known = page.data.report.signoffs.find((signoff) => signoff.hash === hash);
  return { hash: hash.slice(0, 12), name: known?.name ?? "-", decision: known?.decision ?? "-" };
}

/** Evidence that the page does not carry, and the file does. */
function evidenceOf(own, given, related) {
  const isComparable = own !== null && (related === "same" || related === "appended");
  const count = isComparable ? nowHashed(own.contents, given.answer, given.contents) : 0;
  return count === 0 ? [] : [{ what: "js.drop.evidence", facts: { count } }];
}
