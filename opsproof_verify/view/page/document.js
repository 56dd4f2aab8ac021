// The report as the command prints it (SPEC 11-1): members sorted by name, two spaces, one line feed at the end.

/**
 * Write a report.
 * @param {*} value
 * @returns {string}
 */
export function documentOf(value) {
  return `${written(value, "\n")}\n`;
}

/** Write a value; `end` ends a line and indents the next as what holds the value is indented. */
function written(value, end) {
  if (value === null || typeof value !== "object") return JSON.stringify(value);
  const inner = `${end}  `;
  const [open, close] = Array.isArray(value) ? "[]" : "{}";
  const parts = Array.isArray(value)
    ? value.map((item) => written(item, inner))
    : Object.keys(value)
        .sort()
        .map((name) => `${JSON.stringify(name)}: ${written(value[name], inner)}`);
  return parts.length > 0 ? open + inner + parts.join("," + inner) + end + close : open + close;
}
