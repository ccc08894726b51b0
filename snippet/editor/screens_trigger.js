// One trigger: what happens, to which element, on which pages, and which values it brings.
screens.trigger = (at) => {
  const trigger = work.draft.triggers[at];
  if (!trigger) return screens.event();
  const place = ["triggers", at];
  return {
    title: TRIGGERS[trigger.on],
    back: ["Back to the event", () => show("event")],
    body: [
      choice("on", "What happens", Object.entries(TRIGGERS), trigger.on, (on) => {
        turnInto(trigger, on);
        panel.picked = null;
        changed();
      }),
      wrongs(faultsOf(place), "trigger-wrong"),
      WITH_ELEMENT.includes(trigger.on) && elementPart(trigger, at),
      trigger.on === "time" &&
        labelled(
          "seconds",
          "Seconds on the page",
          h("input", {
            type: "number",
            min: "1",
            max: "86400",
            value: String(trigger.seconds ?? ""),
            oninput: ({ target }) => {
              trigger.seconds = Number.parseInt(target.value, 10) || undefined;
              keepInTab();
            },
          }),
          { faults: faultsOf([...place, "seconds"]), hint: "It starts anew with each page of the site." },
        ),
      addressPart(trigger, at),
      valuesPart(trigger, at),
    ],
    foot: [button("Done", () => show("event"), { id: "done" })],
    tick: () => followTrigger(trigger),
  };
};

const changed = () => {
  keepInTab();
  draw();
};

const turnInto = (trigger, on) => {
  trigger.on = on;
  if (!WITH_ELEMENT.includes(on)) delete trigger.selector;
  if (on === "time") trigger.seconds ??= 30;
  else delete trigger.seconds;
};

/** The element that the trigger is at, on this page: the one that was picked, or the first that matches. */
const startOf = (trigger) => {
  if (!WITH_ELEMENT.includes(trigger.on)) return topOf(page.document);
  const all =
    panel.picked && isSelector(trigger.selector ?? "*") && fits(panel.picked, trigger.selector ?? "*")
      ? [panel.picked]
      : matchesOf(trigger);
  return all[0] ?? null;
};

const pickForTrigger = async (at, isNew = false) => {
  const trigger = work.draft.triggers[at];
  const words = {
    click: "Point at what is clicked",
    submit: "Point at the form",
    visible: "Point at what comes into view",
  }[trigger.on];
  const element = await pick({
    words,
    on: trigger.on,
    label: (one) => {
      const rung = firstRung(ladderOf(one));
      return {
        text: rung.text,
        words: `${counted(rung.count, "match", "matches")}, ${REASONS[rung.kind]}`,
        like: found(rung.text, documentOf(one)),
      };
    },
  });
  if (element) {
    panel.picked = element;
    trigger.selector = firstRung(ladderOf(element)).text;
    work.faults = [];
  }
  changed();
  document.getElementById(element || !isNew ? "selector" : "pick")?.focus({ preventScroll: true });
};

const elementPart = (trigger, at) => {
  const input = textInput(
    trigger.selector,
    (text) => {
      if (text) trigger.selector = text;
      else delete trigger.selector;
      panel.picked = null;
      keepInTab();
      followTrigger(trigger);
    },
    { class: "mono", dir: "ltr" },
  );
  return h(
    "section",
    { class: "part", "aria-labelledby": "element-title" },
    h("h2", { id: "element-title" }, "Which element"),
    button(trigger.selector ? "Pick another one" : "Pick on the page", () => pickForTrigger(at), {
      id: "pick",
      class: trigger.selector ? "second" : "",
    }),
    h("div", { id: "frame-note" }),
    labelled("selector", "Selector", input, {
      faults: faultsOf(["triggers", at, "selector"]),
      hint: { click: "Empty: elements marked with data-fieldpost alone.", submit: "Empty: any form." }[trigger.on],
    }),
    h("p", { id: "matches", class: "matches", role: "status" }),
    h(
      "div",
      { class: "row", id: "steps" },
      button("Narrower", () => takeRung(trigger, -1), { class: "second", id: "narrower" }),
      button("Wider", () => takeRung(trigger, 1), { class: "second", id: "wider" }),
      button("Around it", () => pickAround(trigger), {
        class: "second",
        id: "around",
        title: "The element around this one",
      }),
    ),
    h("ul", { id: "rungs", class: "rungs" }),
  );
};

const pickAround = (trigger) => {
  const outer = startOf(trigger) && outside(startOf(trigger));
  if (!outer || outer === topOf(documentOf(outer))) return;
  panel.picked = outer;
  trigger.selector = firstRung(ladderOf(outer)).text;
  changed();
};

/** The ladder of what was picked, remembered, because the page is looked at again and again. */
const ladderFor = (element) => {
  if (panel.ladder?.element !== element) panel.ladder = { element, rungs: element ? ladderOf(element) : [] };
  return panel.ladder.rungs;
};

const takeRung = (trigger, far) => {
  const element = startOf(trigger);
  const count = matchesOf(trigger).length;
  panel.picked = element;
  const rungs = ladderFor(element);
  const next = far < 0 ? rungs.findLast((one) => one.count < count) : rungs.find((one) => one.count > count);
  if (next) trigger.selector = next.text;
  changed();
};

/** What changes while the page lives: matches, their light, whether this page counts, the values. */
const followTrigger = (trigger) => {
  const isMeant = trigger.selector === undefined || isSelector(trigger.selector);
  const element = isMeant ? startOf(trigger) : null;
  const inDocument = element ? documentOf(element) : page.document;
  const all = isMeant && WITH_ELEMENT.includes(trigger.on) ? everywhereFor(trigger, inDocument) : [];
  light(
    all.map((one) => ({
      element: one,
      kind: one === element ? "chosen" : "like",
      label: one === element ? trigger.selector : "",
    })),
  );
  followMatches(trigger, isMeant, all, element);
  const view = viewOf(inDocument) ?? page;
  const here = document.getElementById("address-here");
  here?.replaceChildren(
    isForThisPage(trigger, view) ? tag("matches this page", "good") : tag("does not match this page", "bad"),
  );
  for (const { name } of work.draft.fields) followValue(trigger, name, element);
};

const everywhereFor = (trigger, inDocument) => {
  const here = matchesOf(trigger);
  return inDocument === page.document ? here : found(trigger.selector, inDocument);
};

const followMatches = (trigger, isMeant, all, element) => {
  const words = document.getElementById("matches");
  if (!words) return;
  const input = document.getElementById("selector");
  const isRefused = faultsOf(["triggers", work.place[1], "selector"]).length > 0;
  if (isMeant && !isRefused) input.removeAttribute("aria-invalid");
  else input.setAttribute("aria-invalid", "true");
  words.className = `matches ${isMeant && all.length > 0 ? "good" : "bad"}`;
  const count = `Matches ${counted(all.length, "element")} on this page${all.length > 1 ? ": any of them counts" : ""}.`;
  setText(
    words,
    isMeant ? (all.length > 0 ? count : "Matches nothing on this page now.") : "This is no CSS selector of elements.",
  );
  const rungs = ladderFor(element);
  document.getElementById("narrower").disabled = !rungs.some((one) => one.count < all.length);
  document.getElementById("wider").disabled = !rungs.some((one) => one.count > all.length);
  drawRungs(trigger, rungs, element);
  tellFrame(element);
};

const setText = (element, text) => {
  if (element.textContent !== text) element.textContent = text;
};

const drawRungs = (trigger, rungs, element) => {
  const list = document.getElementById("rungs");
  const shown = rungs.slice(0, 6);
  const key = JSON.stringify([trigger.selector, shown.map((one) => one.text)]);
  if (list.dataset.shown === key) return;
  list.dataset.shown = key;
  list.replaceChildren(
    ...shown.map((one, number) =>
      h(
        "li",
        {},
        h(
          "button",
          {
            type: "button",
            class: "rung",
            id: `rung-${number}`,
            "aria-pressed": String(one.text === trigger.selector),
            onclick: () => {
              panel.picked = element;
              trigger.selector = one.text;
              changed();
            },
          },
          code(shortened(one.text, 90)),
          h("span", {}, `${counted(one.count, "match", "matches")}, ${REASONS[one.kind]}`),
        ),
      ),
    ),
  );
};

/** An element in a frame: the snippet of the frame's own document is what sees it. */
const tellFrame = (element) => {
  const note = document.getElementById("frame-note");
  const inner = element && documentOf(element) !== page.document ? documentOf(element) : null;
  if (Boolean(inner) === Boolean(note.firstChild)) return;
  note.replaceChildren(
    ...(inner
      ? [
          h(
            "div",
            { class: "note quiet" },
            h(
              "p",
              {},
              "This is in a frame. What fires there is the snippet in the frame’s own page: its file must be in ",
              code(viewOf(inner).location.pathname),
              ", too.",
            ),
            button(
              "Open that page here",
              () => {
                page.location.assign(withEditor(viewOf(inner).location.href));
              },
              { class: "second" },
            ),
          ),
        ]
      : []),
  );
};

const addressPart = (trigger, at) => {
  const set = (text) => {
    if (text) trigger.address = text;
    else delete trigger.address;
    keepInTab();
  };
  const input = textInput(
    trigger.address,
    (text) => {
      set(text);
      followTrigger(trigger);
    },
    { class: "mono", dir: "ltr", placeholder: "every page" },
  );
  return h(
    "section",
    { class: "part", "aria-labelledby": "address-title" },
    h("h2", { id: "address-title" }, "On which pages"),
    labelled("address", "Address", input, {
      hint: "* stands for anything. Empty: on every page.",
      faults: faultsOf(["triggers", at, "address"]),
    }),
    h("p", { id: "address-here", role: "status" }),
    h(
      "div",
      { class: "row" },
      [...patternsFor(), ""].map((pattern, number) =>
        button(
          pattern || "Every page",
          () => {
            set(pattern);
            changed();
          },
          { class: "second small mono", id: `pattern-${number}` },
        ),
      ),
    ),
  );
};

const valuesPart = (trigger, at) =>
  h(
    "section",
    { class: "part", "aria-labelledby": "values-title" },
    h("h2", { id: "values-title" }, "What it brings along"),
    work.draft.fields.length === 0 && hint("No fields yet. Point at a value on the page, and one is made for it."),
    h(
      "ul",
      { class: "values" },
      work.draft.fields.map((field) => valueRow(trigger, at, field)),
    ),
    button("Point at a new value", () => openMapping(at, null), { class: "second", id: "new-value" }),
  );

const valueRow = (trigger, at, field) => {
  const source = trigger.values?.[field.name];
  const clear = () => {
    delete trigger.values[field.name];
    changed();
  };
  return h(
    "li",
    { class: "value" },
    h(
      "div",
      { class: "row between" },
      h("span", {}, code(field.name), " ", tag(labelOfType(field.type)), field.required && tag("required")),
      h(
        "span",
        { class: "row" },
        button(source ? "Change" : "Map", () => openMapping(at, field.name), {
          class: "second small",
          id: `map-${field.name}`,
          "aria-label": `${source ? "Change" : "Map"} ${field.name}`,
        }),
        source && button("", clear, { class: "plain icon remove", "aria-label": `Map ${field.name} no more` }),
      ),
    ),
    source && h("p", { class: "source" }, sourceInWords(source)),
    h("p", { class: "now", id: `now-${field.name}` }),
    wrongs(faultsOf(["triggers", at, "values", field.name], true), `value-${field.name}-wrong`),
  );
};

const followValue = (trigger, name, element) => {
  const place = document.getElementById(`now-${name}`);
  if (place) tellState(place, stateOf(fieldOf(name), trigger.values?.[name], element));
};

const tellState = (place, { value, words, kind }) => {
  const shown =
    value === undefined || value === null
      ? ""
      : shortened(typeof value === "string" ? value : (JSON.stringify(value) ?? String(value)), 80);
  const key = JSON.stringify([shown, words, kind]);
  if (place.dataset.shown === key) return;
  place.dataset.shown = key;
  place.replaceChildren(...(shown ? [h("span", { class: "shown" }, h("bdi", {}, shown)), " "] : []), tag(words, kind));
};
