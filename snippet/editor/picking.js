// Pointing at an element. Meanwhile the editor's frame covers the page: no click, hover or key reaches it, whatever it
// listens to or stops, and what lies under the point is asked of the browser.
const UNSEEN = "head,script,style,link,meta,title,template,noscript,base";
const picking = { element: null, stack: [], done: null, on: null };

/** Resolves with the element that somebody has chosen, or null. `words` says what for, `on` is the kind of trigger. */
const pick = ({ words, on, from, label }) =>
  new Promise((done) => {
    Object.assign(picking, { on, done, label, element: null, stack: [] });
    const output = h("output", { class: "pointed", "aria-live": "polite" });
    const shield = h("div", {
      class: "shield",
      tabindex: "0",
      role: "application",
      "aria-label": `${words}. Arrow keys go through the page, Enter takes, Escape ends.`,
      onpointermove: ({ clientX, clientY, pointerType }) => pointerType === "mouse" && pointAt(clientX, clientY),
      onclick: (event) => takeAt(event),
      onwheel: scrollUnder,
      onkeydown: moveByKey,
      oncontextmenu: (event) => event.preventDefault(),
    });
    picking.output = output;
    const bar = h(
      "div",
      { class: "bar", role: "toolbar", "aria-label": "Pointing" },
      h(
        "p",
        {},
        h("strong", {}, words),
        h("span", { class: "keys" }, " Click, or use the arrow keys and Enter."),
        h("span", { class: "taps" }, " Tap, and tap again to take it."),
      ),
      output,
      h(
        "div",
        { class: "row" },
        button("Wider", () => choose(step.ArrowUp(picking.element)), {
          class: "second",
          title: "The element around it (arrow up)",
        }),
        button("Inside", () => choose(step.ArrowDown(picking.element)), {
          class: "second",
          title: "The first element in it (arrow down)",
        }),
        button("Behind", () => choose(behind()), { class: "second", title: "What is covered by it" }),
        button("Take it", () => picking.element && endPicking(picking.element)),
        button("Cancel", () => endPicking(null), { class: "second" }),
        button("", () => bar.classList.toggle("above"), {
          class: "plain icon swap",
          "aria-label": "Move this bar out of the way",
          title: "Move this bar out of the way",
        }),
      ),
    );
    picking.place = h("section", { "aria-label": "Pointing" }, shield, bar);
    bar.addEventListener("keydown", (event) => event.key === "Escape" && endPicking(null));
    setWide(true);
    document.body.append(picking.place);
    shield.focus();
    if (from) choose(from);
  });

const endPicking = (element) => {
  picking.place.remove();
  light([]);
  setWide(false);
  picking.done(element);
};

const pointAt = (x, y) => {
  const stack = allAt(x, y);
  if (stack[0] === picking.stack[0] && picking.element) return;
  choose(stack.length > 0 ? meant(stack[0], picking.on) : null, stack);
};

const takeAt = ({ clientX, clientY, detail }) => {
  // A key that is no pointer clicks in the corner of nowhere.
  if (detail === 0) return;
  const before = picking.element;
  pointAt(clientX, clientY);
  const isMouse = matchMedia("(hover: hover)").matches;
  if (picking.element && (isMouse || picking.element === before)) endPicking(picking.element);
};

const choose = (element, stack = [element]) => {
  if (!element) return;
  Object.assign(picking, { element, stack });
  const told = picking.label(element);
  light([
    ...told.like.filter((one) => one !== element).map((one) => ({ element: one, kind: "like" })),
    { element, kind: "chosen", label: told.text },
  ]);
  picking.output.replaceChildren(code(told.text), ` ${told.words}`);
};

/** What lies under the element that is chosen, at the last place that was pointed at. */
const behind = () => {
  const others = picking.stack.filter((one) => one !== picking.element);
  const at = picking.stack.indexOf(picking.element);
  const next = picking.stack.slice(at + 1).find((one) => !contains(one, picking.element)) ?? others[0];
  picking.element = next ?? picking.element;
  const stack = picking.stack;
  if (next) choose(next, stack);
  return null;
};
const contains = (outer, inner) => pathOf(inner).includes(outer);

const inside = (element) => {
  const inner = innerDocument(element);
  const root = inner ? topOf(inner) : (shadowOf(element) ?? element);
  return childrenOf(root).filter((one) => !isOurs(one) && !fits(one, UNSEEN) && isShown(one));
};
const outside = (element) => {
  const outer = around(element);
  if (isElement(outer)) return outer;
  return outer && kindOf(outer) === DOCUMENT ? frameOf(outer) : outer && around(outer);
};
const beside = (element, far) => {
  const all = outside(element) ? inside(outside(element)) : [element];
  return all[(all.indexOf(element) + far + all.length) % all.length];
};
const step = {
  ArrowUp: (element) => (element ? outside(element) : page.document.body),
  ArrowDown: (element) => inside(element ?? page.document.documentElement)[0],
  ArrowLeft: (element) => (element ? beside(element, -1) : page.document.body),
  ArrowRight: (element) => (element ? beside(element, 1) : page.document.body),
};

const moveByKey = (event) => {
  const { key } = event;
  if (key === "Escape") endPicking(null);
  else if (key === "Enter") picking.element && endPicking(picking.element);
  else if (Object.hasOwn(step, key)) {
    const next = step[key](picking.element ?? (key === "ArrowDown" ? page.document.body : null));
    if (next && next !== page.document.documentElement) {
      bringIntoView(next, { block: "nearest", inline: "nearest" });
      choose(next);
    }
  } else return;
  event.preventDefault();
};

/** A wheel over the frame scrolls the page by itself; what scrolls within the page is scrolled here. */
const scrollUnder = ({ clientX, clientY, deltaX, deltaY }) => {
  const scrolling = pathOf(allAt(clientX, clientY)[0] ?? null)
    .toReversed()
    .find((one) => {
      const { overflowY, overflowX } = getComputedStyle(one);
      return (
        one !== page.document.scrollingElement &&
        one !== page.document.body &&
        ((/auto|scroll/.test(overflowY) && one.scrollHeight > one.clientHeight) ||
          (/auto|scroll/.test(overflowX) && one.scrollWidth > one.clientWidth))
      );
    });
  scrolling?.scrollBy({ left: deltaX, top: deltaY, behavior: "instant" });
};
