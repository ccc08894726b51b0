// Events are kept until somebody answers for them: in `waiting`, and in the storage for the site's next page. Their
// key is the address that they go to; what follows its "#" (the id) is never sent. Those that earlier pages
// kept are read once per page, by the first snippet.
const kept = shared.w || store;
const waiting = shared.w ||= {};
let tries = 0, inFlight = 0, timer;

// Sends what waits: all of it at once or, after a try that failed, the oldest as a probe and the rest when it got
// through. A request outlives the page (keepalive) while fewer than 60,000 characters are under way, as the
// browser allows 64 KiB; where its count is another, the refused try is repeated without.
const flush = async () => {
  timer = clearTimeout(timer);
  for (const key in waiting) {
    const text = waiting[key];
    delete waiting[key];
    const body = "[" + Date.now() + "," + text + "]";
    const answer = fetch(key, {method: "POST", body, keepalive: (inFlight += body.length) < 6e4 && !tries});
    tries || flush();
    const {status, headers} = await answer.catch((error) => error);
    inFlight -= body.length;
    // + debug
    // What a request fails with is no answer and has no status: "undefined" has a "u".
    if (/^5|408|42[59]|u/.test(status)) {
      // + withdrawn
      waiting[key] = text;
      // Full jitter under 2 s * 2^n, later by what the collector asked for. After nine tries in a row there is no
      // clock any more, but each of the other occasions is one try.
      return timer ||= tries < 9 &&
        setTimeout(flush, (Math.random() * (2 << tries++) + (headers?.get("retry-after") | 0)) * 1e3);
    }
    delete store[key];
    tries = 0;
    // This definition or version is collected no longer (what other versions left is nothing to stop for).
    if (status == 410) key.match(address) && (event = 0);
    return timer || flush();
  }
};

for (const key in kept) if (key.match("#fieldpost")) waiting[key] = kept[key];
addEventListener("online", flush);
addEventListener("visibilitychange", flush);
flush();
