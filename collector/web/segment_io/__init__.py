"""The doors of Segment's tracking API, which is RudderStack's too: a library of theirs works with another
host and key.

They translate and nothing else: `decode.py` reads what such a library sends and writes each message as an
event of our own, `calls.py` has the addresses and says in that API's words what became of it. The one judge
and the one commit decide. What each call means here is in docs/moving-over.md.
"""
