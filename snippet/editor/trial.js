// Try it: the draft's real snippet in this page, which tells the editor what it would send. Nothing is stored.
const trial = { firings: [], isRunning: false, number: 0 };
const MOST_FIRINGS = 50;

const startTrying = () =>
  attempt(async () => {
    const tried = await saveDraft();
    show("try");
    trial.firings = [];
    await beginTrial(tried);
  });

const beginTrial = async (tried) => {
  const number = ++trial.number;
  trial.isRunning = true;
  stage.listenToCalls((given) => {
    if (number === trial.number && trial.isRunning) takeFiring(given);
  });
  const address = new URL(tried, about.doors);
  address.search = `?${number}${Date.now()}`;
  try {
    await stage.load(address.href);
  } catch {
    trial.isRunning = false;
    say(
      "bad",
      "The page did not load the draft’s snippet: its Content-Security-Policy needs to allow scripts from ",
      code(about.doors.replace(/editor\/$/, "")),
    );
  }
  draw();
};

const stopTrial = () => {
  if (!trial.isRunning) return;
  trial.isRunning = false;
  trial.number++;
  try {
    page.fieldpost.trying = undefined;
  } catch {
    /* The page has taken it away. */
  }
};

const takeFiring = ({ event, data, source, trigger }) => {
  // Copied as JSON at once: the page may change what it gave. No address of a visitor's has the editor's mark.
  const copy = JSON.parse(JSON.stringify(data ?? {}), (_, value) =>
    typeof value === "string" ? value.replace(/[#&]fieldpost=edit$/, "") : value,
  );
  const firing = { at: Date.now(), data: copy, trigger, event, verdict: null, errors: [] };
  trial.firings = [firing, ...trial.firings].slice(0, MOST_FIRINGS);
  draw();
  judgeFiring(firing, source);
};

/** Asks the collector for its verdict; meanwhile everything else goes on. */
const judgeFiring = async (firing, source) => {
  const body = source === undefined ? { data: firing.data } : { data: firing.data, source };
  try {
    Object.assign(firing, await doors.judge(work.draft.event_name, body));
    if (work.place[0] === "try") draw();
  } catch (refused) {
    if (!(refused instanceof Refused)) throw refused;
    tellRefusal(refused);
  }
};

screens.try = () => ({
  title: "Trying it",
  back: ["Stop, and back to the event", () => show("event")],
  body: [
    h(
      "div",
      { class: "live", role: "status" },
      h("span", { class: `pulse ${trial.isRunning ? "on" : ""}` }),
      trial.isRunning
        ? "The rules are live in this page. Use it as a visitor would: nothing is stored."
        : "Not running.",
    ),
    h(
      "ul",
      { class: "plain-list" },
      work.draft.triggers.map((one) => h("li", {}, inWords(one), isForThisPage(one) ? "" : " (not on this page)")),
    ),
    h(
      "section",
      { "aria-labelledby": "firings-title" },
      h("h2", { id: "firings-title" }, `What happened (${trial.firings.length})`),
      trial.firings.length > 0
        ? h("ol", { class: "firings", "aria-live": "polite" }, trial.firings.map(firingCard))
        : h("p", { class: "empty" }, "Nothing yet."),
    ),
  ],
  foot: [
    button(trial.isRunning ? "Stop" : "Try again", () => (trial.isRunning ? show("event") : startTrying()), {
      class: "second",
      id: "stop",
    }),
    button(
      "Publish",
      () => {
        stopTrial();
        publish();
      },
      { id: "publish" },
    ),
  ],
  tick: () =>
    light(
      trial.isRunning
        ? work.draft.triggers
            .filter((one) => isForThisPage(one))
            .flatMap((one) => matchesOf(one).map((element) => ({ element, kind: "like" })))
        : [],
    ),
});

const VERDICTS = { stored: ["would be stored", "good"], rejected: ["would be refused", "bad"] };

const firingCard = (firing) => {
  const { data, verdict, errors, trigger, at } = firing;
  const [words, kind] = VERDICTS[verdict] ?? ["asking the collector …", ""];
  const rows = Object.entries(data).filter(([, value]) => value !== null);
  const errorsOf = (name) => errors.filter(({ pointer }) => pointer === `/data/${name}`);
  const others = errors.filter(({ pointer }) => !rows.some(([name]) => pointer === `/data/${name}`));
  const by = work.draft.triggers[trigger];
  return h(
    "li",
    { class: `firing ${kind}` },
    h(
      "p",
      { class: "row between" },
      h("strong", {}, by ? TRIGGERS[by.on] : "A call of the page"),
      h("span", {}, tag(words, kind), " ", h("time", {}, new Date(at).toLocaleTimeString())),
    ),
    by && h("p", { class: "words" }, inWords(by)),
    rows.length > 0
      ? h(
          "dl",
          { class: "data" },
          rows.map(([name, value]) => [
            h("dt", {}, code(name)),
            h(
              "dd",
              {},
              h("bdi", {}, shortened(typeof value === "string" ? value : JSON.stringify(value), 120)),
              wrongs(errorsOf(name)),
            ),
          ]),
        )
      : hint("No data."),
    others.map(({ pointer, message }) =>
      h("p", { class: "wrong" }, code(pointer.replace(/^\/data\//, "")), ` ${message}`),
    ),
  );
};
