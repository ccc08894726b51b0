tab.fieldpost ||= shared.v;
