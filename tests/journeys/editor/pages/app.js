// A single-page site as frameworks make them: one listener at the root, classes out of a build, views that come later.
const root = document.querySelector("#root");
const plants = { carrot: "12.50", beetroot: "9.00" };
window.dataLayer = [{ event: "start", user: { plan: "gold" } }];

const list = () => Object.keys(plants).map((name) => `<a class="css-1q2w3e link" href="/app/${name}">${name}</a>`).join(" ");
const one = (name) => `<h1 class="css-9z8y7x">${name}</h1><p class="_price_k3x9q">${plants[name]}</p>
  <button class="css-4r5t6y" data-testid="add-to-cart">Add</button> <a class="css-1q2w3e" href="/app">Back</a>`;

const show = () => {
  const name = location.pathname.split("/")[2];
  document.title = name ?? "All plants";
  root.innerHTML = "<p>Loading …</p>";
  setTimeout(() => { root.innerHTML = name in plants ? one(name) : list() }, 30);
  window.dataLayer.push({ event: "view", plant: { name: name ?? "", price: Number(plants[name] ?? 0) } });
};

root.addEventListener("click", (event) => {
  const link = event.target.closest("a");
  if (link) {
    event.preventDefault();
    history.pushState({}, "", link.getAttribute("href"));
    show();
  }
  event.stopPropagation();
});
addEventListener("popstate", show);
show();
