// Texts that do not fit their field as they are (booleans and integers) are read.
if (!checks[fields[field]](data[field])) try { data[field] = JSON.parse(data[field]) } catch {}
