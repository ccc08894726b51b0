store.fieldpost ||= shared.v;
