tell(turned());
