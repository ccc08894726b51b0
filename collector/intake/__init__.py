"""From bytes to disk: `decode` reads what a door received, `accept` has it judged, `commit` stores it."""
