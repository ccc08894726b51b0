// The page's storage; in a sandboxed frame it cannot even be looked at, in some web views it is null.
let store = {};
try { store = localStorage || store } catch {}
