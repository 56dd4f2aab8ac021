// The page checks itself: the bundle that it carries, by the second verifier, against the report that it shows. That
// the page agrees with itself is less than a verdict, which `opsproof-verify check` alone gives; so each result says.

import { FRAME } from "../js/names.js";
import { differences } from "./agreement.js";
import { byId, make } from "./page.js";
import { canVerify, definitions, fillBy, outcome, progressIn, sentences } from "./results.js";

const BY_ITSELF = 4 * 1_048_576; // bytes of the bundle, up to which nobody needs to ask
const MOST = 20; // findings that are named
const OF_CHAIN = /^(?:chain\.|seal\.wrong-)/; // SPEC 9.7
const UNREADABLE = /^(?:cbor|cose|record)\./; // SPEC 9.5-1 to 9.5-6
const IN_CHAIN = Object.freeze([FRAME.ENTRY, FRAME.WITHHELD, FRAME.SEAL]);

/**
 * Show the self check, and run it where that costs little.
 * @param {import("./page.js").Page} page
 * @param {import("./bundle.js").Carried} carried
 */
export function startSelfCheck(page, carried) {
  const [button, place] = [byId("self-check-run"), byId("self-check-result")];
  byId("self-check").hidden = false;
  const run = page.guarded("self-check", async () => {
    if (button.disabled) return;
    button.disabled = true;
    try {
      await fillBy(place, () => check(page, carried, place));
    } finally {
      button.disabled = false;
    }
  });
  button.addEventListener("click", run);
  if (page.data.embedded.bytes < BY_ITSELF) setTimeout(run);
}

/** Check, and give what to show. */
async function check(page, carried, place) {
  if (!canVerify()) return [outcome(page, "open", "js.check.no-crypto")];
  if (!carried.isThere) return [outcome(page, "open", "js.check.nothing")];
  const checked = await carried.check(progressIn(page, place, "js.check.progress"));
  const differing = differences(page.data.report, checked.answer, checked.contents);
  const shown = outcomes(page, checked.answer, differing);
  const left = page.data.embedded["left-out"].length;
  return [...shown, whatWasChecked(page, checked, left)];
}

/** Say whether page and report agree; where they do, what both found. */
function outcomes(page, { findings }, differing) {
  if (differing.length > 0) return [outcome(page, "bad", "js.check.differs"), sentences(page, differing)];
  if (findings.length === 0) return [outcome(page, "good", "js.check.agrees")];
  const found = findings.slice(0, MOST).map(({ code, frame }) => {
    const what = frame === null ? "js.check.found-nowhere" : "js.check.found-at";
    return { what, facts: { code, frame: frame ?? 0 } };
  });
  return [outcome(page, "open", "js.check.agrees-that"), sentences(page, found)];
}

/**
 * Say what was read and checked.
 * @param {import("./page.js").Page} page
 * @param {import("./bundle.js").Checked} given
 * @param {number|null} left how many evidence items the page leaves out; null for a bundle that is not the page's
 * @returns {HTMLElement}
 */
export function whatWasChecked(page, { answer: { checked, findings }, contents: { frames } }, left) {
  const { evidence } = checked;
  const isLink = (frame) => IN_CHAIN.includes(frames[frame - 1]?.type);
  const broken = findings.some(({ code, frame }) => OF_CHAIN.test(code) || (UNREADABLE.test(code) && isLink(frame)));
  const sealed = checked.seal === null ? "js.checked.no-seal" : "js.checked.against-seal";
  return definitions(page, [
    ["js.checked.frames", page.say("js.checked.frames-are", { frames: checked.frames, bytes: checked.bytes })],
    ["js.checked.entries", page.say("js.checked.entries-are", checked)],
    ["js.checked.chain", page.say(broken ? "js.checked.chain-broken" : sealed)],
    ["js.checked.root", code(checked.root)],
    ["js.checked.signatures", checked.signatures],
    ["js.checked.evidence", page.say("js.checked.evidence-are", { items: evidence.items, bytes: evidence.bytes })],
    ["js.checked.absent", absentOf(page, evidence.absent, left)],
  ]);
}

/** Say what evidence is not here. */
function absentOf(page, absent, left) {
  if (left === null) return page.say("js.checked.absent-there", { absent });
  return page.say("js.checked.absent-are", { absent: absent - left, left });
}

/** A hash as it is read aloud and copied: as one text. */
function code(hash) {
  return make("code", "digest", hash ?? "-");
}
