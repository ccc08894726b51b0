// To the site's other pages: `#fieldpost=edit` is put on addresses that are followed, so that the editor is there too.
const EDITING = "fieldpost=edit";

const isOfThisSite = (address) => {
  try {
    return new URL(address, page.location.href).origin === page.location.origin;
  } catch {
    return false;
  }
};
const withEditor = (address) => {
  const there = new URL(address, page.location.href);
  if (!there.hash.includes(EDITING)) there.hash = there.hash ? `${there.hash}&${EDITING}` : EDITING;
  return there.href;
};
const isOtherPage = (address) => {
  const there = new URL(address, page.location.href);
  return there.pathname + there.search !== page.location.pathname + page.location.search;
};

/** For as long as the page's own handling and the browser's take. */
const changedForNow = (element, name, value) => {
  const before = attributeOf(element, name);
  Reflect.apply(Element.prototype.setAttribute, element, [name, value]);
  setTimeout(() => {
    if (before === null) Reflect.apply(Element.prototype.removeAttribute, element, [name]);
    else Reflect.apply(Element.prototype.setAttribute, element, [name, before]);
  });
};

/** Once the page's own listeners at the element are through; capturing, because a page may stop what comes after. */
const afterwards = (element, kind, act) =>
  listen(
    element,
    kind,
    (event) => {
      if (!event.defaultPrevented) act(event);
    },
    { once: true },
  );

const followLinks = () => {
  listen(
    page,
    "click",
    (event) => {
      const link = event
        .composedPath()
        .find((one) => one.nodeType === 1 && tagOf(one) === "a" && attributeOf(one, "href"));
      const address = link && attributeOf(link, "href");
      if (!link || !isOfThisSite(address) || !isOtherPage(address)) return;
      afterwards(link, "click", () => changedForNow(link, "href", withEditor(address)));
    },
    true,
  );
  listen(
    page,
    "submit",
    (event) => {
      const [form] = event.composedPath();
      const address = attributeOf(form, "action") || page.location.href;
      if (event.submitter?.hasAttribute("formaction") || !isOfThisSite(address)) return;
      afterwards(form, "submit", () => changedForNow(form, "action", withEditor(address)));
    },
    true,
  );
};
