// Evidence frames, and the records that name them (SPEC 3.3-2, 3.3-3, 9.4-9, 9.4-10, 9.9).

import { equal, hex } from "./bytes.js";
import { sha256 } from "./merkle.js";
import { MAX_BODIES } from "./names.js";

/** Holds evidence frames until a record follows that says what they should be. */
export class Evidence {
  /**
   * @param {import("./findings.js").Findings} findings
   * @param {((digest: string) => Promise<Uint8Array|null>)|null} beside gives a file kept beside the bundle (9.1-4)
   */
  constructor(findings, beside) {
    this.findings = findings;
    this.beside = beside;
    this.held = [];
    this.items = 0; // evidence whose content was hashed
    this.bytes = 0;
    this.absent = 0;
  }

  /**
   * Take evidence in the bundle.
   * @param {number} frame
   * @param {Uint8Array} digest
   * @param {number} size
   */
  take(frame, digest, size) {
    this.count(size);
    this.hold({ frame, digest, size });
  }

  /**
   * Take the digest of evidence that is absent, or beside the bundle.
   * @param {number} frame
   * @param {Uint8Array} digest
   */
  async takeAbsent(frame, digest) {
    const content = this.beside === null ? null : await this.beside(hex(digest));
    if (content === null) {
      this.absent += 1;
      this.hold({ frame, digest, size: null });
      return;
    }
    this.count(content.length);
    if (!equal(await sha256(content), digest)) this.findings.add("evidence.wrong-digest", frame);
    this.hold({ frame, digest, size: content.length });
  }

  count(size) {
    this.items += 1;
    this.bytes += size;
  }

  hold(body) {
    if (this.held.length === MAX_BODIES) this.findings.add("evidence.unlisted", body.frame);
    else this.held.push(body);
  }

  /**
   * Hold the frames before a record to the items that it names, in their order.
   * @param {Map<string, *>[]} items
   * @param {number|null} frame of the record, null at the end of the file
   */
  match(items, frame) {
    const held = this.held;
    this.held = [];
    if (held.length < items.length) this.findings.add("evidence.frame-missing", frame);
    held.forEach((body, index) => {
      if (index >= items.length) this.findings.add("evidence.unlisted", body.frame);
      else this.check(items[index], body);
    });
  }

  /** Digest first (9.9-1), then size (9.9-2); one failure gives one finding. */
  check(item, { frame, digest, size }) {
    if (!equal(digest, item.get("digest"))) this.findings.add("evidence.wrong-digest", frame);
    else if (size !== null && size !== item.get("size")) this.findings.add("evidence.wrong-size", frame);
  }

  /** Let go of frames before a record that cannot be read (9.3-2). */
  forget() {
    this.held = [];
  }
}
