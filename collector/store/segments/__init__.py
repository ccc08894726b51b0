"""Segments in SQL: a condition tree becomes one query (`compiling.py`), the same on SQLite and PostgreSQL.

Every value is bound; what is not bound is a column, or comes from a list of ours.
"""
