// What a field would get on this page now, and whether it fits: as the snippet takes it (snippet/triggers.py), casts it
// (runtime/tell_values.js) and checks it (snippet/checks.py).
const NUMBERS = ["decimal", "integer"];

const namedInput = (name) => `[name=${JSON.stringify(name)}]:checked,[name=${JSON.stringify(name)}]:not([type=radio])`;

/** The selector that the snippet looks for, if there is one. */
const selectorOf = ({ from, selector, name }) =>
  selector ?? (from === "input" && name !== undefined ? namedInput(name) : undefined);

/** The element that a value is read from, beginning at the trigger's own. */
const sourceOf = (value, start) => {
  const selector = selectorOf(value);
  if (!start || selector === undefined) return start;
  return isSelector(selector) ? nearest(start, selector) : null;
};

const textFor = (element, type) => {
  const text = (wholeText(element) ?? "").trim();
  return NUMBERS.includes(type) ? text.replace(/^[^\d+-]+|\D+$/g, "") : text;
};

const alongPath = (path, entry) => path.split(".").reduce((one, step) => one?.[step], entry);

const fromDataLayer = (path, type) => {
  const entries = inAList(page.dataLayer ?? []);
  const newest = entries
    .map((entry) => alongPath(path, entry))
    .toReversed()
    .find((one) => one !== undefined && one !== null);
  return type === "text" ? newest?.toString() : newest;
};

/** What the snippet takes; undefined or null where there is nothing. */
const taken = (value, type, start) => {
  if (value.from === "constant") return constantOf(value.value, type);
  if (value.from === "url") return new URLSearchParams(page.location.search).get(value.name);
  try {
    if (value.from === "data_layer") return fromDataLayer(value.name, type);
    const element = sourceOf(value, start);
    if (!element) return undefined;
    if (value.from === "attribute") return attributeOf(element, value.name);
    if (value.from === "input") return type === "boolean" ? element.checked : element.value;
    return textFor(element, type);
  } catch {
    return undefined;
  }
};

const constantOf = (value, type) => {
  if (type === "boolean" || type === "integer") {
    try {
      return typeof value === "string" ? JSON.parse(value.toLowerCase()) : value;
    } catch {
      return value;
    }
  }
  return type === "decimal" || value === undefined ? value : String(value);
};

/** As the field's type has it, if what was taken can be read so. */
const cast = (value, type) => {
  if (value === undefined || value === null || checks[type]?.(value)) return value;
  try {
    return JSON.parse(value);
  } catch {
    return value;
  }
};

const compared = { decimal: Number, timestamp: (value) => Date.parse(value) };

/** What is wrong with a value that is there, in words; nothing if it fits. */
const misfit = (value, field) => {
  if (!checks[field.type]?.(value)) return `is no ${labelOfType(field.type).toLowerCase()}`;
  const by = compared[field.type] ?? ((one) => one);
  const length = typeof value === "string" ? [...value].length : 0;
  if (field.choices?.length > 0 && !field.choices.some((one) => by(one) === by(value)))
    return `is none of ${field.choices.join(", ")}`;
  if (by(value) < by(field.minimum)) return `is under ${field.minimum}`;
  if (by(value) > by(field.maximum)) return `is over ${field.maximum}`;
  if (length < field.min_length) return `is shorter than ${counted(field.min_length, "character")}`;
  if (length > (field.max_length ?? (field.type === "text" ? 4096 : Infinity))) return "is too long";
  return "";
};

/** `{value, words, kind}`: what a field has now and whether that would be valid. `kind` is good, bad or quiet. */
const stateOf = (field, source, start) => {
  const value = source && cast(taken(source, field.type, start), field.type);
  if (value === undefined || value === null) {
    if (field.fill) return { words: `filled in: ${field.fill}`, kind: "quiet" };
    const why = source ? "nothing there now" : "not mapped";
    return field.required ? { words: `${why}, and it is required`, kind: "bad" } : { words: why, kind: "quiet" };
  }
  const wrong = misfit(value, field);
  return wrong ? { value, words: wrong, kind: "bad" } : { value, words: "valid", kind: "good" };
};

const labelOfType = (type) => about.words.types.find(({ name }) => name === type)?.label ?? type;

/** A type for what is seen. */
const typeFor = (seen) => {
  if (typeof seen === "boolean") return "boolean";
  const text = String(seen ?? "").trim();
  if (/^(true|false)$/.test(text)) return "boolean";
  if (checks.date(text)) return "date";
  if (checks.timestamp(text)) return "timestamp";
  if (/^[+-]?(0|[1-9]\d{0,14})$/.test(text)) return "integer";
  if (/^\D{0,4}[+-]?\d{1,15}\.\d{1,6}\D{0,8}$/.test(text)) return "decimal";
  return "text";
};

/** A name for a field, out of words of the page; none of those that there are. */
const nameFor = (words, others) => {
  const taken = new Set([...others.map((name) => name.toLowerCase()), "source"]);
  const plain = words
    .normalize("NFKD")
    .replace(/\p{M}/gu, "")
    .replace(/([a-z])([A-Z])/g, "$1_$2")
    .toLowerCase();
  const name =
    plain
      .replace(/[^a-z0-9]+/g, "_")
      .replace(/^[^a-z]+|_+$/g, "")
      .slice(0, 60) || "value";
  let numbered = name;
  for (let number = 2; taken.has(numbered); number++) numbered = `${name}_${number}`;
  return numbered;
};

/** What the page itself calls an element. */
const wordsFor = (element) =>
  attributeOf(element, "itemprop") ??
  attributeOf(element, "name") ??
  attributeOf(element, "aria-label") ??
  classesOf(element).find(isTelling) ??
  (idOf(element) && !looksGenerated(idOf(element)) ? idOf(element) : tagOf(element));

/** `{path, value}` of everything in the data layer that a field can take, the newest first. */
const pathsOfDataLayer = () => {
  const paths = new Map();
  const seen = new Set();
  const walk = (one, steps) => {
    if (paths.size >= 300 || steps.length > 6) return;
    if (one === null || typeof one !== "object") {
      if (
        !["undefined", "function", "symbol"].includes(typeof one) &&
        one !== null &&
        steps.length > 0 &&
        !paths.has(steps.join("."))
      )
        paths.set(steps.join("."), one);
      return;
    }
    if (seen.has(one) || one.nodeType) return;
    seen.add(one);
    for (const name of Object.keys(one).slice(0, 100))
      if (!name.includes(".") && name !== "") walk(one[name], [...steps, name]);
  };
  try {
    for (const entry of inAList(page.dataLayer ?? []).toReversed()) walk(entry, []);
  } catch {
    /* What a page has there may throw when it is looked at: what was found so far is shown. */
  }
  return [...paths].map(([path, value]) => ({ path, value }));
};
