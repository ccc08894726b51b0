// Kept before it is sent. Where 200 wait already, nobody has answered for long: this one is not taken.
if (Object.keys(waiting)[199]) return;
// + key
waiting[key] = text;
try {
  // + keep_visitor
  store[key] = text;
} catch {}
timer || flush();
