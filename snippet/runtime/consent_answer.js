if (name == "consent") answer(given);
