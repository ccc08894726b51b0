const text = JSON.stringify(
  // + told
);
