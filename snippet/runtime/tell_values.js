// Makes the event if a trigger has answered that it is to be made, with the data that comes along.
const tell = (given, element, data = {...given}) => {
  for (const field in given && fields) {
    // + attribute
    // + cast
  }
  return given && !shared(
    event,
    data,
    // + which
  );
};
