for (const key in waiting) delete waiting[key];
