// What a trigger has answered is its number: a bare one, or an object around it that has the data too. In JSON it is
// the number in either case.
given,
