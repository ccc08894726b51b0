// Every field of the definition and every member of the data is looked at, the needed fields first; `null` is absence.
let needed = required;
for (const field in {...fields, ...data}) {
  if (data[field] == null ? needed > 0 : !checks[fields[field]]?.(data[field])) {
    return console.warn("fieldpost", event, field, "should be", fields[field]);
  }
  needed--;
}
