// The storage of this tab, which no other tab sees.
let tab = {};
try { tab = sessionStorage || tab } catch {}
