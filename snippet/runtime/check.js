// Every field of the definition and every member of the data is looked at. A member that is no field finds the
// check called "undefined".
for (const field in {...fields, ...data}) {
  if (!checks[fields[field]]?.(data[field])) {
    return console.warn("fieldpost", event, field, "should be", fields[field]);
  }
}
