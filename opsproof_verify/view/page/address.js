// The part of an address behind "#": the place that is meant, and the filter, so that both can be sent as a link.
// "#e17", "#q=scale&show=all", "#e17&show=all".

/** What a filter is made of. */
export const FIELDS = Object.freeze(["q", "kind", "actor", "step", "severity", "show"]);

/**
 * @typedef {Object<string, string>} State what each field of the filter holds; "" or nothing: all
 */

/**
 * Read an address; fields that are not known are passed over.
 * @param {string} hash with or without "#"
 * @returns {{target: string, state: State|null}} the target "" if there is none; no state: the filter stays as it is
 */
export function parse(hash) {
  let [target, state] = ["", null];
  for (const part of hash.replace(/^#/, "").split("&")) {
    const at = part.indexOf("=");
    if (at < 0) target ||= decoded(part);
    else if (FIELDS.includes(part.slice(0, at))) {
      state ??= {};
      state[part.slice(0, at)] = decoded(part.slice(at + 1));
    }
  }
  return { target, state };
}

/**
 * Write an address.
 * @param {string} target "" for none
 * @param {State} state
 * @returns {string} with "#"
 */
export function format(target, state) {
  const given = FIELDS.filter((field) => state[field]);
  const parts = given.map((field) => `${field}=${encodeURIComponent(state[field])}`);
  return `#${[...(target ? [encodeURIComponent(target)] : []), ...parts].join("&")}`;
}

/** Text that is not encoded as it should be stands for itself. */
function decoded(text) {
  try {
    return decodeURIComponent(text.replace(/\+/g, " "));
  } catch {
    return text;
  }
}
