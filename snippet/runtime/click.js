// In the capture phase, so that the page's own handling neither hides it nor is changed by it; from the innermost
// element outwards, through open shadow roots too. One click is one event.
addEventListener("click", (happening) =>
  happening.composedPath().some((element) => tell(clicked(element), element)), 1);
