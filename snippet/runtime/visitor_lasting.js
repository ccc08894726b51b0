// Known again on the site's other pages, until its storage is cleared.
shared.v ||= store.fieldpost || random();
