// What the trigger does not bring may be in an attribute of the element, as a text. A page has no element.
data[field] ??= element?.getAttribute("data-fieldpost-" + field);
