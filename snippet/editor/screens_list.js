// The screens at the beginning and the end: the list of events, a new one, leaving.
const CATEGORY_WORDS = {
  transaction: "Transaction: money or goods change hands",
  conversion: "Conversion: a step that you want",
  signal: "Signal: something of interest",
};

const MANY = 7;

screens.list = () => {
  const { definitions = [] } = panel.list ?? {};
  const rows = definitions.map((one) =>
    h(
      "li",
      {},
      h(
        "button",
        {
          type: "button",
          class: "card",
          onclick: () =>
            attempt(async () => {
              await openDefinition(one.event_name);
              show("event");
            }),
        },
        h("strong", {}, one.title || one.event_name),
        code(one.event_name),
        h(
          "span",
          { class: "tags" },
          tag(one.category),
          tag(one.triggers ? counted(one.triggers, "trigger") : "no trigger", one.triggers ? "good" : ""),
          (one.has_draft || one.is_new) && tag("draft", "change"),
        ),
      ),
    ),
  );
  return {
    title: "Events of this site",
    body: [
      h("p", { class: "lead" }, "Choose an event to make it happen by itself on this page, or make a new one."),
      rows.length > MANY &&
        labelled(
          "find",
          "Find",
          textInput("", (text) => sift(document.getElementById("events"), text), { type: "search" }),
        ),
      rows.length > 0
        ? h("ul", { class: "cards", id: "events" }, rows)
        : h("p", { class: "empty" }, "There is no event for this site yet."),
    ],
    foot: [
      button("New event", () => {
        panel.made = { title: "", event_name: "", category: "signal" };
        show("make");
      }),
    ],
  };
};

/** An event has a field at least: which page it was is worth knowing of any. */
const FIRST_FIELDS = [{ name: "page_url", type: "text", fill: "page.url" }];

const loadList = () =>
  attempt(async () => {
    panel.list = await doors.list();
  });

const nameOf = (title) =>
  title
    .normalize("NFKD")
    .replace(/\p{M}/gu, "")
    .toLowerCase()
    .replace(/[^a-z0-9_./-]+/g, ".")
    .replace(/^[.]+|[.]+$/g, "")
    .slice(0, 100);

screens.make = () => {
  const made = (panel.made ??= { title: "", event_name: "", category: "signal" });
  const isFree = () => !(panel.list?.definitions ?? []).some((one) => one.event_name === made.event_name);
  const create = () => {
    const name = made.event_name || nameOf(made.title);
    made.event_name = name;
    const wrong = !name
      ? "Give it a title or a name."
      : !/^[a-z0-9_./-]{1,100}$/.test(name)
        ? "A name has small letters, digits and _ . / - only."
        : !isFree()
          ? "There is an event of this name already."
          : "";
    if (wrong) {
      work.faults = [{ pointer: "/event_name", message: wrong }];
      draw();
      document.getElementById("event-name").focus();
      return;
    }
    begin(
      {
        event_name: name,
        title: made.title || name,
        category: made.category,
        fields: structuredClone(FIRST_FIELDS),
        triggers: [],
      },
      { isNew: true },
    );
    show("event");
  };
  const name = textInput(
    made.event_name,
    (text) => {
      made.event_name = text;
      made.isOwn = text !== "";
    },
    { class: "mono", placeholder: "newsletter.signed_up", dir: "ltr" },
  );
  const title = textInput(
    made.title,
    (text) => {
      made.title = text;
      if (!made.isOwn) name.value = made.event_name = nameOf(text);
    },
    { placeholder: "Newsletter signed up", spellcheck: "true" },
  );
  return {
    title: "New event",
    back: [
      "All events",
      () => {
        work.faults = [];
        show("list");
      },
    ],
    body: [
      labelled("event-title", "Title", title, { hint: "For people: in lists and on timelines." }),
      labelled("event-name", "Name", name, {
        hint: "For programs. It never changes.",
        faults: faultsOf(["event_name"]),
      }),
      choice("category", "What kind of event is it?", Object.entries(CATEGORY_WORDS), made.category, (value) => {
        made.category = value;
      }),
    ],
    foot: [button("Make the event", create)],
  };
};

/** Forgets the token and loads the page again, so that its snippets start. */
const leave = () => {
  tab.forget(TOKEN);
  tab.forget(KEPT);
  try {
    delete page.fieldpost.edit;
  } catch {
    /* It is only for pages without storage. */
  }
  page.history.replaceState(page.history.state, "", addressOf(page));
  page.location.reload();
};

screens.leave = () => ({
  title: "Leave the editor",
  back: ["Go on editing", () => show(work.draft ? "event" : "list")],
  body: [
    isChanged() && h("p", { class: "note bad" }, "There are changes that are not saved. They are gone when you leave."),
    h("p", {}, "The page is loaded again without the editor, and its snippets collect as always."),
    h("p", {}, "To come back, choose “Open on your site” in Fieldpost."),
  ],
  foot: [
    button(isChanged() ? "Leave without saving" : "Leave", leave, { class: isChanged() ? "danger" : "" }),
    isChanged() &&
      button("Save and leave", () =>
        attempt(async () => {
          await saveDraft();
          leave();
        }),
      ),
  ],
});
