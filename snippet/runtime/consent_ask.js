// Nothing is kept or sent before a yes, which is remembered. Global Privacy Control and Do Not Track are a no.
let agreed = store["fieldpost.yes"];
let refused = navigator.globalPrivacyControl || navigator.doNotTrack > 0;
