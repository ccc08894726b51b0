// Known again on the site's other pages in the same tab.
shared.v ||= tab.fieldpost || random();
