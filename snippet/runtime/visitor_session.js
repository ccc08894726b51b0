// Known again on the site's other pages in the same tab.
try { shared.v ||= sessionStorage.fieldpost ||= random() } catch { shared.v ||= random() }
