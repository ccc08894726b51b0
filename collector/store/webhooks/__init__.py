"""Outgoing webhooks as they are kept (`kept.py`), their outbox (`outbox.py`), what is taken out of it to be
delivered (`queue.py`), and the log of how that went (`messages.py`).
"""
