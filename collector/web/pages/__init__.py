"""The admin's pages: server-rendered, complete without JavaScript where that is possible, strict CSP.

`frame.py` is what all pages share (navigation, forms, refusals); each other file is the pages of one
subject. Pages ask the same rooms as the API does, and name their right in the same way.
"""
