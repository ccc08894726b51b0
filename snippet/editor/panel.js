// The panel: where it is, what it shows, what it says. One screen at a time; a screen is a function that answers
// `{title, back, body, foot, tick}`. `tick` is called now and then, because the page goes on living meanwhile.
const NARROW = 560;
const TICK_MS = 700;
const panel = { left: null, top: null, height: 0.62, isFolded: false, wide: false, notes: [], busy: 0 };

const isNarrow = () => page.innerWidth < NARROW;
const edge = 12;

const placeFrame = () => {
  const { innerWidth: width, innerHeight: height } = page;
  const put = (box) => {
    for (const [name, size] of Object.entries(box)) stage.frame.style.setProperty(name, `${Math.round(size)}px`);
  };
  stage.frame.className = panel.wide ? "wide" : isNarrow() ? "sheet" : "window";
  document.documentElement.classList.toggle("narrow", isNarrow());
  const folded = 54;
  if (panel.wide) put({ left: 0, top: 0, width, height });
  else if (isNarrow()) {
    const tall = panel.isFolded ? folded : Math.min(Math.max(panel.height, 0.25), 0.94) * height;
    put({ left: 0, top: height - tall, width, height: tall });
  } else {
    const across = Math.min(408, width - 2 * edge);
    const tall = panel.isFolded ? folded : Math.min(780, height - 2 * edge);
    const isRtl = getComputedStyle(topOf(page.document)).direction === "rtl";
    panel.left ??= isRtl ? edge : width - across - edge;
    panel.top ??= edge;
    put({
      left: Math.min(Math.max(panel.left, 0), width - across),
      top: Math.min(Math.max(panel.top, 0), height - folded),
      width: across,
      height: tall,
    });
  }
};

const setWide = (wide) => {
  panel.wide = wide;
  document.documentElement.classList.toggle("picking", wide);
  placeFrame();
};

const moveBy = (x, y) => {
  if (isNarrow()) panel.height = Math.min(Math.max(panel.height - y / page.innerHeight, 0.25), 0.94);
  else {
    panel.left = Math.min(Math.max(panel.left + x, 0), page.innerWidth - 120);
    panel.top = Math.min(Math.max(panel.top + y, 0), page.innerHeight - 54);
  }
  placeFrame();
};

/** Drags by the pointer, and moves with the arrow keys. The screen's coordinates, because the frame itself moves. */
const draggable = (handle) => {
  let last = null;
  handle.addEventListener("pointerdown", ({ pointerId, screenX, screenY }) => {
    last = [screenX, screenY];
    handle.setPointerCapture(pointerId);
  });
  handle.addEventListener("pointermove", ({ screenX, screenY }) => {
    if (!last) return;
    moveBy(screenX - last[0], screenY - last[1]);
    last = [screenX, screenY];
  });
  for (const end of ["pointerup", "pointercancel"])
    handle.addEventListener(end, () => {
      last = null;
    });
  handle.addEventListener("keydown", (event) => {
    const far = { ArrowLeft: [-24, 0], ArrowRight: [24, 0], ArrowUp: [0, -24], ArrowDown: [0, 24] }[event.key];
    if (!far) return;
    moveBy(...far);
    event.preventDefault();
  });
  return handle;
};

const fold = () => {
  panel.isFolded = !panel.isFolded;
  document.documentElement.classList.toggle("folded", panel.isFolded);
  const toggle = document.getElementById("fold");
  toggle.setAttribute("aria-expanded", String(!panel.isFolded));
  toggle.setAttribute("aria-label", panel.isFolded ? "Unfold the editor" : "Fold the editor away");
  placeFrame();
};

const buildPanel = () => {
  document.documentElement.lang = "en";
  document.title = "Custom Events Editor";
  document.documentElement.dir = "ltr";
  const grip = draggable(
    button("", () => {}, {
      class: "grip plain",
      "aria-label": "Move the editor: drag it, or use the arrow keys",
      title: "Move",
    }),
  );
  document.body.append(
    h(
      "div",
      { class: "panel" },
      h(
        "header",
        {},
        grip,
        h(
          "div",
          { class: "named" },
          h("h1", { id: "title" }),
          h("p", { class: "where" }, `${about.section.name} · open until ${clock(about.expires_at)}`),
        ),
        button("", fold, {
          class: "plain icon fold",
          id: "fold",
          "aria-expanded": "true",
          "aria-label": "Fold the editor away",
        }),
        button("", () => show("leave"), { class: "plain icon leave", "aria-label": "Leave the editor" }),
      ),
      h("div", { id: "notes", role: "status" }),
      h("main", { id: "screen", tabindex: "-1" }),
      h("footer", { id: "foot" }),
    ),
  );
  // Whatever the browser or the page does about a key is not meant here.
  addEventListener("keydown", (event) => event.stopPropagation());
  listen(page, "resize", placeFrame);
  setInterval(() => {
    if (!panel.wide) panel.tick?.();
  }, TICK_MS);
  placeFrame();
};

const screens = {};

/** Goes to a screen; it is where somebody is again on the next page of the site. */
const show = (name, ...given) => {
  work.place = [name, ...given];
  keepInTab();
  panel.notes = [];
  stopTrial();
  light([]);
  draw();
  document.getElementById("screen").scrollTop = 0;
  document.getElementById("screen").focus({ preventScroll: true });
};

/** Draws the screen anew, and leaves the keyboard where it was. */
const draw = () => {
  const [name, ...given] = work.place;
  const focused = document.activeElement?.id;
  const { title, back, body, foot = [], tick } = screens[name](...given);
  panel.tick = tick;
  document.getElementById("title").textContent = title;
  const main = document.getElementById("screen");
  const scrolled = main.scrollTop;
  main.replaceChildren(
    ...[back && button(back[0], back[1], { class: "plain back", id: "back" }), ...body].flat().filter(Boolean),
  );
  main.scrollTop = scrolled;
  document.getElementById("foot").replaceChildren(...foot.filter(Boolean));
  drawNotes();
  tick?.();
  if (focused && focused !== "screen") document.getElementById(focused)?.focus({ preventScroll: true });
};

const drawNotes = () => document.getElementById("notes").replaceChildren(...panel.notes);

/** Says something above the screen, until the next one. */
const say = (kind, words, ...more) => {
  panel.notes = [h("div", { class: `note ${kind}` }, h("p", {}, words), more)];
  drawNotes();
};

/** Does what may be refused, and says so where it belongs. Answers whether it went well. Nothing is asked for twice. */
const attempt = async (act) => {
  const focused = document.hasFocus() ? document.activeElement : null;
  setBusy(1);
  try {
    await act();
    return true;
  } catch (refused) {
    if (!(refused instanceof Refused)) throw refused;
    tellRefusal(refused);
    return false;
  } finally {
    setBusy(-1);
    // Whoever went on to the page meanwhile stays there.
    const isLost = document.hasFocus() && document.activeElement === document.body;
    if (focused && isLost) (document.getElementById(focused.id) ?? focused).focus();
  }
};

const setBusy = (more) => {
  panel.busy += more;
  document.documentElement.classList.toggle("busy", panel.busy > 0);
  document.getElementById("foot").inert = panel.busy > 0;
};

const tellRefusal = (refused) => {
  const { status, code: reason, message, errors } = refused;
  if (status === 401) tellExpired();
  else if (status === 422 && errors.length > 0) {
    work.faults = errors.map(placed);
    draw();
    say("bad", `${counted(errors.length, "thing")} to put right: ${errors.map((one) => one.message).join(" ")}`);
  } else if (status === 412) tellStale(refused);
  else if (reason === "held") tellHeld(refused);
  else say("bad", message);
};

const tellExpired = () => {
  tab.forget(TOKEN);
  keepInTab();
  panel.isOver = true;
  const back = `${new URL(about.doors).origin}/`;
  say(
    "bad",
    "This editor’s hour is over, or your role has changed. What you made is kept in this tab.",
    h(
      "p",
      {},
      "To go on, leave this tab open, and open the editor on your site once more from Fieldpost: ",
      "it takes up what you made here.",
    ),
    h("a", { class: "button", href: back, target: "_blank", rel: "noreferrer" }, "To Fieldpost"),
  );
};

const tellStale = ({ rest }) =>
  say(
    "bad",
    "Somebody else changed this in the meantime.",
    h(
      "div",
      { class: "row" },
      button("Keep mine", () => {
        work.revision = rest.revision ?? work.revision;
        say("quiet", "Save once more: yours will replace theirs.");
      }),
      button(
        "Take theirs",
        () =>
          attempt(async () => {
            await openDefinition(work.draft.event_name);
            show("event");
          }),
        { class: "second" },
      ),
    ),
  );
