{visitor: shared.v, id, data, occurred_at: new Date, ...identity, source: extra},
