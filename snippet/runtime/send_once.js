// No queue: one try, that outlives the page if it is small enough for the browser.
const body = "[" + Date.now() + "," + text + "]";
fetch(address, {method: "POST", body, keepalive: body.length < 6e4}).then(({status}) => {
  // + debug
  if (status == 410) event = 0;
}, () => {});
// + keep
