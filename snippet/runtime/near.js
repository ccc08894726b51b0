// The element that a value is read from: within this one, or else in the closest surroundings that have one.
const near = (element, selector) =>
  element && (element.querySelector(selector) || near(element.parentNode || element.host, selector));
