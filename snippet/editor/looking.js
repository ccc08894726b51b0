// Finding elements in the page as the snippet does: in the document and in all open shadow roots within it; and what is
// under a point, in frames of the same origin too.
const page = globalThis[STAGE]?.window;

const isOurs = (element) => tagOf(element) === HOST;

/** The document and its open shadow roots. */
const rootsOf = (root) => {
  const inner = allIn(root, "*")
    .filter((one) => !isOurs(one))
    .map(shadowOf)
    .filter(Boolean);
  return [root, ...inner.flatMap(rootsOf)];
};

/** Every element that the snippet of this document would find; throws for what is no selector. */
const everywhere = (selector, roots) => roots.flatMap((root) => allIn(root, selector)).filter((one) => !isOurs(one));
const found = (selector, document = page.document) => everywhere(selector, rootsOf(document));

const isSelector = (text) => {
  try {
    return (
      document.createDocumentFragment().querySelector(text) === null && !/::/.test(text.replace(/"[^"]*"|\\./g, ""))
    );
  } catch {
    return false;
  }
};

/** The element that the snippet reads a value from: within this one, or else in the closest surroundings that have one. */
const nearest = (element, selector) => {
  for (let root = element; root; root = around(root)) {
    const one = firstIn(root, selector);
    if (one) return one;
  }
  return null;
};

/** Where an element is on the screen, whatever frames it is in. */
const placeOf = (element) => {
  const { left, top, width, height } = boxOf(element);
  const place = { left, top, width, height };
  for (let frame = frameOf(documentOf(element)); frame; frame = frameOf(documentOf(frame))) {
    const outer = boxOf(frame);
    place.left += outer.left + frame.clientLeft;
    place.top += outer.top + frame.clientTop;
  }
  return place;
};

const under = (root, x, y) => {
  const kind = kindOf(root) === DOCUMENT ? Document : ShadowRoot;
  const all = inAList(Reflect.apply(kind.prototype.elementsFromPoint, root, [x, y]));
  return all.filter((one) => !isOurs(one) && rootOf(one) === root);
};

/** The elements at a point, the one on top first, each with what is in it: shadow roots and frames are entered. */
const allAt = (x, y, root = page.document) =>
  under(root, x, y).flatMap((element) => {
    const inner = innerDocument(element);
    if (inner) {
      const { left, top } = boxOf(element);
      return [...allAt(x - left - element.clientLeft, y - top - element.clientTop, inner), element];
    }
    const shadow = shadowOf(element);
    return shadow ? [...allAt(x, y, shadow), element] : [element];
  });

/** Whether somebody could see it, and so point at it. */
const isShown = (element) => {
  const { width, height } = boxOf(element);
  return width > 0 && height > 0;
};

const CLICKABLE =
  "button,a[href],summary,label,select,option,input,textarea,[role=button],[role=link],[role=tab]," +
  "[role=menuitem],[role=option],[role=checkbox],[role=switch],[onclick],[data-fieldpost]";

/** What a person means who points at this, for what they point: the button around an icon, the form around an input. */
const meant = (element, on) => {
  const isMeant = {
    click: (one) => fits(one, CLICKABLE),
    submit: (one) => fits(one, "form"),
    attribute: (one) => tellingAttribute(one),
  }[on];
  for (let one = isMeant && element; one; one = around(one)) if (isElement(one) && isMeant(one)) return one;
  return element;
};

/** The elements around one, the outermost first, itself last. */
const pathOf = (element) => {
  const path = [];
  for (let one = element; one; one = around(one)) if (isElement(one)) path.unshift(one);
  return path;
};
