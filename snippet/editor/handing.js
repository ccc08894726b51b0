// From tab to tab: a fresh token opens a new tab, while what was made waits in the one whose token has run out.
const CHANNEL = "fieldpost.editor";
const PATIENCE_MS = 400;

/** A channel has no target but its own origin. */
const tell = (channel, words) => {
  // oxlint-disable-next-line unicorn/require-post-message-target-origin
  channel.postMessage(words);
};

/** Answers a newer editor of this site and section with what is being made here, once this one can save it no more. */
const handOver = () => {
  const channel = new BroadcastChannel(CHANNEL);
  channel.addEventListener("message", ({ data }) => {
    if (data?.wanted !== about.section.id || !panel.isOver || work.draft === null) return;
    tell(channel, { kept: tab.read(KEPT) ?? keptText(), section: about.section.id });
  });
};

/** What another tab has and can save no more, as text; nothing if there is none. */
const askOtherTabs = () =>
  new Promise((done) => {
    const channel = new BroadcastChannel(CHANNEL);
    const end = (kept) => {
      channel.close();
      done(kept);
    };
    channel.addEventListener("message", ({ data }) => {
      if (data?.section === about.section.id && typeof data.kept === "string") end(data.kept);
    });
    tell(channel, { wanted: about.section.id });
    setTimeout(end, PATIENCE_MS);
  });
