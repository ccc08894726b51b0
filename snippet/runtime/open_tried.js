// Tried in the editor: nothing of it reaches the page's own snippets, whose calls the tools pass on; and of several that
// were tried on a page the newest speaks.
((told, calls) => {
const shared = (...call) => told.trying == calls && calls.push(call);
