// What fieldpost=… in a page's address brings along, before the snippet starts: `?fieldpost=debug` says in the console
// what is sent and why something is not; `?fieldpost=check.<nonce>` tells the collector that the snippet is there and
// what is in its way; `#fieldpost=edit.<token>` starts the editor instead of the snippet (docs/editor.md).
// Weight is no concern here. The collector puts `about` in front: {event, version, number, address, consent, section}.
const wanted = new URLSearchParams(location.search).get("fieldpost") ?? "";
const collector = new URL(about.address).origin;
const say = (...words) => console.log("fieldpost", about.event, ...words);
const refusedByPolicy = new Set();

addEventListener("securitypolicyviolation", ({blockedURI, effectiveDirective}) => {
  if (blockedURI.startsWith(collector)) refusedByPolicy.add(effectiveDirective);
});

/** Whether the browser says for its user that nothing is to be collected. */
const signals = () => navigator.globalPrivacyControl === true || navigator.doNotTrack == 1;

/** The storage of the page, or nothing where it may not be looked at. */
const storage = () => {
  try { return localStorage ?? {} } catch { return {} }
};

const hasAgreed = () => "fieldpost.yes" in storage();

const waiting = () => Object.keys(fieldpost.w ?? {}).length;

/** Why a call has sent nothing, as far as can be told from outside; `before` is how many waited before it. */
const reason = (call, before) => {
  if (fieldpost.q.includes(call)) return "not sent: the collector has said that this version is collected no longer";
  if (waiting() > before) return "kept, and sent when the collector can be reached again";
  if (before >= 200) return "dropped: 200 events wait for the collector already";
  if (signals() && !hasAgreed()) return "not sent: the browser asks not to track (GPC or DNT), until fieldpost.consent(true)";
  return about.consent == "ask" && !hasAgreed()
    ? "held in memory until fieldpost.consent(true), or dropped after fieldpost.consent(false)"
    : "not sent: fieldpost.consent(false) was called";
};

/** Tells of every request to this version, and of its answer. Answers how often that was. */
const watchRequests = () => {
  const request = window.fetch;
  let count = 0;
  window.fetch = (address, options) => {
    const answer = request(address, options);
    if (String(address).startsWith(about.address)) {
      count++;
      say("sends", JSON.parse(options.body).slice(1));
      answer.then(tellAnswer, () => say(refusedByPolicy.has("connect-src")
        ? "refused by this page's Content-Security-Policy: connect-src needs " + about.address.replace(/[^/]*$/, "")
        : "could not be sent: no connection, or something in this browser blocks the request"));
    }
    return answer;
  };
  return () => count;
};

const tellAnswer = async (answer) => {
  const told = await answer.clone().json().catch(() => ({}));
  const results = told.results?.map(({verdict}) => verdict).join(", ");
  say("answer", answer.status, results ?? told.verdict ?? told.code ?? "", told.errors ?? told.detail ?? "");
};

/**
 * Tells of calls that came to nothing. The snippets put themselves in front of each other, this in front of all: what
 * one of them takes for the one before it is this again, so the depth of the call says who is next.
 */
const watchCalls = (requests) => {
  const calls = fieldpost.q;
  const takers = [calls.push];
  let depth = 0;
  const pass = (take, call) => {
    depth++;
    try { take.call(calls, call) } finally { depth-- }
  };
  const watched = (call) => {
    const take = takers.at(-1 - depth);
    if (depth > 0) {
      pass(take, call);
      return;
    }
    const sent = requests();
    const before = waiting();
    const warn = console.warn;
    let warned = false;
    console.warn = (...words) => { warned = true; warn.apply(console, words) };
    try { pass(take, call) } finally { console.warn = warn }
    if (call[0] == about.event && !warned && requests() == sent) say(reason(call, before), {...call[1]});
  };
  Object.defineProperty(calls, "push", {configurable: true, get: () => watched, set: (next) => { takers.push(next) }});
};

/** What the collector is told of this page. */
const found = () => ({
  version: about.version,
  page: location.origin + location.pathname,
  consent: about.consent,
  agreed: hasAgreed(),
  signals: signals(),
  storage: "setItem" in storage(),
  policy: [...refusedByPolicy],
});

/** Tells the collector and the admin's page that opened this one, which passes it on if the collector cannot be reached. */
const report = async (nonce) => {
  const body = JSON.stringify({nonce, ...found()});
  const answer = await fetch(about.address + ".check", {method: "POST", body}).catch(() => undefined);
  // A request that the page's policy refuses fails a moment before the page is told why.
  await new Promise((done) => { setTimeout(done) });
  const told = {fieldpost: nonce, reached: answer?.ok ?? false, ...found()};
  window.opener?.postMessage(told, collector);
  say(answer?.ok ? "the collector knows that this snippet is here" : "the collector could not be told", told);
};

if (wanted == "debug") {
  const earlier = Object.keys(storage()).filter((key) => key.startsWith(about.address));
  say(`version ${about.number}, consent: ${about.consent}, from earlier pages: ${earlier.length}`);
  watchCalls(watchRequests());
}
if (wanted.startsWith("check.")) report(wanted.slice(6));

const EDIT = /([#&])fieldpost=edit(?:\.([\w.-]+))?/;
const KEPT = "fieldpost.edit";

/** The token of the fragment, else the one that this tab has kept; out of the address, which other pages may see. */
const editToken = () => {
  const found = EDIT.exec(location.hash);
  if (!found) return undefined;
  let token = found[2];
  try {
    if (token) sessionStorage.setItem(KEPT, token);
    else token = sessionStorage.getItem(KEPT);
  } catch { /* without storage the editor lives as long as the page */ }
  // The whole address: a page may have a base of another.
  const [page] = location.href.split("#");
  if (found[2]) history.replaceState(history.state, "", page + location.hash.replace(EDIT, "$1fieldpost=edit"));
  return token ?? undefined;
};

/** Makes calls go to the snippet that is tried, if any; answers how to end that. */
const hushed = (calls) => {
  const before = Object.getOwnPropertyDescriptor(calls, "push");
  const held = [];
  const pass = (...given) => given.forEach((call) => {
    held.push(call);
    fieldpost.trying?.push([...call]);
  });
  Object.defineProperty(calls, "push", {configurable: true, get: () => pass, set: () => {}});
  return () => {
    delete calls.push;
    if (before) Object.defineProperty(calls, "push", before);
    held.forEach((call) => calls.push(call));
  };
};

/**
 * While something is edited nothing that happens here is stored, not by files that do not ask for the tools either.
 * Answers how to end that. There may be several of these on a page: the last one ends it.
 */
const quiet = () => {
  window.fieldpost ||= (...call) => fieldpost.q.push(call);
  const calls = fieldpost.q ||= [];
  const hush = fieldpost.hush ||= {count: 0, end: hushed(calls)};
  hush.count++;
  return () => {
    if (--hush.count) return;
    delete fieldpost.hush;
    hush.end();
  };
};

/** Whether a token is of this section, whatever else is wrong with it. */
const isOurs = (token) => {
  try {
    const claims = JSON.parse(atob(token.split(".")[1].replace(/-/g, "+").replace(/_/g, "/")));
    return claims.section === about.section;
  } catch { return false }
};

/** Says why nothing opens to whoever opened the page: they have no console in sight. */
const tellPerson = () => {
  if (document.querySelector("#fieldpost-closed")) return;
  const dialog = document.createElement("dialog");
  const words = document.createElement("p");
  const close = document.createElement("button");
  dialog.id = "fieldpost-closed";
  words.textContent = "The Custom Events Editor does not open: its hour is over, your role has changed, or it was opened "
    + "for another site. Open it once more from Fieldpost. What you made and did not save is kept in the tab where you made it.";
  close.textContent = "Close";
  close.addEventListener("click", () => dialog.remove());
  dialog.append(words, close);
  document.documentElement.append(dialog);
  dialog.showModal();
};

const token = editToken();
if (token) {
  // In a bundle and beside other files there are several of these: one module address is one editor. A token of another
  // section, which somebody else's link may bring, opens nothing here.
  const loud = quiet();
  await import(about.address.replace(/[^/]*$/, "editor/") + token + ".js?section=" + about.section).then(
    () => new Promise(() => {}),
    () => {
      loud();
      say("the editor does not open: its hour is over, or it is not for this page");
      if (isOurs(token)) tellPerson();
    },
  );
}
