};
// A page that is made ready in case somebody goes there is none yet: its calls wait until somebody does.
document.prerendering ? document.addEventListener("prerenderingchange", start) : start();
