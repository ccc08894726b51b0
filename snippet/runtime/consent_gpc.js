// Global Privacy Control and Do Not Track are a no, until an explicit yes, which is remembered.
let refused = navigator.globalPrivacyControl || navigator.doNotTrack > 0;
let agreed = store["fieldpost.yes"] || !refused;
