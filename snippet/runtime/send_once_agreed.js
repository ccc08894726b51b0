// One try, and the collector need not ask for Global Privacy Control again. What a
// request fails with is nobody's business: any function will do for it.
const text = JSON.stringify([
  Date.now(),
  // + told
]);
fetch(address + "?consent", {method: "POST", body: text, keepalive: text.length < 6e4}).then(({status}) => {
  // + debug
  if (status == 410) event = 0;
}, random);
// + keep
