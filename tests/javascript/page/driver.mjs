// Answers in JSON lines for the tests of the page's modules that touch no page, and of the joined script.

import { readFile } from "node:fs/promises";
import { createInterface } from "node:readline";
import vm from "node:vm";

const HOME = new URL("../../../opsproof_verify/view/page/", import.meta.url);
const load = (name) => import(new URL(name, HOME));
const [lines, address, { documentOf }, { cellOf, sheetOf }, agreement, bundle, { Rows }] = await Promise.all(
  ["lines.js", "address.js", "document.js", "sheet.js", "agreement.js", "bundle.js", "rows.js"].map(load),
);

/** Read and verify a bundle, as the page does. */
async function checked({ path, keys }) {
  return bundle.checkBytes(new Uint8Array(await readFile(path)), keys, () => {});
}

const COMMANDS = {
  facts: ({ line }) => lines.factsOf(line),
  text: ({ line }) => lines.textOf(line),
  part: ({ line, name }) => lines.partOf(line, name),
  parse: ({ hash }) => address.parse(hash),
  format: ({ target, state }) => address.format(target, state),
  document: ({ value }) => documentOf(value),
  cells: ({ texts }) => texts.map(cellOf),
  sheet: ({ source, shown }) => sheetOf(Rows.ofSource(source), shown),
  matching: ({ source, state }) => Rows.ofSource(source).matching(state),
  decode: async ({ text }) => Buffer.from(await bundle.decodeLines(text)).toString("hex"),
  differences: async ({ own, report }) => {
    const { answer, contents } = await checked(own);
    return agreement.differences(report, answer, contents);
  },
  relation: async ({ own, given, report }) => {
    return agreement.relation(report, own && (await checked(own)), await checked(given));
  },
  joined: async ({ script, path, keys }) => {
    const { verify } = vm.runInThisContext(await readFile(script, "utf8"));
    return verify(new Uint8Array(await readFile(path)), keys);
  },
};

for await (const line of createInterface({ input: process.stdin })) {
  const message = JSON.parse(line);
  console.log(JSON.stringify({ answer: await COMMANDS[message.cmd](message) }));
}
