// What is being made: one draft. It is kept in the tab with every change, so that another page of the site, or a token
// that has run out, takes nothing away.
const KEPT = "fieldpost.editor";
const TOKEN = "fieldpost.edit";

const work = { draft: null, saved: "", revision: null, isNew: false, heldUntil: null, faults: [], place: [] };

const tab = {
  read: (name) => {
    try {
      return sessionStorage.getItem(name);
    } catch {
      return null;
    }
  },
  write: (name, text) => {
    try {
      sessionStorage.setItem(name, text);
    } catch {
      /* Refused or full: memory has it. */
    }
  },
  forget: (name) => {
    try {
      sessionStorage.removeItem(name);
    } catch {
      /* It was never there. */
    }
  },
};

const PARTS = ["event_name", "title", "category", "fields", "triggers"];

/** The parts that are made here, of a definition or a draft as the collector has it. */
const draftOf = (document) => {
  const own = { ...document, triggers: document.triggers ?? document.web_tracking?.triggers ?? [] };
  return structuredClone(Object.fromEntries(PARTS.filter((name) => name in own).map((name) => [name, own[name]])));
};

const isChanged = () => work.draft !== null && JSON.stringify(work.draft) !== work.saved;

const keptText = () => JSON.stringify({ section: about.section.id, ...work, faults: [] });

const keepInTab = () => {
  if (work.draft === null) tab.forget(KEPT);
  else tab.write(KEPT, keptText());
};

/** Takes up what was being made, from such a text, if it is of this section. The page could have written it, too. */
const takeUp = (text) => {
  try {
    const kept = JSON.parse(text ?? "null");
    const { draft } = kept ?? {};
    const isWhole =
      Array.isArray(draft?.fields) && Array.isArray(draft.triggers) && typeof draft.event_name === "string";
    if (kept?.section !== about.section.id || !isWhole || !Array.isArray(kept.place)) return false;
    for (const name of Object.keys(work)) work[name] = kept[name] ?? work[name];
    work.isDraft = kept.isDraft;
    return true;
  } catch {
    return false;
  }
};

const begin = (draft, { revision = null, isNew = false, heldUntil = null } = {}) => {
  Object.assign(work, { draft, revision, isNew, heldUntil, faults: [], saved: isNew ? "" : JSON.stringify(draft) });
  keepInTab();
};

const putAway = () => {
  Object.assign(work, { draft: null, saved: "", revision: null, faults: [], place: [] });
  keepInTab();
};

const openDefinition = async (name) => {
  const { definition, draft, revision, held_until: heldUntil } = await doors.open(name);
  begin(draftOf(draft ?? definition), { revision, heldUntil });
  work.isNew = definition === null;
  // Nice to know, and no reason not to begin.
  panel.health = work.isNew
    ? []
    : await doors.health(name).then(
        ({ triggers }) => triggers,
        () => [],
      );
  work.isDraft = draft !== null;
  keepInTab();
};

/** Saves the draft, and answers the address of its snippet. */
const saveDraft = async () => {
  const { draft, revision, tried } = await doors.keep(work.draft.event_name, work.draft, work.revision);
  Object.assign(work, { revision, faults: [], draft: draftOf(draft ?? work.draft), isDraft: true });
  work.saved = JSON.stringify(work.draft);
  keepInTab();
  return tried;
};

/** Where something is wrong, as a pointer within the draft. */
const placed = ({ pointer = "", message = "", code: reason }) => ({
  pointer: pointer.replace(/^\/definition/, "").replace(/^\/web_tracking/, ""),
  message,
  code: reason,
});

const fieldOf = (name) => work.draft.fields.find((one) => one.name === name);

const TRIGGERS = {
  click: "Click",
  submit: "Form sent",
  visible: "Comes into view",
  page: "Page",
  time: "Time on page",
};
const WITH_ELEMENT = ["click", "submit", "visible"];

/** A trigger in words. */
const inWords = ({ on, selector, address, seconds }) => {
  const where = address ? ` on ${address}` : "";
  if (on === "page") return address ? `A page at ${address}` : "Every page";
  if (on === "time") return `${counted(seconds ?? 0, "second")} on a page${address ? ` at ${address}` : ""}`;
  if (on === "visible") return `${selector ?? "An element"} comes into view${where}`;
  if (on === "submit") return `${selector ?? "Any form"} is sent${where}`;
  return `A click on ${selector ?? "marked elements"}${where}`;
};

const SOURCES = {
  text: "Text",
  attribute: "Attribute",
  input: "Input",
  url: "URL parameter",
  data_layer: "Data layer",
  constant: "Constant",
};

/** Where a value comes from, in words. */
const sourceInWords = ({ from, selector, name, value }) => {
  const at = selector ? ` of ${selector}` : "";
  return {
    text: `text${selector ? at : " of the element itself"}`,
    attribute: `attribute ${name}${at}`,
    input: name === undefined ? `input ${selector ?? "itself"}` : `input ${name}`,
    url: `URL parameter ${name}`,
    data_layer: `data layer ${name}`,
    constant: `always ${JSON.stringify(value)}`,
  }[from];
};
