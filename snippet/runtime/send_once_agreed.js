// One try, and the collector need not ask for Global Privacy Control again.
const body = "[" + Date.now() + "," + text + "]";
fetch(address + "?consent", {method: "POST", body, keepalive: body.length < 6e4}).then(({status}) => {
  // + debug
  if (status == 410) event = 0;
}, () => {});
// + keep
