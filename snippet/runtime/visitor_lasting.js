// Known again on the site's other pages, until its storage is cleared.
try { shared.v ||= store.fieldpost ||= random() } catch { shared.v ||= random() }
