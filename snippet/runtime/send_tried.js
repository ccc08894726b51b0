// What a trigger made has the trigger's number in the place of a Source (which.js); `places` says which one that is.
if (told.trying == calls) told.tried?.({event, data, ...typeof extra == "string" ? {source: extra} : {trigger: places[extra]}});
