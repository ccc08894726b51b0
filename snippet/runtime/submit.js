// In the capture phase, so that the page's own handling neither hides it nor is changed by it. A form within a shadow
// root keeps its `submit` inside; but whoever sends it clicks, or the browser does with the Enter key, and a click says
// in which roots it was: those are listened to from then on.
const sent = (happening) => happening.composedPath().some((element) => tell(submitted(element), element));
addEventListener("submit", sent, 1);
addEventListener("click", (happening) =>
  happening.composedPath().some((element) => element.host && element.addEventListener("submit", sent, 1)), 1);
