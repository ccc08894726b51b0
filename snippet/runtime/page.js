// A page is another one when its address is, without what only scrolls within it, or when the browser shows it again
// from its back/forward cache. The task after the change: by then the page has its new title.
let page;
const turn = () => {
  const here = location.href.split(/#(?![/!])/)[0];
  if (page != here) {
    page = here;
    // + turned
  }
};
const turnSoon = () => setTimeout(turn);
window.navigation ? navigation.addEventListener("currententrychange", turnSoon) : setInterval(turn, 500);
addEventListener("pageshow", ({persisted}) => {
  if (persisted) page = 0;
  turnSoon();
});
turnSoon();
