// Elements of the editor's own: texts are texts, whatever is in them.
const h = (tag, given = {}, ...children) => {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(given)) {
    if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
    else if (name === "value" || name === "checked" || name === "disabled" || name === "hidden") made[name] = value;
    else if (value !== undefined && value !== null && value !== false)
      made.setAttribute(name, value === true ? "" : value);
  }
  made.append(...children.flat(3).filter((one) => one !== undefined && one !== null && one !== false));
  return made;
};

const button = (text, onclick, given = {}) => h("button", { type: "button", onclick, ...given }, text);
const code = (text) => h("code", { dir: "ltr" }, text);
const tag = (text, kind = "") => h("span", { class: `tag ${kind}` }, text);
const hint = (text, id) => h("p", { class: "hint", id }, text);

/** What the collector found wrong with a place, such as `["triggers", 0, "selector"]`, and with what lies in it. */
const faultsOf = (place, deep = false) => {
  const wanted = place.map((step) => `/${step}`).join("");
  return work.faults.filter(({ pointer }) => pointer === wanted || (deep && pointer.startsWith(`${wanted}/`)));
};
const wrongs = (faults, id) =>
  faults.length > 0 && h("p", { class: "wrong", id }, faults.map(({ message }) => message).join(" "));

/** A control with its label, a hint and what is wrong with it. `given` are attributes and listeners of the control. */
const labelled = (id, label, control, { hint: words, faults = [] } = {}) => {
  const described = [words && `${id}-hint`, faults.length > 0 && `${id}-wrong`].filter(Boolean).join(" ");
  control.id = id;
  if (described) control.setAttribute("aria-describedby", described);
  if (faults.length > 0) control.setAttribute("aria-invalid", "true");
  return h(
    "div",
    { class: "field" },
    h("label", { for: id }, label),
    control,
    words && hint(words, `${id}-hint`),
    wrongs(faults, `${id}-wrong`),
  );
};

const textInput = (value, oninput, given = {}) =>
  h("input", {
    type: "text",
    value: value ?? "",
    oninput: ({ target }) => oninput(target.value),
    autocomplete: "off",
    spellcheck: "false",
    autocapitalize: "off",
    ...given,
  });

/** One of several: `options` are `[value, words]`. */
const choice = (name, legend, options, chosen, onchange) =>
  h(
    "fieldset",
    { class: "choice" },
    h("legend", {}, legend),
    h(
      "div",
      { class: "options" },
      options.map(([value, words]) =>
        h(
          "label",
          { class: "option" },
          h("input", {
            type: "radio",
            name,
            id: `${name}-${value}`,
            value,
            checked: value === chosen,
            onchange: () => onchange(value),
          }),
          h("span", {}, words),
        ),
      ),
    ),
  );

const select = (options, chosen, onchange) =>
  h(
    "select",
    { onchange: ({ target }) => onchange(target.value) },
    options.map(([value, words]) => h("option", { value, selected: value === chosen }, words)),
  );

/** `1 element`, `3 elements`. */
const counted = (number, one, many = `${one}s`) => `${number} ${number === 1 ? one : many}`;

const shortened = (text, most = 60) => (text.length > most ? `${text.slice(0, most - 1)}…` : text);
const clock = (moment) => new Date(moment).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });

/** Hides those entries of a list that do not have a text. */
const sift = (list, text) => {
  const wanted = text.trim().toLowerCase();
  for (const one of list?.children ?? []) one.hidden = !one.textContent.toLowerCase().includes(wanted);
};
