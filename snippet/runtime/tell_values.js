// Makes the event if a trigger has answered that it is to be made. Its data comes from the trigger or from the
// element's data-fieldpost-… attributes, as texts: those of booleans and integers are read.
const tell = (given, element) => {
  if (given) {
    const data = {...given};
    for (const field in fields) {
      data[field] ??= element.getAttribute("data-fieldpost-" + field);
      try { if (/^[bi]/.test(fields[field])) data[field] = JSON.parse(data[field]) } catch {}
    }
    return !shared(event, data);
  }
};
