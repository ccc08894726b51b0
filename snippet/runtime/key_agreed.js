// The collector need not ask for Global Privacy Control again.
const key = address + "?consent#fieldpost" + id;
