// How the editor begins in its frame: with what was being made in this tab, or the event that it was opened for.
const openEditor = async () => {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(styles);
  document.adoptedStyleSheets = [sheet];
  const isGoingOn = takeUp(tab.read(KEPT)) || takeUp(await askOtherTabs());
  work.place = isGoingOn && work.place.length > 0 ? work.place : ["list"];
  buildPanel();
  followLinks();
  handOver();
  if (!(await loadList())) {
    if (isGoingOn) draw();
    return;
  }
  if (isGoingOn) {
    resume();
    return;
  }
  const name = panel.list.event_name ?? about.event_name;
  const there = panel.list.definitions.some((one) => one.event_name === name);
  if (name && there)
    await attempt(async () => {
      await openDefinition(name);
      show("event");
    });
  else show("list");
};

/** On another page of the site, or after a fresh token. A trial ends with its page. */
const resume = () => {
  const [name, ...given] = work.place;
  if (name === "try") startTrying();
  else show(...(name in screens && !["history", "leave", "field"].includes(name) ? [name, ...given] : ["event"]));
  if (name !== "try") say("quiet", "You go on where you were.");
};
