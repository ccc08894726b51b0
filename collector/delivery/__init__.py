"""Webhooks on their way out: what a message says (`rendering.py`), one try to deliver it (`sending.py`), who
tries what when (`delivering.py`).

`fieldpost serve` delivers beside its workers; of several servers on one database one has a webhook at a time.
"""
