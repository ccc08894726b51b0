// A page of components: everything that counts is in open shadow roots.
customElements.define("plant-card", class extends HTMLElement {
  connectedCallback() {
    const root = this.attachShadow({ mode: "open" });
    const card = document.createElement("section");
    const name = document.createElement("h2");
    const price = document.createElement("p");
    const add = document.createElement("button");
    name.textContent = this.getAttribute("name");
    price.textContent = `${this.getAttribute("price")} kr`;
    price.className = "price";
    add.textContent = "Add";
    add.className = "add";
    add.addEventListener("click", (event) => event.stopPropagation());
    card.append(name, price, add);
    root.append(card);
  }
});
