// For fields with names such as "constructor": data has what the page gave and inherits nothing.
data.__proto__ = null;
