if (refused) return;
