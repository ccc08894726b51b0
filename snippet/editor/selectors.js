// From an element to selectors for it, the ones that will outlive a change of the page first: an id or a data attribute,
// then what it is called for people, then classes, then where it stands.
const WORTH = { id: 0, data: 1, name: 2, role: 3, class: 4, tag: 5, position: 6 };
const REASONS = {
  id: "by its id",
  data: "by a data attribute",
  name: "by its name",
  role: "by what it is called",
  class: "by its class",
  tag: "by its kind of element",
  position: "by its position: breaks easily",
};
const FOR_TESTS = /^data-(?:test(?:-?id)?|qa|cy|e2e|hook|automation(?:-id)?)$/;
const NOT_TELLING =
  /^data-(?:v-|react|radix|headlessui|state|theme|style|index|key|loaded|src|bs-|aos|turbo|fieldpost)/;
const LONGEST_VALUE = 60;

const quoted = (text) =>
  `"${text.replace(/["\\]/g, "\\$&").replace(/[\n\r\f\0]/g, (one) => `\\${one.codePointAt(0).toString(16)} `)}"`;
const having = (name, value) => `[${CSS.escape(name)}=${quoted(value)}]`;
const isUsable = (value) => value !== "" && value.length <= LONGEST_VALUE && !/[\n\0\ufffd]/.test(value);

/** What an element says of itself: `{kind, text}`, each a selector that matches it. */
const partsOf = (element) => {
  const parts = [];
  const id = attributeOf(element, "id");
  const kind = tagOf(element);
  if (id && isUsable(id) && !/\s/.test(id) && !looksGenerated(id))
    parts.push({ kind: "id", text: `#${CSS.escape(id)}` });
  for (const { name, value } of inAList(attributesOf(element))) {
    if (!name.startsWith("data-") || NOT_TELLING.test(name) || looksGenerated(name)) continue;
    if (isUsable(value) && !looksGenerated(value))
      parts.push({ kind: "data", text: having(name, value), best: FOR_TESTS.test(name) });
    parts.push({ kind: "data", text: `[${CSS.escape(name)}]`, loose: 1 });
  }
  parts.sort((one, other) => Boolean(other.best) - Boolean(one.best) || WORTH[one.kind] - WORTH[other.kind]);
  const said = (name, within) => {
    const value = attributeOf(element, name);
    if (value && isUsable(value) && !looksGenerated(value))
      parts.push({ kind: within, text: `${CSS.escape(kind)}${having(name, value)}` });
  };
  said("name", "name");
  said("action", "name");
  if (kind === "a") said("href", "name");
  for (const name of ["aria-label", "role", "title", "itemprop", "alt"]) said(name, "role");
  const classes = classesOf(element)
    .filter((one) => isTelling(one) && isUsable(one))
    .map((one) => `.${CSS.escape(one)}`);
  parts.push(...classes.map((text) => ({ kind: "class", text })));
  if (classes.length > 1) parts.push({ kind: "class", text: classes.slice(0, 3).join("") });
  parts.push(...classes.map((text) => ({ kind: "class", text: `${CSS.escape(kind)}${text}` })));
  parts.push({ kind: "tag", text: CSS.escape(kind) });
  return parts;
};

const positionOf = (element) => {
  const alike = childrenOf(parentOf(element) ?? element).filter((one) => tagOf(one) === tagOf(element));
  const own = CSS.escape(tagOf(element));
  return alike.length > 1 ? `${own}:nth-of-type(${alike.indexOf(element) + 1})` : own;
};

/** Step by step down from the closest element around that can be named. */
const byPosition = (element, roots) => {
  const steps = [];
  for (let one = element; isElement(one); one = parentOf(one)) {
    const anchor =
      steps.length > 0 &&
      partsOf(one).find((part) => WORTH[part.kind] < WORTH.tag && everywhere(part.text, roots).length === 1);
    steps.unshift(anchor ? anchor.text : positionOf(one));
    if (anchor || tagOf(one) === "body") break;
  }
  return steps.join(" > ");
};

/** Parts of the element within parts of what is around it in the same root, the closest first. */
const within = (element) => {
  const own = partsOf(element).slice(0, 8);
  const made = [];
  let one = parentOf(element);
  for (let far = 0; isElement(one) && far < 6; far++, one = parentOf(one)) {
    const outer = partsOf(one)
      .filter((part) => WORTH[part.kind] < WORTH.tag)
      .slice(0, 4);
    made.push(
      ...outer.flatMap((around) =>
        own.map((part) => {
          const weaker = WORTH[part.kind] > WORTH[around.kind] ? part.kind : around.kind;
          return { kind: weaker, text: `${around.text} ${part.text}`, far: far + 1 };
        }),
      ),
    );
  }
  return made;
};

const costOf = ({ kind, text, best = false, far = 0, loose = 0 }) =>
  WORTH[kind] * 100 - best * 10 + loose * 12 + far * 6 + text.length / 10;

/**
 * Selectors for an element, from the one that matches fewest to the one that matches most: `{text, kind, count}`, for each
 * number of matches the one that will last longest.
 */
const ladderOf = (element) => {
  const roots = rootsOf(documentOf(element));
  const position = { kind: "position", text: byPosition(element, roots) };
  const bySize = new Map();
  for (const one of [...partsOf(element), ...within(element), position]) {
    const all = isSelector(one.text) ? everywhere(one.text, roots) : [];
    const before = bySize.get(all.length);
    if (all.includes(element) && !(before && costOf(before) <= costOf(one)))
      bySize.set(all.length, { ...one, count: all.length });
  }
  return [...bySize.values()].toSorted((one, other) => one.count - other.count);
};

/** The rung of a ladder to begin with: the one for the element alone, but no position where a few are alike. */
const firstRung = (ladder) => {
  const [narrowest, next] = ladder;
  return narrowest.kind === "position" && next && next.kind !== "tag" && next.count <= 12 ? next : narrowest;
};

/** A value in a selector, such as the number of one product, ties it to what is on the page today. */
const isTied = ({ text, best = false }) => /=/.test(text) && !best;

/**
 * Selectors by which the snippet, beginning at one element, finds another one, the best first. Where a trigger has several
 * elements (`starts`), each is to find its own: the price beside the button, not the one of the first product.
 */
const waysBetween = (start, wanted, starts = [start]) => {
  const candidates = [
    ...partsOf(wanted),
    ...within(wanted),
    { kind: "position", text: byPosition(wanted, rootsOf(documentOf(wanted))) },
  ];
  const distinct = ({ text }) => new Set(starts.slice(0, 12).map((one) => nearest(one, text))).size;
  const rated = candidates
    .filter(({ text }) => isSelector(text) && nearest(start, text) === wanted)
    .map((one) => ({ ...one, distinct: distinct(one), cost: costOf(one) + (isTied(one) ? 250 : 0) }));
  return rated.toSorted((one, other) => other.distinct - one.distinct || one.cost - other.cost);
};
