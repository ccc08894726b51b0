// The collector's doors (docs/editor.md).
class Refused extends Error {
  constructor(status, { code = "unclear", detail = "", errors = [], ...rest }) {
    super(detail || `The collector answered ${status}.`);
    Object.assign(this, { status, code, errors, rest });
  }
}

const inAddress = (name) => encodeURIComponent(name.replaceAll("/", "~"));

const ask = async (method, path, body) => {
  const sent = {
    method,
    headers: { Authorization: `Bearer ${about.token}` },
    credentials: "omit",
    cache: "no-store",
    signal: AbortSignal.timeout(20_000),
  };
  if (body !== undefined) {
    sent.headers["Content-Type"] = "application/json";
    sent.body = JSON.stringify(body);
  }
  let answer;
  try {
    answer = await fetch(about.doors + path, sent);
  } catch {
    throw new Refused(0, {
      code: "unreachable",
      detail: "The collector cannot be reached at the moment. What you made is kept in this tab: try again.",
    });
  }
  const told = await answer.json().catch(() => ({}));
  if (!answer.ok) throw new Refused(answer.status, told);
  return told;
};

const doors = {
  list: () => ask("GET", "definitions"),
  open: (name) => ask("GET", `definitions/${inAddress(name)}`),
  keep: (name, definition, revision) => ask("PUT", `drafts/${inAddress(name)}`, { definition, revision }),
  discard: (name) => ask("DELETE", `drafts/${inAddress(name)}`),
  judge: (name, given) => ask("POST", `verdicts/${inAddress(name)}`, given),
  publish: (name, given) => ask("POST", `publish/${inAddress(name)}`, given),
  history: (name) => ask("GET", `history/${inAddress(name)}`),
  health: (name) => ask("GET", `health/${inAddress(name)}`),
  undo: (name, id) => ask("POST", `history/${inAddress(name)}/undo`, { id }),
};
