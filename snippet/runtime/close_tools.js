};
// With ?fieldpost=… in the page's address the tools come first (tools.js), so that they see everything.
/fieldpost=/.test(location) ? import(address + ".js").finally(start) : start();
