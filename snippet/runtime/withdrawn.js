if (shared.v == 0) return;
