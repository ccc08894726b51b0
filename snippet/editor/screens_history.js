// The changes of the triggers, each of which can be undone.
const openHistory = () =>
  attempt(async () => {
    panel.changes = (await doors.history(work.draft.event_name)).changes;
    show("history");
  });

screens.history = () => ({
  title: "History of the triggers",
  back: ["Back to the event", () => show("event")],
  body: [
    h(
      "p",
      { class: "lead" },
      "Which page and which element counts, since the beginning. Undoing takes effect at once.",
    ),
    isChanged() &&
      h("p", { class: "note quiet" }, "There are changes that are not saved: undoing takes the place of them."),
    panel.changes?.length > 0
      ? h("ol", { class: "cards" }, panel.changes.map(changeCard))
      : h("p", { class: "empty" }, "Nothing was published yet."),
  ],
});

const changeCard = ({ id, at, by, triggers, undoes }, number) =>
  h(
    "li",
    { class: "card change" },
    h(
      "p",
      { class: "row between" },
      h("strong", {}, new Date(at).toLocaleString([], { dateStyle: "medium", timeStyle: "short" })),
      number === 0 && tag("in force", "good"),
    ),
    h("p", { class: "hint" }, by, undoes ? ", undoing a change" : ""),
    triggers.length > 0
      ? h(
          "ul",
          { class: "plain-list" },
          triggers.map((one) => h("li", {}, inWords(one))),
        )
      : h("p", {}, "No triggers."),
    button("Undo this change", () => undo(id), { class: "second small", id: `undo-${number}` }),
  );

const undo = (id) =>
  attempt(async () => {
    await doors.undo(work.draft.event_name, id);
    await openDefinition(work.draft.event_name);
    await openHistory();
    say("good", "Undone: the triggers are as they were before that change, from now on.");
  });
