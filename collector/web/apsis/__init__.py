"""The doors of the APSIS One audience API: a client of it works with another host and a key of ours.

They translate and nothing else: `decode.py` writes posted items as events of our own API, `words.py` has that
API's names for ours, `tokens.py` gives out the tokens that its clients ask for, `audience.py` has the other
addresses. Refusals are `application/problem+json` there as here. docs/moving-over.md says what means what.
"""
