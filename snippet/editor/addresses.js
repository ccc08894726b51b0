// Patterns of addresses, as the snippet compiles them (snippet/triggers.py).
const PLAIN = /["' <>&%,;:=@!~\w-]/;

const escapedForPattern = (text) =>
  [...text]
    .map((one) => {
      if (/[\x20-\x7e]/.test(one)) return PLAIN.test(one) ? one : `\\${one}`;
      return /[\ud800-\udfff]/.test(one) && one.length === 1 ? "%EF%BF%BD" : encodeURIComponent(one);
    })
    .join("");

const addressPattern = (pattern) => {
  const anything = /[?#]/.test(pattern) ? ".*" : "[^?#]*";
  const start = pattern.startsWith("/") ? "^\\w+:\\/\\/[^/]*" : "^";
  const end = anything === ".*" ? "$" : "([?#]|$)";
  return new RegExp(start + pattern.split("*").map(escapedForPattern).join(anything) + end);
};

/** The page's address without what the editor has put there. */
const addressOf = (view) => view.location.href.replace(/[#&?]?fieldpost=edit$/, "");
const isForThisPage = (trigger, view = page) =>
  !trigger.address || addressPattern(trigger.address).test(addressOf(view));

/** Patterns for this page, from just this one to the whole part of the site that it is in. */
const patternsFor = (view = page) => {
  const { pathname, hash } = view.location;
  const route = /^#[/!]/.test(hash) ? `${pathname}${hash}` : pathname;
  const steps = pathname.split("/").filter(Boolean);
  const folders = steps
    .slice(0, -1)
    .map((_, at) => `/${steps.slice(0, at + 1).join("/")}/*`)
    .toReversed();
  return [...new Set([route.replaceAll("*", "%2A"), ...folders.slice(0, 2)])];
};
