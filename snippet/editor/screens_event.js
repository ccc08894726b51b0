// One event: its triggers, its fields, and what can be done with them all.
screens.event = () => {
  const { draft } = work;
  return {
    title: draft.title || draft.event_name,
    back: ["All events", () => backToList()],
    body: [
      h(
        "div",
        { class: "facts" },
        code(draft.event_name),
        " ",
        tag(draft.category),
        " ",
        work.isNew ? tag("new", "change") : null,
        isChanged()
          ? tag("not saved", "change")
          : work.isDraft
            ? tag("draft saved", "change")
            : tag("as published", "good"),
        !work.isNew && button("History", () => openHistory(), { class: "plain small", id: "history" }),
      ),
      wrongs(
        faultsOf(["event_name"]).concat(
          faultsOf(["title"]),
          faultsOf(["triggers"]),
          faultsOf(["fields"]),
          faultsOf([]),
        ),
        "event-wrong",
      ),
      h(
        "section",
        { "aria-labelledby": "triggers-title" },
        h("h2", { id: "triggers-title" }, "What makes it happen"),
        draft.triggers.length > 0
          ? h("ul", { class: "cards" }, draft.triggers.map(triggerCard))
          : h("p", { class: "empty" }, "Nothing yet: point at something on the page."),
        h(
          "div",
          { class: "kinds" },
          Object.entries(TRIGGERS).map(([on, words]) =>
            button(words, () => addTrigger(on), { class: `second kind ${on}`, "aria-label": `Add: ${words}` }),
          ),
        ),
      ),
      h(
        "section",
        { "aria-labelledby": "fields-title" },
        h("h2", { id: "fields-title" }, "What it brings along"),
        Date.parse(work.heldUntil) > Date.now() &&
          hint(
            `Fields were changed a moment ago: changes of theirs can be published from ${clock(work.heldUntil)} on.`,
          ),
        draft.fields.length > 0
          ? h("ul", { class: "cards" }, draft.fields.map(fieldCard))
          : h("p", { class: "hint" }, "No fields. They can be made while a trigger’s values are mapped."),
        button("Add a field", () => show("field", -1), { class: "second", id: "add-field" }),
      ),
    ],
    foot: [
      button("Try it", () => startTrying(), { disabled: draft.triggers.length === 0, id: "try" }),
      button(
        "Save draft",
        () =>
          attempt(async () => {
            await saveDraft();
            draw();
            say("good", "The draft is saved. It does not count yet.");
          }),
        { class: "second", id: "save", disabled: !isChanged() },
      ),
      button("Publish", () => publish(), { class: "second", id: "publish" }),
    ],
    tick: () => lightTriggers(),
  };
};

const backToList = async () => {
  if (isChanged()) {
    say(
      "bad",
      "What you changed is not saved.",
      h(
        "div",
        { class: "row" },
        button("Save draft", () =>
          attempt(async () => {
            await saveDraft();
            await openList();
          }),
        ),
        button("Throw the changes away", () => openList(), { class: "second" }),
      ),
    );
    return;
  }
  await openList();
};

const openList = async () => {
  if (!(await loadList())) return;
  putAway();
  show("list");
};

const matchesOf = (trigger) => {
  if (!WITH_ELEMENT.includes(trigger.on)) return [];
  const selector =
    trigger.selector ?? (trigger.on === "submit" ? "form" : `[data-fieldpost=${quoted(work.draft.event_name)}]`);
  return isSelector(selector) ? found(selector) : [];
};

const lightTriggers = () => {
  const here = work.draft.triggers.filter((one) => isForThisPage(one));
  light(here.flatMap((one) => matchesOf(one).map((element) => ({ element, kind: "like" }))));
  work.draft.triggers.forEach((one, at) => document.getElementById(`trigger-${at}-here`)?.replaceChildren(hereOf(one)));
};

const hereOf = (trigger) => {
  if (!isForThisPage(trigger)) return tag("not on this page");
  if (!WITH_ELEMENT.includes(trigger.on)) return tag("on this page", "good");
  const count = matchesOf(trigger).length;
  return tag(count > 0 ? `${counted(count, "element")} here` : "no element here", count > 0 ? "good" : "bad");
};

/** When a published trigger last made an event, and where; nothing for one that is new or changed. */
const healthOf = (trigger) => {
  const known = (panel.health ?? []).find((one) => sameAs(one.trigger, trigger));
  if (!known) return false;
  if (!known.fired_at) return tag("has not fired yet");
  const when = new Date(known.fired_at).toLocaleString([], { dateStyle: "medium", timeStyle: "short" });
  const where = known.address ? ` on ${shortened(known.address, 60)}` : "";
  return tag(`${known.is_silent ? "silent since" : "last fired"} ${when}${where}`, known.is_silent ? "bad" : "");
};

/** Whether two values are the same as JSON, whatever the order of their members. */
const sameAs = (one, other) => inOrder(one) === inOrder(other);
const inOrder = (value) =>
  JSON.stringify(value, (_, inner) =>
    inner !== null && typeof inner === "object" && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );

const triggerCard = (trigger, at) => {
  const faults = faultsOf(["triggers", at], true);
  const mapped = Object.keys(trigger.values ?? {});
  return h(
    "li",
    { class: "card row-card" },
    h(
      "button",
      { type: "button", class: "open", id: `trigger-${at}`, onclick: () => show("trigger", at) },
      h("strong", {}, TRIGGERS[trigger.on]),
      h("span", { class: "words" }, inWords(trigger)),
      h(
        "span",
        { class: "tags" },
        h("span", { id: `trigger-${at}-here` }, hereOf(trigger)),
        healthOf(trigger),
        mapped.length > 0 && tag(`${counted(mapped.length, "value")}: ${shortened(mapped.join(", "), 40)}`),
      ),
    ),
    button(
      "",
      () => {
        work.draft.triggers.splice(at, 1);
        work.faults = [];
        keepInTab();
        draw();
      },
      { class: "plain icon remove", "aria-label": `Remove the trigger: ${inWords(trigger)}` },
    ),
    wrongs(faults, `trigger-${at}-wrong`),
  );
};

const fieldCard = (field, at) => {
  const faults = faultsOf(["fields", at], true);
  return h(
    "li",
    { class: "card row-card" },
    h(
      "button",
      { type: "button", class: "open", id: `field-${at}`, onclick: () => show("field", at) },
      code(field.name),
      h(
        "span",
        { class: "tags" },
        tag(labelOfType(field.type)),
        field.required && tag("required"),
        field.fill && tag(`filled: ${field.fill}`),
      ),
    ),
    button("", () => removeField(field, at), {
      class: "plain icon remove",
      "aria-label": `Remove the field ${field.name}`,
    }),
    wrongs(faults, `field-${at}-wrong`),
  );
};

const removeField = (field, at) => {
  work.draft.fields.splice(at, 1);
  for (const trigger of work.draft.triggers) if (trigger.values) delete trigger.values[field.name];
  work.faults = [];
  keepInTab();
  draw();
};

const addTrigger = (on) => {
  work.draft.triggers.push(on === "time" ? { on, seconds: 30 } : { on });
  const at = work.draft.triggers.length - 1;
  show("trigger", at);
  if (WITH_ELEMENT.includes(on)) pickForTrigger(at, true);
};

const publish = (given = {}) =>
  attempt(async () => {
    if (!given.only && (isChanged() || !work.isDraft)) await saveDraft();
    const answer = await doors.publish(work.draft.event_name, { revision: work.revision, ...given });
    await openDefinition(work.draft.event_name);
    show("event");
    say("good", publishedInWords(answer, given));
  });

const publishedInWords = ({ state, version, current_from: from, held_until: until }, { only }) => {
  const when = from ?? until;
  if (only) return "The triggers are published: they count from now on. The fields wait as a draft.";
  if (state === "pending")
    return `The triggers count from now on, the fields (version ${version}) from ${clock(when)}.`;
  if (state === "unchanged") return "Published: the triggers count from now on. The fields are as they were.";
  return `Published: version ${version} counts from now on.`;
};

const tellHeld = ({ message, rest }) => {
  const until = rest.held_until ?? work.heldUntil;
  say(
    "bad",
    until ? `The fields were changed a moment ago, and cannot be changed again before ${clock(until)}.` : message,
    h("p", {}, "Which page and which element counts can be published now."),
    h(
      "div",
      { class: "row" },
      button("Publish the triggers alone", () => publish({ only: "triggers" })),
    ),
  );
};

screens.field = (at) => {
  const before = work.draft.fields[at];
  const field = (panel.field ??= structuredClone(before ?? { name: "", type: "text" }));
  const back = () => {
    panel.field = null;
    show("event");
  };
  const keep = () => {
    const wrong = wrongNameOf(field.name, before?.name);
    if (wrong) {
      work.faults = [{ pointer: `/fields/${at}/name`, message: wrong }];
      draw();
      document.getElementById("field-name").focus();
      return;
    }
    if (before) renameField(before.name, field.name);
    work.draft.fields.splice(before ? at : work.draft.fields.length, before ? 1 : 0, field);
    work.faults = [];
    back();
  };
  return {
    title: before ? before.name : "New field",
    back: ["Back", back],
    body: fieldControls(field, at),
    foot: [button("Use it", keep), button("Cancel", back, { class: "second" })],
  };
};

const wrongNameOf = (name, before) => {
  if (!/^[A-Za-z][A-Za-z0-9_]{0,63}$/.test(name) || name.toLowerCase() === "source")
    return "A name begins with a letter; letters, digits and _ follow. “source” is taken.";
  const isTaken = work.draft.fields.some((one) => one.name !== before && one.name.toLowerCase() === name.toLowerCase());
  return isTaken ? "There is a field of this name already." : "";
};

const renameField = (before, name) => {
  for (const { values } of work.draft.triggers) {
    if (!values || before === name || !(before in values)) continue;
    values[name] = values[before];
    delete values[before];
  }
};

const fieldControls = (field, at) => [
  labelled(
    "field-name",
    "Name",
    textInput(
      field.name,
      (text) => {
        field.name = text;
      },
      { class: "mono", dir: "ltr" },
    ),
    { faults: faultsOf(["fields", at, "name"]) },
  ),
  labelled(
    "field-type",
    "Type",
    select(
      about.words.types.map(({ name, label }) => [name, label]),
      field.type,
      (type) => {
        field.type = type;
        if (type !== "text") delete field.fill;
        draw();
      },
    ),
    { faults: faultsOf(["fields", at, "type"]) },
  ),
  field.type === "text" &&
    labelled(
      "field-fill",
      "Filled in by itself",
      select([["", "Not"], ...about.words.fills.map((one) => [one, one])], field.fill ?? "", (fill) => {
        if (fill) field.fill = fill;
        else delete field.fill;
      }),
      { hint: "What the snippet puts in where a trigger gives nothing." },
    ),
  h(
    "label",
    { class: "check" },
    h("input", {
      type: "checkbox",
      id: "field-required",
      checked: Boolean(field.required),
      onchange: ({ target }) => {
        if (target.checked) field.required = true;
        else delete field.required;
      },
    }),
    h("span", {}, "Required: an event without it is refused"),
  ),
];
