};
// A page that is made ready in case somebody goes there is none yet: its calls wait until somebody does. With
// ?fieldpost=… in the page's address the tools come first (tools.js), so that they see everything.
if (/fieldpost=/.test(location)) import(address + ".js").finally(start);
else document.prerendering ? document.addEventListener("prerenderingchange", start) : start();
