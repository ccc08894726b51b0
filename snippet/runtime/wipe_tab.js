delete tab.fieldpost;
