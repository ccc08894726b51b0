// The live timeline: asks once a second what arrived and puts what is new on top. Everything that comes
// from outside is set as text, never as HTML.

const SECOND = 1000;
const address = document.body.dataset.entries;
const find = (selector, within = document) => within.querySelector(selector);
const shown = new Map();
let isFirst = true;

const DOORS = { beacon: "web page", api: "API" };

const element = (name, text, className = "") => {
  const made = document.createElement(name);
  made.textContent = text;
  if (className) made.className = className;
  return made;
};

const setStatus = (kind, text) => {
  find("[data-status]").className = `status ${kind}`;
  const place = find("[data-status-text]");
  if (place.textContent !== text) place.textContent = text;
};

// Values come as JSON text, so that no digit is lost on the way.
const valueOf = (json) => {
  if (json.startsWith('"')) return element("dd", JSON.parse(json), "text");
  return element("dd", json, /^[-\d]/.test(json) ? "number" : "word");
};

const dataLine = ({ name, value }) => {
  const line = document.createElement("div");
  line.append(element("dt", name), valueOf(value));
  return line;
};

const errorLine = ({ pointer, message }) => {
  const line = document.createElement("li");
  if (pointer) line.append(element("code", pointer), " ");
  line.append(message);
  return line;
};

const whoOf = ({ who, visitor, trust }) => {
  if (who.length) return `${who.join(", ")}${trust === "claimed" ? " (claimed)" : ""}`;
  return visitor ? `visitor ${visitor.slice(0, 6)}…` : "";
};

const factsOf = (entry) => {
  const who = whoOf(entry);
  const door = DOORS[entry.door] ?? entry.door;
  const parts = [entry.source, door !== entry.source && door, who && element("b", who)].filter(Boolean);
  return parts.flatMap((part, index) => (index ? [" · ", part] : [part]));
};

const render = (entry) => {
  const item = find("#entry").content.cloneNode(true).firstElementChild;
  const moment = new Date(entry.at);
  item.classList.add(entry.verdict);
  item.classList.toggle("new", !isFirst);
  find(".event", item).textContent = entry.event || "(no event)";
  find(".verdict", item).textContent = entry.verdict;
  find("time", item).dateTime = entry.at;
  find("time", item).title = entry.at;
  find("time", item).textContent = moment.toLocaleTimeString();
  find(".facts", item).append(...factsOf(entry));
  find(".errors", item).append(...entry.errors.map(errorLine));
  find(".data", item).append(...entry.data.map(dataLine));
  return item;
};

const tell = (fresh) => {
  if (isFirst || !fresh.length) return;
  find("[data-news]").textContent = fresh.map(({ event, verdict }) => `${event} ${verdict}`).join(", ");
};

const show = (entries) => {
  const list = find("[data-list]");
  const fresh = entries.filter(({ key }) => !shown.has(key));
  for (const entry of fresh) shown.set(entry.key, render(entry));
  const wanted = entries.map(({ key }) => shown.get(key));
  // Only what is new is put in: moving the others would take the focus and the selection away.
  wanted.toReversed().forEach((item, index, items) => {
    if (item.parentNode !== list) list.insertBefore(item, items[index - 1] ?? null);
  });
  const keys = new Set(entries.map(({ key }) => key));
  for (const [key, item] of shown) {
    if (keys.has(key)) continue;
    item.remove();
    shown.delete(key);
  }
  find("[data-waiting]").hidden = entries.length > 0;
  tell(fresh);
  isFirst = false;
};

const ask = async () => {
  try {
    const answer = await fetch(address, { cache: "no-store" });
    if (!answer.ok) throw new Error(`status ${answer.status}`);
    show((await answer.json()).entries);
    setStatus("live", "Live");
  } catch {
    setStatus("lost", "The collector does not answer");
  }
};

const keepAsking = async () => {
  if (!document.hidden) await ask();
  setTimeout(keepAsking, SECOND);
};

const copy = async (button) => {
  const word = button.firstChild;
  const source = document.getElementById(button.dataset.copy);
  try {
    await navigator.clipboard.writeText(source.textContent);
    word.textContent = "Copied";
  } catch {
    getSelection().selectAllChildren(source);
    word.textContent = "Selected";
  }
  setTimeout(() => (word.textContent = "Copy"), 2 * SECOND);
};

for (const button of document.querySelectorAll("[data-copy]")) {
  button.addEventListener("click", () => copy(button));
}
document.addEventListener("visibilitychange", () => document.hidden || ask());
keepAsking();
