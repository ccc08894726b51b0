{visitor: shared.v, consent: true, ...made},
