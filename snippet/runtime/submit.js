// In the capture phase, so that the page's own handling neither hides it nor is changed by it.
addEventListener("submit", (happening) =>
  happening.composedPath().some((element) => tell(submitted(element), element)), true);
