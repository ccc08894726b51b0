{visitor: shared.v, consent: agreed < 2 || null, ...made},
