// Where one field gets its value from, by pointing; the field itself is made here if there is none.
const NEEDS_NAME = { attribute: "Attribute", input: "Name of the input", url: "Parameter", data_layer: "Path" };

const openMapping = (at, name) => {
  const trigger = work.draft.triggers[at];
  const source = structuredClone((name && trigger.values?.[name]) ?? { from: "text" });
  panel.mapping = {
    at,
    name,
    source,
    field: name ? null : { name: "", type: "text" },
    isTouched: Boolean(name),
    start: startOf(trigger),
  };
  show("mapping", at, name);
};

screens.mapping = (at, name) => {
  const trigger = work.draft.triggers[at];
  if (!trigger || (name && !fieldOf(name))) return screens.event();
  const mapping =
    panel.mapping?.at === at && panel.mapping.name === name
      ? panel.mapping
      : (panel.mapping = {
          at,
          name,
          source: structuredClone((name && trigger.values?.[name]) ?? { from: "text" }),
          field: name ? null : { name: "", type: "text" },
          isTouched: Boolean(name),
          start: startOf(trigger),
        });
  const { source } = mapping;
  const change = (from) => {
    mapping.source = { from };
    draw();
  };
  return {
    title: name ?? "New value",
    back: ["Back to the trigger", () => show("trigger", at)],
    body: [
      choice("from", "Where it comes from", Object.entries(SOURCES), source.from, change),
      sourceControls(mapping),
      h("div", { class: "preview" }, h("h2", {}, "Now"), h("p", { id: "preview", role: "status" })),
      !name &&
        h(
          "section",
          { class: "part", "aria-labelledby": "new-field" },
          h("h2", { id: "new-field" }, "The field"),
          fieldControls(mapping.field, -1),
        ),
      wrongs(faultsOf(["triggers", at, "values", name ?? ""], true), "mapping-wrong"),
    ],
    foot: [
      button("Use it", () => useMapping(mapping), { id: "use" }),
      button("Cancel", () => show("trigger", at), { class: "second" }),
    ],
    tick: () => followMapping(mapping),
  };
};

const fieldOfMapping = ({ name, field }) => (name ? fieldOf(name) : field);

const startOfMapping = (mapping) => startOf(work.draft.triggers[mapping.at]);

const followMapping = (mapping) => {
  const start = startOfMapping(mapping);
  const element = isOnPage(mapping.source) ? safeSource(mapping.source, start) : null;
  light(
    [
      start && start !== topOf(page.document) && { element: start, kind: "like", label: "trigger" },
      element && { element, kind: "source", label: fieldOfMapping(mapping).name || "value" },
    ].filter(Boolean),
  );
  tellState(
    document.getElementById("preview"),
    stateOf(fieldOfMapping(mapping), isComplete(mapping.source) ? mapping.source : null, start),
  );
};

const safeSource = (source, start) => {
  try {
    return sourceOf(source, start);
  } catch {
    return null;
  }
};
const isOnPage = ({ from }) => ["text", "attribute", "input"].includes(from);
const isComplete = ({ from, name, selector, value }) =>
  from === "constant"
    ? value !== undefined
    : from === "input"
      ? name !== undefined || selector !== undefined
      : from === "text" || Boolean(name);

/** The kind of source that is chosen has its controls; each keeps what is right already. */
const sourceControls = (mapping) => {
  const { source } = mapping;
  if (isOnPage(source)) return pageControls(mapping);
  if (source.from === "constant") return constantControls(mapping);
  const seen =
    source.from === "url"
      ? [...new URLSearchParams(page.location.search)].map(([path, value]) => ({ path, value }))
      : pathsOfDataLayer();
  return [
    nameControl(mapping),
    seen.length > 0
      ? h(
          "div",
          { class: "seen" },
          h(
            "p",
            { class: "hint", id: "seen-hint" },
            source.from === "url" ? "In the address of this page:" : "In the data layer now, the newest first:",
          ),
          h(
            "ul",
            { class: "rungs", id: "seen", "aria-describedby": "seen-hint" },
            seen.map(({ path, value }, number) =>
              seenButton(
                path,
                value,
                number,
                () => {
                  source.name = path;
                  propose(mapping, path.split(".").at(-1), value);
                  draw();
                },
                source.name === path,
              ),
            ),
          ),
        )
      : hint(
          source.from === "url"
            ? "The address of this page has no parameters. Type the name of one that others have."
            : "This page has no data layer, or there is nothing in it.",
        ),
  ];
};

const seenButton = (path, value, number, onclick, isChosen) =>
  h(
    "li",
    {},
    h(
      "button",
      { type: "button", class: "rung", id: `seen-${number}`, "aria-pressed": String(isChosen), onclick },
      code(shortened(path, 60)),
      h("span", {}, h("bdi", {}, shortened(String(value), 60))),
    ),
  );

const nameControl = (mapping) => {
  const { source } = mapping;
  return labelled(
    "source-name",
    NEEDS_NAME[source.from],
    textInput(
      source.name,
      (text) => {
        if (text) source.name = text;
        else delete source.name;
        sift(document.getElementById("seen"), text);
        followMapping(mapping);
      },
      { class: "mono", dir: "ltr" },
    ),
    { faults: faultsOf(["triggers", mapping.at, "values", mapping.name ?? "", "name"]) },
  );
};

const constantControls = (mapping) => {
  const { source } = mapping;
  const { type } = fieldOfMapping(mapping);
  if (type === "boolean") {
    source.value ??= true;
    return choice(
      "constant",
      "Value",
      [
        ["true", "Yes"],
        ["false", "No"],
      ],
      String(source.value),
      (value) => {
        source.value = value === "true";
        followMapping(mapping);
      },
    );
  }
  return labelled(
    "constant",
    "Value",
    textInput(
      source.value === undefined ? "" : String(source.value),
      (text) => {
        if (text) source.value = text;
        else delete source.value;
        if (!mapping.name) propose(mapping, "value", text, false);
        followMapping(mapping);
      },
      { inputmode: NUMBERS.includes(type) ? "decimal" : undefined },
    ),
    { faults: faultsOf(["triggers", mapping.at, "values", mapping.name ?? "", "value"]) },
  );
};

const pageControls = (mapping) => {
  const { source } = mapping;
  const element = safeSource(source, startOfMapping(mapping));
  const set = (text) => {
    if (text) source.selector = text;
    else delete source.selector;
    followMapping(mapping);
  };
  return [
    button("Pick on the page", () => pickValue(mapping), {
      id: "pick",
      class: source.selector || source.name ? "second" : "",
    }),
    h("div", { id: "value-note" }),
    source.from === "attribute" && [nameControl(mapping), attributeList(mapping, element)],
    source.from === "input" && source.selector === undefined && nameControl(mapping),
    labelled(
      "source-selector",
      "Selector",
      textInput(source.selector, set, {
        class: "mono",
        dir: "ltr",
        placeholder: source.from === "input" ? "by its name" : "the element itself",
      }),
      {
        hint: "Looked for within the trigger’s element, then ever wider around it.",
        faults: faultsOf(["triggers", mapping.at, "values", mapping.name ?? "", "selector"]),
      },
    ),
  ];
};

const attributeList = (mapping, element) => {
  const all = element
    ? inAList(attributesOf(element)).filter(({ name }) => !["class", "style", "id"].includes(name))
    : [];
  return (
    all.length > 0 &&
    h(
      "ul",
      { class: "rungs", "aria-label": "Attributes of the element" },
      all.slice(0, 20).map(({ name, value }, number) =>
        seenButton(
          name,
          value,
          number,
          () => {
            mapping.source.name = name;
            propose(mapping, name.replace(/^data-/, ""), value);
            draw();
          },
          mapping.source.name === name,
        ),
      ),
    )
  );
};
