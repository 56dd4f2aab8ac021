// What all parts share: the data that the page carries, its texts, and how a part that cannot start, or do what it was
// asked for, says so. None takes another with it.

const PLACE = /\{([a-z-]+)(?:\|([^}|]*)\|([^}|]*))?\}/g; // as in `catalogue.py`: a fact, or a number with its noun

/**
 * @typedef {object} Data what the verifier hands over
 * @property {Object<string, string>} messages
 * @property {object} report SPEC 11
 * @property {import("../js/keyring.js").Keys} keys
 * @property {{"too-large": boolean, bytes: number, "left-out": string[]}} embedded
 */

/** The page as its parts know it. */
export class Page {
  /** @param {Data} data */
  constructor(data) {
    this.data = data;
  }

  /**
   * Read the data that the page carries; throws where there is none.
   * @returns {Page}
   */
  static read() {
    return new Page(JSON.parse(byId("opv-data").textContent));
  }

  /**
   * Give a text of the page; what is not known gives its key.
   * @param {string} key
   * @param {Object<string, string|number>} [facts] for the places of the text; numbers are written with commas
   * @returns {string}
   */
  say(key, facts = {}) {
    const text = this.data.messages[key] ?? key;
    return text.replace(PLACE, (place, name, one, many) => {
      if (!(name in facts)) return place;
      return written(facts[name]) + (one === undefined ? "" : ` ${facts[name] === 1 ? one : many}`);
    });
  }

  /**
   * Give a function that says in the page what went wrong in it.
   * @param {string} part names it: `js.part.PART`
   * @param {Function} action
   * @returns {(...given: *[]) => Promise<*>}
   */
  guarded(part, action) {
    return async (...given) => {
      try {
        return await action(...given);
      } catch (failure) {
        this.tellFailure(part, failure);
        return undefined;
      }
    };
  }

  /**
   * Say at the top of the page that a part does not work; once for each part.
   * @param {string} part
   * @param {*} failure
   */
  tellFailure(part, failure) {
    const id = `failed-${part}`;
    document.getElementById(id)?.remove();
    const facts = { part: this.say(`js.part.${part}`), what: failure?.message ?? String(failure) };
    const notice = make("p", "notice is-open", this.say("js.failed", facts));
    notice.id = id;
    notice.setAttribute("role", "alert"); // which is told although it was not there before
    (document.querySelector("main") ?? document.body).prepend(notice);
  }
}

/** Write a number alike everywhere. */
function written(value) {
  return typeof value === "number" ? String(value).replace(/\B(?=(\d{3})+$)/g, ",") : String(value);
}

/**
 * Give an element of the page that must be there.
 * @param {string} id
 * @returns {HTMLElement}
 */
export function byId(id) {
  const found = document.getElementById(id);
  if (found === null) throw new Error(`#${id}`);
  return found;
}

/**
 * Make an element of text and elements.
 * @param {string} name
 * @param {string} [className]
 * @param {...(string|Node)} content
 * @returns {HTMLElement}
 */
export function make(name, className = "", ...content) {
  const made = document.createElement(name);
  if (className) made.className = className;
  made.append(...content);
  return made;
}

/** Let the page be drawn and used before more is done. */
export function breathe() {
  return new Promise((resolve) => {
    setTimeout(resolve);
  });
}

/** What is remembered from one page to the next, where the browser keeps anything. */
export const memory = Object.freeze({
  /**
   * @param {string} name
   * @returns {string|null}
   */
  get(name) {
    try {
      return localStorage.getItem(`opsproof-${name}`);
    } catch {
      return null;
    }
  },

  /**
   * @param {string} name
   * @param {string} value
   */
  set(name, value) {
    try {
      localStorage.setItem(`opsproof-${name}`, value);
    } catch {
      // Then it is chosen again in the next page.
    }
  },
});
