// Whether a word of a page was made by a machine, and will be another one after the next build or on the next visit.
const oneOf = (words) => `(?:${words.replaceAll(" ", "|")})`;

const LIBRARIES = oneOf(
  "css sc jss jsx svelte emotion ember ext-gen yui mui radix headlessui react ng-tns _ng gwt-uid cdk mat tw e r rc v q w",
);
const STATES = oneOf(
  "active open opened closed show shown hidden visible selected checked focus focused hover hovered disabled enabled " +
    "loading loaded current visited expanded collapsed animated animate fade in out first last odd even",
);
const LOOKS = oneOf(
  "[mp][trblxy]? w h gap top left right bottom inset z grid flex text font bg border rounded shadow col row justify self " +
    "space d float align opacity min max leading tracking overflow cursor transition duration ease sr container " +
    "clearfix btn button primary secondary wrapper inner outer small large",
);

const MADE_BY_LIBRARIES = new RegExp(`^${LIBRARIES}(?:[-_:]+[a-z]*-?)?\\d|^sc-[a-z]{5,}$`, "i");
const STATE = new RegExp(`^(?:is-|has-|js-)?${STATES}$`);
const LOOKS_ONLY = new RegExp(`[:[\\]/!@]|^-?${LOOKS}(?:-|$)`);

const looksGenerated = (word) =>
  MADE_BY_LIBRARIES.test(word) ||
  /[:«»]/.test(word) ||
  /[0-9a-f]{8}-[0-9a-f]{4}-/i.test(word) ||
  /\d{4,}/.test(word) ||
  word.split(/[-_.]+/).some(isGibberish);

/** A part such as `1q2w3e`, `2Rx1y` or `kXyzPq`: digits between letters, or letters that nobody could say. */
const isGibberish = (part) =>
  (part.length >= 5 && /\d[a-z]+\d|[a-z]\d+[a-z]/i.test(part)) ||
  (/^[0-9a-f]{6,}$/i.test(part) && /\d/.test(part)) ||
  (part.length >= 5 && /[a-z][A-Z]/.test(part) && !/[aeiouy].*[aeiouy]/i.test(part)) ||
  /[bcdfghjklmnpqrstvwxz]{6,}/i.test(part);

/** Whether a class says what something is, not how it looks or what state it is in. */
const isTelling = (word) => !looksGenerated(word) && !STATE.test(word) && !LOOKS_ONLY.test(word);
