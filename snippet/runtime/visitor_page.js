// Known on this page only.
shared.v ||= random();
