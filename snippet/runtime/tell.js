// Makes the event if a trigger has answered that it is to be made, with the data that comes along or none.
const tell = (given) => given && !shared(
  event,
  given,
  // + which
);
