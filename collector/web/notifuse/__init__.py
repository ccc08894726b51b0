"""The doors of the Notifuse API: a client of it works by changing its host and its key.

They translate and nothing else: `decode.py` reads what such a client sends and writes it as an event of our
own API; the one judge and the one commit decide; `wording.py` and `errors.py` say it in that API's words,
`shapes.py` in its shapes. `events.py` and `timeline.py` have the addresses. Where they differ on purpose
from the original is listed in docs/api.md.
"""
