{visitor: shared.v, ...made, consent: true},
