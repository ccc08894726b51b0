"""Segments: a condition tree, what its leaves mean (`tree.py`), and how it is read from JSON (`reading.py`).

What each word of a tree means is told in docs/segments.md.
"""
