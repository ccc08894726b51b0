// The editor's place in the page: an element of its own in the top layer, with a closed shadow root, and in that a frame
// without an address. Events within a frame never reach the page around it, and its globals are its own. The frame is
// filled with this same module once more. What this file does, it does in the page, so it is little.
const STAGE = "fieldpostStage";
const HOST = "fieldpost-editor";

const bare = {
  all: "initial",
  position: "fixed",
  inset: "0",
  width: "100%",
  height: "100%",
  "max-width": "none",
  "max-height": "none",
  margin: "0",
  padding: "0",
  border: "0",
  overflow: "visible",
  background: "transparent",
  "pointer-events": "none",
  "z-index": "2147483647",
  display: "block",
  direction: "ltr",
};

const openStage = () => {
  const host = document.createElement(HOST);
  host.setAttribute("popover", "manual");
  for (const [name, value] of Object.entries(bare)) host.style.setProperty(name, value, "important");
  const root = host.attachShadow({ mode: "closed" });
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(styles);
  root.adoptedStyleSheets = [sheet];
  const frame = document.createElement("iframe");
  frame.title = "Custom Events Editor";
  frame.addEventListener("load", () => fillFrame(frame, { host, root, frame, window, load, listenToCalls }));
  root.append(frame);
  keepInFront(host);
};

let policy;

const fillFrame = (frame, stage) => {
  const inner = frame.contentWindow;
  if (inner[STAGE]) return;
  inner[STAGE] = stage;
  const script = frame.contentDocument.createElement("script");
  script.type = "module";
  const address = `${import.meta.url.split("#")[0]}#frame`;
  // Where a page takes addresses of scripts only from policies that it knows, it can allow this one by its name.
  try {
    policy ??= window.trustedTypes?.createPolicy("fieldpost", { createScriptURL: (text) => text });
  } catch {
    /* It allows none of this name: either it does not ask for one, or the editor does not come up. */
  }
  script.src = policy ? policy.createScriptURL(address) : address;
  frame.contentDocument.head.append(script);
};

/** Imports a script into the page. */
const load = (address) => import(address);

/** Where the tried snippet tells what it would send (docs/editor.md). */
const listenToCalls = (tried) => {
  window.fieldpost.tried = tried;
};

/** Whatever the page opens, or takes away: the editor is in the page, on top, and not inert behind a dialog. */
const keepInFront = (host) => {
  const raise = () => {
    const dialogs = [...document.querySelectorAll("dialog")].filter((one) => one.matches(":modal"));
    const parent = dialogs.at(-1) ?? document.documentElement;
    if (host.parentNode !== parent) {
      // A frame that is moved in the old way loads again.
      if (host.isConnected && parent.moveBefore) parent.moveBefore(host, null);
      else parent.append(host);
    }
    // Where there are no popovers, the highest z-index has to do.
    if (!host.showPopover) return;
    if (host.matches(":popover-open")) host.hidePopover();
    host.showPopover();
  };
  const others = ({ target }) => target !== host && raise();
  addEventListener("toggle", others, true);
  addEventListener("close", others, true);
  new MutationObserver((changes) => {
    const isModal = changes.some(({ type, target }) => type === "attributes" && target.localName === "dialog");
    if (!host.isConnected || isModal) raise();
  }).observe(document, { subtree: true, childList: true, attributes: true, attributeFilter: ["open"] });
  raise();
};
