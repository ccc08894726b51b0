const text = JSON.stringify({visitor: shared.v, ...made});
