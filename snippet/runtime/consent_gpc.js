// Global Privacy Control and Do Not Track are a no, until an explicit yes, which is remembered. 2: nobody has said
// anything, so the events do not speak of consent.
let refused = navigator.globalPrivacyControl || navigator.doNotTrack > 0;
let agreed = store["fieldpost.yes"] || !refused && 2;
