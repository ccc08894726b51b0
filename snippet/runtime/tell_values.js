// Makes the event if a trigger has answered that it is to be made. Its data comes from the trigger or from the
// element's data-fieldpost-… attributes, as texts: those that do not fit their field as they are (booleans and
// integers) are read.
const tell = (given, element, data = {...given}) => {
  for (const field in given && fields) try {
    data[field] ??= element.getAttribute("data-fieldpost-" + field);
    checks[fields[field]](data[field]) || (data[field] = JSON.parse(data[field]));
  } catch {}
  return given && !shared(
    event,
    data,
    // + which
  );
};
