{visitor: shared.v, ...made},
