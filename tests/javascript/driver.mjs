// Answers in JSON lines for the tests: one line on standard input, one on standard output. Ends with standard input.

import { readFile, stat } from "node:fs/promises";
import { createInterface } from "node:readline";

const HOME = new URL("../../opsproof_verify/view/js/", import.meta.url);
const load = (name) => import(new URL(name, HOME));
const [{ hex, unhex, concat }, { decode, CborError }, ed25519, merkle, names, { verify }] = await Promise.all(
  ["bytes.js", "cbor.js", "ed25519.js", "merkle.js", "names.js", "verify.js"].map(load),
);
const [{ RULES, OF_CLOSURE }, { KIND_NAMES }, { PARAMETERS }] = await Promise.all(
  ["rules.js", "records.js", "policy.js"].map(load),
);

/** Evidence beside a bundle: a folder of files named by their digests (SPEC 9.1-4). */
function beside(folder) {
  if (!folder) return undefined;
  return async (digest) => {
    const path = `${folder}/${digest}`;
    const found = await stat(path).catch(() => null);
    return found?.isFile() ? new Uint8Array(await readFile(path)) : null;
  };
}

/** The code of a refusal, null if there is none. */
function refusal(data, most) {
  try {
    decode(unhex(data), most);
    return null;
  } catch (error) {
    if (error instanceof CborError) return error.code;
    throw error;
  }
}

const COMMANDS = {
  hello: () => ({
    codes: names.CLAIMED,
    codesWithoutKeys: names.CLAIMED_WITHOUT_KEYS,
    notClaimed: names.NOT_CLAIMED,
    clauses: names.CLAUSES,
    rules: RULES,
    ofClosure: OF_CLOSURE,
    kinds: KIND_NAMES,
    parameters: Object.fromEntries(Object.entries(PARAMETERS).map(([name, types]) => [name, Object.keys(types)])),
  }),
  verify: async ({ bundle, hex: text, keys, evidence }) => {
    const data = new Uint8Array(bundle ? await readFile(bundle) : Buffer.from(text, "hex"));
    const seen = [];
    const progress = (done) => seen.push(done);
    return { ...(await verify(data, keys, { evidence: beside(evidence), progress })), progress: seen.slice(-1) };
  },
  cbor: ({ data, most }) => ({ code: refusal(data, most) }),
  cbors: ({ data }) => ({ codes: data.map((one) => refusal(one)) }),
  key: async ({ key }) => ({ admitted: ed25519.isAdmitted(unhex(key)), kid: hex(await ed25519.thumbprint(unhex(key))) }),
  signature: async ({ key, signature, message, engine }) => ({
    valid: await ed25519.verify(unhex(key), unhex(signature), unhex(message), engine ? null : false),
  }),
  tree: async ({ inputs }) => {
    const leaves = await Promise.all(inputs.map((input) => merkle.leafHash(unhex(input))));
    return { leaves: leaves.map(hex), root: hex(await merkle.root(concat(leaves))) };
  },
  memory: () => ({ peak: process.resourceUsage().maxRSS }),
};

for await (const line of createInterface({ input: process.stdin })) {
  const message = JSON.parse(line);
  console.log(JSON.stringify(await COMMANDS[message.cmd](message)));
}
