// The page's nodes, looked at with what this frame's own prototypes have: a page may have changed its own, and a form
// whose input is called "children" has another `form.children` than other elements.
const reader = (kind, name) => {
  const read = Object.getOwnPropertyDescriptor(kind.prototype, name)?.get;
  return (node) => Reflect.apply(read, node, []);
};
const caller = (kind, name) => {
  const call = kind.prototype[name];
  return (node, ...given) => Reflect.apply(call, node, given);
};

const DOCUMENT = 9;
const FRAGMENT = 11;
const kindOf = reader(Node, "nodeType");
const parentOf = reader(Node, "parentNode");
const documentOf = reader(Node, "ownerDocument");
const wholeText = reader(Node, "textContent");
const rootOf = caller(Node, "getRootNode");
const tagOf = reader(Element, "localName");
const idOf = reader(Element, "id");
const shadowOf = reader(Element, "shadowRoot");
const attributesOf = reader(Element, "attributes");
const attributeOf = caller(Element, "getAttribute");
const fits = caller(Element, "matches");
const closestOf = caller(Element, "closest");
const boxOf = caller(Element, "getBoundingClientRect");
const bringIntoView = caller(Element, "scrollIntoView");
const hostOf = reader(ShadowRoot, "host");
const innerOf = reader(HTMLIFrameElement, "contentDocument");
const viewOf = reader(Document, "defaultView");
const topOf = reader(Document, "documentElement");
const listen = caller(EventTarget, "addEventListener");

const isElement = (node) => Boolean(node) && kindOf(node) === Node.ELEMENT_NODE;
const inAList = (list) => Array.prototype.slice.call(list);
const prototypeOf = (root) =>
  (({ [DOCUMENT]: Document, [FRAGMENT]: DocumentFragment })[kindOf(root)] ?? Element).prototype;
const allIn = (root, selector) => inAList(Reflect.apply(prototypeOf(root).querySelectorAll, root, [selector]));
const firstIn = (root, selector) => Reflect.apply(prototypeOf(root).querySelector, root, [selector]);
const childrenOf = (root) =>
  inAList(Reflect.apply(Object.getOwnPropertyDescriptor(prototypeOf(root), "children").get, root, []));
const classesOf = (element) => (attributeOf(element, "class") ?? "").split(/\s+/).filter(Boolean);

/** The parent, out of a shadow root its host: the way that the snippet goes. */
const around = (node) => parentOf(node) ?? (kindOf(node) === FRAGMENT && node !== undefined ? hostIfAny(node) : null);
const hostIfAny = (fragment) => {
  try {
    return hostOf(fragment);
  } catch {
    return null;
  }
};

/** The document in a frame of the same origin, or nothing. */
const innerDocument = (element) => {
  if (tagOf(element) !== "iframe" && tagOf(element) !== "frame") return null;
  try {
    return innerOf(element) ?? null;
  } catch {
    return null;
  }
};

/** The frame that a document is in, as far as it may be looked at. */
const frameOf = (document) => {
  try {
    return viewOf(document)?.frameElement ?? null;
  } catch {
    return null;
  }
};
