// The demo shop's own script: a basket, three forms, two wrong events. Everything that is collected goes
// through window.fieldpost, as it would on anybody's page.

const find = (selector) => document.querySelector(selector);
const all = (selector) => [...document.querySelectorAll(selector)];
const kept = (name) => JSON.parse(sessionStorage.getItem(name) ?? "null");
const keep = (name, value) => sessionStorage.setItem(name, JSON.stringify(value));

// What the page did, for people who have no console open.

const writeLine = (text, kind = "call") => {
  const line = document.createElement("li");
  line.className = kind;
  line.textContent = text;
  const list = find("[data-calls]");
  list.append(line);
  list.scrollTop = list.scrollHeight;
};

const literal = (value) => {
  if (value === null || typeof value !== "object") return JSON.stringify(value);
  return `{${Object.entries(value).map(([name, inner]) => `${name}: ${literal(inner)}`).join(", ")}}`;
};

const warn = console.warn;
console.warn = (...words) => {
  warn(...words);
  if (String(words[0]).startsWith("fieldpost")) writeLine(words.join(" "), "warning");
};

const send = (name, data) => {
  writeLine(`fieldpost("${name}", ${literal(data)})`);
  window.fieldpost(name, data);
};

const identify = (email) => {
  writeLine(`fieldpost.identify(${literal({ email })})`);
  window.fieldpost("identify", { email });
  keep("person", email);
  showPerson();
};

const showPerson = () => {
  const email = kept("person");
  if (email) find("[data-person]").textContent = `You are ${email}`;
};

// The basket: slug to name, price in hundredths, quantity.

const basket = () => kept("basket") ?? {};
const hundredths = () => Object.values(basket()).reduce((sum, { price, quantity }) => sum + price * quantity, 0);
const money = (amount) => `${Math.floor(amount / 100)}.${String(amount % 100).padStart(2, "0")}`;

const change = (action, slug, product) => {
  const now = basket();
  const quantity = Math.max(0, Math.min(99, (now[slug]?.quantity ?? 0) + (action === "add" ? 1 : -1)));
  if (quantity) now[slug] = { ...product, quantity };
  else delete now[slug];
  keep("basket", now);
  showBasket();
  if (find("[data-thanks]")) find("[data-thanks]").textContent = "";
  send("cart.updated", { action, product: product.name, quantity, value: money(hundredths()) });
};

const basketLine = ([slug, product]) => {
  const line = document.createElement("li");
  const name = document.createElement("span");
  const price = document.createElement("span");
  const remove = document.createElement("button");
  name.textContent = `${product.quantity} × ${product.name}`;
  price.textContent = money(product.price * product.quantity);
  remove.textContent = "−";
  remove.type = "button";
  remove.setAttribute("aria-label", `Take one ${product.name} out`);
  remove.addEventListener("click", () => change("remove", slug, product));
  line.append(name, price, remove);
  return line;
};

const showBasket = () => {
  const list = find("[data-basket]");
  if (!list) return;
  const lines = Object.entries(basket()).map(basketLine);
  list.replaceChildren(...lines);
  find("[data-empty]").hidden = lines.length > 0;
  find("[data-checkout]").hidden = lines.length === 0;
  find("[data-total]").textContent = `${money(hundredths())} kr`;
};

const pay = (form) => {
  send("order.completed", {
    total: money(hundredths()),
    currency: "SEK",
    lines: Object.keys(basket()).length,
    gift: form.elements.gift.checked,
    deliver_on: form.elements.deliver_on.value,
    paid_at: new Date().toISOString(),
  });
  keep("basket", {});
  showBasket();
  find("[data-thanks]").textContent = "Thank you! Your seeds are on their way.";
};

const wrong = {
  total: () => send("order.completed", { total: "a lot", currency: "SEK" }),
  voucher: () => send("order.completed", { total: "99.00", currency: "SEK", voucher: "please" }),
};

// Who is who, and what happens when.

const onSubmit = (selector, act) =>
  find(selector)?.addEventListener("submit", (event) => {
    event.preventDefault();
    act(event.target);
  });

const inDays = (days) => new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10);

if (kept("person")) identify(kept("person"));
showBasket();

for (const field of all("[data-date]")) field.value = inDays(3);
for (const button of all("[data-add]")) {
  const { add, name, price } = button.dataset;
  button.addEventListener("click", () => change("add", add, { name, price: Number(price) }));
}
for (const button of all("[data-wrong]")) button.addEventListener("click", wrong[button.dataset.wrong]);

onSubmit("[data-checkout]", pay);
onSubmit("[data-identify]", (form) => identify(form.elements.email.value));
onSubmit("[data-newsletter]", (form) => {
  identify(form.elements.email.value);
  send("newsletter.signed_up", { step: "done", form: "side" });
});

const seen = find("[data-viewed]");
if (seen) {
  const { viewed, price, stock, sow } = seen.dataset;
  send("product.viewed", { product: viewed, price, in_stock: stock === "yes", sow_from: sow });
}
