let clocks = [];
