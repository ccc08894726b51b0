// Elements are looked for again after the page has changed, at most every second, in open shadow roots too.
// Each makes one event, when it first comes into view.
const seen = new WeakSet;
const shown = new IntersectionObserver((entries) => entries.map(({isIntersecting, target}) => {
  if (isIntersecting && !seen.has(target) && tell(visible(target), target)) seen.add(target);
}));
let looking;
const changes = new MutationObserver(() => looking ||= setTimeout(look, 1e3, document));
const look = (root) => {
  looking = 0;
  changes.observe(root, {subtree: 1, childList: 1, attributes: 1});
  for (const element of root.querySelectorAll("*")) {
    if (element.shadowRoot) look(element.shadowRoot);
    if (visible(element)) shown.observe(element);
  }
};
look(document);
