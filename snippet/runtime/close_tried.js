})(shared, shared.trying = []);
