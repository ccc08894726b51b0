if (/fieldpost=debug/.test(location)) console.log("fieldpost", status, text);
