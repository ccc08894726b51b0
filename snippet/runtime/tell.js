// Makes the event if a trigger has answered that it is to be made.
const tell = (given) => given && !shared(
  event,
  given,
  // + which
);
