clocks = clocks.map(clearTimeout);
for (const seconds in times) clocks.push(setTimeout(() => tell(times[seconds]()), seconds * 1e3));
