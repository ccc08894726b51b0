const key = address + "#fieldpost" + id;
