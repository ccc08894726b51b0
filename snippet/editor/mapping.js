// From what is pointed at to where a value comes from, and to a field for it.
const INPUTS = "input,select,textarea";

const pickValue = async (mapping) => {
  const start = startOfMapping(mapping);
  const words = {
    text: "Point at the text",
    attribute: "Point at the element with the attribute",
    input: "Point at the input",
  }[mapping.source.from];
  const element = await pick({
    words,
    on: mapping.source.from,
    label: (one) => ({ text: seenOf(one, mapping.source.from), words: "", like: [] }),
  });
  if (element) {
    const trigger = work.draft.triggers[mapping.at];
    const closest = start && WITH_ELEMENT.includes(trigger.on) ? closestTo(element, matchesOf(trigger)) : start;
    if (closest !== topOf(page.document)) panel.picked = closest;
    useElement(mapping, closest, mapping.source.from === "input" ? inputMeant(element) : element);
  }
  draw();
  document
    .getElementById("value-note")
    .replaceChildren(...(mapping.warning ? [h("p", { class: "note bad" }, mapping.warning)] : []));
  mapping.warning = "";
  document.getElementById("pick")?.focus({ preventScroll: true });
};

const seenOf = (element, from) => {
  const attribute = from === "attribute" && tellingAttribute(element);
  return attribute
    ? `${attribute.name}="${shortened(attribute.value, 40)}"`
    : shortened((wholeText(element) ?? "").trim(), 50) || tagOf(element);
};

const inputMeant = (element) => {
  if (fits(element, INPUTS)) return element;
  const label = closestOf(element, "label");
  return (label && (label.control ?? firstIn(label, INPUTS))) ?? firstIn(element, INPUTS) ?? element;
};

/** Of the trigger's elements the one that is meant by somebody who points beside it. */
const closestTo = (element, starts) => {
  const path = pathOf(element);
  const shared = (one) => pathOf(one).filter((outer) => path.includes(outer)).length;
  return starts.slice(0, 200).toSorted((one, other) => shared(other) - shared(one))[0] ?? null;
};

const useElement = (mapping, start, element) => {
  const { source } = mapping;
  if (!start) {
    mapping.warning = "The trigger has no element on this page: pick that first.";
    return;
  }
  delete source.selector;
  if (source.from === "input") delete source.name;
  const name = source.from === "input" && attributeOf(element, "name");
  if (
    name &&
    nearest(start, namedInput(name)) &&
    (nearest(start, namedInput(name)) === element || element.type === "radio")
  )
    source.name = name;
  else if (element !== start) {
    const trigger = work.draft.triggers[mapping.at];
    const starts = WITH_ELEMENT.includes(trigger.on) ? matchesOf(trigger) : [start];
    const [best] = waysBetween(start, element, starts);
    if (!best) {
      mapping.warning =
        "The snippet cannot reach this from the trigger’s element: it is in another frame or shadow root.";
      return;
    }
    source.selector = best.text;
    // The snippet looks in the trigger's element and beside it: what encloses it is found by a name of its own alone.
    if (starts.length > 1 && best.distinct === 1 && contains(element, start)) {
      mapping.warning =
        `All ${counted(starts.length, "element")} of the trigger would take this same value: ` +
        "what encloses them cannot be told apart. Choose something in them or beside them.";
    }
  }
  if (source.from === "text") {
    const text = (wholeText(element) ?? "").trim();
    propose(mapping, wordsFor(element), text);
  }
  if (source.from === "input")
    propose(mapping, name || wordsFor(element), element.type === "checkbox" ? element.checked : element.value);
  if (source.from === "attribute") proposeAttribute(mapping, element);
};

/** The attribute of an element that says most likely what somebody is after. */
const tellingAttribute = (element) => {
  const all = inAList(attributesOf(element));
  return (
    all.find(({ name }) => name.startsWith("data-") && !NOT_TELLING.test(name)) ??
    all.find(({ name }) => ["href", "value", "title", "alt", "datetime", "content"].includes(name))
  );
};

const proposeAttribute = (mapping, element) => {
  const proposed = tellingAttribute(element);
  if (!proposed || (mapping.source.name && attributeOf(element, mapping.source.name) !== null)) return;
  mapping.source.name = proposed.name;
  propose(mapping, proposed.name.replace(/^data-/, ""), proposed.value);
};

/** A name and a type for a field that is new, unless somebody has written a name. */
const propose = (mapping, words, seen, renames = true) => {
  if (!mapping.field) return;
  mapping.field.type = typeFor(seen);
  const isOwn = mapping.field.name !== "" && mapping.field.name !== mapping.proposed;
  if (renames && !isOwn)
    mapping.field.name = mapping.proposed = nameFor(
      words,
      work.draft.fields.map(({ name }) => name),
    );
};

const useMapping = (mapping) => {
  const { at, source, name } = mapping;
  const wrong = name ? "" : wrongNameOf(mapping.field.name);
  if (!isComplete(source) || wrong) {
    work.faults = wrong ? [{ pointer: "/fields/-1/name", message: wrong }] : [];
    draw();
    if (!wrong) say("bad", "Say where the value comes from: pick something, or type it.");
    document.getElementById(wrong ? "field-name" : "source-name")?.focus();
    return;
  }
  if (!name) work.draft.fields.push(mapping.field);
  const trigger = work.draft.triggers[at];
  (trigger.values ??= {})[name ?? mapping.field.name] = source;
  Object.assign(panel, { mapping: null });
  work.faults = [];
  show("trigger", at);
};
