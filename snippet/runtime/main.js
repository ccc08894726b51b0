// The frame of every snippet. A comment of the form "+ name" is a slot: the build puts the partials there
// that a definition needs. What the page shares between its snippets are members of the function itself:
//   fieldpost.q  calls that no snippet has taken yet, and every `identify`
//   fieldpost.w  events that wait for an answer (queue.js)
//   fieldpost.v  the visitor (visitor_*.js)
{
  const shared = window.fieldpost ||= (...call) => calls.push(call);
  const calls = shared.q ||= [];
  let identity;
  const before = calls.push;
  // + values
  const random = () => crypto.getRandomValues(new Uint32Array(4)).join("");
  // + storage
  // + queue

  // Each snippet puts itself in front of the ones that came before it. `identify` goes on to all of them and
  // stays in the array, so that a snippet which comes later hears it at its place among the calls.
  calls.push = (call) => {
    const [name, given, extra] = call;
    if (name == "identify") identity = {identifiers: given, token: extra};
    if (name == event) {
      const data = {...given};
      // + check
      const id = random();
      // + visitor
      const text = JSON.stringify({id, data, occurred_at: new Date, visitor: shared.v, ...identity, source: extra});
      // + send
    } else before.call(calls, call);
  };

  shared.identify = (...given) => shared("identify", ...given);
  calls.splice(0).map(calls.push);
}
