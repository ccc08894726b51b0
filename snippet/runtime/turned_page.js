tell(turned(), document.documentElement);
