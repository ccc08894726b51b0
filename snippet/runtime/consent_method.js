shared.consent = (given) => shared("consent", given);
