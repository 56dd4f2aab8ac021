// Does what was found in a bundle agree with a report? Only what `view/js` claims is compared: hashes, numbers, and the
// findings of its codes. What it cannot know here, since an evidence item is not there, is no difference.

import { equal } from "../js/bytes.js";
import { FRAME, MAX_LISTED } from "../js/names.js";

/** Codes that are found by reading an evidence item (SPEC 9.9), which may have been given beside the bundle. */
const OF_CONTENT = Object.freeze(["evidence.wrong-digest", "evidence.wrong-size"]);

/**
 * @typedef {object} Difference
 * @property {string} what a text's key
 * @property {Object<string, string|number>} facts of the text
 */

/**
 * Give each difference between a report and what was found in the bundle that it is about.
 * @param {object} report SPEC 11
 * @param {import("../js/verify.js").Answer} answer
 * @param {import("./bundle.js").Contents} contents
 * @returns {Difference[]}
 */
export function differences(report, answer, contents) {
  return [...ofFacts(report, answer, contents), ...ofFindings(report, answer, contents)];
}

/** Hashes and numbers. */
function ofFacts(report, { checked, findings }, contents) {
  const { bundle, contract } = report;
  const pairs = {
    run: [checked.run, bundle.run],
    seal: [checked.seal, bundle.seal],
    entries: [checked.entries, bundle.entries],
    withheld: [checked.withheld, bundle.withheld.reduce((sum, [first, last]) => sum + last - first + 1, 0)],
  };
  if (contract !== undefined) pairs.contract = [checked.contract, contract.hash];
  const whole = !findings.some(({ code }) => code === "limit.exceeded"); // else not all was read
  if (whole && checked.seal !== null) pairs.appended = [contents.digest, bundle.appended];
  const unlike = Object.entries(pairs).filter(([, [here, there]]) => here !== there);
  return unlike.map(([what, [here, there]]) => {
    return { what: `js.differs.${what}`, facts: { here: here ?? "-", there: there ?? "-" } };
  });
}

/** Findings of the codes that are claimed, by code and frame. */
function ofFindings(report, answer, { frames }) {
  const isAbsent = (frame) => frames[frame - 1]?.type === FRAME.ABSENT;
  const rows = [];
  for (const code of answer.codes) {
    const here = placesOf(answer.findings, code, ({ frame }) => frame);
    const there = placesOf(report.findings, code, ({ subject }) => subject.frame ?? null);
    const end = Math.min(endOf(here, answer.counts[code]), endOf(there, report.counts[code]));
    for (const frame of union(here, there)) {
      if ((frame ?? 0) > end || here.has(frame) === there.has(frame)) continue;
      if (!here.has(frame) && OF_CONTENT.includes(code) && isAbsent(frame)) continue;
      rows.push({ what: differing(here.has(frame), frame), facts: { code, frame: frame ?? 0 } });
    }
  }
  return rows;
}

/** The frames at which a code was found. */
function placesOf(findings, code, frameOf) {
  return new Set(findings.filter((one) => one.code === code).map(frameOf));
}

/** Of a code that was found more often than is listed, the last frame up to which all are (SPEC 9.2-4). */
function endOf(frames, counted) {
  return counted === undefined ? Infinity : Math.max(...[...frames].map((frame) => frame ?? 0));
}

function union(one, other) {
  return [...new Set([...one, ...other])].sort((a, b) => (a ?? 0) - (b ?? 0));
}

/** The text for a finding that one of both has. */
function differing(here, frame) {
  const where = frame === null ? "" : "-at";
  return here ? `js.differs.only-here${where}` : `js.differs.only-report${where}`;
}

/**
 * Say how a bundle that was given stands to the one that the page is about.
 * @param {object} report of the page
 * @param {import("./bundle.js").Checked|null} own what the page carries, if it does
 * @param {import("./bundle.js").Checked} given
 * @returns {"same"|"appended"|"earlier"|"later"|"fork"|"other"|"torn"|"unclear"} the same; the same entries and seal,
 *   other sign-offs; fewer or more entries of the same run, as long as it was not sealed; one run, other entries;
 *   another run; one run, and a file that cannot be read to its end; one run, and a page without entries to compare
 */
export function relation(report, own, given) {
  const { bundle, contract } = report;
  const { checked } = given.answer;
  const signed = contract?.hash ?? own?.answer.checked.contract ?? checked.contract;
  if (checked.run !== bundle.run || checked.contract !== signed) return "other";
  if (isTorn(given.answer) && !isTorn(report)) return "torn";
  if (own !== null && isBeginning(given, own)) return "earlier";
  if (own !== null && isBeginning(own, given)) return "later";
  const sealed = checked.seal !== null && checked.seal === bundle.seal && checked.entries === bundle.entries;
  const equals = own === null ? sealed : checked.seal === bundle.seal && equal(own.leaves, given.leaves);
  if (!equals) return own === null ? "unclear" : "fork";
  return bundle.appended === null || bundle.appended === given.contents.digest ? "same" : "appended";
}

/** Tell whether reading ended before the end of the file (SPEC 9.4-3 to 9.4-7). */
function isTorn({ findings }) {
  return findings.some(({ code }) => code.startsWith("frame."));
}

/** Tell whether one has the first entries of the other and no seal, and the other more of them, or a seal. */
function isBeginning(one, other) {
  if (one.answer.checked.seal !== null) return false;
  const more = one.leaves.length < other.leaves.length || other.answer.checked.seal !== null;
  return more && equal(one.leaves, other.leaves.subarray(0, one.leaves.length));
}

/**
 * Give what stands behind one seal and not behind the other.
 * @param {import("./bundle.js").Contents} one
 * @param {import("./bundle.js").Contents} other
 * @returns {{hash: string, kind: string}[]}
 */
export function onlyIn(one, other) {
  const hashes = new Set(other.appended.map(({ hash }) => hash));
  return one.appended.filter(({ hash }) => !hashes.has(hash));
}

/**
 * Count the evidence items that the page does not carry, whose content is in a bundle that was given, and right.
 * @param {import("./bundle.js").Contents} own of the page
 * @param {import("../js/verify.js").Answer} answer for the bundle that was given
 * @param {import("./bundle.js").Contents} given
 * @returns {number}
 */
export function nowHashed(own, answer, given) {
  const wrong = new Set(answer.findings.filter(({ code }) => OF_CONTENT.includes(code)).map(({ frame }) => frame));
  const isTold = OF_CONTENT.every((code) => (answer.counts[code] ?? 0) <= MAX_LISTED);
  const found = own.frames.filter(({ type, number }) => {
    return type === FRAME.ABSENT && given.frames[number - 1]?.type === FRAME.EVIDENCE && !wrong.has(number);
  });
  return isTold ? found.length : 0;
}
