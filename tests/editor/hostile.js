// What a page can do to a script within it: stops every event, changes what scripts rely on, keeps what it has heard.
window.heard = [];
window.owned = 0;
window.alert = () => { window.owned++ };
for (const kind of ["click", "keydown", "keyup", "keypress", "input", "pointerdown", "pointermove", "focusin", "wheel", "submit"])
  for (const target of [window, document])
    target.addEventListener(kind, (event) => {
      window.heard.push(kind);
      event.stopImmediatePropagation();
      event.preventDefault();
    }, true);
const broken = () => { throw new Error("broken by the page") };
Element.prototype.closest = broken;
Element.prototype.getBoundingClientRect = broken;
Node.prototype.getRootNode = broken;
Object.defineProperty(Node.prototype, "textContent", { get: () => "changed", set: () => {}, configurable: true });
window.structuredClone = broken;
window.CSS = { escape: broken };
Storage.prototype.clear = broken;
Object.prototype.selector = "hostile";
// Once the editor is there, even what a snippet needs to begin with.
new MutationObserver(() => {
  if (!document.querySelector("fieldpost-editor")) return;
  Element.prototype.matches = broken;
  Array.prototype.filter = broken;
  Array.prototype.flatMap = broken;
  JSON.parse = broken;
  window.fetch = broken;
}).observe(document, { subtree: true, childList: true });
