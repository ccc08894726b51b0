// Events that wait for the answer, each as the function that delivers it. A no forgets them and wipes whatever
// Fieldpost keeps in this page's storage and memory.
const held = [];
const answer = (yes) => {
  agreed = yes;
  refused = !yes;
  if (yes) try { store["fieldpost.yes"] = 1 } catch {}
  else {
    for (const key in store) if (/(^|#)fieldpost/.test(key)) delete store[key];
    // + wipe
    shared.v = 0;
  }
  held.splice(0).map((deliver) => yes && deliver());
};
