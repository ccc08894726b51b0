// Kept before it is sent. Where 200 wait already, nobody has answered for long: this one is not taken.
if (Object.keys(waiting)[199]) return;
const key = address + "#fieldpost" + id;
waiting[key] = text;
try { store[key] = text } catch {}
timer || flush();
