"""Copies of a whole database: made while a server writes, verified, and brought back.

`copying.py` is for any database; what SQLite and PostgreSQL do differently is in a file each. A copy is
what it is called only after it was read again.
"""
