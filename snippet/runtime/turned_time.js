clocks = clocks.map(clearTimeout);
for (const seconds in times) clocks.push(setTimeout(() => tell(times[seconds](), document.documentElement), seconds * 1e3));
