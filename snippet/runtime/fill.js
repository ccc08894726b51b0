// What the page does not give is looked up now, at the call: its first 4,096 characters that can be stored (U+0000
// and lone surrogates cannot). A value that does not suit the field is as good as none.
for (const field in fills) {
  data[field] ??= fills[field]()?.match(/[^\0\p{Cs}]{1,4096}/u)?.find(checks[fields[field]]);
}
