"""Outgoing webhooks: what one tells (`hooks.py`), how it is described, where it may lead, its signature."""
