// The frame of every snippet. A comment of the form "+ name" is a slot: the build puts the partials there that a
// definition needs. What the page shares between its snippets are members of the function itself:
//   fieldpost.q  calls that no snippet has taken yet, and every `identify` and `consent`
//   fieldpost.w  events that wait for an answer (queue.js)
//   fieldpost.v  the visitor (visitor_*.js)
{
  const shared = window.fieldpost ||= (...call) => calls.push(call);
  const calls = shared.q ||= [];
  // + reading
  // + values
  shared.identify = (...given) => shared("identify", ...given);
  // + methods
  // + open
  // Unique by 52 random bits and the millisecond: "17672256000000.8437…"; crypto would be 25 bytes more.
  const random = () => "" + Date.now() + Math.random();
  const before = calls.push;
  let identity;
  // + abilities

  // Each snippet puts itself in front of the ones that came before it. What is not an event of its own goes on to
  // all of them and stays in the array, so that a snippet which comes later hears it at its place among the calls.
  calls.push = (call) => {
    const [name, given, extra] = call;
    if (name == "identify") identity = {identifiers: given, token: extra};
    // + answers
    if (name == event) {
      const data = {...given};
      // + check
      const id = random();
      // + send
    } else before.call(calls, call);
  };
  calls.splice(0).map(calls.push);
  // + triggers
  // + close
  // + end
}
